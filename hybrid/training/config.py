"""What a training is asked to do, and what it reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from hybrid.encoding.parts import Bundle
from hybrid.evaluation.figures import Figures
from hybrid.evaluation.weights import Choice
from hybrid.training.calibrating import Calibrated
from hybrid.training.stopping import Kept

# What is being done, how much of it is done, how much there is (0: not known).
Progress: TypeAlias = Callable[[str, int, int], None]


DEFAULT_RECIPE = "minilm"


def silent(doing: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """A training.

    Attributes:
        data: name of a labelled corpus to its file, or the folder that holds it; of `wordnet`, `wordnet-in-text` and
            `mined` to WordNet's dict folder; of `synthetic` to its texts. Where these are given they teach the
            detector, too.
        out: the folder to write the bundle to; a bundle that stands there is replaced.
        detector_data: the corpus that teaches where mentions are; None makes a bundle without a detector.
        dev: the folder of the DEV corpora (`dev/samples.json` in it); its sampled texts are then left out of training
            and the report tells R-Precision. None trains blind.
        recipe: backbone, taps, sources and settings by name; one may tune the backbone as well.
        teacher: a bundle, by name or folder, whose similarities are learned beside the labels; None learns from these.
        cache: a folder that keeps the frozen backbone's features, how far a tuning is and what finished ones gave, so
            that a run that was cut off goes on from there and ends with the same bits.
        zero_shot: leave out every type that the DEV tasks ask for, under this or another name, of labelled and
            synthetic sources (WordNet's vocabulary holds many of these words). False trains on all of them, and a
            figure on DEV is then no zero-shot figure.
        decided: a bundle, by name or folder, whose fusion, calibration and operating point of the detector are taken
            over: those of a zero-shot run, which saw none of the types that they were chosen by. None chooses on `dev`.
        early_stopping: types that nothing is trained on and that choose the step of a tuning that is kept: `held-out`,
            a tenth of each labelled corpus' types, or `dev`, those of `dev`; `none` takes the last step.
        seed: of the head that ships and of the detector.
        soup: the bundle is the mean of all seeds' weights, see `hybrid.training.soup`; False takes the first seed's.
        measure: with `dev` learn how probable a match is, and with `detector_data`, too, choose the fusion that `auto`
            runs and measure on real indexes.
        spread: with `dev` or `soup`, how many are trained, with seeds from `seed` on: how much a figure owes to chance.
        device: auto, cpu, cuda or mps, for the backbone, which is tuned there too; heads are trained on the CPU.
        dtype: what a frozen backbone computes in while features are read, float32 or bfloat16; the bundle's is float32.
    """

    data: Mapping[str, Path]
    out: Path
    detector_data: Path | None = None
    dev: Path | None = None
    recipe: str = DEFAULT_RECIPE
    teacher: str | None = None
    cache: Path | None = None
    zero_shot: bool = True
    decided: str | None = None
    early_stopping: Literal["none", "dev", "held-out"] = "none"
    seed: int = 1
    spread: int = 3
    soup: bool = False
    measure: bool = True
    device: str = "auto"
    dtype: str = "float32"


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What one source gave: texts and mentions that were read, and types that were trained."""

    name: str
    licence: str
    published: str
    texts: int
    mentions: int
    types: int


@dataclass(frozen=True, slots=True)
class DetectorReport:
    """The detector on sentences that it was neither trained nor tuned on.

    It was trained on `sentences`; `threshold` and `margin` were chosen on `tuned_on` others, the figures are those of
    `held_out`.
    `precision` and `recall` of exact spans; `overlap_recall`: gold mentions that some detected one overlaps.
    `for_retrieval`: threshold and margin were chosen on the DEV tasks instead, see `operating`. `texts`: how many of
    each source it was taught by, tuned and measured on.
    """

    sentences: int
    tuned_on: int
    held_out: int
    threshold: float
    margin: float
    precision: float
    recall: float
    overlap_recall: float
    for_retrieval: bool = False
    texts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a training.

    `dev`: per seed, R-Precision of the typed leg with gold spans, by task and `mean`; `choice`: the fusion that `auto`
    runs; `calibrated`: how probable a match is; `figures`: the bundle on DEV, by task, with gold and detected mentions;
    `kept`: per seed, the step that early stopping chose; `mean`: as `dev`, of the mean of all seeds, where it ships.
    """

    bundle: Bundle
    folder: Path
    sources: tuple[SourceReport, ...]
    detector: DetectorReport | None = None
    dev: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    choice: Choice | None = None
    calibrated: Calibrated | None = None
    figures: tuple[Figures, ...] = ()
    kept: Mapping[int, Kept] = field(default_factory=dict)
    mean: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
