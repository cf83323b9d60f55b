"""A full disk, a crash at each step of a commit, a folder that cannot be written."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from hybrid.engines.embedded import vectors, writing
from hybrid.engines.embedded.lexical import LexicalWriter
from hybrid.engines.factory import create_engine, open_engine
from hybrid.errors import IndexNotFound, StorageError

PRELUDE = """
import os, resource, sys
import numpy as np
from hybrid.documents import Document, EncodedDocument, Encoding, Mention, Passage
from hybrid.encoding.protocol import Dimensions
from hybrid.engines.factory import create_engine, open_engine
from hybrid.engines.protocol import IndexMeta
from hybrid.errors import HybridError, StorageError
from hybrid.planning.plan import BoundPlan, Plan, PlannedLeg
from hybrid.planning.query import Query

def encoded(id, text="the plant", mentions=1):
    rows = np.full((mentions, 4), .5, np.float32)
    spans = tuple(Mention(0, 1) for _ in range(mentions))
    return EncodedDocument(Document(id, text), Encoding((Passage(0, 1),), None, spans, rows), "given")

def found(engine, leg):
    legs = (PlannedLeg(leg, "plant", depth=10_000),)
    bound = BoundPlan(Plan(Query("plant"), legs, None, k=10_000), {"typed": np.full(4, .5, np.float32)})
    return sorted(hit.id for hit in engine.search(bound))

def whole(engine, ids):
    engine.refresh()
    assert found(engine, "lexical") == found(engine, "typed") == sorted(ids), (found(engine, "lexical"), ids)
    assert engine.statistics().documents == len(ids)
    assert [encoded.document.id for encoded in engine.scan()] == list(ids)

def refused(act):
    try:
        act()
    except StorageError as error:
        return str(error)
    raise AssertionError("expected a StorageError")
"""


def python(code, *arguments, status=0):
    script = PRELUDE + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done.stdout


# What grows first: the vectors, the store's log, tantivy's files.
GROWING = {
    "vectors": "[encoded(f'big {n}', mentions=5_000) for n in range(5)]",
    "store": "[encoded(f'big {n}', text='plant ' * 20_000) for n in range(5)]",
    "lexical": "[encoded('big', text=' '.join(f'{n * 7919:x}' for n in range(60_000)))]",
}


@pytest.mark.parametrize("part", GROWING)
def test_no_room_for_a_batch_leaves_everything_before_it(part, tmp_path):
    """A limit on the size of files stands in for the full disk: it fails the same writes."""
    code = f"""
    engine = create_engine(sys.argv[1], IndexMeta("b", "f", Dimensions(4, None)))
    before = [f"a{{n}}" for n in range(10)]
    engine.write([encoded(id) for id in before])
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    for turn in range(3):
        message = refused(lambda: engine.write({GROWING[part]}))
        assert sys.argv[1] in message
        whole(engine, before)
    reader = open_engine(sys.argv[1])
    whole(reader, before)
    reader.close()
    engine.write([encoded("small")])
    whole(engine, [*before, "small"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    report = engine.write({GROWING[part]})
    assert {{item.status for item in report.items}} == {{"written"}}
    engine.close()
    engine = open_engine(sys.argv[1])
    assert engine.statistics().documents == 11 + len(report.items)
    engine.close()
    print("done")
    """
    assert python(code, tmp_path / "index").strip() == "done"


STEPS = {
    "before the vectors are synced": (vectors.os, "fsync"),
    "before tantivy commits": (LexicalWriter, "commit"),
    "before the store commits": (writing, "transaction"),
    "after tantivy took the tokens": (writing, "to_row"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_takes_the_whole_batch_back(step, make, filled, monkeypatch):
    engine = filled(make.encoded("a", "plant", {"plant": (1, 0, 0)}), make.encoded("b", "plant"))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(*STEPS[step], full)
        with pytest.raises(StorageError, match="the disk is full; nothing of this batch was kept"):
            engine.write([make.encoded("a", "new", {"new": (0, 1, 0)}), make.encoded("c", "plant")])
    engine.refresh()
    assert {hit.id for hit in engine.search(make.bound("lexical"))} == {"a", "b"}
    assert engine.get(["a", "c"])[1] is None
    engine.write([make.encoded("c", "plant", {"plant": (0, 0, 1)})])
    engine.refresh()
    assert {hit.id for hit in engine.search(make.bound("lexical"))} == {"a", "b", "c"}
    scores = {hit.id: hit.score for hit in engine.search(make.bound("typed", typed=(0, 0, 1)))}
    assert scores == pytest.approx({"a": 0.5, "c": 1.0})


CRASH = {
    "before the vectors are synced": "vectors.os.fsync = die",
    "before tantivy commits": "LexicalWriter.commit = die",
    "before the store commits": "writing.transaction = die",
    "within the store's transaction": "writing.to_row = die",
    "before the deletions reach tantivy": "LexicalWriter.delete = die",
}


@pytest.mark.parametrize("step", CRASH)
def test_a_process_that_ends_within_a_commit(step, make, tmp_path):
    """The numbers of the lost batch are given out again, to other documents: nothing of the lost ones may show."""
    code = f"""
    from hybrid.engines.embedded import vectors, writing
    from hybrid.engines.embedded.lexical import LexicalWriter
    engine = create_engine(sys.argv[1], IndexMeta("b", "f", Dimensions(4, None)))
    engine.write([encoded("a"), encoded("b", text="a lost plant")])
    engine.delete(["b"])
    def die(*_): os._exit(7)
    {CRASH[step]}
    engine.write([encoded(f"lost {{n}}", text="a lost plant", mentions=3) for n in range(5)])
    """
    python(code, tmp_path / "index", status=7)
    check = """
    engine = open_engine(sys.argv[1])
    whole(engine, ["a"])
    engine.write([encoded("c"), encoded("d", mentions=2)])
    whole(engine, ["a", "c", "d"])
    legs = (PlannedLeg("lexical", "lost"),)
    assert not engine.search(BoundPlan(Plan(Query("lost"), legs, None)))
    engine.close()
    engine = open_engine(sys.argv[1])
    whole(engine, ["a", "c", "d"])
    engine.close()
    """
    python(check, tmp_path / "index")


# Another user may be unable to read the code that is imported late.
NOBODY = """
import tempfile
with tempfile.TemporaryDirectory() as warm:
    engine = create_engine(warm + "/index", IndexMeta("b", "f", Dimensions(4, None)))
    engine.write([encoded("a")])
    whole(engine, ["a"])
    engine.close()
os.setgid(65534)
os.setuid(65534)
"""


def as_nobody(tmp_path):
    """Root may write anywhere: then the check runs as another user, who may look into the folder."""
    if os.geteuid():
        return ""
    root = Path(tempfile.gettempdir()).resolve()
    for folder in (tmp_path, *tmp_path.parents):
        if root in folder.parents:
            folder.chmod(0o755)
    return NOBODY


READ = """
engine = open_engine(sys.argv[1])
whole(engine, sys.argv[2].split())
assert [document.id for document in engine.get(["a"])] == ["a"]
assert "cannot be written" in refused(lambda: engine.write([encoded("x")]))
assert sys.argv[1] in refused(lambda: engine.delete(["a"]))
whole(engine, sys.argv[2].split())
engine.close()
print("read")
"""


def read_only(target, yes):
    for path in (target, *target.rglob("*")):
        path.chmod((0o555 if yes else 0o755) if path.is_dir() else (0o444 if yes else 0o644))


@pytest.mark.parametrize("left", ["closed", "killed"])
def test_a_read_only_folder_answers_and_cannot_be_written(left, tmp_path):
    """Closed, or left by a writer that was killed and whose store still has a log."""
    target = tmp_path / "index"
    end = "engine.close()" if left == "closed" else "os._exit(0)"
    python(
        f"""
        engine = create_engine(sys.argv[1], IndexMeta("b", "f", Dimensions(4, None)))
        engine.write([encoded("a"), encoded("b")])
        engine.write([encoded("c")])
        engine.delete(["b"])
        {end}
        """,
        target,
    )
    assert (target / "000001" / "store.sqlite-wal").exists() is (left == "killed")
    user = as_nobody(tmp_path)
    read_only(target, True)
    try:
        assert python(user + READ, target, "a c").strip() == "read"
        if left == "killed":
            (target / "000001").chmod(0o755)
            (target / "000001" / "store.sqlite-shm").unlink()
            read_only(target, True)
            assert python(user + READ, target, "a c").strip() == "read"
    finally:
        read_only(target, False)


def test_create_in_a_read_only_folder(tmp_path):
    user = as_nobody(tmp_path)
    tmp_path.chmod(0o555)
    try:
        code = 'print(refused(lambda: create_engine(sys.argv[1], IndexMeta("b", "f", Dimensions(4, None)))))'
        message = python(user + "\n" + code, tmp_path / "index")
    finally:
        tmp_path.chmod(0o755)
    assert "cannot be written or read for lack of permission" in message
    assert not (tmp_path / "index").exists()


def test_a_folder_that_cannot_be_looked_into(make, tmp_path):
    create_engine(tmp_path / "index", make.meta()).close()
    user = as_nobody(tmp_path)
    (tmp_path / "index").chmod(0)
    try:
        message = python(user + "\nprint(refused(lambda: open_engine(sys.argv[1])))", tmp_path / "index")
    finally:
        (tmp_path / "index").chmod(0o755)
    assert "cannot be read" in message


def test_a_create_that_fails_can_be_repeated(make, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    target = tmp_path / "index"
    with monkeypatch.context() as patch:
        patch.setattr("hybrid.engines.embedded.layout.atomic_write", full)
        with pytest.raises(StorageError, match="the disk is full"):
            create_engine(target, make.meta())
    with pytest.raises(IndexNotFound):
        open_engine(target)
    create_engine(target, make.meta()).close()
    open_engine(target).close()
