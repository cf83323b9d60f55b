"""Killed at any moment: whole documents only, everything that was reported, and indexing again completes it."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import numpy as np
import pytest

from hybrid.engines.factory import create_engine, open_engine

DOCUMENTS, BATCH = 160, 20

# Writes batches of documents whose words, fields and vectors all say the same turn; prints each batch that returned.
WRITER = """
import sys, numpy as np
from hybrid.documents import Document, EncodedDocument, Encoding, Mention, Passage
from hybrid.engines.factory import open_engine

target, documents, batch, turn, how = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]

def encoded(number):
    mentions = tuple(Mention(0, 4) for _ in range(number % 4))
    vector = np.array([1, turn, number], np.float32)
    vector /= np.linalg.norm(vector)
    text = f"turn{turn} number{number}"
    encoding = Encoding((Passage(0, len(text)),), vector[None, :2] / np.linalg.norm(vector[:2]), mentions,
                        np.repeat(vector[None], len(mentions), axis=0))
    return EncodedDocument(Document(str(number), text, None, {"turn": turn}), encoding, "given")

def write(engine):
    for first in range(0, documents, batch):
        engine.write([encoded(number) for number in range(first, first + batch)])
        print(first + batch, flush=True)

engine = open_engine(target)
if how == "rebuild":
    with engine.rebuild(engine.meta) as fresh:
        write(fresh)
    print("swapped", flush=True)
else:
    write(engine)
    engine.delete([str(number) for number in range(0, documents, 10)])
    print("deleted", flush=True)
engine.close()
"""


def start(target, turn, how="index"):
    arguments = [sys.executable, "-c", WRITER, str(target), str(DOCUMENTS), str(BATCH), str(turn), how]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def finish(target, turn):
    process = start(target, turn)
    process.communicate()
    assert process.returncode == 0


def killed(process, random_):
    """Kill after a random number of printed lines and a random moment more; returns the lines."""
    lines = [process.stdout.readline().strip() for _ in range(random_.randrange(1, DOCUMENTS // BATCH))]
    time.sleep(random_.random() * 0.03)
    process.kill()
    lines += process.stdout.read().split()
    process.wait()
    process.stdout.close()
    return lines


def check_whole(engine, make):
    """Every document is of one turn in every part, and all parts count the same documents."""
    everything = {encoded.document.id: encoded for encoded in engine.scan()}
    assert len(everything) == engine.statistics().documents
    turns = {}
    for id, encoded in everything.items():
        turn, number = encoded.document.fields["turn"], int(id)
        assert encoded.document.text == f"turn{turn} number{number}"
        expected = make.unit((1, turn, number))
        assert len(encoded.encoding.mention_vectors) == number % 4
        assert np.allclose(encoded.encoding.mention_vectors, expected, atol=1e-6)
        assert np.allclose(encoded.encoding.passage_vectors, make.unit((1, turn)), atol=1e-6)
        turns.setdefault(turn, set()).add(id)
    assert engine.statistics().mentions == sum(int(id) % 4 for id in everything)
    types = engine.meta.fields
    for turn, ids in turns.items():
        asked = {"where": {"turn": turn}, "types": types, "k": 1_000}
        assert {hit.id for hit in engine.search(make.bound("lexical", words=f"turn{turn}", k=1_000))} == ids
        assert {hit.id for hit in engine.search(make.bound("dense", **asked))} == ids
        assert {hit.id for hit in engine.search(make.bound("typed", **asked))} == {id for id in ids if int(id) % 4}
    return turns


@pytest.mark.parametrize("seed", range(7))
def test_killed_while_indexing(seed, make, tmp_path):
    random_, target = random.Random(seed), tmp_path / "index"
    create_engine(target, make.meta()).close()
    if seed % 2:  # half of the runs replace what is there
        finish(target, 0)
    reported = [int(line) for line in killed(start(target, 1), random_) if line.isdigit()]
    reader = open_engine(target)
    turns = check_whole(reader, make)
    for first in range(0, DOCUMENTS, BATCH):
        batch = {str(number) for number in range(first, first + BATCH)}
        without_deleted = {id for id in batch if int(id) % 10}
        found = batch & turns.get(1, set())
        assert found in (batch, without_deleted) or (not found and first >= max(reported))
    reader.close()
    finish(target, 2)
    complete = open_engine(target)
    assert check_whole(complete, make) == {2: {str(n) for n in range(DOCUMENTS) if n % 10}}
    complete.close()


@pytest.mark.parametrize("seed", range(3))
def test_killed_while_rebuilding(seed, make, tmp_path):
    random_, target = random.Random(100 + seed), tmp_path / "index"
    create_engine(target, make.meta()).close()
    finish(target, 0)
    lines = killed(start(target, 1, "rebuild"), random_)
    reader = open_engine(target)
    turns = check_whole(reader, make)
    swapped = {1: {str(number) for number in range(DOCUMENTS)}}
    before = {0: {str(number) for number in range(DOCUMENTS) if number % 10}}
    assert turns == swapped if "swapped" in lines else turns in (before, swapped)
    reader.close()
    finish(target, 2)
    complete = open_engine(target)
    assert check_whole(complete, make) == {2: {str(n) for n in range(DOCUMENTS) if n % 10}}
    assert len([entry for entry in target.iterdir() if entry.is_dir()]) == 1
    complete.close()
