"""Files of a corpus, several as one, in the order in which they are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TypeVar

from hybrid.errors import InvalidFile
from hybrid.evaluation.conll import TAB_SEPARATED, Columns, read_conll
from hybrid.evaluation.datasets.neretrieve import read_neretrieve
from hybrid.evaluation.datasets.recipes import Recipe
from hybrid.evaluation.datasets.records import Record, Source
from hybrid.evaluation.datasets.spans_jsonl import SpanKeys, read_spans
from hybrid.evaluation.tags import Scheme

PACKED = ("", ".gz", ".bz2")
Item = TypeVar("Item")


def read_columns(paths: Sequence[Path], scheme: Scheme, columns: Columns = TAB_SEPARATED) -> Source:
    """Files in columns; raises as `read_conll`."""
    return Source(tuple(Record(sentence) for sentence in _all(paths, lambda path: read_conll(path, scheme, columns))))


def read_span_files(paths: Sequence[Path], keys: SpanKeys | None = None) -> Source:
    """Files of JSON lines with token spans; raises as `read_spans`."""
    return Source(tuple(_all(paths, lambda path: read_spans(path, keys))))


def read_recipe(recipe: Recipe, paths: Sequence[Path]) -> tuple[Source, tuple[Path, ...]]:
    """A published corpus from files, or from folders that hold them, and the files that were read.

    Raises:
        InvalidFile: a folder has none of the recipe's files, or a file is not as its form wants it.
    """
    files = tuple(chain.from_iterable(_files(recipe, path) for path in paths))
    if recipe.form == "neretrieve":
        return read_neretrieve(files), files
    return read_columns(files, recipe.scheme, recipe.columns), files


def _files(recipe: Recipe, path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    for names in recipe.files:
        found = [file for name in names if (file := _packed_or_not(path / name)) is not None]
        if found:
            return found
    looked_for = " or ".join(", ".join(names) for names in recipe.files)
    raise InvalidFile(f"has none of the files of {recipe.name}; looked for {looked_for}", file=str(path))


def _packed_or_not(path: Path) -> Path | None:
    return next((file for suffix in PACKED if (file := path.with_name(path.name + suffix)).is_file()), None)


def _all(paths: Sequence[Path], read: Callable[[Path], Iterator[Item]]) -> Iterator[Item]:
    return chain.from_iterable(read(path) for path in paths)
