"""Failures as answers: RFC 9457 problem documents, and OpenAI's shape where that is what clients read."""

from __future__ import annotations

import json
from typing import Any

import orjson
from starlette.responses import Response

from hybrid.service.failures import Failure

OPENAI = "/v1/embeddings"
# OpenAI's own names for kinds of errors, by status.
_KINDS = {401: "authentication_error", 429: "rate_limit_error"}


class Json(Response):
    """A JSON answer; NumPy arrays are numbers in it."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The body. Half a surrogate pair in what somebody sent, an id say, is told as an escape."""
        try:
            return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
        except TypeError:
            return json.dumps(content, allow_nan=False).encode()


def answer_of(failure: Failure, path: str) -> Response:
    """The answer to a request of `path`."""
    headers = {} if failure.retry_after is None else {"retry-after": str(failure.retry_after)}
    if failure.hangs_up:
        headers["connection"] = "close"
    if failure.status == 401:
        headers["www-authenticate"] = "Bearer"
    if path == OPENAI:
        # OpenAI answers a request that it does not take with 400.
        status = 400 if failure.status == 422 else failure.status
        return Json(_as_openai(failure, status), status, headers)
    return Json(_as_problem(failure), failure.status, headers, media_type="application/problem+json")


def _as_problem(failure: Failure) -> dict[str, Any]:
    problem = {
        "type": f"urn:hybrid:problem:{failure.code}",
        "title": failure.title,
        "status": failure.status,
        "detail": failure.detail,
        "code": failure.code,
    }
    return problem if failure.pointer is None else {**problem, "pointer": f"#{failure.pointer}"}


def _as_openai(failure: Failure, status: int) -> dict[str, Any]:
    kind = _KINDS.get(status, "invalid_request_error" if status < 500 else "server_error")
    param = None if failure.pointer is None else failure.pointer.removeprefix("/").replace("/", ".")
    return {"error": {"message": failure.detail, "type": kind, "param": param, "code": failure.code}}
