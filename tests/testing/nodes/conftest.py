"""Programs and servers that pretend to be others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from hybrid.testing.nodes.packages import how_to_install

Write = Callable[[str, str], Path]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write a shell script under a name into the only folder of PATH, which holds nothing at first."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for name in ("HYBRID_JAVA", "JAVA_HOME", "MAVEN_HOME", "OPENSEARCH_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("hybrid.testing.nodes.java._HOMES", ())
    how_to_install.cache_clear()

    def write(name: str, script: str) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    yield write
    how_to_install.cache_clear()


@pytest.fixture
def java(programs: Write) -> Callable[..., Path]:
    """Write a program that says it is a Java of this version."""

    def write(version: str, name: str = "java") -> Path:
        return programs(name, f"echo 'openjdk version \"{version}\" 2025-04-15' >&2")

    return write


@pytest.fixture
def serve() -> Iterator[Callable[[type[BaseHTTPRequestHandler]], str]]:
    """Run a handler of HTTP requests on loopback; gives its URL."""
    servers = []

    def begin(handler: type[BaseHTTPRequestHandler], port: int = 0) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield begin
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()
