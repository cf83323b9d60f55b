"""The command that makes a bundle again, as its card and bundle.json tell it."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from hybrid.training.config import DEFAULT_RECIPE, TrainingConfig
from hybrid.training.sources import synthetic

CORPORA = "HYBRID_CORPORA"


def command_of(config: TrainingConfig) -> str:
    """`hybrid train …` with every option that matters; folders of this machine are not told.

    A path under the folder of corpora (environment variable HYBRID_CORPORA) is written relative to that variable, any
    other by its last part alone.
    """
    parts = ["hybrid", "train"]
    for name, path in sorted(config.data.items()):
        parts += [
            "--data",
            name if name == synthetic.NAME and path == synthetic.FOLDER else f"{name}={_portable(path)}",
        ]
    if config.detector_data is not None:
        parts += ["--detector-data", _portable(config.detector_data)]
    if config.dev is not None:
        parts += ["--dev", _portable(config.dev)]
    if config.recipe != DEFAULT_RECIPE:
        parts += ["--recipe", config.recipe]
    if config.teacher is not None:
        parts += ["--teacher", Path(config.teacher).name]
    if not config.zero_shot:
        parts.append("--no-zero-shot")
    if config.decided is not None:
        parts += ["--decided", Path(config.decided).name]
    if config.dtype != "float32":
        parts += ["--dtype", config.dtype]
    if config.early_stopping != "none":
        parts += ["--early-stopping", config.early_stopping]
    if config.soup:
        parts += ["--soup", "--spread", str(config.spread)]
    parts += ["--seed", str(config.seed), "--out", _portable(config.out)]
    return " ".join(part if part.startswith("$") or "=$" in part else shlex.quote(part) for part in parts)


def _portable(path: Path) -> str:
    corpora = os.environ.get(CORPORA)
    if corpora:
        base, whole = Path(corpora).resolve(), path.resolve()
        if whole == base:
            return f"${CORPORA}"
        if whole.is_relative_to(base):
            return f"${CORPORA}/{whole.relative_to(base).as_posix()}"
    return path.name
