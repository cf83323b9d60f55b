"""Legs over a task: lists from a real index, gold and detected mentions."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid import Document, Retriever
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.figures import learn_how, mean_figures, measure
from hybrid.evaluation.legs import ask, found_by, index_task, macro_r_precision
from hybrid.evaluation.task import Task
from hybrid.evaluation.weights import SHARES, Share, fused_ranking
from hybrid.planning.notation import parse_how, print_how, print_number
from hybrid.testing import FakeEncoder

TEXTS = ("The river Rhine floods", "The Rhine river in Basel", "A bank in Basel", "Some lake", "river river")


@pytest.fixture(scope="module")
def task() -> Task:
    spans = ((LabelledSpan(10, 15, "river"),), (LabelledSpan(4, 9, "river"), LabelledSpan(19, 24, "city")), (), (), ())
    return Task(
        "made",
        tuple(Sentence(text, own) for text, own in zip(TEXTS, spans, strict=True)),
        {"river": "river Rhine", "city": "Basel"},
    )


def test_gold_mentions_are_those_of_the_task(task):
    with index_task(task, FakeEncoder(), "gold") as retriever:
        assert retriever.statistics().mentions == 3
        river, city = ask(task, retriever)
    assert (river.label, river.words, river.relevant) == ("river", "river Rhine", {0, 1})
    assert set(river.lists["typed"].documents.tolist()) == {0, 1}
    assert city.lists["typed"].documents[0] == 1


def test_detected_mentions_are_the_encoders(task):
    with index_task(task, FakeEncoder(), "detected") as retriever:
        assert retriever.statistics().mentions > 3


class Centring(FakeEncoder):
    """A bundle that was measured to be better with centred questions."""

    how = "typed; centring=.75"


def test_questions_are_centred_as_the_bundle_says_or_as_asked(task):
    def scores(encoder, *centring):
        with index_task(task, encoder, "detected") as retriever:
            return [
                {leg: list(zip(own.documents.tolist(), own.scores.tolist(), strict=True)) for leg, own in lists.items()}
                for lists in (asked.lists for asked in ask(task, retriever, *centring))
            ]

    plain, centred = scores(FakeEncoder()), scores(Centring())
    for one, other in zip(plain, centred, strict=True):
        assert one["typed"] != other["typed"]
        assert one["dense"] != other["dense"]
        assert one["lexical"] == other["lexical"]
    assert scores(Centring(), None) == scores(FakeEncoder(), 0.75) == centred
    assert scores(Centring(), 0.0) == scores(FakeEncoder(), 0.0) == plain


def test_lists_are_whole_and_fall(task):
    with index_task(task, FakeEncoder(), "gold") as retriever:
        for asked in ask(task, retriever):
            assert len(asked.lists["dense"].documents) == len(TEXTS)
            for ranked in asked.lists.values():
                assert (np.diff(ranked.scores) <= 0).all()
            assert set(asked.lists["lexical"].documents.tolist()) == {
                place
                for place, text in enumerate(TEXTS)
                if set(asked.words.lower().split()) & set(text.lower().split())
            }


def test_fusion_in_memory_is_what_the_engine_ranks(task):
    with index_task(task, FakeEncoder(), "gold") as retriever:
        for asked in ask(task, retriever):
            got = found_by(retriever, asked.words, "min_max(typed=1, dense=.2, lexical=.3)", len(TEXTS))
            assert got == fused_ranking(asked, {"typed": 1.0, "dense": 0.2, "lexical": 0.3}, 1000)


def test_the_index_is_gone_afterwards(task, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with index_task(task, FakeEncoder(), "gold"):
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_figures_are_the_legs_and_what_auto_runs(task):
    gold, detected = measure(FakeEncoder(), [task], lambda *step: None)
    assert (gold.task, gold.spans, gold.texts, gold.mentions) == ("made", "gold", 5, 3)
    assert gold.typed == 1.0
    assert gold.hybrid == gold.typed  # the encoder's `how` is the typed leg
    assert detected.spans == "detected"
    with index_task(task, FakeEncoder(), "gold") as retriever:
        asked = ask(task, retriever)
    assert (gold.dense, gold.lexical) == (macro_r_precision(asked, "dense"), macro_r_precision(asked, "lexical"))
    assert mean_figures([gold, detected], "gold")["typed"] == 1.0


def test_the_choice_is_judged_on_gold_and_detected_mentions(task):
    choice = learn_how(FakeEncoder(), [task], lambda *step: None)
    gold, detected = measure(FakeEncoder(), [task], lambda *step: None)
    assert choice.shares["0"].typed == (gold.typed + detected.typed) / 2
    assert choice.mean >= choice.typed
    assert set(choice.grid) >= {print_how(replace(parse_how(choice.how), centring=None)), "typed"}


def test_every_share_of_centring_is_tried_whatever_the_bundle_says(task):
    choice = learn_how(FakeEncoder(), [task], lambda *step: None)
    assert list(choice.shares) == [print_number(share) for share in SHARES]
    assert learn_how(Centring(), [task], lambda *step: None) == choice
    own = print_number(parse_how(choice.how).centring or 0.0)
    assert choice.shares[own] == Share(choice.mean, choice.typed, choice.keeps)


def test_without_passage_vectors_there_is_no_dense_leg_and_the_others_are_the_same(task):
    figures = {}
    for passages in (True, False):
        encoder = FakeEncoder(passages=passages)
        with index_task(task, encoder, "gold") as retriever:
            river, _ = ask(task, retriever)
        assert list(river.lists) == list(encoder.dimensions.legs)
        figures[passages] = measure(encoder, [task], lambda *step: None)
    (gold, _), (same, _) = figures[False], figures[True]
    assert (gold.dense, gold.typed, gold.lexical) == (None, same.typed, same.lexical)
    assert gold.ways == {way: value for way, value in same.ways.items() if way != "dense"}
    assert list(mean_figures(figures[False], "detected")) == ["typed", "lexical", "hybrid"]


def test_without_passage_vectors_the_choice_is_among_typed_and_lexical(task):
    choice = learn_how(FakeEncoder(passages=False), [task], lambda *step: None)
    assert not any("dense" in how for how in choice.grid)
    assert any("lexical" in how for how in choice.grid)


def test_an_index_without_an_encoder_has_the_lexical_leg_alone(task, tmp_path):
    with Retriever.create(tmp_path / "index", encoder=FakeEncoder()) as retriever:
        retriever.index([Document(str(at), text) for at, text in enumerate(TEXTS)])
    with Retriever.open(tmp_path / "index", encoder=False) as retriever:
        assert [list(own.lists) for own in ask(task, retriever)] == [["lexical"], ["lexical"]]
