"""`dataset.json`: where a data set is from and what its conversion did; it marks the folder as one of ours."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from hybrid.errors import InvalidFile

ORIGIN = "dataset.json"
FORMAT = 1


def read_origin(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What `dataset.json` tells; empty where there is none.

    Raises:
        InvalidFile: it cannot be read or was written by another format.
    """
    file = Path(path) / ORIGIN
    if not file.exists():
        return {}
    try:
        shape = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidFile("cannot be read as JSON", file=str(file)) from error
    if not isinstance(shape, dict) or shape.get("format") != FORMAT:
        raise InvalidFile(f"is no data set of format {FORMAT}", file=str(file))
    return {name: value for name, value in shape.items() if name != "format"}


def check_target(path: str | os.PathLike[str], *, replace: bool) -> None:
    """Whether a conversion may write here: into nothing, an empty folder, or with `replace` a data set it wrote before.

    Raises:
        InvalidFile: something else is there, or a data set and no `replace`.
    """
    folder = Path(path)
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not folder.is_dir():
        raise InvalidFile("is a file; expected a folder to write to", file=str(folder))
    if not (folder / ORIGIN).exists():
        raise InvalidFile("is not empty and no data set that was written here before", file=str(folder))
    read_origin(folder)
    if not replace:
        raise InvalidFile("holds a data set; --force replaces it", file=str(folder))
