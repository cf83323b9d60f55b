"""Runs and judgements as the files that trec_eval reads: `query Q0 document rank score tag` and `query 0 document 1`.

Ids that hold white space or a percent sign are written with percent escapes: the formats part fields by white space.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from hybrid.errors import StorageError
from hybrid.evaluation.ir import answered
from hybrid.evaluation.runs import Run, strictly_falling
from hybrid.evaluation.task import Task


def write_qrels(task: Task, folder: Path) -> Path:
    """`TASK.qrels`: every text that answers a type, with 1; others are not judged, which counts as 0.

    Raises:
        StorageError: the file cannot be written.
    """
    lines = [
        f"{escaped(label)} 0 {escaped(task.id_of(place))} 1\n"
        for label, answers in answered(task).items()
        for place in sorted(answers)
    ]
    return _write(folder / f"{file_name(task.name)}.qrels", lines)


def write_run(task: Task, run: Run, folder: Path) -> Path:
    """`TASK.SPANS.SYSTEM.run`: scores are float32 without ties, so that trec_eval keeps the order.

    Raises:
        StorageError: the file cannot be written.
    """
    tag = file_name(run.system)
    lines = [
        f"{escaped(label)} Q0 {escaped(task.id_of(int(place)))} {rank} {score:.9g} {tag}\n"
        for label, ranking in run.rankings.items()
        for rank, (place, score) in enumerate(
            zip(ranking.documents, strictly_falling(ranking.scores), strict=True), start=1
        )
    ]
    return _write(folder / f"{file_name(task.name)}.{run.spans}.{tag}.run", lines)


def escaped(text: str) -> str:
    """A text without white space; `urllib.parse.unquote` gives it back."""
    return re.sub(r"[\s%]", lambda found: quote(found[0], safe=""), text)


def file_name(text: str) -> str:
    """A text as the part of a file's name, and as a tag: letters, digits and `._=@-` stay, all else becomes `_`."""
    return re.sub(r"[^\w.=@-]+", "_", text, flags=re.ASCII).strip("_") or "_"


def _write(path: Path, lines: list[str]) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="utf-8", newline="\n")
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror})") from error
    return path
