"""`hybrid mcp` in a process of its own, asked by the SDK's client over its standard input and output."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from mcp import Client, StdioServerParameters, stdio_client

COMMAND = [sys.executable, "-W", "error", "-m", "hybrid", "mcp"]
GREETING = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


@pytest.fixture
def errors(tmp_path):
    with (tmp_path / "stderr").open("w+", encoding="utf8") as file:
        yield file


def server(*arguments):
    """How the SDK's client starts the command; it hands on few variables of the environment by itself."""
    command, *before = COMMAND
    return StdioServerParameters(command=command, args=[*before, *map(str, arguments)], env=dict(os.environ))


async def test_an_assistant_asks_over_standard_input_and_output(hybrid, news, tiny, errors):
    async with Client(stdio_client(server(news, "--encoder", tiny), errors)) as client:
        assert "'news' of 4 texts" in client.instructions
        found = await client.call_tool("find", {"type": "tyre maker", "k": 3})
        expected = hybrid("find", news, "tyre maker", "-k", "3", "--encoder", tiny, "--no-text", "--json").lines
        assert found.structured_content["hits"] == expected
        plan = await client.call_tool("plan", {"type": "tyre maker", "where": {"year": {">=": 1970}}})
        options = ("--where", "year>=1970", "--encoder", tiny, "--json")
        assert [plan.structured_content] == hybrid("plan", news, "tyre maker", *options).lines
        assert (await client.call_tool("count", {})).structured_content == {"documents": 4}
        wrong = await client.call_tool("find", {"type": "x", "how": "min_max(typd)"})
        assert wrong.is_error
        assert wrong.content[0].text.endswith("\n          ^")
        texts = await client.call_tool("find", {"type": "ميشلان 🦕", "where": {"lang": "ar"}, "text": True})
        assert [hit["text"] for hit in texts.structured_content["hits"]] == ["مصنع ميشلان في كندا"]
    errors.seek(0)
    assert errors.read() == ""


@contextmanager
def raw(*arguments):
    """The process after its greeting, and a function that sends a request and reads the answer."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )

    def send(**message):
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        process.stdin.flush()

    def ask(method, **params):
        send(id=1, method=method, params=params)
        return json.loads(process.stdout.readline())["result"]

    try:
        assert ask("initialize", **GREETING)["serverInfo"]["name"] == "hybrid"
        send(method="notifications/initialized")
        yield process, send, ask
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def test_it_ends_when_the_client_goes_away(news, tiny):
    with raw(news, "--encoder", tiny) as (process, _, _):
        process.stdin.close()
        assert process.wait(30) == 0
        assert (process.stdout.read(), process.stderr.read()) == (b"", b"")


def test_it_ends_though_a_question_is_still_being_answered(news, tiny):
    with raw(news, "--encoder", tiny) as (process, send, _):
        send(id=2, method="tools/call", params={"name": "find", "arguments": {"type": "tyre maker"}})
        process.stdin.close()
        assert process.wait(30) == 0
        assert process.stderr.read() == b""


@pytest.mark.parametrize("signalled", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(news, tiny, signalled):
    with raw(news, "--encoder", tiny) as (process, _, _):
        process.send_signal(signalled)
        assert process.wait(30) == -signalled
        assert process.stderr.read() == b""


def test_what_is_no_message_does_not_end_it(news, tiny):
    with raw(news, "--encoder", tiny) as (process, _, ask):
        process.stdin.write(
            b'no json\n\xff\n{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": "\\ud800"}\n'
        )
        assert ask("tools/call", name="count", arguments={})["structuredContent"] == {"documents": 4}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["{tmp}/none"], 1, "nothing is there"),
        (["{news}"], 1, "here that is --encoder"),
        (["{news}", "--encoder", "{other}"], 1, "made by bundle 'tiny'"),
        (["opensearch://127.0.0.1:1/news"], 1, "nothing answers at"),
        (["opensearch://127.0.0.1:1"], 2, "names no index"),
    ],
)
def test_what_cannot_be_opened_is_one_sentence_before_anything_is_spoken(
    hybrid, news, other, tmp_path, arguments, code, words
):
    named = [argument.format(tmp=tmp_path, news=news, other=other) for argument in arguments]
    result = hybrid("mcp", *named)
    assert (result.code, result.out, len(result.err.splitlines())) == (code, "", 1)
    assert words in result.err


def test_without_the_sdk_the_extra_is_named(news):
    code = (
        "import sys; sys.modules['mcp'] = None  # what an absent package looks like\n"
        "sys.argv = ['hybrid', 'mcp', 'news']\n"
        "from hybrid.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip().endswith("pip install 'hybrid-retriever[mcp]'")
