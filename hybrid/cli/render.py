"""Answers for a terminal: mentions marked, scores shown; without colours they stand in brackets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hybrid.documents import Hit, Hits, LegScore, Match, Snippet
from hybrid.planning.serialization import how_of

BEST, OTHER, FAINT, STRONG = "bold black on bright_yellow", "underline", "dim", "bold"
SNIPPET = 300
# Columns of tables that no terminal limits.
WIDE = 200
_INDENT = 5

# Control characters of a text could steer the terminal; each becomes one visible stand-in, so that offsets stay.
_CONTROLS = {code: 0x2400 + code for code in range(32)} | dict.fromkeys(range(127, 160), 0xFFFD)
_CONTROLS |= dict.fromkeys((0x0A, 0x0D, 0x09, 0x85, 0x2028, 0x2029), 0x20)


def console(*, stderr: bool = False) -> Console:
    """A console that shows texts as they are and, where its output is no terminal, never breaks a line."""
    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.soft_wrap, made.width = True, WIDE
    return made


def is_plain(target: Console) -> bool:
    """Whether styles would not be seen, so that marks must be characters."""
    return target.color_system is None


def visible(text: str, *, lines: bool = False) -> str:
    """As many characters, none of which steers a terminal; on one line unless `lines`."""
    return "\n".join(map(visible, text.split("\n"))) if lines else text.translate(_CONTROLS)


def render_hits(hits: Hits, *, plain: bool, explain: bool = False) -> Iterator[RenderableType]:
    """The way the answer was made, then each hit."""
    yield Text(f"{how_of(hits.plan)} · {hits.took_ms:,.0f} ms", style=FAINT)
    if explain:
        yield Text(f"reason: {hits.plan.reason}", style=FAINT)
    if not hits:
        yield Text("Nothing was found.")
    for place, hit in enumerate(hits, start=hits.plan.offset + 1):
        yield render_hit(hit, place, plain=plain, explain=explain)


def render_hit(hit: Hit, rank: int, *, plain: bool, explain: bool = False) -> RenderableType:
    """Rank, score, id and the legs' scores; the title; the snippet with its mentions marked; the mentions.

    Beside a mention stands its cosine and, where the bundle is calibrated, its probability.
    """
    head = Text(f"\n{rank:>3}. ")
    head.append(f"{hit.score:.4f}", style=STRONG).append(f"  {visible(hit.id)}", style="cyan")
    for leg, score in hit.legs.items():
        head.append("" if score.score is None else f"  {leg} {score.score:.4f}", style=FAINT)
    parts = [Text(visible(hit.document.title), style=STRONG)] if hit.document.title else []
    parts += [marked_snippet(hit, plain=plain)] if hit.snippet else []
    parts += [_mentions(hit.mentions)] if hit.mentions else []
    below: list[RenderableType] = [_indented(part, plain=plain) for part in parts]
    if explain:
        below.append(Padding.indent(_arithmetic(hit), _INDENT))
    return Group(head, *below)


def _indented(text: Text, *, plain: bool) -> RenderableType:
    # Padding fills and cuts lines to the width, which is right for a screen and wrong for a file.
    return Text(" " * _INDENT).append_text(text) if plain else Padding.indent(text, _INDENT)


def marked_snippet(hit: Hit, *, plain: bool) -> Text:
    """The snippet, the best match marked most; an ellipsis where the text goes on."""
    assert hit.snippet is not None
    shown = mark(hit.snippet, hit.mentions, plain=plain)
    if hit.snippet.start > 0:
        shown = Text("…").append_text(shown)
    end = hit.snippet.start + len(hit.snippet.text)
    # Without the text its length is not known; a full snippet is then most likely a part.
    more = end < len(hit.document.text) if hit.document.text else len(hit.snippet.text) >= SNIPPET
    return shown.append("…") if more else shown


def mark(snippet: Snippet, matches: Sequence[Match], *, plain: bool) -> Text:
    """A snippet with the matches that lie in it marked: offsets are code points of the document's text."""
    shown = Text(visible(snippet.text))
    spans = [(match.start - snippet.start, match.end - snippet.start) for match in matches]
    inside = [(start, end) for start, end in spans if 0 <= start < end <= len(snippet.text)]
    if not inside:
        return shown
    best, *others = inside
    if plain:
        start, end = best
        return Text(f"{shown.plain[:start]}[{shown.plain[start:end]}]{shown.plain[end:]}")
    for start, end in others:
        shown.stylize(OTHER, start, end)
    shown.stylize(BEST, *best)
    return shown


def _mentions(matches: Sequence[Match]) -> Text:
    return Text(" · ").join(
        Text.assemble(visible(match.surface or ""), (f" {match.cosine:.2f}{_percent(match)}", FAINT))
        for match in matches
    )


def _percent(match: Match) -> str:
    return "" if match.probability is None else f" ({100 * match.probability:.0f} %)"


def _arithmetic(hit: Hit) -> Table:
    table = Table(box=None, pad_edge=False, header_style=FAINT)
    table.add_column("leg")
    for name in ("score", "rank", "normalised", "weight", "contribution"):
        table.add_column(name, justify="right")
    for leg, score in hit.legs.items():
        table.add_row(leg, *_cells(score))
    return table


def _cells(score: LegScore) -> Iterator[str]:
    rank = "–" if score.rank is None else f"{score.rank:,}"
    numbers = [score.score, score.normalised, score.weight, score.contribution]
    shown = ["–" if number is None else f"{number:.4f}" for number in numbers]
    yield from (shown[0], rank, *shown[1:])
