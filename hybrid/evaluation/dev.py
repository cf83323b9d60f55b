"""The four tasks to develop on: which texts of a corpus mention an entity of a type, asked in words.

The corpora are in no repository: a folder holds them (environment variable `HYBRID_CORPORA`) beside `dev/samples.json`
(which sentences, by a stated rule and seed, and how many texts answer each type) and `dev/types.json` (label to words).

- Few-NERD INTER dev: Ding et al., Few-NERD: A Few-shot Named Entity Recognition Dataset, ACL 2021.
- CrossNER politics and science: Liu et al., CrossNER: Evaluating Cross-Domain Named Entity Recognition, AAAI 2021.
- WNUT-17: Derczynski et al., Results of the WNUT2017 Shared Task on Novel and Emerging Entity Recognition, W-NUT 2017.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from hybrid.errors import InvalidFile
from hybrid.evaluation.conll import Scheme, merge_duplicates, read_conll
from hybrid.evaluation.task import Task

FILES: Mapping[str, tuple[Scheme, tuple[str, ...]]] = {
    "few-nerd": ("io", ("few-nerd/inter-dev.txt",)),
    "politics": ("bio", tuple(f"crossner/politics/{split}.txt" for split in ("train", "dev", "test"))),
    "science": ("bio", tuple(f"crossner/science/{split}.txt" for split in ("train", "dev", "test"))),
    "wnut17": ("bio", ("wnut17/all.txt",)),
}


def read_dev(corpora: Path) -> tuple[Task, ...]:
    """The four tasks, sampled as `dev/samples.json` says.

    Raises:
        InvalidFile: a file is missing or damaged, or the number of texts that answer a type is not the file's.
    """
    samples = _json(corpora / "dev" / "samples.json")["tasks"]
    types = _json(corpora / "dev" / "types.json")
    return tuple(_task(name, corpora, samples[name], types[name]) for name in FILES)


def _task(name: str, corpora: Path, sample: Mapping[str, Any], types: Mapping[str, str]) -> Task:
    scheme, files = FILES[name]
    merged = dict(merge_duplicates(chain.from_iterable(read_conll(corpora / file, scheme) for file in files)))
    missing = [index for index in sample["sentences"] if index not in merged]
    if missing:
        raise InvalidFile(f"names sentence {missing[0]} of {name}, which is not there", file="dev/samples.json")
    task = Task(name, tuple(merged[index] for index in sample["sentences"]), dict(types))
    for label, expected in sample["R"].items():
        found = len(task.relevant(label))
        if found != expected:
            raise InvalidFile(f"{found} texts of {name} mention {label}; expected {expected}", file="dev/samples.json")
    return task


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidFile(f"cannot be read ({error.strerror})", file=f"dev/{path.name}") from error
    except ValueError as error:
        raise InvalidFile("is not JSON", file=f"dev/{path.name}") from error
