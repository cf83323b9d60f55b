"""The request for Dev Tools, of an index on a real node of each version."""

from __future__ import annotations

import json

import pytest

from hybrid import AsyncRetriever, Retriever
from hybrid.testing import FakeEncoder


@pytest.mark.parametrize("version", ["2.19.6", "3.6.0"])
async def test_it_is_the_one_that_the_retriever_gives_and_the_server_answers_it(opensearch_node, serve, version):
    node, encoder = opensearch_node(version), FakeEncoder(16)
    target = f"opensearch://somebody:secret@{node.url.removeprefix('http://')}/page-console"
    with Retriever.create(target, encoder=encoder) as retriever:
        retriever.index([{"id": "1", "text": "Michelin is a tyre maker."}])
        asked = {"type": "tyre maker", "about": "France", "k": 3}
        expected = retriever.console(retriever.plan("tyre maker", about="France", k=3))
    async with serve(encoder, await AsyncRetriever.open(target, encoder=encoder)) as client:
        told = (await client.post("/v1/console", json=asked)).json()
        index = (await client.get("/v1/index")).json()
        neural = await client.post("/v1/console", json=asked | {"neural": True})
    assert told == {"request": expected}
    assert (neural.status_code, "run hybrid setup" in neural.json()["detail"]) == (422, True)
    line, _, body = expected.partition("\n")
    assert node.request("POST", line.partition(" ")[2], json.loads(body))["hits"]["hits"][0]["_id"] == "1"
    assert (index["name"], index["engine"], index["documents"]) == ("page-console", "opensearch", 1)
    assert index["target"] == target.replace("somebody:secret@", "")
    node.request("DELETE", "/page-console-*?expand_wildcards=all")
