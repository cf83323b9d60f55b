"""A retriever for LangChain: the query is the kind of entity in words, a document is a text that mentions one.

from hybrid import Retriever
from hybrid.integrations.langchain import HybridRetriever

retriever = HybridRetriever(retriever=Retriever.open("./news"), k=4)
retriever.invoke("tyre maker", where={"year": {">=": 1970}})
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybrid.documents import Hit, Hits
from hybrid.encoding.extras import require
from hybrid.engines.adapting import in_thread
from hybrid.errors import InvalidInput
from hybrid.retriever import AsyncRetriever, Retriever
from hybrid.serialization import hit_to_json

try:
    from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from pydantic import ConfigDict
except ImportError:
    require("the retriever for LangChain", "langchain", "langchain_core")
    raise

OPTIONS = ("k", "about", "where", "how", "depth", "exact", "mentions", "snippet")


class HybridRetriever(BaseRetriever):
    """Texts that mention an entity of the kind that the query names.

    Its options are those of `Retriever.find`; each may be given with a call as well: `invoke("tyre maker", k=3)`.

    A document's `page_content` is the text, its `metadata` the hit in hybrid's JSON form without the text: rank, id,
    score, title, fields, snippet, mentions (surface, start, end, cosine, probability) and legs. Offsets of mentions
    count in the text.

    Attributes:
        retriever: the open index.
        async_retriever: the same index for `ainvoke`; without it that asks `retriever` in a thread.
        k: how many documents.
        about: what else the text is about, in free words.
        where: a filter on fields, applied before ranking.
        how: `auto`, a leg, or a fusion.
        depth: how many documents each leg hands to the fusion.
        exact: score every vector.
        mentions: how many mentions a document's metadata tells.
        snippet: `page_content` is the part of the text around the best mention, at most 300 characters.

    Raises:
        HybridError: what `Retriever.find` raises, as it is.
        InvalidInput: an option of a call that is none of these.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    retriever: Retriever
    async_retriever: AsyncRetriever | None = None
    k: int = 10
    about: str | None = None
    where: Mapping[str, Any] | None = None
    how: str = "auto"
    depth: int | None = None
    exact: bool = False
    mentions: int = 3
    snippet: bool = False

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        asked, snippet = self._asked(options)
        return _documents(self.retriever.find(query, **asked), snippet)

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        asked, snippet = self._asked(options)
        if self.async_retriever is None:
            return _documents(await in_thread(self.retriever.find, query, **asked), snippet)
        return _documents(await self.async_retriever.find(query, **asked), snippet)

    def _asked(self, options: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        """The arguments of `find`, and whether snippets are wanted."""
        if unknown := sorted(set(options) - set(OPTIONS)):
            raise InvalidInput(f"{unknown[0]!r} is no option of this retriever; expected one of {', '.join(OPTIONS)}")
        chosen = {name: options.get(name, getattr(self, name)) for name in OPTIONS}
        snippet = bool(chosen.pop("snippet"))
        return {**chosen, "text": not snippet}, snippet


def _documents(hits: Hits, snippet: bool) -> list[Document]:
    return [_document(hit, rank, snippet) for rank, hit in enumerate(hits, start=1)]


def _document(hit: Hit, rank: int, snippet: bool) -> Document:
    metadata = {name: value for name, value in hit_to_json(hit, rank).items() if name != "text"}
    content = hit.snippet.text if snippet and hit.snippet else hit.document.text
    return Document(page_content=content, metadata=metadata, id=hit.id)
