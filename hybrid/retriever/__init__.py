"""The two faces of an index: create, open, index, delete, get, find, plan."""

from hybrid.retriever.asynchronous import AsyncRetriever
from hybrid.retriever.sync import Retriever

__all__ = ["AsyncRetriever", "Retriever"]
