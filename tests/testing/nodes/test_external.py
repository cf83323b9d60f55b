"""The user's own server."""

import json
from http.server import BaseHTTPRequestHandler

import pytest

from hybrid.testing.nodes.errors import NodeUnavailable
from hybrid.testing.nodes.external import find_external
from hybrid.testing.nodes.protocol import Spec

KNN = ("opensearch-knn", "opensearch-neural-search")


@pytest.fixture
def server(serve, monkeypatch):
    """A server of a version with some plugins, which OPENSEARCH_URL names; it lets only Ada in."""

    def begin(version: str, *plugins: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                rows = [{"component": name} for name in plugins]
                answer = {"version": {"number": version}} if self.path == "/" else rows
                known = self.headers.get("Authorization") == "Basic YWRhOnNlY3JldA=="
                self.send_response(200 if known else 401)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_) -> None:
                pass

        url = serve(Handler).replace("//", "//ada:secret@")
        monkeypatch.setenv("OPENSEARCH_URL", f"{url}/")
        return url

    return begin


def test_a_server_of_the_version_is_used(server) -> None:
    url = server("3.6.7", *KNN)
    node = find_external(Spec("3.6.0"))
    assert (node.url, node.version) == (url, "3.6.7")
    assert node.request("GET", "/")["version"] == {"number": "3.6.7"}
    node.stop()
    assert repr(node) == "ExternalNode(version='3.6.7')"


def test_it_is_not_ours_to_end(server) -> None:
    server("3.6.0", *KNN)
    node = find_external(Spec("3.6.0"))
    for end in (node.kill, node.restart):
        with pytest.raises(NodeUnavailable, match="the server that OPENSEARCH_URL names is not ours to"):
            end()


@pytest.mark.parametrize(
    ("version", "plugins", "spec", "reason"),
    [
        ("3.7.0", KNN, Spec("3.6.0"), r"is OpenSearch 3\.7\.0"),
        ("2.19.6", KNN, Spec("3.6.0"), r"is OpenSearch 2\.19\.6"),
        ("3.6.0", KNN[:1], Spec("3.6.0"), "has no k-NN plugin"),
        ("3.6.0", KNN, Spec("3.6.0", knn=False), "has the k-NN plugin"),
        ("3.6.0", KNN, Spec("3.6.0", ml=True), "has no ML Commons"),
        ("3.6.0", KNN, Spec("3.6.0", settings={"cluster.name": "mine"}), "has settings of its own"),
    ],
)
def test_a_server_that_does_not_fit_is_left(server, version, plugins, spec, reason) -> None:
    server(version, *plugins)
    with pytest.raises(NodeUnavailable, match=reason):
        find_external(spec)


def test_what_it_has_is_taken(server) -> None:
    server("3.6.0", *KNN, "opensearch-ml")
    assert find_external(Spec("3.6.0", ml=True)).version == "3.6.0"
    server("2.19.3")
    assert find_external(Spec("2.19.6", knn=False)).version == "2.19.3"


def test_without_an_answer_no_password_is_shown(server, monkeypatch) -> None:
    url = server("3.6.0", *KNN)
    for wrong in (
        url.replace("secret", "guess-secret"),
        "http://ada:secret@127.0.0.1:1",
        "ada:secret",
        "http://:secret@",
    ):
        monkeypatch.setenv("OPENSEARCH_URL", wrong)
        with pytest.raises(NodeUnavailable, match="does not answer as OpenSearch does") as caught:
            find_external(Spec("3.6.0"))
        assert "secret" not in str(caught.value)
    monkeypatch.setenv("OPENSEARCH_URL", "")
    with pytest.raises(NodeUnavailable, match="OPENSEARCH_URL is not set"):
        find_external(Spec("3.6.0"))
