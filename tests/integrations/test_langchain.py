"""The retriever inside LangChain's own machinery: runnables, chains, callbacks, tools."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import ConfigurableField, RunnableLambda, RunnablePassthrough
from langchain_core.tools import create_retriever_tool
from pydantic import ValidationError

from hybrid import AsyncRetriever, InvalidFilter, InvalidHow, InvalidInput, InvalidQuery, Retriever
from hybrid.encoding.calibration import Isotonic
from hybrid.integrations.langchain import HybridRetriever


@pytest.fixture
def retriever(index: Retriever) -> HybridRetriever:
    return HybridRetriever(retriever=index)


def ids(documents: list[Document]) -> list[str | None]:
    return [document.id for document in documents]


def test_the_query_is_the_kind_and_documents_are_the_hits(retriever: HybridRetriever, index: Retriever) -> None:
    found = retriever.invoke("tyre maker")
    hits = index.find("tyre maker")
    assert [(own.id, own.page_content) for own in found] == [(hit.id, hit.document.text) for hit in hits]
    assert [own.metadata["score"] for own in found] == [hit.score for hit in hits]


def test_metadata_is_the_hit_as_json_without_the_text(retriever: HybridRetriever) -> None:
    first = retriever.invoke("tyre maker", where={"year": 1971})[0]
    told = json.loads(json.dumps(first.metadata))
    assert set(told) == {"rank", "id", "title", "fields", "score", "snippet", "mentions", "legs"}
    assert (told["rank"], told["id"], told["title"]) == (1, "1", "Tyres")
    assert told["fields"] == {"year": 1971, "lang": "en"}
    best = told["mentions"][0]
    assert first.page_content[best["start"] : best["end"]] == best["surface"] == "Michelin"
    assert best["cosine"] > 0
    assert told["legs"]["typed"]["score"] == pytest.approx((1 + best["cosine"]) / 2, abs=1e-6)


def test_a_probability_is_told_where_the_bundle_is_calibrated(index: Retriever, monkeypatch: Any) -> None:
    monkeypatch.setattr(index.encoder, "calibration", Isotonic((-1.0, 1.0), (0.5, 0.5)))
    first = HybridRetriever(retriever=index, k=1).invoke("tyre maker")[0]
    assert first.metadata["mentions"][0]["probability"] == 0.5


def test_with_snippet_the_content_is_the_part_around_the_best_mention(retriever: HybridRetriever) -> None:
    documents = {own.id: own for own in retriever.invoke("tyre maker", snippet=True)}
    long = documents["5"]
    assert "Goodyear" in long.page_content
    assert len(long.page_content) <= 300
    start, best = long.metadata["snippet"]["start"], long.metadata["mentions"][0]
    assert long.page_content[best["start"] - start : best["end"] - start] == best["surface"]
    assert documents["1"].page_content == "🦕 Michelin is a tyre maker."


OPTIONS: list[dict[str, Any]] = [
    {"k": 1},
    {"about": "Ferrari", "how": "lexical"},
    {"where": {"lang": "en"}},
    {"how": "min_max(typed=1, lexical=.3)", "depth": 50},
    {"exact": True},
    {"mentions": 0},
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: next(iter(options)))
def test_options_are_those_of_find_at_construction_and_with_a_call(index: Retriever, options: dict[str, Any]) -> None:
    hits = index.find("tyre maker", **options)
    expected = [(hit.id, hit.score, len(hit.mentions)) for hit in hits]
    made_with, called_with = HybridRetriever(retriever=index, **options), HybridRetriever(retriever=index)
    for found in (made_with.invoke("tyre maker"), called_with.invoke("tyre maker", **options)):
        assert [(own.id, own.metadata["score"], len(own.metadata["mentions"])) for own in found] == expected


def test_an_option_of_a_call_is_for_that_call_alone(retriever: HybridRetriever) -> None:
    assert len(retriever.invoke("tyre maker", k=1)) == 1
    assert len(retriever.invoke("tyre maker")) == 5


# LangChain's standard tests of retrievers ask for k in both places and for both ways to call.


@pytest.mark.parametrize("k", [1, 3])
async def test_k_says_how_many_documents_come(index: Retriever, k: int) -> None:
    for found in (
        HybridRetriever(retriever=index, k=k).invoke("tyre maker"),
        HybridRetriever(retriever=index).invoke("tyre maker", None, k=k),
        await HybridRetriever(retriever=index).ainvoke("tyre maker", None, k=k),
    ):
        assert len(found) == k
        assert all(isinstance(own, Document) for own in found)


async def test_without_an_async_index_ainvoke_asks_the_other_in_a_thread(index: Retriever, monkeypatch: Any) -> None:
    threads = []

    def find(*asked: Any, **options: Any) -> Any:
        threads.append(threading.current_thread())
        return Retriever.find(index, *asked, **options)

    monkeypatch.setattr(index, "find", find)
    retriever = HybridRetriever(retriever=index)
    assert ids(await retriever.ainvoke("tyre maker", k=2)) == ids(retriever.invoke("tyre maker", k=2))
    assert [thread is threading.main_thread() for thread in threads] == [False, True]


async def test_an_async_index_is_awaited(index: Retriever, async_index: AsyncRetriever, monkeypatch: Any) -> None:
    retriever = HybridRetriever(retriever=index, async_retriever=async_index, k=2)
    expected = retriever.invoke("tyre maker")
    monkeypatch.setattr(index, "find", None)
    assert await retriever.ainvoke("tyre maker") == expected
    assert await retriever.abatch(["tyre maker", "tyre maker"]) == [expected, expected]


def test_batch_keeps_the_order_of_queries(retriever: HybridRetriever) -> None:
    queries = ["tyre maker", "مصنع ميشلان", "Halifax"]
    assert retriever.batch(queries) == [retriever.invoke(query) for query in queries]


def test_it_is_a_part_of_a_chain(retriever: HybridRetriever) -> None:
    prompt = ChatPromptTemplate.from_template("Of these texts:\n{texts}\nwhich names a {kind}?")
    answering = RunnableLambda(lambda asked: asked.to_string())
    chain = (
        {
            "texts": retriever | (lambda found: "\n".join(own.page_content for own in found)),
            "kind": RunnablePassthrough(),
        }
        | prompt
        | answering
        | StrOutputParser()
    )
    answer = chain.invoke("tyre maker")
    assert "🦕 Michelin is a tyre maker." in answer
    assert answer.endswith("which names a tyre maker?")


def test_it_is_a_tool_of_an_agent(retriever: HybridRetriever) -> None:
    tool = create_retriever_tool(retriever, "search", "Finds texts by the kind of entity they mention.")
    assert "Michelin" in tool.invoke({"query": "tyre maker"})


def test_options_can_be_made_configurable(retriever: HybridRetriever) -> None:
    configurable = retriever.configurable_fields(k=ConfigurableField(id="how_many"))
    assert len(configurable.with_config(configurable={"how_many": 2}).invoke("tyre maker")) == 2


class Heard(BaseCallbackHandler):
    def __init__(self) -> None:
        self.told: list[Any] = []

    def on_retriever_start(self, serialized: Any, query: str, *, tags: Any = None, **others: Any) -> None:
        self.told.append((others["name"], query, tags, others["metadata"]["source"]))

    def on_retriever_end(self, documents: Any, **others: Any) -> None:
        self.told.append(ids(documents))

    def on_retriever_error(self, error: BaseException, **others: Any) -> None:
        self.told.append(type(error))


async def test_callbacks_hear_of_start_end_and_error_with_tags_and_metadata(index: Retriever) -> None:
    heard = Heard()
    retriever = HybridRetriever(retriever=index, k=1, tags=["mine"], metadata={"source": "news"})
    found = retriever.invoke("tyre maker", {"callbacks": [heard], "tags": ["call"]})
    start = ("HybridRetriever", "tyre maker", ["call", "mine"], "news")
    assert [(*heard.told[0][:2], sorted(heard.told[0][2]), heard.told[0][3]), heard.told[1]] == [start, ids(found)]
    await retriever.ainvoke("tyre maker", {"callbacks": [heard]})
    with pytest.raises(InvalidQuery):
        retriever.invoke(" ", {"callbacks": [heard]})
    assert heard.told[3:] == [ids(found), ("HybridRetriever", " ", ["mine"], "news"), InvalidQuery]


def test_nothing_found_is_no_document(retriever: HybridRetriever) -> None:
    assert retriever.invoke("tyre maker", where={"year": 1500}) == []
    assert retriever.invoke("zeppelin", how="lexical") == []


@pytest.mark.parametrize("query", ["恐竜", "ميشلان", "🦕 tyre", "e\u0301cole"])
def test_any_script_is_asked(retriever: HybridRetriever, query: str) -> None:
    assert len(retriever.invoke(query)) == 5


@pytest.mark.parametrize(
    ("query", "options", "error", "words"),
    [
        (" ", {}, InvalidQuery, "type is empty"),
        ("tyre maker", {"k": 0}, InvalidQuery, "k is 0"),
        ("tyre maker", {"where": {"yaer": 1}}, InvalidFilter, "did you mean 'year'"),
        ("tyre maker", {"how": "min_max(typd)"}, InvalidHow, "\n          ^"),
        ("tyre maker", {"limit": 3}, InvalidInput, "'limit' is no option of this retriever; expected one of k, about"),
    ],
)
async def test_errors_of_the_library_come_as_they_are(
    retriever: HybridRetriever, query: str, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as sync:
        retriever.invoke(query, **options)
    with pytest.raises(error) as awaited:
        await retriever.ainvoke(query, **options)
    assert words in str(sync.value) == str(awaited.value)


def test_a_misspelt_option_and_another_index_are_refused_at_construction(index: Retriever) -> None:
    with pytest.raises(ValidationError, match="limit"):
        HybridRetriever(retriever=index, limit=3)
    with pytest.raises(ValidationError, match="instance of Retriever"):
        HybridRetriever(retriever="./news")


def test_without_the_package_the_extra_is_named() -> None:
    code = (
        "import sys, hybrid\n"
        "sys.modules['langchain_core'] = None  # what an absent package looks like\n"
        "try: import hybrid.integrations.langchain\n"
        "except hybrid.MissingExtra as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("pip install 'hybrid-retriever[langchain]'")
