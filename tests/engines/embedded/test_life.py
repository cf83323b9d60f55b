"""Create, open, lock, refresh, rebuild, close; several processes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from hybrid.engines.embedded.layout import LOCK, MARKER
from hybrid.engines.factory import create_engine, open_engine
from hybrid.errors import (
    BundleMismatch,
    IndexDamaged,
    IndexExists,
    IndexFormatError,
    IndexLocked,
    IndexNotFound,
    IndexStateError,
)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def stored(make, target):
    """A closed index of two documents."""
    engine = create_engine(target, make.meta({"price": "float"}))
    engine.write([make.encoded("a", "a plant", {"plant": (1, 0, 0)}, (1, 0)), make.encoded("b", "a river")])
    engine.close()
    return target


def found(engine, make, words="plant river"):
    return {hit.id for hit in engine.search(make.bound("lexical", words=words))}


def python(code, *arguments):
    """Run code in another process; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_closed_index_opens_with_all_it_had(make, stored):
    engine = open_engine(stored)
    assert found(engine, make) == {"a", "b"}
    assert engine.meta == make.meta({"price": "float"})
    assert [hit.id for hit in engine.search(make.bound("typed"))] == ["a"]
    engine.close()


def test_closing_twice_is_allowed_and_then_nothing_works(make, stored):
    engine = open_engine(stored)
    engine.close()
    engine.close()
    engine.refresh()
    for act in (
        lambda: engine.search(make.bound("typed")),
        lambda: engine.write([make.encoded("x")]),
        lambda: engine.get(["a"]),
    ):
        with pytest.raises(IndexStateError, match="the index is closed"):
            act()


def test_create_where_an_index_is_names_open(make, stored):
    with pytest.raises(IndexExists, match="an index is there already; open it"):
        create_engine(stored, make.meta())


def test_create_where_other_files_are(make, target):
    target.mkdir()
    (target / "notes.txt").write_text("mine")
    with pytest.raises(IndexExists, match="the folder is not empty and no index"):
        create_engine(target, make.meta())
    assert [entry.name for entry in target.iterdir()] == ["notes.txt"]


def test_create_where_a_file_is(make, target):
    target.write_text("mine")
    with pytest.raises(IndexExists, match="a file is there"):
        create_engine(target, make.meta())


def test_create_makes_the_folders_above(make, target):
    create_engine(target / "deep" / "er", make.meta()).close()
    engine = open_engine(target / "deep" / "er")
    assert engine.statistics().documents == 0
    engine.close()


def test_create_after_a_create_that_was_cut_off(make, target):
    create_engine(target, make.meta()).close()
    (target / MARKER).unlink()
    with pytest.raises(IndexNotFound):
        open_engine(target)
    create_engine(target, make.meta()).close()
    open_engine(target).close()


@pytest.mark.parametrize("there", ["nothing", "file", "empty folder", "other files", "foreign marker", "no JSON"])
def test_open_what_is_not_ours(there, target):
    if there == "file":
        target.write_text("mine")
    elif there != "nothing":
        target.mkdir()
    if there == "other files":
        (target / "notes.txt").write_text("mine")
    if there == "foreign marker":
        (target / MARKER).write_text('{"other": 1}')
    if there == "no JSON":
        (target / MARKER).write_bytes(b"\xff\x00")
    before = sorted(target.iterdir()) if target.is_dir() else None
    with pytest.raises(IndexNotFound, match="index"):
        open_engine(target)
    assert (sorted(target.iterdir()) if target.is_dir() else None) == before


def mark(target, **changes):
    marker = json.loads((target / MARKER).read_text())
    (target / MARKER).write_text(json.dumps(marker | changes))


def test_a_newer_format_names_both(stored):
    mark(stored, format=2)
    with pytest.raises(IndexFormatError, match="the index has format 2, this version reads format 1; install a newer"):
        open_engine(stored)


def test_an_older_format_names_rebuild(stored):
    mark(stored, format=0)
    with pytest.raises(IndexFormatError, match="has format 0, this version reads format 1; run hybrid rebuild"):
        open_engine(stored)


@pytest.mark.parametrize("current", ["../elsewhere", "1", 1, None, "００００01"])
def test_a_marker_that_names_no_generation(current, stored):
    mark(stored, current=current)
    with pytest.raises(IndexDamaged, match="names no generation"):
        open_engine(stored)


@pytest.mark.parametrize("name", ["000001", "000001/store.sqlite", "000001/mentions.f32"])
def test_a_missing_part_is_damage(name, stored):
    path = stored / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(IndexDamaged):
        open_engine(stored)


def test_a_store_that_is_no_database_is_damage(stored):
    (stored / "000001" / "store.sqlite").write_bytes(b"x" * 8_192)
    with pytest.raises(IndexDamaged, match="the store is damaged"):
        open_engine(stored)


def test_vectors_that_are_too_short_are_damage(make, stored):
    (stored / "000001" / "mentions.f32").write_bytes(b"1234")
    with pytest.raises(IndexDamaged, match="4 bytes were found; expected 12"):
        open_engine(stored)


@pytest.mark.parametrize("harm", ["gone", "no meta", "segment gone", "garbage", "emptied"])
def test_a_damaged_inverted_index_is_made_anew_from_the_store(harm, make, stored, tmp_path):
    folder = stored / "000001" / "lexical"
    if harm == "gone":
        shutil.rmtree(folder)
    elif harm == "no meta":
        (folder / "meta.json").unlink()
    elif harm == "segment gone":
        next(folder.glob("*.term")).unlink()
    elif harm == "garbage":
        (folder / "meta.json").write_bytes(b"garbage")
    else:
        create_engine(tmp_path / "other", make.meta()).close()
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "other" / "000001" / "lexical", folder)
    reader = open_engine(stored)
    assert found(reader, make) == {"a", "b"}
    writer = open_engine(stored)
    writer.write([make.encoded("c", "the river")])
    writer.refresh()
    assert found(writer, make) == {"a", "b", "c"}
    reader.refresh()
    assert found(reader, make) == {"a", "b", "c"}
    reader.close()
    writer.close()
    again = open_engine(stored)
    assert found(again, make) == {"a", "b", "c"}
    again.close()


def test_a_second_writer_gets_an_error_at_once_that_names_the_folder(make, stored):
    first, second = open_engine(stored), open_engine(stored)
    first.write([make.encoded("c")])
    for act in (lambda: second.write([make.encoded("d")]), lambda: second.delete(["a"])):
        with pytest.raises(IndexLocked, match=f"{stored}: another writer has the index"):
            act()
    with pytest.raises(IndexLocked), second.rebuild(make.meta()):
        pass
    assert found(second, make) == {"a", "b"}
    first.close()
    second.write([make.encoded("d", "river")])
    second.refresh()
    assert found(second, make) == {"a", "b", "d"}
    second.close()


WRITE = """
import sys, numpy as np
from hybrid.documents import Document, EncodedDocument, Encoding
from hybrid.engines.factory import open_engine
from hybrid.errors import IndexLocked
engine = open_engine(sys.argv[1])
encoding = Encoding((), None, (), np.zeros((0, 3), np.float32))
try:
    batch = [EncodedDocument(Document(id, "a river"), encoding, "given") for id in sys.argv[2:]]
    print(engine.write(batch).items[0].status)
except IndexLocked as error:
    print(error)
engine.close()
"""


def test_a_writer_of_another_process_is_kept_out_and_let_in(make, stored):
    engine = open_engine(stored)
    engine.write([make.encoded("c")])
    assert "another writer has the index" in python(WRITE, stored, "d")
    engine.close()
    assert python(WRITE, stored, "d") == "written"


def test_a_reader_sees_commits_of_other_processes_on_refresh(make, stored):
    reader = open_engine(stored)
    assert python(WRITE, stored, "c", "a") == "written"
    assert found(reader, make) == {"a", "b"}
    assert reader.get(["a"])[0].text == "a plant"
    assert reader.get(["c"]) == [None]
    reader.refresh()
    assert found(reader, make) == {"a", "b", "c"}
    assert reader.get(["a"])[0].text == "a river"
    assert reader.statistics().documents == 3
    reader.close()


def test_the_lock_can_be_released_by_another_thread(make, stored):
    engine = open_engine(stored)
    writing = threading.Thread(target=engine.write, args=([make.encoded("c")],))
    writing.start()
    writing.join()
    engine.close()
    other = open_engine(stored)
    assert [written.status for written in other.write([make.encoded("d")]).items] == ["written"]
    other.close()


def test_a_rebuild_swaps_in_at_the_end(make, stored):
    reader, writer, third = open_engine(stored), open_engine(stored), open_engine(stored)
    with writer.rebuild(make.meta(bundle="other", language="none")) as fresh:
        assert fresh.meta.bundle == "other"
        assert fresh.statistics().documents == 0
        fresh.write([make.encoded("a", "plants"), make.encoded("n", "river")])
        assert found(writer, make) == {"a", "b"}
        with pytest.raises(IndexLocked, match="being rebuilt"):
            writer.write([make.encoded("x")])
        with pytest.raises(IndexLocked, match="another writer"):
            third.write([make.encoded("x")])
        with pytest.raises(IndexLocked, match="being rebuilt"), writer.rebuild(make.meta()):
            pass
    assert found(writer, make) == {"n"}
    assert writer.meta.bundle == "other"
    # A reader notices nothing, and then sees the new one.
    assert found(reader, make) == {"a", "b"}
    assert reader.get(["b"])[0].text == "a river"
    assert len(list(reader.scan())) == 2
    reader.refresh()
    assert found(reader, make) == {"n"}
    writer.write([make.encoded("z", "river")])
    writer.refresh()
    assert found(writer, make) == {"n", "z"}
    for engine in (reader, writer, third):
        engine.close()
    assert sorted(entry.name for entry in stored.iterdir() if entry.name != LOCK) == ["000002", MARKER]


def test_a_rebuild_that_fails_leaves_the_index_as_it_was(make, stored):
    engine = open_engine(stored)
    with pytest.raises(RuntimeError, match="stop"), engine.rebuild(make.meta()) as fresh:  # noqa: PT012
        fresh.write([make.encoded("x")])
        raise RuntimeError("stop")
    assert found(engine, make) == {"a", "b"}
    engine.write([make.encoded("c", "river")])
    engine.refresh()
    assert found(engine, make) == {"a", "b", "c"}
    engine.close()
    assert sorted(entry.name for entry in stored.iterdir() if entry.name != LOCK) == ["000001", MARKER]


def test_a_rebuild_from_its_own_documents(make, stored):
    engine = open_engine(stored)
    with engine.rebuild(engine.meta) as fresh:
        fresh.write(list(engine.scan()))
    assert engine.meta == make.meta({"price": "float"})
    assert [hit.id for hit in engine.search(make.bound("typed"))] == ["a"]
    engine.close()


def test_what_a_killed_rebuild_left_goes_with_the_next_write(make, stored):
    shutil.copytree(stored / "000001", stored / "000002")
    engine = open_engine(stored)
    engine.write([make.encoded("c")])
    engine.close()
    assert not (stored / "000002").exists()


def test_readers_open_while_the_index_is_rebuilt_again_and_again(make, stored):
    stop = threading.Event()

    def read():
        seen = set()
        while not stop.is_set():
            engine = open_engine(stored)
            seen.add(frozenset(found(engine, make)))
            engine.refresh()
            seen.add(frozenset(found(engine, make)))
            engine.close()
        return seen

    writer = open_engine(stored)
    with ThreadPoolExecutor(2) as pool:
        reading = [pool.submit(read) for _ in range(2)]
        for turn in range(8):
            with writer.rebuild(make.meta()) as fresh:
                fresh.write([make.encoded("a", "plant"), make.encoded("b", "river")])
            writer.write([make.encoded("a", f"plant {turn}")])
        stop.set()
        assert {ids for result in reading for ids in result.result()} == {frozenset({"a", "b"})}
    writer.close()


def test_readers_refresh_while_another_writes_and_see_whole_batches(make, stored):
    """Every batch replaces all documents: a reader must see all of one turn in every leg, and nothing of another."""
    stop = threading.Event()

    def read():
        turns = 0
        engine = open_engine(stored)
        while not stop.is_set():
            engine.refresh()
            for leg in ("lexical", "typed"):
                hits = engine.search(make.bound(leg, words="turn", k=100))
                if hits[0].document.fields:
                    assert len(hits) == 20, leg
                    assert len({hit.document.fields["turn"] for hit in hits}) == 1
                    turns += 1
        engine.close()
        return turns

    writer = open_engine(stored)
    writer.delete(["a", "b"])
    writer.write([make.encoded(str(n), "turn", {"turn": (1, 0, 0)}, fields={"turn": -1}) for n in range(20)])
    with ThreadPoolExecutor(2) as pool:
        reading = [pool.submit(read) for _ in range(2)]
        for turn in range(40):
            writer.write([make.encoded(str(n), "turn", {"turn": (1, 0, 0)}, fields={"turn": turn}) for n in range(20)])
        stop.set()
        assert all(result.result() > 0 for result in reading)
    writer.close()


def test_a_rebuild_scans_what_others_wrote_since_the_last_refresh(make, stored):
    engine, other = open_engine(stored), open_engine(stored)
    other.write([make.encoded("c", "river")])
    other.close()
    with engine.rebuild(make.meta()) as fresh:
        fresh.write(list(engine.scan()))
    assert found(engine, make) == {"a", "b", "c"}
    engine.close()


def test_vectors_of_the_bundle_before_anothers_rebuild_are_refused(make, stored):
    engine, other = open_engine(stored), open_engine(stored)
    with other.rebuild(make.meta(bundle="other")):
        pass
    other.close()
    with pytest.raises(BundleMismatch, match=r"'other'.*'tiny'"):
        engine.write([make.encoded("c")])
    engine.refresh()
    assert engine.statistics().documents == 0
    engine.close()
