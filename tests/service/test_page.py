"""The page at `/`: how its files are answered, and what may never stand in them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from hybrid import AsyncRetriever, Retriever
from hybrid.service import static
from hybrid.service.guard import names_of_loopback, open_paths
from hybrid.testing import FakeEncoder

KEY = "a key of the tests"
POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self'",
    "connect-src": "'self'", "base-uri": "'none'", "form-action": "'self'", "frame-ancestors": "'none'",
}  # fmt: skip
FILES = static.files()
TEXTS = {path: file.read_text(encoding="utf8") for path, file in FILES.items()}
each_file = pytest.mark.parametrize("path", list(FILES))
each_script = pytest.mark.parametrize("path", [path for path in list(FILES) if path.endswith(".js")])


@each_file
async def test_a_file_is_answered_without_a_key_and_a_browser_is_told_what_it_may_do(serve, path):
    async with serve(key=KEY) as client:
        response = await client.get(path)
        head = await client.head(path)
    assert (response.status_code, response.text) == (200, TEXTS[path])
    assert (head.status_code, head.content) == (200, b"")
    told = dict(part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";"))
    assert told == POLICY
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/page/main.js", "text/javascript; charset=utf-8"),
        ("/page/style.css", "text/css; charset=utf-8"),
        ("/page/icon.svg", "image/svg+xml"),
    ],
)
async def test_a_file_has_its_media_type(client, path, media_type):
    assert (await client.get(path)).headers["content-type"] == media_type


@pytest.mark.parametrize(
    "path",
    ["/page", "/page/", "/page/main.js/", "/page/../static.py", "/page/%2e%2e/static.py", "/page//main.js",
     "/PAGE/main.js", "/index.html", "/page/index.html", "/v1/index", "/v1/bundle", "/openapi.json", "/metrics"],
)  # fmt: skip
async def test_nothing_else_is_answered_without_a_key(serve, path):
    async with serve(key=KEY) as client:
        assert (await client.get(path)).status_code == 401


def test_what_is_open_is_the_page_and_whether_the_service_is_there():
    assert open_paths() - {"/health", "/ready"} == set(FILES)
    assert "/page/main.js" in open_paths()


async def test_a_file_is_read_and_not_written(serve):
    async with serve() as client:
        assert (await client.post("/", json={})).status_code == 405
        assert "/" not in (await client.get("/openapi.json")).json()["paths"]


async def test_on_loopback_the_page_has_no_other_name_either(serve):
    async with serve(hosts=set(names_of_loopback("127.0.0.1"))) as client:
        assert (await client.get("/", headers={"host": "evil.example"})).status_code == 421


class Markup(HTMLParser):
    """Every tag and its attributes; what a script or a style holds inline."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] in ("script", "style"):
            self.inline += data.strip()


def test_the_markup_has_no_script_or_style_inline():
    page = Markup(TEXTS["/"])
    assert page.inline == ""
    assert not [tag for tag, _ in page.tags if tag == "style"]
    assert not [name for _, own in page.tags for name in own if name == "style" or name.startswith("on")]
    assert all(own.get("src") for tag, own in page.tags if tag == "script")


def test_the_markup_names_files_of_the_page_alone_and_relative_to_it():
    named = [own.get("src") or own["href"] for tag, own in Markup(TEXTS["/"]).tags if tag in ("script", "link")]
    assert named
    assert {f"/{name}" for name in named} <= set(FILES)


@each_file
def test_no_file_names_another_place(path):
    namespaces = ("http://www.w3.org/2000/svg", "opensearch://host:9200/index")
    text = TEXTS[path]
    for allowed in namespaces:
        text = text.replace(allowed, "")
    assert not re.findall(r"\w+://|[\"'(]//|@import|url\(", text)


@each_script
def test_no_script_makes_markup_or_code_of_text(path):
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|\beval\b|new Function"
    assert not re.findall(forbidden, TEXTS[path])


@each_script
def test_what_a_script_imports_is_served_and_begins_with_what_it_is_for(path):
    imported = re.findall(r'from "\./([^"]+)"', TEXTS[path])
    assert {f"/page/{name}" for name in imported} <= set(FILES)
    assert TEXTS[path].startswith("// ")


@pytest.fixture
async def indexed(tmp_path, serve):
    with Retriever.create(tmp_path / "news", encoder=FakeEncoder(16)) as retriever:
        retriever.index([{"id": "1", "text": "Michelin is a tyre maker.", "fields": {"year": 1971, "open": True}}])
    retriever = await AsyncRetriever.open(tmp_path / "news", encoder=FakeEncoder(16))
    async with serve(retriever.encoder, retriever) as client:
        yield client


async def test_the_index_tells_what_it_holds_and_what_it_can_be_asked(indexed, tmp_path):
    assert (await indexed.get("/v1/index")).json() == {
        "name": "news",
        "engine": "embedded",
        "target": str(tmp_path / "news"),
        "bundle": "fake",
        "documents": 1,
        "passages": 1,
        "mentions": 1,
        "pending": 0,
        "fields": {"open": "bool", "year": "int"},
        "legs": ["typed", "dense", "lexical"],
    }
    await indexed.post("/v1/documents", json={"documents": [{"text": "Oslo", "fields": {"price": 2.5}}]})
    told = (await indexed.get("/v1/index")).json()
    assert (told["documents"], told["fields"]["price"]) == (2, "float")


async def test_a_bundle_without_passage_vectors_has_no_dense_leg(tmp_path, serve):
    encoder = FakeEncoder(16, passages=False)
    Retriever.create(tmp_path / "news", encoder=encoder).close()
    async with serve(encoder, await AsyncRetriever.open(tmp_path / "news", encoder=encoder)) as client:
        assert (await client.get("/v1/index")).json()["legs"] == ["typed", "lexical"]


async def test_an_index_in_a_folder_has_no_request_for_dev_tools(indexed):
    response = await indexed.post("/v1/console", json={"type": "city"})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert "folder" in response.json()["detail"]


async def test_without_an_index_there_is_none_to_tell_of(client):
    for response in (await client.get("/v1/index"), await client.post("/v1/console", json={"type": "city"})):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
