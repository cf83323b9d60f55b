"""The page in a real browser: every state, by keyboard and by mouse, in light and dark, on a desk and in a hand.

The browser is the machine's own Chromium; without one the tests are skipped, and where CI is set they fail.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from hybrid import AsyncRetriever, Retriever
from hybrid.testing import FakeEncoder

# A machine that runs other tests beside these is slow at times.
expect.set_options(timeout=15_000)

NAMES = ("chromium", "chromium-browser", "google-chrome")
ENCODER = FakeEncoder(256)
KEY = "a key of the tests"
WAYS = ["Hybrid", "Typed", "Dense", "BM25", "Side by side"]
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"> & <b>Lyon</b> is a harbour."
DOCUMENTS = [
    {"id": "1", "text": "Michelin is a tyre maker.", "fields": {"year": 1971, "lang": "fr", "price": 2.5}},
    {"id": "2", "fields": {"year": 2009},
     "text": "😀👩‍🚀🇳🇴 Peter 🔥 of Bergen: Michelin is a tyre maker 😀 in France."},
    {"id": "<i>3</i>", "title": "<script>document.title = 'hacked'</script>", "text": HOSTILE},
    {"id": "4", "text": f"Etna is a volcano.{' It slept for long.' * 30}", "fields": {"open": True}},
    {"id": "5", "text": "Rome is older.", "fields": {"size": 2**63 - 1}},
    *({"id": f"town{n}", "text": f"Oslo{n} is a town of the north.", "fields": {"year": 1900 + n}} for n in range(23)),
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = f"the page is tested in Chromium, and none of {', '.join(NAMES)} is there: apt-get install chromium"
        if os.environ.get("CI", "0").lower() not in ("", "0", "false"):
            pytest.fail(reason)
        pytest.skip(reason)
    # Chromium refuses to run with its sandbox as root, as in containers.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        own = playwright.chromium.launch(executable_path=found, args=arguments)
        yield own
        own.close()


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page") / "news"
    with Retriever.create(folder, encoder=ENCODER) as retriever:
        assert not retriever.index(DOCUMENTS).refused
    return folder


def opened(target: Path) -> AsyncRetriever:
    # This thread has a loop that runs already, the browser's.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, AsyncRetriever.open(target, encoder=ENCODER)).result()


@pytest.fixture(scope="module")
def address(target, module_listening) -> str:
    return module_listening(ENCODER, retriever=opened(target))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as own:
        own.set_default_timeout(10_000)
        yield own


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page of which no script may fail and nothing may be kept from loading by its policy."""
    own, wrong = context.new_page(), []
    own.on("pageerror", lambda error: wrong.append(str(error)))
    own.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield own
    assert wrong == []
    assert own.title() != "hacked"


def ask(browsing: Page, address: str, type: str = "", **question: str | list[str]) -> None:
    browsing.goto(f"{address}/?{urlencode({'type': type, **question}, doseq=True)}")
    expect(browsing.locator("#answers")).not_to_have_attribute("aria-busy", "true")
    expect(browsing.locator("#question")).to_be_visible()


def where(*parts: str) -> str:
    return json.dumps(parts)


def fitting(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


# States


def test_at_first_it_says_what_can_be_asked_and_gives_examples(page, address):
    page.goto(address)
    expect(page.locator("#about-index")).to_have_text("news 28 documents, 61 mentions. Bundle fake.")
    expect(page.get_by_role("heading", level=2)).to_have_text("Which texts mention an entity of a kind?")
    page.get_by_role("link", name="dinosaur").click()
    expect(page.get_by_role("textbox", name="Kind of entity")).to_have_value("dinosaur")
    expect(page.get_by_role("textbox", name="About")).to_have_value("found in Alberta")


def test_an_answer_has_its_text_mentions_fields_and_score(page, address):
    ask(page, address, "tyre maker", how="typed", where=where("lang", "=", "fr"))
    expect(page.get_by_role("status").first).to_contain_text("The only answer for “tyre maker”")
    expect(page.locator("article h3")).to_have_text("1")
    expect(page.locator("article .text")).to_contain_text("Michelin")
    expect(page.locator(".fields div")).to_have_text(["year1971", "langfr", "price2.5"])
    assert re.fullmatch(r"0\.\d{3}", page.locator(".score").inner_text().split()[-1])


def test_while_it_asks_it_says_so(page, address):
    held: list[Route] = []
    page.route("**/v1/find", lambda route: held.append(route))
    page.goto(f"{address}/?type=town")
    expect(page.locator("#answers")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#status")).to_have_text("Asking…")
    expect(page.locator(".blank").first).to_be_visible()
    held[0].continue_()
    expect(page.locator("article")).to_have_count(10)
    expect(page.locator("#answers")).not_to_have_attribute("aria-busy", "true")


def test_without_an_answer_it_says_so_and_what_may_help(page, address):
    ask(page, address, "town", where=where("year", ">", "3000"))
    expect(page.locator("#panels .notice")).to_contain_text("No text answers this.")
    expect(page.locator("#panels .notice")).to_contain_text("Fewer filters")
    expect(page.locator(".warnings")).to_contain_text("the typed leg found nothing")
    ask(page, address, "quux", how="lexical")
    expect(page.locator("#panels .notice")).not_to_contain_text("filters")


def test_a_busy_service_can_be_asked_again(page, address):
    problem = {"detail": "too many requests wait for the encoder", "code": "queue_full"}
    page.route("**/v1/find", lambda route: route.fulfill(status=429, json=problem), times=1)
    ask(page, address, "town")
    expect(page.get_by_role("alert").last).to_contain_text(problem["detail"])
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator("article")).to_have_count(10)


def test_a_service_that_is_gone_is_named_and_can_be_looked_for_again(page, address):
    page.route("**/v1/index", lambda route: route.abort(), times=1)
    page.goto(address)
    expect(page.locator(".notice.bad")).to_contain_text("does not answer")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator("#question")).to_be_visible()
    page.route("**/v1/find", lambda route: route.abort(), times=1)
    page.get_by_role("textbox", name="Kind of entity").fill("town")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".notice.bad")).to_contain_text("does not answer")


def test_what_the_service_finds_wrong_stands_beside_it(page, address):
    problem = {"detail": "the type is no type", "code": "invalid_request", "pointer": "#/type"}
    page.route("**/v1/find", lambda route: route.fulfill(status=422, json=problem))
    ask(page, address, "town")
    box = page.get_by_role("textbox", name="Kind of entity")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_be_focused()
    expect(page.locator("#type-error")).to_have_text(problem["detail"])
    expect(page.get_by_role("button", name="Ask again")).to_have_count(0)


def test_a_service_without_an_index_says_how_one_is_served(page, listening):
    page.goto(listening(ENCODER))
    expect(page.get_by_role("heading", name="This service has no index to search")).to_be_visible()
    expect(page.locator("#panels .notice")).to_contain_text("hybrid serve TARGET")
    expect(page.locator("#panels .notice")).to_contain_text("the bundle fake")
    expect(page.locator("#question")).to_be_hidden()


def test_a_key_is_asked_for_kept_in_the_tab_and_shown_to_the_service(page, context, target, listening):
    served = listening(ENCODER, retriever=opened(target), key=KEY)
    page.goto(f"{served}/?type=town")
    box = page.get_by_role("textbox", name="Key")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("type", "password")
    expect(page.locator("#question")).to_be_hidden()
    for wrong, said in (("another", "does not take this key"), ("ключ", "no request can carry")):
        box.fill(wrong)
        box.press("Enter")
        expect(page.locator("#key-error")).to_contain_text(said)
    box.fill(KEY)
    box.press("Enter")
    expect(page.locator("article")).to_have_count(10)
    expect(page.locator("#key-form")).to_be_hidden()
    page.reload()
    expect(page.locator("article")).to_have_count(10)
    assert KEY not in page.url
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    other = context.new_page()
    other.goto(served)
    expect(other.get_by_role("textbox", name="Key")).to_be_focused()
    page.evaluate("sessionStorage.setItem('hybrid.key', 'changed')")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#key-error")).to_contain_text("does not take this key")
    page.get_by_role("textbox", name="Key").fill(KEY)
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("article")).to_have_count(10)


# Mentions


def test_a_mention_is_marked_where_it_stands_whatever_emoji_stand_before_it(page, address):
    ask(page, address, "tyre maker", how="typed", where=where("year", "=", "2009"))
    marks = [own.evaluate("own => own.firstChild.data") for own in page.locator("article mark").all()]
    with Retriever.open(page_target(page), encoder=ENCODER) as retriever:
        (hit,) = retriever.find("tyre maker", how="typed", where={"year": 2009})
    assert marks == [match.surface for match in sorted(hit.mentions, key=lambda match: match.start)]
    assert len(marks) == 3
    shown = "own => [...own.childNodes].map((part) => part.data ?? part.firstChild.data).join('')"
    assert page.locator("article .text").evaluate(shown) == DOCUMENTS[1]["text"]


def test_the_nearest_mention_is_the_strongest_and_each_tells_its_figure(page, address):
    ask(page, address, "tyre maker", how="typed", where=where("year", "=", "2009"))
    strengths = "all => all.map((own) => parseInt(own.style.getPropertyValue('--strength')))"
    all_strengths = page.locator("article mark").evaluate_all(strengths)
    assert page.locator("mark.first").evaluate_all(strengths) == [max(all_strengths)]
    assert len(set(all_strengths)) > 1
    nearest = page.locator("mark.first")
    tip = nearest.locator(".figure")
    expect(tip).to_have_css("opacity", "0")
    nearest.hover()
    expect(tip).to_have_css("opacity", "1")
    assert re.search(r"cosine [01]\.\d\d$", tip.inner_text())
    page.keyboard.press("Escape")
    expect(tip).to_have_css("opacity", "0")


def test_a_mention_outside_of_the_snippet_is_named_below_it(page, address):
    told = {
        "hits": [
            {"rank": 1, "id": "a", "score": 0.9, "fields": {}, "legs": {"typed": {"score": 0.9, "rank": 1}},
             "snippet": {"start": 7, "text": "😀 Oslo and Oslo Fjord"},
             "mentions": [{"start": 18, "end": 28, "surface": "Oslo Fjord", "cosine": 0.8, "probability": 0.75},
                          {"start": 18, "end": 22, "surface": "Oslo", "cosine": 0.5},
                          {"start": 9, "end": 13, "surface": "Oslo", "cosine": 0.4},
                          {"start": 900, "end": 906, "surface": "Bergen", "cosine": 0.2}]}],
        "plan": {"how": "typed", "reason": "as asked: typed", "fusion": None, "offset": 0,
                 "legs": [{"leg": "typed", "words": "city", "weight": 1, "depth": 1000}]},
        "took_ms": 1, "warnings": [],
    }  # fmt: skip
    page.route("**/v1/find", lambda route: route.fulfill(json=told))
    ask(page, address, "city", how="typed")
    text = "own => own.firstChild.data"
    assert [own.evaluate(text) for own in page.locator(".text mark").all()] == ["Oslo", "Oslo Fjord"]
    assert [own.evaluate(text) for own in page.locator(".besides mark").all()] == ["Oslo", "Bergen"]
    expect(page.locator("mark.first .figure")).to_contain_text("probability 0.75, cosine 0.80")


def test_markup_in_a_text_a_title_an_id_or_a_question_stays_text(page, address):
    ask(page, address, "<b>harbour</b>", how="lexical")
    expect(page.locator("article h3").first).to_have_text("<script>document.title = 'hacked'</script>")
    expect(page.locator("article .text").first).to_have_text(HOSTILE)
    expect(page.locator("article .id").first).to_have_text("<i>3</i>")
    expect(page.locator("#status")).to_contain_text("“<b>harbour</b>”")
    assert page.locator("#answers").locator("img, b, i, script").count() == 0
    assert page.title() == "<b>harbour</b> – hybrid"


# Ranking, and why


def test_rankings_are_switched_and_shown_side_by_side(page, address):
    ask(page, address, "tyre maker", about="France")
    assert page.locator("#ways label").all_inner_texts() == WAYS
    for name, how in (("Typed", "typed"), ("Dense", "dense"), ("BM25", "lexical")):
        page.get_by_role("radio", name=name, exact=True).check()
        expect(page.locator(".panel h2")).to_have_text(name)
        expect(page.locator(".plan code")).to_contain_text(how)
    page.get_by_role("radio", name="Side by side").check()
    expect(page.locator(".panel h2")).to_have_text(["Hybrid", "Typed", "Dense", "BM25"])
    expect(page.locator("#status")).to_contain_text("4 rankings")
    tops = page.locator(".panel").evaluate_all("all => all.map(own => own.getBoundingClientRect().top)")
    assert len(set(tops)) == 1


def test_a_ranking_that_fails_leaves_the_others(page, address):
    def fail_dense(route: Route) -> None:
        if route.request.post_data_json.get("how") == "dense":
            route.fulfill(status=503, json={"detail": "no dense today", "code": "engine_unavailable"})
        else:
            route.continue_()

    page.route("**/v1/find", fail_dense)
    ask(page, address, "tyre maker", how="all")
    expect(page.locator(".panel").nth(2)).to_contain_text("no dense today")
    assert page.locator(".panel ol").count() == 3


def test_an_answer_tells_why_it_is_where_it_is(page, address, target):
    ask(page, address, "tyre maker", about="France")
    expect(page.locator(".plan")).to_contain_text("the typed leg does not read `about`, the dense leg does")
    article = page.locator("article").first
    expect(article.locator(".legs")).to_contain_text("Typed #")
    article.get_by_text("Typed #").click()
    with Retriever.open(target, encoder=ENCODER) as retriever:
        hit = retriever.find("tyre maker", about="France", explain=True)[0]
    for row, leg in enumerate(("typed", "dense")):
        score = hit.legs[leg]
        expected = [str(score.rank), f"{score.score:.3f}", f"{score.normalised:.3f}", "1", f"{score.contribution:.3f}"]
        assert article.locator("tbody tr").nth(row).locator("td").all_inner_texts() == expected
    values = " + ".join(f"1 × {hit.legs[leg].normalised:.3f}" for leg in ("typed", "dense"))
    expect(article.locator(".sum")).to_have_text(f"({values}) ÷ 2 = {hit.score:.3f}")


SUMS = [
    ({"technique": "min_max", "mean": "arithmetic", "c": 60}, "(1 × 0.500 + 0.2 × 0) ÷ 1.2 = 0.417", 0.4167),
    ({"technique": "l2", "mean": "geometric", "c": 60}, "weighted geometric mean of 0.500 (weight 1) = 0.500", 0.5),
    ({"technique": "rrf", "mean": "arithmetic", "c": 60}, "0.833 ÷ (60 + 2) = 0.0134", 0.01344),
    (None, "The score is that of the Typed leg, 0.900: nothing is fused.", 0.9),
]


@pytest.mark.parametrize(("fusion", "told", "score"), SUMS)
def test_each_fusion_is_written_as_the_sum_that_it_is(page, address, fusion, told, score):
    legs = [{"leg": "typed", "weight": 1, "depth": 9}, {"leg": "lexical", "weight": 0.2, "depth": 9}]
    hit = {"score": score, "legs": {"typed": {"score": 0.9, "rank": 2, "normalised": 0.5}}}
    page.goto(address)
    plan = {"fusion": fusion, "legs": legs if fusion else legs[:1]}
    script = "async ([hit, plan]) => (await import('/page/why.js')).sum(hit, plan)"
    assert page.evaluate(script, [hit, plan]) == told


# Filters


def test_a_filter_is_read_as_its_fields_type(page, address):
    ask(page, address, "town", how="lexical")
    page.get_by_role("button", name="Add a filter").click()
    expect(page.get_by_label("Field")).to_be_focused()
    page.get_by_label("Field").select_option("year")
    page.get_by_label("Operator").select_option(">=")
    page.get_by_label("Value").fill("1920")
    page.get_by_label("Value").press("Enter")
    expect(page.locator("article")).to_have_count(3)
    page.get_by_label("Value").fill("later")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#where-error")).to_have_text("“year” takes whole numbers, such as 1970.")
    expect(page.get_by_label("Value")).to_be_focused()
    expect(page.get_by_label("Value")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Operator").select_option("exists")
    page.get_by_label("Value").select_option("no")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#panels .notice")).to_contain_text("No text answers this.")
    page.get_by_role("button", name="Remove filter 1").click()
    expect(page.get_by_role("button", name="Add a filter")).to_be_focused()


TYPES = {"year": "int", "price": "float", "open": "bool", "lang": "str"}
READ = [
    ([["year", ">=", " +1970 "]], {"year": {">=": 1970}}),
    ([["year", ">=", "1970"], ["year", "<", "1980"], ["lang", "!=", "en"]],
     {"year": {">=": 1970, "<": 1980}, "lang": {"!=": "en"}}),
    ([["price", "<", "2.50"]], {"price": {"<": 2.5}}),
    ([["open", "=", "false"]], {"open": {"=": False}}),
    ([["lang", "exists", "false"]], {"lang": {"exists": False}}),
    ([["lang", "in", 'a, "b, ""c""" ,d']], {"lang": {"in": ["a", 'b, "c"', "d"]}}),
    ([["year", "in", "1,2"]], {"year": {"in": [1, 2]}}),
    ([["year", "=", "1"], ["year", "=", "2"]],
     {"$not": {"$or": [{"$not": {"year": {"=": 1}}}, {"$not": {"year": {"=": 2}}}]}}),
    ([["year", "=", "9223372036854775807"]], {"year": {"=": 9223372036854775807}}),
    ([["lang", "=", "\"\\ \u2028 '😀"]], {"lang": {"=": "\"\\ \u2028 '😀"}}),
]  # fmt: skip


@pytest.mark.parametrize(("conditions", "expected"), READ)
def test_filters_are_one_where_in_json_and_in_python(page, address, conditions, expected):
    page.goto(address)
    script = """async ([conditions, types]) => {
        const { whereOf } = await import('/page/conditions.js');
        const { literal } = await import('/page/literal.js');
        return ['json', 'python'].map((language) => literal(whereOf(conditions, types), language));
    }"""
    as_json, as_python = page.evaluate(script, [conditions, TYPES])
    assert json.loads(as_json) == expected
    assert ast.literal_eval(as_python) == expected


@pytest.mark.parametrize(
    "condition",
    [("year", "=", "1.5"), ("year", "=", ""), ("price", "=", "Infinity"), ("price", "=", ""), ("year", "in", "1, x"),
     ("colour", "=", "red"), ("open", "<", "true"), ("constructor", "=", "x"), ("year", "=", "9" * 20)],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_not_asked(page, address, condition):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    ask(page, address, "town", where=where(*condition))
    expect(page.locator("#where-error")).to_be_visible()
    expect(page.locator("#status")).to_have_text("The question cannot be asked as it is.")
    assert not [url for url in asked if url.endswith("/v1/find")]


# The address, and what can be taken along


def test_a_question_is_in_the_address_and_back_and_forward_go_through_them(page, address):
    page.goto(address)
    box = page.get_by_role("textbox", name="Kind of entity")
    for words in ("tyre maker", "town & country"):
        box.fill(words)
        box.press("Enter")
        expect(page.locator("#status")).to_contain_text(f"“{words}”")
        assert parse_qs(urlsplit(page.url).query) == {"type": [words]}
    page.get_by_role("radio", name="BM25").check()
    expect(page.locator(".panel h2")).to_have_text("BM25")
    page.go_back()
    page.go_back()
    expect(box).to_have_value("tyre maker")
    expect(page.get_by_role("radio", name="Hybrid")).to_be_checked()
    expect(page.locator("#status")).to_contain_text("“tyre maker”")
    page.go_forward()
    expect(page.locator("#status")).to_contain_text("“town & country”")
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", name="Which texts mention")).to_be_visible()


def test_a_link_shows_another_reader_the_same(page, browser, address):
    conditions = [where("year", ">=", "1905"), where("year", "<", "1920")]
    ask(page, address, "town", about="north", how="dense", where=conditions)
    page.get_by_role("link", name="Further answers").click()
    expect(page.locator("#status")).to_contain_text("Answers 11 to 15")
    shown = page.locator("article h3").all_inner_texts()
    with browser.new_context() as context:
        other = context.new_page()
        other.goto(page.url)
        expect(other.locator("article")).to_have_count(5)
        assert other.locator("article h3").all_inner_texts() == shown
        assert other.locator("#conditions .value").evaluate_all("all => all.map(own => own.value)") == ["1905", "1920"]
        expect(other.get_by_role("radio", name="Dense")).to_be_checked()
        other.get_by_role("link", name="Earlier answers").click()
        expect(other.locator("article")).to_have_count(10)


@pytest.mark.parametrize(
    "query", ["type=town&how=zigzag&page=-1&where=x&where=[1,2]", "type=town&page=1e9", "%ff=%00&type=town"]
)
def test_an_address_that_is_no_question_is_read_as_far_as_it_is_one(page, address, query):
    page.goto(f"{address}/?{query}")
    expect(page.locator("article")).to_have_count(10)
    expect(page.get_by_role("radio", name="Hybrid")).to_be_checked()


def test_link_and_python_are_copied_and_are_what_is_on_the_screen(page, context, address, target):
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    ask(page, address, "town", about='"north"\\', how="dense", where=where("year", ">=", "1905"), page="2")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page.get_by_role("button", name="Copy Python").click()
    expect(page.locator("#copied")).to_have_text("Copy Python: done")
    code = page.evaluate("navigator.clipboard.readText()")
    imported, _, opens, finds = code.split("\n")
    assert imported == "from hybrid import Retriever"
    assert opens == f"retriever = Retriever.open({json.dumps(str(target))})"
    with Retriever.open(target, encoder=ENCODER) as retriever:
        names = {"retriever": retriever}
        exec(finds, names)
        assert page.locator("article h3").all_inner_texts() == [hit.id for hit in names["hits"]]
    expect(page.get_by_role("button", name="Copy Dev Tools request")).to_have_count(0)
    page.get_by_text("This question in Python").click()
    expect(page.locator("#code")).to_contain_text("this index is in a folder")


def test_without_the_clipboard_it_copies_by_selecting(page, context, address):
    context.grant_permissions(["clipboard-read"], origin=address)
    ask(page, address, "town")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('none here')) }")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_focused()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_the_request_for_dev_tools_is_that_of_each_ranking_on_the_screen(page, context, address):
    def tell(route: Route) -> None:
        body = route.request.post_data_json
        route.fulfill(json={"request": f"POST /news/_search\n{json.dumps(body)}\n"})

    def on_a_server(route: Route) -> None:
        route.fulfill(json={**route.fetch().json(), "engine": "opensearch", "target": "opensearch://host:9200/news"})

    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page.route("**/v1/console", tell)
    page.route("**/v1/index", on_a_server)
    ask(page, address, "town", how="all", where=where("year", ">=", "1905"))
    page.get_by_role("button", name="Copy Dev Tools request").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    lines = page.evaluate("navigator.clipboard.readText()").strip().split("\n")
    bodies = [json.loads(line) for line in lines if line.startswith("{")]
    assert [body.get("how", "auto") for body in bodies] == ["auto", "typed", "dense", "lexical"]
    assert {json.dumps(body["where"]) for body in bodies} == {'{"year": {">=": 1905}}'}
    page.get_by_text("This question in Python").click()
    expect(page.get_by_role("region", name="Python")).to_contain_text('Retriever.open("opensearch://host:9200/news")')
    expect(page.get_by_role("region", name="Dev Tools")).to_contain_text("POST /news/_search")


# By keyboard, by ear, in a hand, at night


def tab_to(page: Page, selector: str) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"no {selector} is reached by Tab")


def test_everything_is_reached_by_keyboard_alone(page, address):
    page.goto(address)
    expect(page.locator("#question")).to_be_visible()
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_role("link", name="Skip to the answers")).to_be_focused()
    press("Enter")
    expect(page.locator("#answers")).to_be_focused()
    page.get_by_role("link", name="hybrid").focus()
    press("Tab")
    page.keyboard.type("tyre maker")
    press("Tab")
    page.keyboard.type("France")
    press("Enter")
    expect(page.locator("article").first).to_be_visible()
    press("Tab")
    press("Tab")
    expect(page.get_by_role("radio", name="Hybrid")).to_be_focused()
    press("ArrowRight")
    expect(page.get_by_role("radio", name="Typed")).to_be_checked()
    expect(page.locator(".panel h2")).to_have_text("Typed")
    expect(page.get_by_role("radio", name="Typed")).to_be_focused()
    tab_to(page, "mark")
    expect(page.locator("mark .figure").first).to_have_css("opacity", "1")
    press("Escape")
    expect(page.locator("mark .figure").first).to_have_css("opacity", "0")
    tab_to(page, ".why summary")
    press("Enter")
    expect(page.locator(".sum").first).to_be_visible()


STATES = {
    "at first": {},
    "answers": {"type": "tyre maker", "about": "France", "where": where("year", ">=", "1900")},
    "side by side": {"type": "tyre maker", "how": "all"},
    "no answers": {"type": "town", "where": where("year", ">", "3000")},
    "misread": {"type": "town", "where": where("year", ">", "x")},
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_accessible_and_fits(browser, address, state, width, scheme):
    with browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme) as context:
        page = context.new_page()
        ask(page, address, **STATES[state])
        for summary in page.locator("details > summary:visible").all()[:2]:
            summary.click()
        assert fitting(page)
        found = Axe().run(page).response["violations"]
        assert [(own["id"], own["nodes"][0]["html"], own["nodes"][0]["failureSummary"]) for own in found] == []
        shade = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", shade))) < 128 * 3) == (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_asking_for_a_key_failing_and_having_no_index_are_accessible(browser, address, listening, scheme):
    with browser.new_context(viewport={"width": 360, "height": 800}, color_scheme=scheme) as context:
        page = context.new_page()
        for own in (listening(ENCODER, key=KEY), listening(ENCODER), address):
            page.route(f"{address}/v1/find", lambda route: route.abort())
            page.goto(f"{own}/?type=town")
            expect(page.get_by_role("heading", level=2)).to_be_visible()
            assert fitting(page)
            assert [found["id"] for found in Axe().run(page).response["violations"]] == []


def test_there_are_landmarks_one_first_heading_and_a_name_for_every_control(page, address):
    ask(page, address, "tyre maker", where=where("year", ">=", "1900"))
    for role in ("banner", "main", "search"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("region", name="Answers")).to_be_visible()
    unnamed = "all => all.filter(own => !own.labels?.length && !own.ariaLabel && !own.textContent.trim()).length"
    assert page.locator("input:visible, select:visible, button:visible").evaluate_all(unnamed) == 0


def test_a_long_word_and_a_long_id_do_not_widen_a_phone(page, address):
    page.set_viewport_size({"width": 320, "height": 640})
    fields = {"f" * 90: "v" * 900, **{f"f{n}": n for n in range(30)}}
    told = {
        "hits": [{"rank": 1, "id": "i" * 400, "title": "t" * 300, "score": 1234.5, "fields": fields,
                  "legs": {"lexical": {"score": 1234.5, "rank": 1}}, "mentions": [],
                  "snippet": {"start": 0, "text": "w" * 300}}],
        "plan": {"how": "lexical", "reason": "as asked: lexical", "fusion": None, "offset": 0,
                 "legs": [{"leg": "lexical", "words": "x", "weight": 1, "depth": 1000}]},
        "took_ms": 1, "warnings": ["w" * 300],
    }  # fmt: skip
    page.route("**/v1/find", lambda route: route.fulfill(json=told))
    ask(page, address, "x" * 300)
    assert fitting(page)
    expect(page.locator(".fields")).to_contain_text("and 19 more")


def test_an_integer_of_64_bits_keeps_its_digits(page, address, target):
    with Retriever.open(target, encoder=ENCODER) as retriever:
        hit = retriever.find("Rome", how="lexical")[0]
    assert hit.document.fields["size"] == 2**63 - 1
    ask(page, address, "Rome", how="lexical", where=where("size", "=", str(2**63 - 1)))
    expect(page.locator(".fields")).to_have_text(f"size{2**63 - 1}")


def page_target(page: Page) -> str:
    return page.evaluate("fetch('v1/index').then((own) => own.json()).then((own) => own.target)")


def test_nothing_is_asked_of_another_place(page, address):
    hosts = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    ask(page, address, "tyre maker", how="all")
    assert hosts == {urlsplit(address).netloc}
