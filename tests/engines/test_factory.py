from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hybrid.encoding.protocol import Dimensions
from hybrid.engines.factory import create_engine, open_engine
from hybrid.engines.protocol import IndexMeta
from hybrid.errors import InvalidInput, StorageError

META = IndexMeta("tiny", "f", Dimensions(3, None))


@pytest.mark.parametrize("kind", [str, Path])
def test_a_folder_is_kept_by_the_embedded_engine(kind, tmp_path):
    create_engine(kind(tmp_path / "index"), META).close()
    engine = open_engine(kind(tmp_path / "index"))
    assert engine.meta == META
    engine.close()


@pytest.mark.parametrize(
    "url", ["opensearch://host:9200/news", "opensearch+https://me:secret@host/news", "http://host"]
)
def test_a_server_is_no_target_yet_and_no_secret_is_repeated(url):
    for act in (lambda: open_engine(url), lambda: create_engine(url, META)):
        with pytest.raises(InvalidInput, match="this version keeps an index in a folder only") as caught:
            act()
        assert "secret" not in str(caught.value)
        assert url.split("://")[0] in str(caught.value)


@pytest.mark.parametrize("target", ["", None, 7])
def test_a_target_that_is_no_name(target):
    with pytest.raises(InvalidInput, match="expected the name of a folder"):
        open_engine(target)


MISSING = """
import sys
sys.modules[sys.argv[1]] = None  # what an absent package looks like
from hybrid.engines.factory import open_engine
from hybrid.errors import MissingExtra
try:
    open_engine("nowhere")
except MissingExtra as error:
    print(error.extra, error)
"""


@pytest.mark.parametrize("package", ["tantivy", "Stemmer", "regex", "filelock"])
def test_a_missing_package_names_the_extra(package):
    done = subprocess.run([sys.executable, "-c", MISSING, package], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("local an index in a folder needs packages that are not installed")


def test_the_engine_is_imported_when_it_is_used():
    code = "import sys, hybrid.engines.factory; print(sorted({'tantivy', 'regex', 'filelock'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("name", "words"), [("a\0b", "null character"), ("a\ud800", "lone surrogate")])
def test_what_no_folder_can_be_called_is_told(name, words):
    for act in (lambda: open_engine(name), lambda: create_engine(name, META)):
        with pytest.raises(InvalidInput, match=words):
            act()


def test_a_name_that_is_too_long_is_told(tmp_path):
    for act in (lambda: open_engine(tmp_path / ("a" * 5_000)), lambda: create_engine(tmp_path / ("a" * 5_000), META)):
        with pytest.raises(StorageError, match="File name too long"):
            act()
