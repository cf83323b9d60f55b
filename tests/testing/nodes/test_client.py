"""One request and its answer."""

import json
from base64 import b64decode
from http.server import BaseHTTPRequestHandler

import pytest

from hybrid.testing.nodes.client import request
from hybrid.testing.nodes.errors import NodeFailed, NodeResponse


class Echo(BaseHTTPRequestHandler):
    """Answers what it was sent; the path begins with the status."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        sent = {"path": self.path, "body": body, "user": self.headers.get("Authorization")}
        status = int(self.path.split("/")[-1])
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"" if status == 204 else b"plain" if status == 202 else json.dumps(sent).encode())

    def do_GET(self) -> None:
        self.do_POST()

    def do_PUT(self) -> None:
        self.do_POST()

    def log_message(self, *_) -> None:
        pass


def test_bodies_and_answers(serve) -> None:
    url = serve(Echo)
    assert request(url, "POST", "/200", {"a": [1]})["body"] == '{"a": [1]}'
    assert [request(url, "PUT", "/200", body)["body"] for body in ("é\n", b"{}\n", None)] == ["é\n", "{}\n", ""]
    assert request(f"{url}/under/", "GET", "/200")["path"] == "/under/200"
    assert request(url, "GET", "/204") is None
    assert request(url, "GET", "/202") == "plain"


def test_error_statuses_carry_what_was_said(serve) -> None:
    with pytest.raises(NodeResponse) as caught:
        request(serve(Echo), "POST", "/404", {"a": 1})
    assert (caught.value.status, caught.value.body["body"]) == (404, '{"a": 1}')
    assert str(caught.value).startswith("POST /404: 404 {")


def test_credentials_are_sent_and_never_shown(serve) -> None:
    url = serve(Echo).replace("//", "//ada:se%40cret@")
    kind, _, pair = request(url, "GET", "/200")["user"].partition(" ")
    assert (kind, b64decode(pair)) == ("Basic", b"ada:se@cret")
    with pytest.raises(NodeResponse) as caught:
        request(url.replace("200", "401"), "GET", "/401")
    assert "cret" not in str({**caught.value.body, "user": None})
    for broken in (
        "http://ada:secret@127.0.0.1:1",
        "http://ada:secret@[bad",
        "http://ada:secret@host:port",
        "ada:secret",
    ):
        with pytest.raises(NodeFailed) as failed:
            request(broken, "GET", "/")
        assert "secret" not in str(failed.value)


def test_a_server_that_speaks_no_tls_is_no_answer(serve) -> None:
    with pytest.raises(NodeFailed, match=r"does not answer GET /200: .*SSL"):
        request(serve(Echo).replace("http:", "https:"), "GET", "/200")
