from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hybrid import Document, Hit, Hits, LegScore, Match, Mention, Plan, PlannedLeg, Query, Snippet
from hybrid.cli.render import mark, render_hits, visible

TEXT = "🦕🦕 Michelin opened a plant; Pirelli did not."


def match(surface: str, cosine: float = 0.5, text: str = TEXT) -> Match:
    start = text.index(surface)
    return Match(Mention(start, start + len(surface), surface), cosine)


def shown(hits: Hits, *, plain: bool, explain: bool = False) -> str:
    out = io.StringIO()
    target = Console(file=out, force_terminal=not plain, color_system=None if plain else "standard", soft_wrap=plain)
    for part in render_hits(hits, plain=plain, explain=explain):
        target.print(part)
    return out.getvalue()


def answer(*hits: Hit, offset: int = 0, reason: str = "as asked") -> Hits:
    legs = (PlannedLeg("typed", "tyre maker"),)
    return Hits(hits, Plan(Query("tyre maker"), legs, None, offset=offset, reason=reason), 12.3)


HIT = Hit(
    "n-1",
    0.87654,
    Document("n-1", TEXT, "Tyres"),
    (match("Michelin", 0.912), match("Pirelli", 0.55)),
    Snippet(0, TEXT),
    {"typed": LegScore(0.956, 1, 1.0, 1.0, 0.5), "lexical": LegScore(None)},
)


def test_without_colours_the_best_mention_stands_in_brackets():
    assert shown(answer(HIT), plain=True) == (
        "typed · 12 ms\n\n"
        "  1. 0.8765  n-1  typed 0.9560\n"
        "     Tyres\n"
        "     🦕🦕 [Michelin] opened a plant; Pirelli did not.\n"
        "     Michelin 0.91 · Pirelli 0.55\n"
    )


def test_a_mention_of_a_calibrated_bundle_has_its_probability_beside_its_cosine():
    hit = replace(
        HIT, mentions=(replace(HIT.mentions[0], probability=0.876), replace(HIT.mentions[1], probability=0.0))
    )
    assert shown(answer(hit), plain=True).endswith("     Michelin 0.91 (88 %) · Pirelli 0.55 (0 %)\n")


def test_with_colours_exactly_the_mentions_are_styled_though_emoji_stand_before_them():
    text = mark(Snippet(0, TEXT), HIT.mentions, plain=False)
    styled = {text.plain[span.start : span.end] for span in text.spans}
    assert (text.plain, styled) == (TEXT, {"Michelin", "Pirelli"})


def test_pages_go_on_counting():
    assert "\n 21. 0.8765" in shown(answer(HIT, offset=20), plain=True)


def test_no_answer_says_so():
    assert shown(answer(), plain=True) == "typed · 12 ms\nNothing was found.\n"


def test_explain_shows_the_reason_and_the_arithmetic_of_each_leg():
    out = shown(answer(HIT, reason="few mentions"), plain=True, explain=True)
    assert "reason: few mentions" in out
    rows = [line.split() for line in out.splitlines()[2:] if line.strip().startswith(("leg ", "typed ", "lexical "))]
    assert rows == [
        ["leg", "score", "rank", "normalised", "weight", "contribution"],
        ["typed", "0.9560", "1", "1.0000", "1.0000", "0.5000"],
        ["lexical", "–", "–", "–", "–", "–"],
    ]


def test_a_snippet_within_a_text_has_ellipses():
    text = "a " * 300 + "Michelin" + " b" * 300
    start = text.index("Michelin") - 100
    hit = Hit("1", 1.0, Document("1", text), (match("Michelin", text=text),), Snippet(start, text[start : start + 300]))
    line = shown(answer(hit), plain=True).splitlines()[3]
    assert (line.strip()[0], line[-1]) == ("…", "…")
    assert "[Michelin]" in line


def test_a_mention_outside_the_snippet_marks_nothing():
    assert mark(Snippet(0, "Oslo"), [match("Pirelli")], plain=True).plain == "Oslo"


def test_a_text_cannot_steer_the_terminal():
    assert visible("a\x1b[31mb\x07\x9bc\td\r\ne\u2028f") == "a␛[31mb␇\ufffdc d  e f"
    assert visible("a\nb\x1b", lines=True) == "a\nb␛"


def test_markup_and_emoji_names_in_a_text_stay_as_they_are():
    text = "[bold]Oslo[/bold] :dinosaur: Oslo"
    hit = Hit("[red]", 1.0, Document("[red]", text, "[i]"), (), Snippet(0, text))
    assert text in shown(answer(hit), plain=True)
    assert "[red]\n     [i]\n" in shown(answer(hit), plain=True)


@given(st.text(), st.booleans())
def test_what_is_visible_has_as_many_characters(text, lines):
    assert len(visible(text, lines=lines)) == len(text)
    assert "\x1b" not in visible(text, lines=lines)


@pytest.mark.parametrize("plain", [True, False])
def test_every_character_of_a_snippet_is_shown(plain):
    assert mark(Snippet(3, TEXT[3:]), HIT.mentions, plain=plain).plain.replace("[", "").replace("]", "") == TEXT[3:]
