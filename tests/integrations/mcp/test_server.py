"""The server asked by the SDK's own client, in this process."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from mcp import Client, MCPError

from hybrid import AsyncRetriever, Retriever
from hybrid.integrations.mcp import create_server
from hybrid.planning.serialization import plan_to_json
from hybrid.serialization import hit_to_json
from hybrid.testing import FakeEncoder


@pytest.fixture
async def client(async_index: AsyncRetriever) -> AsyncIterator[Client]:
    """A client, held by a task of its own: it is left in the task that entered it, and a fixture ends in another."""
    entered: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def hold() -> None:
        async with Client(await create_server(async_index)) as client:
            entered.set_result(client)
            await done.wait()

    holding = asyncio.create_task(hold())
    await asyncio.wait({holding, entered}, return_when=asyncio.FIRST_COMPLETED)
    if holding.done():
        holding.result()
    yield entered.result()
    done.set()
    await holding


async def answer(client: Client, tool: str, **arguments: Any) -> Any:
    """The structured answer; the same stands in the text that older clients read."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def complaint(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    assert result.structured_content is None
    return str(result.content[0].text)


async def test_it_says_what_it_is(client: Client) -> None:
    assert (client.server_info.name, client.server_info.title) == ("hybrid", "hybrid: news")
    assert "the index 'news' of 5 texts with " in client.instructions
    assert "Fields that where may ask: 'lang' (str), 'tags' (str), 'year' (int)." in client.instructions


async def test_a_client_that_shakes_hands_as_older_ones_do_is_answered(async_index: AsyncRetriever) -> None:
    async with Client(await create_server(async_index), mode="legacy") as client:
        assert client.server_info.name == "hybrid"
        assert [tool.name for tool in (await client.list_tools()).tools] == ["find", "plan", "count"]
        assert (await answer(client, "find", type="tyre maker", k=1))["hits"][0]["id"] == "1"
        assert "did you mean 'year'" in await complaint(client, "find", type="tyre maker", where={"yaer": 1})


async def test_its_tools_read_and_say_so(client: Client) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert list(tools) == ["find", "plan", "count"]
    for tool in tools.values():
        assert tool.annotations.read_only_hint
        assert not tool.annotations.destructive_hint
        assert tool.input_schema["type"] == tool.output_schema["type"] == "object"
    assert "'year' (int)" in tools["find"].description
    assert tools["find"].input_schema["required"] == ["type"]


async def test_find_answers_the_hits_of_the_command_line_with_snippets(client: Client, index: Retriever) -> None:
    found = await answer(client, "find", type="tyre maker", k=2)
    hits = index.find("tyre maker", k=2, text=False)
    assert found["hits"] == [hit_to_json(hit, rank) for rank, hit in enumerate(hits, start=1)]
    assert (found["how"], found["warnings"]) == ("typed", [])


async def test_whole_texts_come_where_they_are_asked_for(client: Client) -> None:
    found = await answer(client, "find", type="tyre maker", where={"year": 1971}, text=True)
    assert found["hits"][0]["text"] == "🦕 Michelin is a tyre maker."


async def test_every_argument_reaches_the_question(client: Client, index: Retriever) -> None:
    asked = {"about": "Ferrari", "where": {"lang": ["en", "de"]}, "how": "min_max(typed, lexical)"}
    found = await answer(client, "find", type="tyre maker", k=1, offset=1, **asked)
    assert [hit["id"] for hit in found["hits"]] == [hit.id for hit in index.find("tyre maker", k=1, offset=1, **asked)]
    assert [hit["rank"] for hit in found["hits"]] == [2]
    assert await answer(client, "plan", type="tyre maker", **asked) == plan_to_json(index.plan("tyre maker", **asked))


async def test_count_counts(client: Client) -> None:
    assert await answer(client, "count") == {"documents": 5}


async def test_nothing_found_is_an_answer_that_says_why(client: Client) -> None:
    found = await answer(client, "find", type="zeppelin", how="lexical")
    assert found == {"hits": [], "how": "lexical", "warnings": ["the lexical leg found nothing for 'zeppelin'"]}


@pytest.mark.parametrize("type", ["恐竜", "مصنع ميشلان", "🦕 tyre", "e\u0301cole"])
async def test_any_script_is_asked_and_answered(client: Client, type: str) -> None:
    found = await answer(client, "find", type=type, where={"lang": "ar"})
    assert [hit["snippet"]["text"] for hit in found["hits"]] == ["مصنع ميشلان في كندا"]
    assert found["hits"][0]["mentions"][0]["surface"] == "ميشلان"


async def test_offsets_count_characters_of_the_text(client: Client) -> None:
    found = await answer(client, "find", type="tyre maker", where={"year": 1971}, text=True)
    [hit] = found["hits"]
    assert [hit["text"][own["start"] : own["end"]] for own in hit["mentions"]] == ["Michelin"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"where": {"yaer": 1970}}, "filter on field 'yaer': the index has no such field; did you mean 'year'?"),
        ({"where": {"year": "1970"}}, "filter on field 'year'"),
        ({"how": "min_max(typd)"}, "did you mean 'typed'?\n  min_max(typd)\n          ^"),
        ({"k": 1_000}, "k is 1,000; expected 1 to 50"),
        ({"offset": -1}, "offset is -1"),
        ({"limit": 3}, "'limit' is no argument; expected type, "),
        ({"type": " "}, "type is empty"),
        ({"type": "x" * 3_000}, "at most 2,000"),
        ({"type": "!!!"}, "the typed leg cannot be asked '!!!'"),
    ],
)
async def test_a_bad_question_is_told_what_is_wrong(client: Client, arguments: dict[str, Any], words: str) -> None:
    told = await complaint(client, "find", **{"type": "tyre maker", **arguments})
    assert words in told
    assert "Traceback" not in told


async def test_a_tool_that_is_not_there_is_told_which_are(client: Client) -> None:
    assert await complaint(client, "search") == "'search' is no tool; expected find, plan, count"


async def test_what_was_not_foreseen_is_logged_without_its_message(
    client: Client, async_index: AsyncRetriever, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> int:
        raise RuntimeError("Michelin opened a plant")

    monkeypatch.setattr(async_index, "count", broken)
    with caplog.at_level(logging.ERROR):
        assert await complaint(client, "count") == "count failed for a reason that the server's log tells"
    assert "RuntimeError in the tool count at " in caplog.text
    assert "Michelin" not in caplog.text


async def test_the_index_is_a_resource(client: Client) -> None:
    [resource] = (await client.list_resources()).resources
    [content] = (await client.read_resource(resource.uri)).contents
    about = json.loads(content.text)
    assert (about["name"], about["documents"], about["bundle"]) == ("news", 5, "fake")
    assert about["fields"] == {"lang": "str", "tags": "str", "year": "int"}
    assert about["legs"] == ["typed", "dense", "lexical"]
    with pytest.raises(MCPError, match="'hybrid://nowhere' is no resource; expected hybrid://index"):
        await client.read_resource("hybrid://nowhere")


async def test_what_another_writer_adds_meanwhile_is_found(client: Client, target: str) -> None:
    with Retriever.open(target, encoder=FakeEncoder()) as writer:
        writer.index([{"id": "6", "text": "Continental is a tyre maker.", "fields": {"pages": 3}}])
    found = await answer(client, "find", type="tyre maker", where={"pages": 3})
    assert [hit["id"] for hit in found["hits"]] == ["6"]
    assert await answer(client, "count") == {"documents": 6}
    assert "'pages' (int)" in (await client.list_tools()).tools[0].description


async def test_an_index_that_goes_over_to_another_bundle_says_so(client: Client, target: str) -> None:
    with Retriever.open(target, encoder=FakeEncoder()) as writer:
        writer.rebuild(FakeEncoder(64))
    assert "was made by bundle 'fake'" in await complaint(client, "find", type="tyre maker")
    assert await answer(client, "count") == {"documents": 5}


async def test_many_fields_are_named_in_part_and_all_by_the_resource(tmp_path: Any) -> None:
    fields = {f"f{number:03}": number for number in range(100)}
    async with await AsyncRetriever.create(tmp_path / "wide", encoder=FakeEncoder()) as wide:
        await wide.index([{"id": "1", "text": "Oslo", "fields": fields}])
        async with Client(await create_server(wide)) as client:
            assert "'f039' (int), and 60 more that the resource hybrid://index names." in client.instructions
            about = json.loads((await client.read_resource("hybrid://index")).contents[0].text)
    assert len(about["fields"]) == 100


async def test_an_empty_index_and_one_without_an_encoder_are_served(tmp_path: Any) -> None:
    Retriever.create(tmp_path / "empty", encoder=FakeEncoder()).close()
    async with (
        await AsyncRetriever.open(tmp_path / "empty", encoder=False) as index,
        Client(await create_server(index)) as client,
    ):
        assert "no fields" in client.instructions
        assert (await answer(client, "find", type="tyre maker"))["hits"] == []
        about = json.loads((await client.read_resource("hybrid://index")).contents[0].text)
        assert about["legs"] == ["lexical"]
        assert "lexical" in await complaint(client, "find", type="tyre maker", how="typed")


@pytest.mark.parametrize("package", ["mcp", "mcp_types"])
def test_without_the_package_or_with_an_old_one_the_extra_is_named(package: str) -> None:
    code = (
        "import sys, hybrid\n"
        "sys.modules[sys.argv[1]] = None  # what an absent package looks like\n"
        "try: import hybrid.integrations.mcp\n"
        "except hybrid.MissingExtra as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code, package], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("pip install 'hybrid-retriever[mcp]'")
