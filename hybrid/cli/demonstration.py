"""The demo on a terminal: answers side by side, then what to type next."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from hybrid.cli.progress import Progress
from hybrid.cli.render import FAINT, STRONG, console, is_plain, mark
from hybrid.cli.reporting import print_json
from hybrid.cli.summary import report_to_json, report_to_text
from hybrid.demo import WAYS, Asked, ask, index_texts, open_demo, questions, texts
from hybrid.demo.runner import SHOWN
from hybrid.documents import Hit, Snippet
from hybrid.encoding import shipped
from hybrid.evaluation.measures import macro
from hybrid.planning.serialization import how_of

RIGHT, WRONG = "✓", "·"


def demonstrate(target: str, encoder: str, *, as_json: bool) -> None:
    """Run the demo and print it; one JSON object a question, then the means, where `as_json`."""
    begun = time.monotonic()
    with open_demo(target, encoder) as retriever:
        with Progress("indexing", len(texts())) as progress:
            report = index_texts(retriever, lambda so_far: progress.show(so_far, so_far.documents))
        seconds = time.monotonic() - begun
        legs = retriever.encoder.dimensions.legs if retriever.encoder is not None else ()
        ways = {way: how for way, how in WAYS.items() if how != "dense" or how in legs}
        out = console()
        if as_json:
            print_json({"indexed": report_to_json(report, seconds)})
        else:
            out.print(Text(report_to_text(report, seconds)))
        asked = []
        for result in ask(retriever, questions(), ways):
            asked.append(result)
            if as_json:
                print_json(_question_json(result))
            else:
                out.print(answers_table(result, out))
    if as_json:
        print_json({"mean": _means(asked)})
    else:
        _print_end(out, asked, target, encoder)


def answers_table(asked: Asked, out: Console) -> RenderableType:
    """One question's first answers, a column a way, the right ones ticked."""
    question, ways = asked.question, list(asked.hits)
    width = max(20, (out.width - 3 * len(ways)) // len(ways)) if out.is_terminal else 60
    title = Text.assemble("\n", (question.type, STRONG), f", {question.about}" if question.about else "")
    title.append(f"   {len(question.answers)} texts answer", style=FAINT)
    table = Table(title=title, title_justify="left", title_style="", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for way in ways:
        table.add_column(Text.assemble((way, STRONG), f"  {asked.r_precision[way]:.2f}"), width=width)
    rows = min(SHOWN, max((len(hits) for hits in asked.hits.values()), default=0))
    for row in range(rows):
        table.add_row(*(_cell(asked.hits[way], row, asked, width, is_plain(out)) for way in ways))
    return table


def _cell(hits: Sequence[Hit], row: int, asked: Asked, width: int, plain: bool) -> Text:
    if row >= len(hits):
        return Text("")
    hit = hits[row]
    right = hit.id in asked.question.answers
    cell = Text(f"{RIGHT if right else WRONG} ", style="bold green" if right else FAINT)
    part = excerpt(hit, 2 * width - 8)
    shown = mark(part, hit.mentions[:1], plain=plain)
    shown = Text("…").append_text(shown) if part.start else shown
    return Text.assemble(cell, shown, "…" if part.start + len(part.text) < len(hit.document.text) else "")


def excerpt(hit: Hit, length: int) -> Snippet:
    """A piece of a hit's text with its best mention in the middle, else its start; from word to word."""
    text = hit.document.text
    if len(text) <= length:
        return Snippet(0, text)
    best = hit.mentions[0] if hit.mentions else None
    middle = 0 if best is None else (best.start + best.end) // 2
    start = max(0, min(middle - length // 2, len(text) - length))
    end = start + length
    limit = end if best is None else best.start
    while start and start < limit and not text[start - 1].isspace():
        start += 1
    while end < len(text) and end > start + length // 2 and not text[end].isspace() and (not best or end > best.end):
        end -= 1
    return Snippet(start, text[start:end])


def _print_end(out: Console, asked: Sequence[Asked], target: str, encoder: str) -> None:
    out.print(_scores_table(asked))
    out.print(Text(f"\nhybrid is auto: {asked[-1].hits['hybrid'].plan.reason}", style=FAINT))
    folder, bundle = shlex.quote(target), "" if encoder in shipped() else f" --encoder {shlex.quote(encoder)}"
    out.print(Text(f"\nThe index is in {target}. To play with it:"))
    for line in (
        f"find {folder} {shlex.quote(asked[0].question.type)}{bundle}",
        f"find {folder} river --where 'year>=1900' --explain{bundle}",
        f"plan {folder} 'chess player'{bundle}",
        f"info {folder}",
    ):
        out.print(Text(f"  {_program()} {line}", style="cyan"))


def _program() -> str:
    """How this command is called here: as it was, where `hybrid` alone would not be found."""
    called = Path(sys.argv[0])
    return shlex.quote(sys.argv[0]) if called.name == "hybrid" and not shutil.which("hybrid") else "hybrid"


def _scores_table(asked: Sequence[Asked]) -> Table:
    ways = list(asked[0].hits)
    table = Table(title=Text("\nR-Precision", style=STRONG), title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    for way in ways:
        table.add_column(way, justify="right")
    for result in asked:
        about = f", {result.question.about}" if result.question.about else ""
        best = max(result.r_precision.values())
        cells = (_score(result.r_precision[way], best) for way in ways)
        table.add_row(f"{result.question.type}{about}", *cells)
    means = _means(asked)
    table.add_row(Text("mean", style=STRONG), *(_score(means[way], max(means.values())) for way in ways))
    return table


def _score(value: float, best: float) -> Text:
    return Text(f"{value:.2f}", style=STRONG if value == best else "")


def _means(asked: Sequence[Asked]) -> Mapping[str, float]:
    return {way: macro(result.r_precision[way] for result in asked) for way in asked[0].hits}


def _question_json(asked: Asked) -> Mapping[str, object]:
    question = asked.question
    ways = {
        way: {
            "how": how_of(hits.plan),
            "r_precision": asked.r_precision[way],
            "ids": [hit.id for hit in hits],
        }
        for way, hits in asked.hits.items()
    }
    return {
        "type": question.type,
        "about": question.about,
        "why": question.why,
        "answers": sorted(question.answers),
        "ways": ways,
    }
