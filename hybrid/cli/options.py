"""Arguments and options that several commands have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

import typer

Target: TypeAlias = Annotated[
    str, typer.Argument(metavar="TARGET", help="The index: a folder, or opensearch://host:9200/index.")
]
ServerTarget: TypeAlias = Annotated[
    str, typer.Argument(metavar="TARGET", help="The index on a server: opensearch://host:9200/index.")
]
Type: TypeAlias = Annotated[
    str, typer.Argument(metavar="TYPE", help="The kind of entity in words, such as 'political party'.")
]
Ids: TypeAlias = Annotated[list[str], typer.Argument(metavar="ID", help="Ids of documents.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors alone.")]
Encoder: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="A shipped bundle's name, a bundle's folder, or the address of an encoder service.",
        show_default="the bundle that made the index",
    ),
]
About: TypeAlias = Annotated[
    str | None, typer.Option(help="What else the text is about, in free words.", show_default=False)
]
Where: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        help="Only documents whose field fits: 'year>=1970', 'lang!=en', 'tag in a,b', 'year exists', or a JSON "
        "object. Several must all hold.",
        show_default=False,
    ),
]
How: TypeAlias = Annotated[
    str, typer.Option(help="auto, lexical (bm25), typed, dense, or a fusion: 'min_max(typed=1, dense=.2); centring=0'.")
]
K: TypeAlias = Annotated[int, typer.Option("-k", help="How many answers.")]
Offset: TypeAlias = Annotated[int, typer.Option(help="How many answers to pass over.")]
Depth: TypeAlias = Annotated[
    int | None,
    typer.Option(help="How many documents each leg hands to the fusion.", show_default="1000, or twice the page"),
]
Exact: TypeAlias = Annotated[bool, typer.Option("--exact", help="Score every vector.")]
Mentions: TypeAlias = Annotated[int, typer.Option(help="How many mentions an answer shows.")]
Settings: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="A setting of a new index on OpenSearch, such as number_of_shards=3.",
        show_default=False,
    ),
]
Dashboards: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="The address of OpenSearch Dashboards, http://host:5601: the index's data view and saved search there.",
        show_default=False,
    ),
]
DryRun: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Print the requests as Dev Tools takes them, and change nothing.")
]


def parse_settings(texts: Sequence[str]) -> dict[str, Any]:
    """`NAME=VALUE` texts; a value is read as JSON where it is some, else as text."""
    settings: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise typer.BadParameter(f"{text!r} is no NAME=VALUE", param_hint="--setting")
        try:
            settings[name.removeprefix("index.")] = json.loads(value)
        except ValueError:
            settings[name.removeprefix("index.")] = value
    return settings
