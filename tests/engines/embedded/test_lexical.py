from __future__ import annotations

import json
import math
from collections import Counter
from importlib import resources

import numpy as np
import pytest

from hybrid.engines.embedded.analysis import Analyzer
from hybrid.engines.embedded.lexical import content

QUESTIONS = [
    "river",
    "rubber cars",
    "a town in the forest",
    "plant plant",
    "the the the of",
    "committee zzz",
    "it's, 1959!",
]


def corpus():
    """The demo's texts, some of them joined so that lengths are quantised."""
    lines = resources.files("hybrid").joinpath("demo/texts.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [(entry.get("title"), entry["text"]) for entry in map(json.loads, lines)]
    joined = [(None, " ".join(text for _, text in texts[: 2**power])) for power in range(1, 8)]
    return [*texts, *joined, ("Only a title of weight", "!!!"), (None, "…"), (None, "日本語 שלום river")]


def quantised(length):
    """Lucene's SmallFloat.byte4ToInt(intToByte4(length))."""
    free = 255 - to_int4(2**31 - 1)
    if length < free:
        return length
    encoded = to_int4(length - free)
    bits, shift = encoded & 7, (encoded >> 3) - 1
    return free + (bits if shift == -1 else (bits | 8) << shift)


def to_int4(number):
    size = number.bit_length()
    return number if size < 4 else ((number >> (size - 4)) & 7) | ((size - 3) << 3)


class Bm25:
    """Lucene 9's BM25Similarity over a list of token lists."""

    def __init__(self, documents):
        self.counts = [Counter(tokens) for tokens in documents]
        self.lengths = [sum(counts.values()) for counts in self.counts]
        self.size = sum(length > 0 for length in self.lengths)
        self.average = sum(self.lengths) / self.size
        self.frequency = Counter(token for counts in self.counts for token in counts)

    def scores(self, tokens, k1=1.2, b=0.75):
        found = {}
        for number, counts in enumerate(self.counts):
            score = 0.0
            for token in tokens:
                if count := counts[token]:
                    n = self.frequency[token]
                    norm = k1 * (1 - b + b * quantised(self.lengths[number]) / self.average)
                    score += math.log(1 + (self.size - n + 0.5) / (n + 0.5)) * count / (count + norm)
            if score:
                found[number] = score
        return found


def test_lengths_are_quantised_as_lucene_does():
    assert [quantised(length) for length in (0, 39, 40, 41, 42, 56, 57, 1_000)] == [0, 39, 40, 40, 42, 56, 56, 984]


@pytest.mark.parametrize("question", QUESTIONS)
def test_scores_are_lucenes(question, make, filled):
    texts = corpus()
    engine = filled(*(make.encoded(str(number), text, title=title) for number, (title, text) in enumerate(texts)))
    analyzer = Analyzer()
    expected = Bm25([analyzer(content(title, text)) for title, text in texts]).scores(analyzer(question))
    hits = engine.search(make.bound("lexical", words=question, k=1_000))
    assert {int(hit.id): hit.score for hit in hits} == pytest.approx(expected, rel=2e-5)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_word_that_stands_twice_counts_twice(make, filled):
    engine = filled(make.encoded("a", "the plant"), make.encoded("b", "a forest"))
    once = engine.search(make.bound("lexical", words="plant"))[0].score
    assert engine.search(make.bound("lexical", words="plant plants"))[0].score == pytest.approx(2 * once, rel=1e-6)


def test_the_title_takes_part_and_lengthens_the_text(make, filled):
    engine = filled(make.encoded("a", "of a town", title="The plant"), make.encoded("b", "The plant of a town"))
    hits = engine.search(make.bound("lexical", words="plant"))
    assert [hit.id for hit in hits] == ["a", "b"]
    assert hits[0].score == hits[1].score


@pytest.mark.parametrize(
    "words", ["!!!", "text:plant*", 'plant AND "closed', "seq:[0 TO 9]", "+plant -closed", "\x00", "日本", "x" * 2_000]
)
def test_words_are_never_read_as_a_query_language(words, make, filled):
    engine = filled(make.encoded("a", "the plant"), make.encoded("b", "the closed plant"), make.encoded("c", "forest"))
    ids = {hit.id for hit in engine.search(make.bound("lexical", words=words))}
    assert ids == ({"a", "b"} if "plant" in words else set())


def test_a_text_without_a_token_is_kept_and_in_no_lexical_list(make, filled):
    engine = filled(make.encoded("a", "!!!", {"!": (1, 0, 0)}), make.encoded("b", "plant"))
    assert [hit.id for hit in engine.search(make.bound("lexical", words="plant !!!"))] == ["b"]
    assert [hit.id for hit in engine.search(make.bound("typed"))] == ["a"]


def test_language_none_does_not_stem(make, tmp_path):
    from hybrid.engines.factory import create_engine

    engine = create_engine(tmp_path / "plain", make.meta(language="none"))
    engine.write([make.encoded("a", "plants"), make.encoded("b", "plant")])
    engine.refresh()
    assert [hit.id for hit in engine.search(make.bound("lexical", words="plants"))] == ["a"]
    engine.close()


@pytest.mark.parametrize("share", [0.002, 0.05, 0.5, 0.98])
@pytest.mark.parametrize("depth", [3, 40, 1_000])
def test_a_filter_leaves_the_first_of_the_allowed_documents(share, depth, make, filled):
    generator = np.random.default_rng(3)
    chosen = generator.random(1_500) < share
    engine = filled(
        *(
            make.encoded(
                f"{number:04}",
                " ".join(["plant"] * int(generator.integers(1, 9)) + ["forest"] * 5),
                fields={"in": bool(flag)},
            )
            for number, flag in enumerate(chosen)
        )
    )
    everything = engine.search(make.bound("lexical", k=2_000, depth=2_000))
    expected = [(hit.id, hit.score) for hit in everything if hit.document.fields["in"]]
    found = engine.search(make.bound("lexical", where={"in": True}, types=engine.meta.fields, k=depth, depth=depth))
    assert len(everything) == 1_500
    assert [hit.score for hit in found] == [score for _, score in expected[:depth]]
    assert {hit.id for hit in found} <= {id for id, _ in expected}


def test_deleted_and_replaced_documents_are_not_found_before_tantivy_forgets_them(make, filled):
    engine = filled(*(make.encoded(f"{number:03}", "the plant") for number in range(100)))
    engine.delete([f"{number:03}" for number in range(90)])
    engine.write([make.encoded("095", "forest")])
    engine.write([make.encoded("096", "plant plant")])
    engine.delete(["097"])
    engine.refresh()
    found = engine.search(make.bound("lexical", k=3, depth=3))
    assert [hit.id for hit in found] == ["096", "090", "091"]
    assert len(engine.search(make.bound("lexical", k=100))) == 8
