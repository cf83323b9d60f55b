"""Nodes in containers, against an engine that pretends: it speaks Docker's API and runs no container."""

import json
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from testcontainers.core.config import ConnectionMode, testcontainers_config

from hybrid.testing.nodes.container import container_for, engine_answers, start_container
from hybrid.testing.nodes.errors import NodeFailed, NodeUnavailable
from hybrid.testing.nodes.protocol import Spec
from hybrid.testing.nodes.start import start


class Health(BaseHTTPRequestHandler):
    """What is in the container: something that says it is ready."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "yellow"}')

    def log_message(self, *_) -> None:
        pass


class Engine:
    """The state of one container, and what was asked of the engine."""

    image: str | None = "there"
    dies = False

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.body: dict = {}
        self.status = "created"
        self.inside: tuple[ThreadingHTTPServer, Thread] | None = None

    def answer(self, call: str, body: dict) -> tuple[int, object]:
        self.asked.append(call)
        answers: dict[str, Callable[[], tuple[int, object]]] = {
            "GET /version": lambda: (200, {"ApiVersion": "1.44"}),
            "GET /_ping": lambda: (200, "OK"),
            "GET /images/json": lambda: (200, {"Id": "i"}) if self.image else (404, {"message": "no such image"}),
            "POST /images/create": lambda: (500, {"message": "the registry is out of reach"}),
            "POST /containers/create": lambda: self.create(body),
            "GET /containers/json": lambda: (200, self.state()),
            "POST /containers/start": self.start,
            "POST /containers/kill": self.stop,
            "POST /containers/wait": lambda: (200, {"StatusCode": 137}),
            "POST /containers/restart": lambda: self.stop() and self.start(),
            "GET /containers/logs": lambda: (200, "what it wrote"),
            "DELETE /containers": self.stop,
        }
        return answers[call]()

    def create(self, body: dict) -> tuple[int, object]:
        self.body = body
        return 201, {"Id": "abc", "Warnings": []}

    def state(self) -> dict:
        bindings = self.body["HostConfig"]["PortBindings"] if self.status == "running" else {}
        return {
            "Id": "abc",
            "State": {"Status": self.status},
            "NetworkSettings": {"Ports": bindings},
            "Config": {"Tty": True},
        }

    def start(self) -> tuple[int, object]:
        port = int(self.body["HostConfig"]["PortBindings"]["9200/tcp"][0]["HostPort"])
        server = ThreadingHTTPServer(("127.0.0.1", port), Health)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.inside, self.status = (server, thread), "running"
        if self.dies:
            self.stop()
        return 204, ""

    def stop(self) -> tuple[int, object]:
        if self.inside:
            self.inside[0].shutdown()
            self.inside[1].join()
            self.inside[0].server_close()
        self.inside, self.status = None, "exited"
        return 204, ""


@pytest.fixture
def engine(serve, monkeypatch) -> Engine:
    """An engine that DOCKER_HOST names."""
    engine = Engine()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = re.sub(r"^/v[\d.]+|\?.*$|/abc|/opensearchproject/opensearch:[\d.]+", "", self.path)
            status, answer = engine.answer(f"{self.command} {path}", json.loads(sent or b"{}"))
            content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Type", "text/plain" if isinstance(answer, str) else "application/json")
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self.do_POST()

        def do_DELETE(self) -> None:
            self.do_POST()

        def log_message(self, *_) -> None:
            pass

    monkeypatch.setenv("DOCKER_HOST", serve(Handler).replace("http:", "tcp:"))
    monkeypatch.setattr(testcontainers_config, "ryuk_disabled", True)
    # Also where the tests run inside a container themselves.
    monkeypatch.setattr(testcontainers_config, "connection_mode_override", ConnectionMode.docker_host)
    engine_answers.cache_clear()
    yield engine
    engine.stop()
    engine_answers.cache_clear()


@pytest.fixture
def no_engine(monkeypatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/such.sock")
    engine_answers.cache_clear()
    yield
    engine_answers.cache_clear()


def test_a_node_is_started_killed_and_started_again(engine) -> None:
    with start(Spec("2.19.6")) as node:
        url = node.url
        assert node.request("GET", "/")["status"] == "yellow"
        for _ in range(2):
            node.kill()
        with pytest.raises(NodeFailed, match="does not answer"):
            node.request("GET", "/")
        node.restart()
        assert node.url == url
        assert node.request("GET", "/")["status"] == "yellow"
    node.stop()
    node.kill()
    with pytest.raises(NodeFailed, match="was stopped"):
        node.restart()
    asked = [call.removeprefix("POST ") for call in engine.asked if not call.startswith("GET")]
    assert asked == [f"/containers/{name}" for name in ("create", "start", "kill", "wait", "restart")] + [
        "DELETE /containers"
    ]


def test_the_image_is_the_official_one_of_the_version(engine) -> None:
    with start_container(Spec("3.6.0", settings={"http.max_content_length": "1mb"}, heap="1g")):
        body = engine.body
    assert body["Image"] == "opensearchproject/opensearch:3.6.0"
    assert "Cmd" not in body or body["Cmd"] is None
    environment = dict(entry.split("=", 1) for entry in body["Env"])
    assert environment == {
        "DISABLE_SECURITY_PLUGIN": "true",
        "DISABLE_INSTALL_DEMO_CONFIG": "true",
        "DISABLE_PERFORMANCE_ANALYZER_AGENT_CLI": "true",
        "OPENSEARCH_JAVA_OPTS": "-Xms1g -Xmx1g",
        "cluster.name": "hybrid-testing",
        "node.name": "hybrid-testing",
        "discovery.type": "single-node",
        "cluster.routing.allocation.disk.threshold_enabled": "false",
        "indices.breaker.total.use_real_memory": "false",
        "http.max_content_length": "1mb",
    }


def test_without_knn_the_plugins_are_removed_first(engine) -> None:
    container = container_for(Spec("3.6.0", knn=False, settings={"http.port": 9999}))
    container.start()
    container.stop()
    assert engine.body["Cmd"][-1].startswith("rm -rf plugins/*")
    assert engine.body["HostConfig"]["PortBindings"]["9200/tcp"][0]["HostPort"] == "9999"


def test_a_node_that_ends_at_once_shows_its_log_and_is_removed(engine) -> None:
    engine.dies = True
    with pytest.raises(NodeFailed, match="ended: its container is exited") as caught:
        start(Spec("3.6.0"))
    assert caught.value.log == "what it wrote"
    assert engine.asked[-1] == "DELETE /containers"


def test_an_image_that_cannot_be_had_leads_to_the_next_way(engine, programs) -> None:
    engine.image = None
    with pytest.raises(NodeUnavailable, match=r"Docker cannot start opensearchproject/opensearch:3\.6\.0") as caught:
        start(Spec("3.6.0"))
    assert "as a process: it needs Java" in str(caught.value)


def test_models_out_of_a_containers_reach_lead_to_the_next_way(engine) -> None:
    with pytest.raises(NodeUnavailable, match="does not reach model servers"):
        start_container(Spec("3.6.0", ml=True))


def test_no_engine_leads_to_the_next_way(no_engine, programs, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path))
    assert not engine_answers()
    with pytest.raises(NodeUnavailable) as caught:
        start(Spec("3.6.0"))
    assert str(caught.value).splitlines() == [
        "OpenSearch 3.6.0 cannot be started here",
        "  as a container: no Docker engine answers",
        "  as a process: it needs Java 21 or newer, and found no Java, and Maven, which fetches its parts, is not "
        "installed; install Java 21 or newer and Maven, or Docker",
    ]
