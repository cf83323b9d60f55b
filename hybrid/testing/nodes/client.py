"""One HTTP request to a node, with the standard library alone."""

from __future__ import annotations

import json
from base64 import b64encode
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from hybrid.testing.nodes.errors import NodeFailed, NodeResponse


def request(url: str, method: str, path: str, body: Any = None, *, timeout: float = 60) -> Any:
    """See `Node.request`. A user and a password in `url` are sent as basic authentication, and never named."""
    # pytest shows the arguments of every frame of a failure; no frame that knows the password may be among them.
    __tracebackhide__ = True
    try:
        server = urlsplit(url)
        connection = _connect(server, timeout)
    except ValueError:
        raise NodeFailed("the URL of the server is none; expected http://HOST:PORT or https://HOST:PORT") from None
    try:
        connection.request(method, server.path.rstrip("/") + path, _encoded(body), _headers(server))
        answer = connection.getresponse()
        content = _parsed(answer.read())
    except (OSError, HTTPException) as error:
        place = f"{server.scheme}://{connection.host}:{connection.port}"
        raise NodeFailed(f"{place} does not answer {method} {path}: {error or type(error).__name__}") from None
    finally:
        connection.close()
    if answer.status >= 400:
        raise NodeResponse(method, path, answer.status, content)
    return content


def _connect(server: SplitResult, timeout: float) -> HTTPConnection:
    if server.scheme not in ("http", "https") or not server.hostname:
        raise ValueError
    kind = HTTPSConnection if server.scheme == "https" else HTTPConnection
    return kind(server.hostname, server.port, timeout=timeout)


def _headers(server: SplitResult) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if server.username is not None:
        pair = f"{unquote(server.username)}:{unquote(server.password or '')}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    return headers


def _encoded(body: Any) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def _parsed(content: bytes) -> Any:
    text = content.decode(errors="replace")
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return text
