"""The figures in the model card are those that the bundle has; collected only where the corpora are."""

import os
from pathlib import Path

import pytest

from hybrid.encoding.factory import bundles
from hybrid.encoding.local import LocalEncoder
from hybrid.evaluation.dev import read_dev
from hybrid.evaluation.figures import measure


def test_politics_measures_as_the_card_says():
    encoder = LocalEncoder(bundles() / "minilm", device="cpu")
    politics = [task for task in read_dev(Path(os.environ["HYBRID_CORPORA"])) if task.name == "politics"]
    told = {row["spans"]: row for row in encoder.manifest.training["measured"]["dev"] if row["task"] == "politics"}
    for figures in measure(encoder, politics, lambda *step: None):
        for leg in ("typed", "dense", "lexical", "hybrid"):
            assert getattr(figures, leg) == pytest.approx(told[figures.spans][leg], abs=0.003)
