"""Which layer, which projection: every tap of a backbone by itself, without a head, on tasks with gold mentions.

The question of NER Retriever (arXiv 2509.04011, section 3), for any model: block by block, what the block hands over,
its values and its keys, over a mention's tokens on average, at its last token, or at its first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import ceil

import numpy as np

from hybrid.encoding.extras import LOCAL, require
from hybrid.encoding.features import FeatureReader
from hybrid.encoding.manifest import BackboneSpec, Setup
from hybrid.encoding.opening import read_setup
from hybrid.encoding.spans import Windows
from hybrid.encoding.taps import Kind, Pool, Tap
from hybrid.encoding.weights import resolve
from hybrid.errors import InvalidInput
from hybrid.evaluation.measures import macro
from hybrid.evaluation.nested import sample, sampling_order
from hybrid.evaluation.opening import MEAN
from hybrid.evaluation.task import Task
from hybrid.training.config import Progress
from hybrid.training.headless import Scores, count_mentions, read_features, score_tap

KINDS: tuple[Kind, ...] = ("hidden", "value", "key")
POOLS: tuple[Pool, ...] = ("mean", "last", "first")


@dataclass(frozen=True, slots=True)
class SweepConfig:
    """What is tried.

    Attributes:
        backbone: where the model lies; a low-rank difference of it is not applied, nor is its `bos` read.
        bos: whether the token that begins a text stands before each; None: where the model names such a token.
        windows: how long texts are cut.
        carriers: what stands around a type's words; several are averaged.
        kinds, pools: what is read of a block, and how it is pooled over a mention's tokens.
        blocks: counted from 0; None is all.
        texts: how many texts of each task are read, a sample that keeps the share of each type; None is all.
        memory: bytes that a task's features may take; where they take more, the blocks are read in several passes.
        device: auto, cpu, cuda or mps.
    """

    backbone: BackboneSpec
    bos: bool | None = None
    windows: Windows = field(default_factory=Windows)
    carriers: tuple[str, ...] = ("a {type}",)
    kinds: tuple[Kind, ...] = KINDS
    pools: tuple[Pool, ...] = POOLS
    blocks: tuple[int, ...] | None = None
    texts: int | None = None
    memory: int = 2 * 2**30
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class TapFigures:
    """Macro R-Precision of a tap by task, and over tasks as `mean`; headless.py says what is plain and centred."""

    tap: Tap
    plain: Mapping[str, float]
    centred: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SweptTask:
    """What a task was measured on: types that some text answers, mentions that are marked."""

    name: str
    texts: int
    mentions: int
    types: int


@dataclass(frozen=True, slots=True)
class Sweep:
    """Figures by block, then kind, then pooling; `bos` says whether a token that begins a text stood before each."""

    taps: tuple[TapFigures, ...]
    tasks: tuple[SweptTask, ...]
    bos: bool


def sweep(config: SweepConfig, tasks: Sequence[Task], progress: Progress) -> Sweep:
    """Score every tap on every task, one pass of the backbone over a task's texts for all taps that fit the memory.

    Raises:
        InvalidInput: a task has no mention, or no type that a text answers.
        BundleError: the backbone is not found, or has no such block.
        MissingExtra: packages that the backbone needs are not installed.
        EncoderError: the backbone failed on a text, or a vector has no direction.
    """
    require("a backbone", "local", *LOCAL)
    asked = [_asked(task, config.texts) for task in tasks]
    counts = [SweptTask(own.name, len(own.sentences), count_mentions(own), len(own.types)) for own in asked]
    config, blocks = _resolved(config)
    taps: list[TapFigures] = []
    for part in _passes(config, blocks, max(count.mentions for count in counts)):
        taps += _figures(_reader(config, part), asked, progress)
    return Sweep(tuple(taps), tuple(counts), bool(config.bos))


def _asked(task: Task, texts: int | None) -> Task:
    """The texts that are read, and of the types those that one of them answers."""
    own = task if texts is None else replace(sample(task, sampling_order(task), texts), name=task.name)
    answers = own.answers()
    own = replace(own, types={label: words for label, words in own.types.items() if answers[label]})
    if not own.has_mentions or not own.types:
        raise InvalidInput(f"{task.name} has no {'type that a text answers' if own.has_mentions else 'mentions'}")
    return own


def _resolved(config: SweepConfig) -> tuple[SweepConfig, tuple[int, ...]]:
    """The configuration with `bos` decided, and the blocks that are read."""
    from hybrid.encoding.loading import count_blocks

    own = config.backbone
    checkpoint = resolve(own.sources, own.sha256, own.tokenizer_sha256)
    bos = isinstance(checkpoint.config.get("bos_token_id"), int) if config.bos is None else config.bos
    blocks = tuple(range(count_blocks(checkpoint))) if config.blocks is None else config.blocks
    return replace(config, backbone=replace(own, bos=bos, adapter=None), bos=bos), blocks


def _passes(config: SweepConfig, blocks: Sequence[int], mentions: int) -> list[list[int]]:
    """All blocks at once, or a few at a time where the features of so many mentions would not fit."""
    # The last block, so that one that is not there is found before anything is read.
    width = _reader(config, [max(blocks)]).width * len(blocks)
    passes = min(ceil(4 * mentions * width / config.memory), len(blocks))
    return [part.tolist() for part in np.array_split(np.asarray(blocks), passes)]


def _reader(config: SweepConfig, blocks: Sequence[int]) -> FeatureReader:
    taps = tuple(Tap(kind, block, pool) for block, kind, pool in product(blocks, config.kinds, config.pools))
    return read_setup(config.backbone, Setup(config.windows, config.carriers, taps, None), device=config.device)


def _figures(reader: FeatureReader, tasks: Sequence[Task], progress: Progress) -> list[TapFigures]:
    found = {task.name: _scores(reader, task, progress) for task in tasks}
    return [
        TapFigures(
            tap,
            with_mean({name: scores[place].plain for name, scores in found.items()}),
            with_mean({name: scores[place].centred for name, scores in found.items()}),
        )
        for place, tap in enumerate(reader.setup.taps)
    ]


def with_mean(values: Mapping[str, float]) -> dict[str, float]:
    """Figures by task, and their plain mean as `mean`."""
    return {**values, MEAN: macro(values.values())}


def _scores(reader: FeatureReader, task: Task, progress: Progress) -> list[Scores]:
    taps = reader.setup.taps
    doing = f"{task.name}, blocks {taps[0].block}–{taps[-1].block}"
    table = read_features(task, reader, f"reading {doing}", progress)
    scores: list[Scores] = []
    start = 0
    for tap in taps:
        progress(f"scoring {doing}", len(scores), len(taps))
        end = start + reader.backbone.widths[tap.state]
        scores.append(score_tap(table, slice(start, end)))
        start = end
    progress(f"scoring {doing}", len(scores), len(taps))
    return scores
