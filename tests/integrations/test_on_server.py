"""The same over an index on OpenSearch."""

from __future__ import annotations

import pytest
from mcp import Client

from hybrid import AsyncRetriever, Retriever
from hybrid.integrations.langchain import HybridRetriever
from hybrid.integrations.mcp import create_server
from hybrid.testing import FakeEncoder, Node, NodeFactory

NAME = "integrations"


@pytest.fixture
def node(opensearch_node: NodeFactory) -> Node:
    return opensearch_node("3.6.0")


@pytest.fixture
def on_server(node: Node, index: Retriever):
    """The target of an index of the same texts."""
    target = f"opensearch://{node.url.removeprefix('http://')}/{NAME}"
    with Retriever.create(target, encoder=FakeEncoder()) as made:
        made.index(document for document in index.get([str(number) for number in range(1, 6)]) if document)
    yield target
    node.request("DELETE", f"/{NAME}-*?expand_wildcards=all")


async def test_langchain_gets_the_same_documents_both_ways(on_server: str, index: Retriever) -> None:
    expected = HybridRetriever(retriever=index).invoke("tyre maker", where={"lang": ["en", "de"]})
    async with await AsyncRetriever.open(on_server, encoder=FakeEncoder()) as awaited:
        with Retriever.open(on_server, encoder=FakeEncoder()) as opened:
            retriever = HybridRetriever(retriever=opened, async_retriever=awaited, where={"lang": ["en", "de"]})
            for found in (retriever.invoke("tyre maker"), await retriever.ainvoke("tyre maker")):
                assert [own.page_content for own in found] == [own.page_content for own in expected]
                assert found[0].metadata["fields"] == expected[0].metadata["fields"]
                assert found[0].metadata["mentions"][0]["surface"] == "Michelin"


async def test_an_assistant_gets_answers_and_complaints(on_server: str) -> None:
    async with (
        await AsyncRetriever.open(on_server, encoder=FakeEncoder()) as opened,
        Client(await create_server(opened)) as client,
    ):
        found = await client.call_tool("find", {"type": "tyre maker", "where": {"year": {"<": 2000}}})
        assert [hit["mentions"][0]["surface"] for hit in found.structured_content["hits"]] == ["Michelin"]
        assert (await client.call_tool("count", {})).structured_content == {"documents": 5}
        wrong = await client.call_tool("find", {"type": "tyre maker", "where": {"yaer": 1}})
        assert "did you mean 'year'" in wrong.content[0].text
