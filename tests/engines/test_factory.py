from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hybrid.encoding.protocol import Dimensions
from hybrid.engines.factory import create_async_engine, create_engine, open_async_engine, open_engine
from hybrid.engines.protocol import IndexMeta
from hybrid.errors import InvalidInput, ServerUnavailable, StorageError

META = IndexMeta("tiny", "f", Dimensions(3, None))


@pytest.mark.parametrize("kind", [str, Path])
def test_a_folder_is_kept_by_the_embedded_engine(kind, tmp_path):
    create_engine(kind(tmp_path / "index"), META).close()
    engine = open_engine(kind(tmp_path / "index"))
    assert engine.meta == META
    engine.close()


@pytest.mark.parametrize("url", ["http://host", "https://me:secret@host/news", "elasticsearch://host:9200/news"])
def test_another_scheme_is_told_which_there_are_and_no_secret_is_repeated(url):
    for act in (lambda: open_engine(url), lambda: create_engine(url, META)):
        with pytest.raises(
            InvalidInput, match="expected the name of a folder, opensearch://host:9200/index or"
        ) as caught:
            act()
        assert "secret" not in str(caught.value)
        assert url.split("://")[0] in str(caught.value)


@pytest.mark.parametrize("url", ["opensearch://127.0.0.1:1/news", "opensearch+https://me:secret@127.0.0.1:1/news"])
async def test_a_server_is_asked_for_its_scheme(url):
    for act in (lambda: open_engine(url), lambda: create_engine(url, META)):
        with pytest.raises(ServerUnavailable, match="nothing answers") as caught:
            act()
        assert "secret" not in str(caught.value)
    for act in (lambda: open_async_engine(url), lambda: create_async_engine(url, META)):
        with pytest.raises(ServerUnavailable, match="nothing answers") as caught:
            await act()
        assert "secret" not in str(caught.value)


def test_settings_are_those_of_a_server(tmp_path):
    with pytest.raises(InvalidInput, match=r"settings were given \(number_of_shards\); an index in a folder has none"):
        create_engine(tmp_path / "index", META, settings={"number_of_shards": 2})


@pytest.mark.parametrize("options", [{}, {"client": object()}, {"index": "news"}])
def test_a_target_or_a_client_with_an_index(options):
    with pytest.raises(InvalidInput, match="expected"):
        open_engine(None, **options)
    with pytest.raises(InvalidInput, match="expected a target, or client= together with index="):
        open_engine("folder", client=object(), index="news")


def test_no_secret_of_a_client_or_of_half_a_url_is_repeated():
    from opensearchpy import OpenSearch

    client = OpenSearch("http://ada:secret@127.0.0.1:9200")
    for target in (client, "opensearch:/ada:secret@host/news", "opensearch+https:ada:secret@host/news"):
        with pytest.raises(InvalidInput, match="expected") as caught:
            open_engine(target)
        assert "secret" not in str(caught.value)
    client.close()


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
    heavy = "{'tantivy', 'regex', 'filelock', 'opensearchpy', 'aiohttp'}"
    code = f"import sys, hybrid.engines.factory; print(sorted({heavy} & set(sys.modules)))"
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
