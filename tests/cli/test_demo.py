from __future__ import annotations

import pytest

from hybrid import Document, Hit, Match, Mention
from hybrid.cli.demonstration import excerpt
from hybrid.demo import questions, texts


def test_the_demo_indexes_asks_measures_and_says_what_to_type_next(hybrid, tiny, tmp_path):
    result = hybrid("demo", "--target", tmp_path / "demo", "--encoder", tiny)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"{len(texts())} documents indexed")
    for question in questions():
        assert question.type in result.out
    assert "R-Precision" in result.out
    assert "mean" in result.out
    assert "✓" in result.out
    assert f"hybrid info {tmp_path / 'demo'}" in result.out
    assert hybrid("count", tmp_path / "demo").out == f"{len(texts())}\n"


def test_as_json_each_question_is_a_line_between_the_report_and_the_means(hybrid, tiny, tmp_path):
    first, *asked, last = hybrid("demo", "--target", tmp_path / "demo", "--encoder", tiny, "--json").lines
    assert first["indexed"]["documents"] == len(texts())
    assert [line["type"] for line in asked] == [question.type for question in questions()]
    for way, mean in last["mean"].items():
        assert mean == pytest.approx(sum(line["ways"][way]["r_precision"] for line in asked) / len(asked))
    assert list(last["mean"]) == ["BM25", "dense", "hybrid"]


def test_a_bundle_without_passages_is_shown_two_ways(hybrid, other, tmp_path):
    *_, last = hybrid("demo", "--target", tmp_path / "demo", "--encoder", other, "--json").lines
    assert list(last["mean"]) == ["BM25", "hybrid"]


def test_a_target_that_is_not_the_demos_is_refused(hybrid, news, tiny):
    result = hybrid("demo", "--target", news, "--encoder", tiny)
    assert result.code == 1
    assert result.err == f"Error: {news} holds 4 documents that are not the demo's; name another folder for the demo\n"
    assert hybrid("count", news).out == "4\n"


@pytest.mark.parametrize("place", [0, 40, 99])
def test_an_excerpt_holds_the_best_mention_and_ends_between_words(place):
    words = [f"word{at}" for at in range(100)]
    text = " ".join(words)
    start = text.index(words[place])
    end = start + len(words[place])
    part = excerpt(Hit("1", 1.0, Document("1", text), (Match(Mention(start, end), 0.5),)), 60)
    assert text[part.start : part.start + len(part.text)] == part.text
    assert words[place] in part.text.split()
    assert len(part.text) <= 60
    assert set(part.text.split()) <= set(words)


def test_a_short_text_is_its_own_excerpt_and_a_long_mention_is_cut():
    assert excerpt(Hit("1", 1.0, Document("1", "Oslo")), 60).text == "Oslo"
    part = excerpt(Hit("1", 1.0, Document("1", "x" * 500), (Match(Mention(0, 500), 0.5),)), 60)
    assert part.text == "x" * 60
