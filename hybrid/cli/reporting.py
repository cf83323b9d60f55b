"""How a command ends: its exit code, and one sentence on stderr when something is wrong."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from hybrid.errors import HybridError, InvalidInput, InvalidQuery

REFUSED, USAGE, INTERRUPTED = 1, 2, 130


@contextmanager
def reported(as_json: bool = False, *, encoder: str = "--encoder") -> Iterator[None]:
    """Turn what goes wrong within into a sentence (or, with `as_json`, an object) on stderr and an exit code.

    `encoder` is the command's option for what the library calls `encoder=`.
    A reader that closes the pipe early, as `head` does, has what it wanted: that is no failure.
    """
    try:
        yield
        sys.stdout.flush()
    except HybridError as error:
        say_error(_for_shell(str(error), encoder), as_json, kind=type(error).__name__)
        # A plain InvalidInput is an argument that no call can take; its subclasses say more.
        usage = isinstance(error, InvalidQuery) or type(error) is InvalidInput
        raise typer.Exit(USAGE if usage else REFUSED) from None
    except BrokenPipeError:
        # Python would try to write what is left once more at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        say_error(error.strerror or type(error).__name__, as_json, kind="OSError")
        raise typer.Exit(REFUSED) from None
    except KeyboardInterrupt:
        say_error("interrupted", as_json, kind="KeyboardInterrupt")
        raise typer.Exit(INTERRUPTED) from None


def _for_shell(message: str, encoder: str) -> str:
    """What the library says of its argument `encoder=`, said of the option."""
    rebuilding = "open with encoder=False and rebuild"
    if rebuilding in message:
        return message.replace(rebuilding, f"run hybrid rebuild with {encoder} to go over to another one")
    return f"{message}; here that is {encoder}" if "encoder=" in message else message


def say_error(message: str, as_json: bool = False, kind: str = "error") -> None:
    """One error on stderr."""
    if as_json:
        print_json({"error": {"kind": kind, "message": message}}, err=True)
    else:
        typer.echo(f"Error: {message}", err=True)


def say_warnings(warnings: tuple[str, ...], as_json: bool = False) -> None:
    """Warnings on stderr, so that they never stand among answers."""
    for warning in warnings:
        if as_json:
            print_json({"warning": warning}, err=True)
        else:
            typer.echo(f"Warning: {warning}", err=True)


def print_json(value: Any, *, err: bool = False) -> None:
    """One value on one line, in UTF-8 whatever the terminal's encoding is."""
    import orjson

    try:
        line = orjson.dumps(value)
    except TypeError:
        # The name of a file, or an argument, that is not UTF-8: its bytes stand as escapes.
        line = json.dumps(value).encode()
    typer.echo(line, err=err)
