"""The commands put together."""

from __future__ import annotations

from typing import Annotated

import typer

from hybrid.cli import (
    bundle,
    complete,
    count,
    data,
    delete,
    demo,
    drop,
    evaluate,
    find,
    get,
    index,
    info,
    mcp,
    plan,
    rebuild,
    serve,
    setup,
    train,
)

app = typer.Typer(
    help="Which texts mention an entity of the kind I describe in words?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from hybrid._version import __version__

        typer.echo(f"hybrid {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


for module in (demo, index, find, plan, get, delete, count, info, complete, rebuild, serve, mcp, setup, drop):
    app.command(module.__name__.rpartition(".")[2])(module.command)
# A module cannot be called eval: the name is a built-in function's.
app.command("eval")(evaluate.command)
app.add_typer(train.app, name="train")
app.add_typer(bundle.app, name="bundle")
app.add_typer(data.app, name="data")
