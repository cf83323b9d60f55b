"""What a server answers when something is wrong, to an error of ours that says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hybrid.engines.opensearch.messages import Failure, Response
from hybrid.errors import (
    AccessDenied,
    HybridError,
    IndexLocked,
    IndexNotFound,
    IndexStateError,
    InvalidQuery,
    ServerError,
    ServerUnavailable,
    StorageError,
)

LONGEST = 400
# Statuses under which the same request may succeed a moment later.
RETRYABLE = (429, 502, 503, 504)

_MISSING_SHARDS = {"error": {"type": "search_phase_execution_exception", "reason": "not all shards answered"}}
_PLUGINS = (
    ("opensearch-knn", r"\[knn_vector\]|unknown setting \[index\.knn\]|unknown query \[knn\]"),
    ("opensearch-neural-search", r"\[hybrid\]|unknown query \[neural|normalization-processor|score-ranker-processor"),
    ("opensearch-ml", r"text_embedding|no handler found for uri \[/_plugins/_ml"),
)
_MISSING = re.compile(
    r"unknown (query|setting)|no handler|no processor type|invalid processor type|not registered", re.I
)


def error_of(response: Response, what: str) -> HybridError:
    """The error for an answer that is none.

    Args:
        response: its status is no success.
        what: the target as the user gave it, without secrets; it begins the message.
    """
    status, kind, reason = response.status, kind_of(response.body), reason_of(response)
    if status == 401:
        return AccessDenied(
            f"{what}: the server asks for credentials, or does not know these; set OPENSEARCH_USERNAME and "
            "OPENSEARCH_PASSWORD, or OPENSEARCH_API_KEY",
            status=status,
        )
    if kind == "cluster_block_exception" or "blocked by: [" in reason:
        return blocked(reason, what)
    if status == 403:
        return AccessDenied(f"{what}: the credentials do not allow this: {reason}", status=status)
    if kind == "index_not_found_exception":
        return IndexNotFound(f"{what}: there is no such index; create it, or name another one")
    if kind == "index_closed_exception":
        return IndexStateError(f"{what}: the index is closed; open it with POST /INDEX/_open")
    if "has more than one index associated" in reason:
        return IndexStateError(f"{what}: the alias points at several indices; take it from all but one: POST /_aliases")
    if "maxClauseCount" in reason or "too_many_clauses" in (kind or ""):
        return InvalidQuery(
            "the question is too long: the server takes 1,024 words of the lexical leg and values of the filter in all"
        )
    if plugin := missing_plugin(reason):
        return ServerError(f"{what}: the server lacks the plugin {plugin}: {reason}", status=status)
    if kind == "search_context_missing_exception":
        return ServerUnavailable(
            f"{what}: the server has forgotten what was being read page by page, as it does when it is started again; "
            "begin again",
            status=status,
        )
    if status == 503 and "shard" in reason:
        return ServerUnavailable(
            f"{what}: a part of the index is not there now: {reason}; GET /_cluster/allocation/explain says why",
            status=status,
        )
    if status in RETRYABLE:
        return ServerUnavailable(f"{what}: the server cannot do this now ({status}): {reason}", status=status)
    return ServerError(f"{what}: the server refused the request ({status}): {reason}", status=status)


def failed(failure: Failure, what: str) -> HybridError:
    """The error for a request that got no usable answer."""
    if failure.loss == "refused certificate":
        return AccessDenied(
            f"{what}: {failure.reason} (OPENSEARCH_CA_CERTS names the authorities whose certificates are trusted)"
        )
    if failure.loss == "no credentials":
        return AccessDenied(f"{what}: {failure.reason}")
    if failure.loss == "malformed":
        return ServerError(f"{what}: {failure.reason}")
    return ServerUnavailable(f"{what}: {failure.reason}")


def blocked(reason: str, what: str) -> HybridError:
    """The error for an index or a cluster that takes no writes, or is not ready."""
    if "/12/" in reason:
        return StorageError(
            f"{what}: the server's disk is nearly full, and the index takes no more documents until there is room: "
            f"{reason}"
        )
    if "FORBIDDEN/8/" in reason:
        return IndexLocked(f"{what}: the index takes no writes (index.blocks.write): {reason}")
    if "FORBIDDEN/" in reason:
        whole = "cluster" if "/cluster " in reason else "index"
        return StorageError(f"{what}: the {whole} takes no writes: {reason}")
    return ServerUnavailable(f"{what}: {reason}", status=503)


def fault_within(body: Mapping[str, Any]) -> Response | None:
    """The first error in an answer that has one for each document or search, or that lacks a part of the index.

    Such an answer has the status 200, and what it lacks would be taken for what is not there.
    """
    parts = next((body[name] for name in ("docs", "responses") if isinstance(body.get(name), list)), None)
    for part in [body] if parts is None else parts:
        if not isinstance(part, Mapping):
            continue
        # An index may be called `error`, too: then an answer that describes it has that name.
        if parts is not None and "error" in part:
            return Response(_status_of(part), part)
        shards = part.get("_shards") if "hits" in part or "pit_id" in part else None
        if isinstance(shards, Mapping) and shards.get("successful") != shards.get("total"):
            return Response(503, _MISSING_SHARDS)
    return None


def _status_of(part: Mapping[str, Any]) -> int:
    status, error = part.get("status"), part["error"]
    if isinstance(status, int):
        return status
    # Errors of single documents come without one.
    kind = error.get("type") if isinstance(error, Mapping) else None
    return {"no_shard_available_action_exception": 503, "index_not_found_exception": 404}.get(str(kind), 400)


def missing_plugin(reason: str) -> str | None:
    """The plugin whose part the server does not know."""
    if not _MISSING.search(reason):
        return None
    return next((name for name, sign in _PLUGINS if re.search(sign, reason, re.I)), None)


def kind_of(body: object) -> str | None:
    """The innermost type of error that the server names."""
    causes = list(_causes(body))
    return str(causes[-1].get("type")) if causes else None


def reason_of(response: Response) -> str:
    """What the server says, innermost causes last, shortened."""
    reasons: list[str] = []
    for cause in _causes(response.body):
        reason = str(cause.get("reason") or cause.get("type") or "")
        if reason and not any(reason in earlier for earlier in reasons):
            reasons.append(reason)
    text = ": ".join(reasons) or "it says no more"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _causes(body: object) -> Iterator[Mapping[str, Any]]:
    """The error of an answer or of an item, then what stands behind it."""
    error = body.get("error") if isinstance(body, Mapping) and "error" in body else body
    if isinstance(error, Mapping) and isinstance(error.get("message"), str):
        error = _without_request(error["message"])
    if isinstance(error, str):
        yield {"reason": error, "type": error}
        return
    while isinstance(error, Mapping) and ("type" in error or "reason" in error):
        yield error
        error = _behind(error)


def _without_request(message: str) -> str:
    """What a gateway says, without the request that Amazon's repeats behind what is wrong with its signature."""
    return re.split(r"the canonical string|x-amz-|authorization", message, maxsplit=1, flags=re.I)[0].strip()


def _behind(error: Mapping[str, Any]) -> object:
    shards = error.get("failed_shards")
    if isinstance(shards, list) and shards and isinstance(shards[0], Mapping):
        return shards[0].get("reason")
    if error.get("caused_by"):
        return error["caused_by"]
    roots = error.get("root_cause")
    root = roots[0] if isinstance(roots, list) and roots else None
    # The root of an error without another cause is the error itself.
    return root if isinstance(root, Mapping) and root.get("reason") != error.get("reason") else None
