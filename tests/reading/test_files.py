from __future__ import annotations

import gzip
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from hybrid.errors import InvalidFile, MissingExtra
from hybrid.reading import Meter, check_source, format_of, read_documents


@pytest.mark.parametrize(
    ("path", "format"),
    [
        ("a.jsonl", "jsonl"),
        ("a.ndjson", "jsonl"),
        ("a.json", "jsonl"),
        ("A.CSV", "csv"),
        ("a.b.tsv.gz", "tsv"),
        ("a.parquet", "parquet"),
        ("a.txt.gz", "text"),
        ("-", "jsonl"),
    ],
)
def test_the_suffix_says_the_format(path, format):
    assert format_of(path) == format
    assert format_of(path, "text") == "text"


@pytest.mark.parametrize("path", ["a", "a.doc", "a.gz", ".jsonl"])
def test_another_suffix_is_an_error_that_lists_the_known_ones(path):
    with pytest.raises(InvalidFile, match=r"the suffix says no format; expected \.jsonl, .*text$"):
        format_of(path)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("missing.jsonl", "there is no such file"),
        ("folder.csv", "this is a folder; expected a file"),
        ("packed.parquet.gz", "Parquet is read from a file that is not packed"),
    ],
)
def test_what_cannot_be_read_is_known_before_anything_runs(tmp_path, path, reason):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InvalidFile, match=reason):
        read_documents(str(tmp_path / path))


def test_the_size_is_known_before_anything_is_read(tmp_path):
    (tmp_path / "a.txt").write_text("Oslo\n")
    assert check_source(str(tmp_path / "a.txt")) == 5
    assert check_source("-") is None


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtra, match=r"reading Parquet .*\[parquet\]"):
        check_source(str(tmp_path / "a.parquet"))


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_packed_file_that_ends_too_early_gives_what_it_has(tmp_path, read, cut):
    packed = gzip.compress(b"".join(b"text %d\n" % number for number in range(1000)))
    (tmp_path / "a.txt.gz").write_bytes(packed[:-cut])
    found = read(tmp_path / "a.txt.gz")
    assert found.refused == [(None, "the file cannot be read to its end (what is packed is damaged)")]


def test_a_file_that_is_not_packed_though_its_name_says_so(tmp_path, read):
    (tmp_path / "a.txt.gz").write_text("Oslo\n")
    assert read(tmp_path / "a.txt.gz").refused[0][0] is None


def test_the_meter_counts_bytes_as_they_lie_on_disk_over_all_files(tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"Oslo\n" * 1000))
    (tmp_path / "b.txt").write_text("Bergen\n")
    meter = Meter()
    for name in ("a.txt.gz", "b.txt"):
        list(read_documents(str(tmp_path / name), meter=meter))
    assert meter.done == sum((tmp_path / name).stat().st_size for name in ("a.txt.gz", "b.txt"))


def test_documents_come_before_the_file_is_read_to_its_end(tmp_path):
    (tmp_path / "a.txt").write_text("Oslo\n" * 1_000_000)
    meter = Meter()
    assert next(iter(read_documents(str(tmp_path / "a.txt"), meter=meter))).item == {"text": "Oslo"}
    assert meter.done < 1_000_000


def test_standard_input_is_read_as_it_comes(monkeypatch):
    receive, send = os.pipe()
    with open(receive, "rb") as source, open(send, "wb") as sink:  # noqa: PTH123 - descriptors
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=source))
        documents = read_documents("-")
        writer = threading.Thread(target=lambda: (sink.write(b'{"text": "x"}\n{"text"'), sink.flush()))
        writer.start()
        first = next(iter(documents))
        writer.join()
    assert (first.file, first.line, first.item) == (
        "standard input",
        1,
        {"id": None, "text": "x", "title": None, "fields": {}},
    )


def test_a_file_without_permission_says_so(tmp_path: Path, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InvalidFile, match=r"the file cannot be opened \(Permission denied\)"):
        check_source(str(tmp_path / "a.txt"))


def test_a_named_pipe_is_read_once_from_its_start(tmp_path):
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b'{"text": "Oslo"}\n',), daemon=True)
    writer.start()
    assert check_source(str(pipe)) is None
    assert [entry.item["text"] for entry in read_documents(str(pipe))] == ["Oslo"]
    writer.join()
