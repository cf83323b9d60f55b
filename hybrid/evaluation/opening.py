"""Names on a command line to tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hybrid.errors import InvalidInput, shorten
from hybrid.evaluation.datasets import read_dataset
from hybrid.evaluation.dev import FILES, read_dev
from hybrid.evaluation.task import Task

DEV = "dev"
MEAN = "mean"
# Keys of a report beside its data sets.
RESERVED: Mapping[str, str] = {
    MEAN: "the means over data sets",
    "zero_shot": "how new the types are",
    "scale": "the curves against the number of texts",
    "paper": "figures by the paper's protocol",
    "dimensions": "the curves against the vectors' width",
    "detectors": "figures of detectors",
}


def open_tasks(names: Sequence[str], corpora: Path | None) -> tuple[Task, ...]:
    """The tasks of every name: a folder in the native form, `dev` for the four tasks to develop on, `dev/politics` for
    one of them; each task once.

    Raises:
        InvalidInput: two different data sets of one name, one of a name in `RESERVED`, or `dev` without `corpora`.
        InvalidFile: a file is missing or damaged.
    """
    tasks: dict[str, Task] = {}
    for name in names:
        for task in _tasks(name, corpora):
            if task.name in RESERVED:
                raise InvalidInput(f"a data set is called {task.name}, as {RESERVED[task.name]} are; rename its folder")
            if tasks.setdefault(task.name, task) != task:
                raise InvalidInput(f"two data sets are called {shorten(task.name)}; give one folder another name")
    return tuple(tasks.values())


def _tasks(name: str, corpora: Path | None) -> tuple[Task, ...]:
    kind, _, part = name.partition("/")
    if kind != DEV or Path(name).exists():
        return (read_dataset(Path(name)),)
    if corpora is None:
        raise InvalidInput("the tasks of dev lie in the folder of the corpora: give --corpora, or set HYBRID_CORPORA")
    if part and part not in FILES:
        raise InvalidInput(f"dev has no task {shorten(part)}; it has {', '.join(FILES)}")
    return tuple(task for task in read_dev(corpora) if part in ("", task.name))
