"""What goes to a server and what comes back: plain data between the pure core and the drivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

import orjson

# Seconds for what waits for the cluster and not for a reader.
PATIENT = 150.0

# What became of a request without a usable answer: it never arrived, or nobody knows.
Loss = Literal["unreachable", "refused certificate", "no credentials", "lost", "timeout", "malformed"]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `timeout` in seconds, None for the client's own; `headers` are sent beside the client's."""

    method: Literal["GET", "PUT", "POST", "DELETE"]
    path: str
    body: bytes | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    timeout: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """Method, path and parameters, as Dev Tools takes them."""
        query = "&".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.method} {self.path}" + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: `body` is decoded JSON, `size` its characters, `retry_after` what the server asked for in seconds."""

    status: int
    body: Any
    size: int = 0
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the server did what was asked."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Failure:
    """A request without a usable answer; `reason` is for the user and holds no secret."""

    loss: Loss
    reason: str

    @property
    def arrived(self) -> bool:
        """Whether the server may have done what was asked."""
        return self.loss in ("lost", "timeout", "malformed")

    @property
    def denied(self) -> bool:
        """Whether either side does not trust the other, which no second try changes."""
        return self.loss in ("refused certificate", "no credentials")


def change(method: Literal["PUT", "POST", "DELETE"], path: str, body: Any = None) -> Request:
    """A change of the cluster's state: the server may take its time, since closing a shard waits for its merges."""
    params = {"cluster_manager_timeout": "120s", "timeout": "120s"}
    return Request(method, path, None if body is None else json_body(body), params, PATIENT)


def path(*parts: str) -> str:
    """Parts of a path, each quoted."""
    return "".join("/" + quote(part, safe="") for part in parts)


def json_body(value: Any) -> bytes:
    """JSON in UTF-8; NumPy arrays are lists, float32 in the shortest digits that read back as the same float32."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)


def json_lines(*values: Any) -> bytes:
    """Values one a line, as `_bulk` and `_msearch` take them."""
    return b"".join(json_body(value) + b"\n" for value in values)
