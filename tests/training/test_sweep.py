"""Every tap by itself against a loop over texts, and what is tried: on the real backbone and a task written by hand."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid.encoding.raw import RawEncoder
from hybrid.errors import BundleError, InvalidInput
from hybrid.evaluation.measures import macro, r_precision
from hybrid.evaluation.sentences import LabelledSpan, Sentence
from hybrid.evaluation.task import Task
from hybrid.training.config import silent
from hybrid.training.recipes import MINILM
from hybrid.training.sweep import SweepConfig, sweep

TEXTS = (
    "The {Danube:river} flows through {Vienna:city}.",
    "In {Oslo:city} it rained.",
    "{Measles:disease} spread along the {Nile:river}, and {cholera:disease} came to {Cairo:city} later that year.",
    "Nothing was said.",
    "She had {malaria:disease} in {Lagos:city}.",
    "The {Rhine:river} was low.",
)
TYPES = {"river": "river", "city": "city", "disease": "illness"}


def sentence(marked: str) -> Sentence:
    """`{words:label}` is a mention."""
    text, spans = "", []
    for piece in marked.replace("}", "{").split("{"):
        words, colon, label = piece.partition(":")
        if colon:
            spans.append(LabelledSpan(len(text), len(text) + len(words), label))
        text += words
    return Sentence(text, tuple(spans))


TASK = Task("made", tuple(map(sentence, TEXTS)), TYPES)
CONFIG = SweepConfig(MINILM.backbone, blocks=(5,), device="cpu")


@pytest.fixture(scope="module")
def swept():
    return sweep(replace(CONFIG, blocks=(3, 5)), [TASK], silent)


def by_hand(tap: str, centred: bool) -> float:
    """Text by text, from the vectors that a tap's own reader gives."""
    from hybrid.encoding import load

    manifest = replace(load("minilm").manifest, carriers=("a {type}",))
    reader = RawEncoder(manifest, tap, device="cpu")._reader
    spans = [[(span.start, span.end) for span in own.spans] for own in TASK.sentences]
    found = reader.read([own.text for own in TASK.sentences], spans)
    types = reader.types(list(TYPES.values()))[0]
    mean = np.concatenate([own.mention_features for own in found]).mean(axis=0) * centred
    values = []
    for place, label in enumerate(TYPES):
        question = types[place] - types.mean(axis=0) * centred
        cosines = [
            max((cosine(row - mean, question) for row in own.mention_features), default=-np.inf) for own in found
        ]
        ranked = sorted(range(len(cosines)), key=lambda text: -cosines[text])
        values.append(r_precision(ranked, TASK.relevant(label)))
    return macro(values)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


@pytest.mark.parametrize("tap", ["hidden@5:mean", "value@3:last", "key@5:first"])
def test_a_tap_scores_what_a_loop_over_texts_gives(swept, tap):
    [own] = [figures for figures in swept.taps if str(figures.tap) == tap]
    assert own.plain == {"made": pytest.approx(by_hand(tap, False)), "mean": own.plain["made"]}
    assert own.centred == {"made": pytest.approx(by_hand(tap, True)), "mean": own.centred["made"]}


def test_every_state_and_pooling_of_every_block_is_tried_in_order(swept):
    taps = [str(figures.tap) for figures in swept.taps]
    assert taps[:9] == [f"{kind}@3:{pool}" for kind in ("hidden", "value", "key") for pool in ("mean", "last", "first")]
    assert [tap.partition("@")[2][0] for tap in taps] == ["3"] * 9 + ["5"] * 9
    assert [(own.texts, own.mentions, own.types) for own in swept.tasks] == [(6, 10, 3)]
    assert not swept.bos


def test_all_blocks_are_those_of_the_model():
    found = sweep(replace(CONFIG, blocks=None, kinds=("value",), pools=("last",)), [TASK], silent)
    assert [str(figures.tap) for figures in found.taps] == [f"value@{block}:last" for block in range(6)]


def test_little_memory_means_several_passes_and_the_same_figures(swept):
    seen = []
    found = sweep(replace(CONFIG, blocks=(3, 5), memory=10 * 4 * 9 * 384), [TASK], lambda doing, *_: seen.append(doing))
    assert list(dict.fromkeys(seen))[::2] == ["reading made, blocks 3–3", "reading made, blocks 5–5"]
    assert found == swept


def test_a_sample_keeps_types_that_it_answers_and_the_mean_is_over_tasks():
    few = sweep(replace(CONFIG, kinds=("hidden",), pools=("mean",), texts=2), [TASK, replace(TASK, name="b")], silent)
    assert [(own.name, own.texts) for own in few.tasks] == [("made", 2), ("b", 2)]
    assert few.tasks[0].types <= 3
    [own] = few.taps
    assert own.plain == {"made": own.plain["made"], "b": own.plain["made"], "mean": own.plain["made"]}


def test_what_cannot_be_swept_is_said():
    bare = replace(TASK, sentences=(Sentence("Nothing.", ()),), judged={"river": frozenset({0})})
    with pytest.raises(InvalidInput, match="made has no mentions"):
        sweep(CONFIG, [bare], silent)
    with pytest.raises(InvalidInput, match="made has no type that a text answers"):
        sweep(CONFIG, [replace(TASK, types={"bird": "bird"})], silent)
    with pytest.raises(BundleError, match="block 6, but the backbone has 6 blocks"):
        sweep(replace(CONFIG, blocks=(0, 6)), [TASK], silent)
