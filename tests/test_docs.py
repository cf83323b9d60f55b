"""Every code block of the README and of docs/ runs, in order, as a reader would run it.

Pages whose blocks speak of a server at localhost:9200 run on a real node of each version, those that speak of a service
at 127.0.0.1:8100 as well on one with ML Commons. Blocks of text are shown and do not run.
"""

import ast
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hybrid import Retriever
from hybrid.engines.opensearch.administration import drop

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
SERVER = "localhost:9200"
SERVICE = "127.0.0.1:8100"
VERSIONS = ("2.19.6", "3.6.0")

# What the shell blocks read; the pages speak of such files without showing them.
FILES = {
    "notes.jsonl": '{"key": "a", "text": "Michelin opened a plant in Nova Scotia.", "year": 1971}\n'
    '{"key": "b", "text": "The Liberals lost their majority in Ottawa.", "year": 1972}\n',
    "places/documents.jsonl": '{"id": "a", "text": "Barges on the Danube waited for the lock.", '
    '"mentions": [{"start": 14, "end": 20, "type": "river"}]}\n'
    '{"id": "b", "text": "In Vienna they lost two seats.", "mentions": [{"start": 3, "end": 9, "type": "city"}]}\n',
    "places/types.json": '{"river": "river", "city": "city"}\n',
    "CrossNER/ner_data/politics/test.txt": "Liberals\tB-politicalparty\nlost\tO\n",
    "tagged.txt": "# by hand\nNew B-city\nYork L-city\n\nOslo U-city\n",
    "birds.jsonl": '{"id": "a", "tokens": ["A", "great", "tit"], "spans": [[1, 2, "bird"]]}\n',
    "rivers/corpus.jsonl": '{"_id": "d", "title": "Rhine", "text": "It flows to Rotterdam."}\n',
    "rivers/queries.jsonl": '{"_id": "q", "text": "rivers of Europe"}\n',
    "rivers/qrels/test.tsv": "query-id\tcorpus-id\tscore\nq\td\t1\n",
}
# Characters that make a string of the source a sentence that can be told again.
SENTENCE = 18
# What sets up, and what never ends: the service is started for the page's Python.
SETS_UP = ("make ", "pip install ", "hybrid serve")
# What needs an engine of containers, and the variable that it hands on: tests/docker/ runs what such containers run.
CONTAINED = ("docker ", "export ")


def blocks(page: Path) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in BLOCK.finditer(page.read_text(encoding="utf8"))]


def of_language(page: Path, language: str) -> list[str]:
    return [code for found, code in blocks(page) if found == language]


def speaks_of(page: Path, address: str) -> bool:
    return any(address in code for language, code in blocks(page) if language != "text")


def commands(block: str) -> list[str]:
    lines = block.splitlines()
    assert all(line.startswith("$ ") for line in lines), f"a console block holds commands alone: {block!r}"
    return [line.removeprefix("$ ") for line in lines]


def runs() -> Iterator[Any]:
    """Each page once, or once a version where it needs a server."""
    for page in PAGES:
        name = str(page.relative_to(ROOT))
        if speaks_of(page, SERVER):
            yield from (pytest.param(page, version, id=f"{name}-{version}") for version in VERSIONS)
        else:
            yield pytest.param(page, None, id=name)


@pytest.fixture
def server(page: Path, version: str | None, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the node that stands for localhost:9200; what the page put there is gone afterwards."""
    if version is None:
        yield SERVER
        return
    node = request.getfixturevalue("opensearch_node")(version, ml=speaks_of(page, SERVICE))
    address = node.url.removeprefix("http://")
    yield address
    for name in set(re.findall(rf"{SERVER}/(\w+)", page.read_text(encoding="utf8"))):
        drop(f"opensearch://{address}/{name}")
        node.request("DELETE", f"/{name}-*?expand_wildcards=all")


@pytest.fixture
def service(page: Path) -> Iterator[str]:
    """The address of the service that stands for 127.0.0.1:8100, where a page starts one."""
    if "$ hybrid serve\n" not in page.read_text(encoding="utf8"):
        yield SERVICE
        return
    command = [sys.executable, "-W", "error", "-m", "hybrid", "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            assert line.startswith("Serving at "), line
            yield line.split("//")[1].strip()
            process.terminate()
            process.communicate(timeout=30)
        finally:
            process.kill()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_is_of_a_kind_that_runs(page: Path) -> None:
    assert {language for language, _ in blocks(page)} <= {"python", "console", "http", "json", "text"}


@pytest.mark.parametrize(("page", "version"), list(runs()))
def test_python_blocks_run_one_after_another(
    page: Path, version: str | None, server: str, service: str, tmp_path: Path
) -> None:
    code = "\n".join(of_language(page, "python")).replace(SERVER, server).replace(SERVICE, service)
    script = tmp_path / "test_page.py"
    script.write_text(code, encoding="utf8")
    # A page on tests shows tests.
    runner = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio"] if "\ndef test_" in code else []
    done = subprocess.run(
        [sys.executable, "-W", "error", *runner, str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("page", "version"), list(runs()))
def test_commands_and_requests_run_one_after_another(
    page: Path, version: str | None, server: str, service: str, tmp_path: Path
) -> None:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf8")
    for language, block in blocks(page):
        if language == "http":
            # A search that finds nothing shows nothing.
            assert sent(block, server).get("hits", {}).get("total", {"value": 1})["value"] > 0, block
        for command in commands(block) if language == "console" else ():
            if command.startswith("make "):
                subprocess.run(["make", "--dry-run", *command.split()[1:]], cwd=ROOT, check=True, capture_output=True)
            elif command.startswith(CONTAINED):
                assert all((ROOT / file).is_file() for file in re.findall(r"-f (\S+)", command))
            elif not command.startswith(SETS_UP) and (SERVER in command or version in (None, VERSIONS[0])):
                assert command.startswith("hybrid ")
                shell = f'"{sys.executable}" -W error -m {command.replace(SERVER, server).replace(SERVICE, service)}'
                # A server for an assistant that is gone at once ends at once.
                options = {"cwd": tmp_path, "stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
                done = subprocess.run(shell, shell=True, check=False, **options)
                assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", [page for page in PAGES if of_language(page, "json")], ids=lambda page: page.name)
async def test_assistants_start_what_their_configuration_names(page: Path, tmp_path: Path) -> None:
    from mcp import Client, StdioServerParameters, stdio_client

    for block in of_language(page, "json"):
        for name, named in json.loads(block)["mcpServers"].items():
            with Retriever.create(tmp_path / name, encoder="minilm"):
                pass
            assert named["command"] == "hybrid"
            command = ["-W", "error", "-m", "hybrid", *named["args"]]
            started = StdioServerParameters(command=sys.executable, args=command, env=dict(os.environ), cwd=tmp_path)
            async with Client(stdio_client(started)) as client:
                assert (await client.call_tool("count", {})).structured_content == {"documents": 0}


def sent(block: str, server: str) -> Any:
    """The answer to a request as Dev Tools takes it: method and path on the first line, then the body."""
    line, _, body = block.partition("\n")
    method, _, path = line.partition(" ")
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"http://{server}{path}", body.encode() or None, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_messages_that_are_quoted_are_those_of_the_library() -> None:
    page = ROOT / "docs" / "troubleshooting.md"
    patterns = list(sentences())
    quoted = [line for block in of_language(page, "text") for line in block.splitlines()]
    assert [line for line in quoted if not any(pattern.search(line) for pattern in patterns)] == []


def sentences() -> Iterator[re.Pattern[str]]:
    """What the source can say, with anything where it puts in a value; words that are too few are left out."""
    for file in (ROOT / "hybrid").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf8"))):
            values = node.values if isinstance(node, ast.JoinedStr) else [node]
            parts = [value.value if isinstance(value, ast.Constant) else None for value in values]
            if sum(len(part) for part in parts if isinstance(part, str)) >= SENTENCE:
                yield re.compile("".join(".+" if part is None else re.escape(str(part)) for part in parts))


def test_the_readme_begins_with_the_two_commands() -> None:
    first = blocks(ROOT / "README.md")[0]
    assert first == ("console", "$ make demo\n$ make test\n")
