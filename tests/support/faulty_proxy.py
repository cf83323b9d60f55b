"""A proxy before a real node that provokes faults byte by byte.

It reads requests, and an act says what becomes of each.

An act is a function of the request; the first one that returns something decides. Without one, everything passes.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    raw: bytes = field(repr=False)

    def is_for(self, ending: str) -> bool:
        return self.path.split("?")[0].endswith(ending)


@dataclass(frozen=True)
class Pass:
    """To the server and back; `delay` seconds before the answer, `cut` bytes of it and then the end."""

    delay: float = 0.0
    cut: int | None = None


@dataclass(frozen=True)
class Answer:
    """An answer of the proxy's own; the server never sees the request."""

    status: int
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)


@dataclass(frozen=True)
class Drop:
    """The connection ends without an answer, and the server never sees the request."""


@dataclass(frozen=True)
class Hang:
    """No answer for so many seconds; the server sees the request first where `forward` is set."""

    seconds: float
    forward: bool = False


@dataclass(frozen=True)
class Change:
    """To the server and back, with another body of the answer; whoever knows the old body says what the new one is."""

    to: Callable[[bytes], bytes]
    status: int | None = None


Act: TypeAlias = Pass | Answer | Drop | Hang | Change
Rule: TypeAlias = Callable[[Seen], Act | None]


class Proxy:
    """Listens on a free port of loopback before `host:port`; `seen` are all requests in order."""

    def __init__(self, upstream: str, context: ssl.SSLContext | None = None) -> None:
        host, _, port = upstream.removeprefix("http://").partition(":")
        self._upstream, self._context = (host, int(port)), context
        self.rules: list[Rule] = []
        self.seen: list[Seen] = []
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self.port}"

    def count(self, ending: str) -> int:
        """How many requests for a path there were."""
        return sum(seen.is_for(ending) for seen in self.seen)

    def once(self, ending: str, act: Act, *, times: int = 1) -> None:
        """The next `times` requests for a path get this act."""
        left = [times]

        def rule(seen: Seen) -> Act | None:
            if not seen.is_for(ending) or not left[0]:
                return None
            left[0] -= 1
            return act

        self.rules.append(rule)

    def always(self, ending: str, act: Act) -> None:
        """Every request for a path gets this act."""
        self.rules.append(lambda seen: act if seen.is_for(ending) else None)

    def close(self) -> None:
        self._closing.set()
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError):
                try:
                    client, _ = self._listener.accept()
                except OSError:
                    if self._closing.is_set():
                        return
                    raise
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        try:
            if self._context is not None:
                client.settimeout(5)
                client = self._context.wrap_socket(client, server_side=True)
            client.settimeout(0.05)
            with client:
                for seen in self._requests(client):
                    self.seen.append(seen)
                    act = next((act for rule in self.rules if (act := rule(seen)) is not None), Pass())
                    if not self._do(act, seen, client):
                        return
        except (OSError, ssl.SSLError):
            client.close()

    def _do(self, act: Act, seen: Seen, client: socket.socket) -> bool:
        """Whether the connection goes on."""
        match act:
            case Drop():
                return False
            case Answer():
                client.sendall(_written(act))
                return True
            case Change(to, status):
                head, _, body = self._forward(seen).partition(b"\r\n\r\n")
                client.sendall(_written(Answer(status or int(head.split()[1]), to(body))))
                return True
            case Hang(seconds, forward):
                if forward:
                    self._forward(seen)
                self._closing.wait(seconds)
                return False
            case Pass(delay, cut):
                answer = self._forward(seen)
                self._closing.wait(delay)
                client.sendall(answer if cut is None else answer[:cut])
                return cut is None

    def _forward(self, seen: Seen) -> bytes:
        with socket.create_connection(self._upstream, timeout=120) as server:
            server.sendall(seen.raw)
            return b"".join(_message(server, server.recv)[:2])

    def _requests(self, client: socket.socket) -> Iterator[Seen]:
        while not self._closing.is_set():
            try:
                first = client.recv(65536)
            except TimeoutError:
                continue
            if not first:
                return
            rest = [first]

            def receive(size: int, rest: list[bytes] = rest) -> bytes:
                if rest:
                    return rest.pop()
                deadline = time.monotonic() + 30
                while True:
                    try:
                        return client.recv(size)
                    except TimeoutError:
                        if time.monotonic() > deadline or self._closing.is_set():
                            raise

            head, body, headers = _message(client, receive)
            line = head.split(b"\r\n", 1)[0].decode("latin-1")
            method, path, _ = line.split(" ")
            yield Seen(method, path, headers, body, head + body)


def _written(answer: Answer) -> bytes:
    head = [f"HTTP/1.1 {answer.status} X", f"content-length: {len(answer.body)}"]
    head += [f"{name}: {value}" for name, value in answer.headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + answer.body


def _message(source: socket.socket, receive: Callable[[int], bytes]) -> tuple[bytes, bytes, dict[str, str]]:
    """Head, body and headers of one HTTP message with a length, or in chunks."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = receive(65536)
        if not more:
            raise ConnectionError("the other side went away")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")[1:]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        while not body.endswith(b"0\r\n\r\n"):
            body += receive(65536)
    else:
        while len(body) < int(headers.get("content-length", 0)):
            body += receive(1 << 20)
    return head + b"\r\n\r\n", body, headers


@contextmanager
def proxy_before(upstream: str, context: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """A proxy for the length of a block."""
    made = Proxy(upstream, context)
    try:
        yield made
    finally:
        made.close()
