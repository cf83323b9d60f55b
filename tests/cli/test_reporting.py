from __future__ import annotations

import errno
import json
import os

import pytest
import typer

from hybrid import BundleError, IndexLocked, InvalidDocument, InvalidHow, InvalidInput, MissingExtra
from hybrid.cli.reporting import print_json, reported


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (InvalidHow("no", "typd", 0), 2, "Error: no\n  typd\n  ^\n"),
        (InvalidDocument("no text", id="1"), 1, "Error: document '1': no text\n"),
        (InvalidInput("no such target"), 2, "Error: no such target\n"),
        (IndexLocked("another writer has it"), 1, "Error: another writer has it\n"),
        (BundleError("pass encoder="), 1, "Error: pass encoder=; here that is --encoder\n"),
        (MissingExtra("it", "local"), 1, "Error: it needs packages that are not installed: "),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 1, "Error: No space left on device\n"),
        (KeyboardInterrupt(), 130, "Error: interrupted\n"),
    ],
)
def test_what_goes_wrong_is_a_sentence_and_an_exit_code(capsys, error, code, sentence):
    with pytest.raises(typer.Exit) as ended, reported():
        raise error
    out, err = capsys.readouterr()
    assert (ended.value.exit_code, out) == (code, "")
    assert err.startswith(sentence)


def test_as_json_it_is_an_object(capsys):
    with pytest.raises(typer.Exit), reported(as_json=True):
        raise IndexLocked("another writer has it")
    assert json.loads(capsys.readouterr().err) == {"error": {"kind": "IndexLocked", "message": "another writer has it"}}


def test_a_mistake_of_ours_is_not_hidden():
    with pytest.raises(ZeroDivisionError), reported():
        raise ZeroDivisionError


def test_what_is_not_utf8_stands_as_escapes_in_json(capsys):
    print_json({"file": "\udcff.jsonl"})
    assert json.loads(capsys.readouterr().out) == {"file": "\udcff.jsonl"}
