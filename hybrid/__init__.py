"""Which texts mention an entity of the kind I describe in words?

from hybrid import Document, Retriever

retriever = Retriever.create("./news", encoder="minilm")
retriever.index([Document(id="1", text="Michelin opened a plant in Nova Scotia.", fields={"year": 1971})])
for hit in retriever.find("tyre maker", k=10):
    print(hit.score, hit.id, [(m.surface, m.start, m.end, m.cosine) for m in hit.mentions])
"""

from hybrid._version import __version__
from hybrid.documents import (
    Document,
    Encoding,
    Hit,
    Hits,
    LegScore,
    Match,
    Mention,
    Passage,
    Refusal,
    Snippet,
)
from hybrid.errors import (
    AccessDenied,
    BundleError,
    BundleMismatch,
    EncoderError,
    HybridError,
    IndexDamaged,
    IndexExists,
    IndexFormatError,
    IndexLocked,
    IndexNotFound,
    IndexStateError,
    InvalidDocument,
    InvalidFile,
    InvalidFilter,
    InvalidHow,
    InvalidInput,
    InvalidQuery,
    MissingExtra,
    ServerError,
    ServerUnavailable,
    StorageError,
)
from hybrid.indexing.report import IndexReport, RefusedDocument
from hybrid.planning.plan import Plan, PlannedLeg
from hybrid.planning.query import Query
from hybrid.retriever import AsyncRetriever, Retriever

__all__ = [
    "AccessDenied",
    "AsyncRetriever",
    "BundleError",
    "BundleMismatch",
    "Document",
    "EncoderError",
    "Encoding",
    "Hit",
    "Hits",
    "HybridError",
    "IndexDamaged",
    "IndexExists",
    "IndexFormatError",
    "IndexLocked",
    "IndexNotFound",
    "IndexReport",
    "IndexStateError",
    "InvalidDocument",
    "InvalidFile",
    "InvalidFilter",
    "InvalidHow",
    "InvalidInput",
    "InvalidQuery",
    "LegScore",
    "Match",
    "Mention",
    "MissingExtra",
    "Passage",
    "Plan",
    "PlannedLeg",
    "Query",
    "Refusal",
    "RefusedDocument",
    "Retriever",
    "ServerError",
    "ServerUnavailable",
    "Snippet",
    "StorageError",
    "__version__",
]
