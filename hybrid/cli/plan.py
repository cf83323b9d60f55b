"""`hybrid plan`: what would be asked, and why; nothing runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hybrid.cli import options
from hybrid.cli.reporting import print_json, reported, say_warnings

if TYPE_CHECKING:
    from hybrid.planning.plan import Plan


def command(
    target: options.Target,
    type: options.Type,
    about: options.About = None,
    where: options.Where = None,
    how: options.How = "auto",
    k: options.K = 10,
    offset: options.Offset = 0,
    depth: options.Depth = None,
    exact: options.Exact = False,
    mentions: options.Mentions = 3,
    console: Annotated[
        bool, typer.Option("--console", help="Print the request as Dev Tools of OpenSearch Dashboards takes it.")
    ] = False,
    neural: Annotated[
        bool,
        typer.Option(
            "--neural", help="With --console: words in place of vectors, for an index set up with an encoder service."
        ),
    ] = False,
    encoder: options.Encoder = None,
    json: options.Json = False,
) -> None:
    """Show what find would ask, and why, without asking it."""
    with reported(json):
        if neural and not console:
            raise typer.BadParameter("goes with --console", param_hint="--neural")
        from hybrid.cli.asking import opened_for, page_options
        from hybrid.planning.serialization import plan_to_json

        with opened_for(target, how, encoder) as retriever:
            page = page_options(retriever, about, where, how, k, offset, depth, exact, mentions)
            plan = retriever.plan(type, **page)
            request = retriever.console(plan, neural=neural) if console else None
            if neural and plan.centring:
                say_warnings((_uncentred(plan),), json)
        if request is not None:
            typer.echo(request, nl=False)
        elif json:
            print_json(plan_to_json(plan))
        else:
            for name, value in _lines(plan):
                typer.echo(f"{name:<10}{value}")


def _lines(plan: Plan) -> list[tuple[str, str]]:
    from hybrid.planning.notation import print_number
    from hybrid.planning.serialization import how_of, plan_to_json

    where = plan_to_json(plan)["query"]["where"]
    lines = [("type", plan.query.type), ("about", plan.query.about), ("where", where and _compact(where))]
    lines.append(("how", how_of(plan)))
    for leg in plan.legs:
        exact = ", every vector" if leg.exact else ""
        lines.append((leg.leg, f"asked {leg.words!r}, weight {print_number(leg.weight)}, depth {leg.depth:,}{exact}"))
    lines.append(("page", f"k {plan.k}, offset {plan.offset}, {plan.mentions} mentions an answer"))
    lines.append(("reason", plan.reason))
    return [(name, value) for name, value in lines if value]


def _uncentred(plan: Plan) -> str:
    from dataclasses import replace

    from hybrid.planning.serialization import how_of

    return (
        f"words are not centred by the server: these are the answers of --how '{how_of(replace(plan, centring=0.0))}'"
    )


def _compact(where: object) -> str:
    import json

    return json.dumps(where, ensure_ascii=False)
