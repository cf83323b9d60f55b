"""A stand-in for OpenSearch Dashboards: its Saved Objects APIs as its documentation and its own tests describe them."""

from __future__ import annotations

import base64
import json
import threading
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

API = "/api/saved_objects"


class Refusal(Exception):
    def __init__(self, status, message):
        self.status, self.message = status, message


class Dashboards:
    """Listens on loopback; `objects` holds what is saved by type and id, `changes` the requests that changed it."""

    def __init__(self, *, prefix="", user=None, password=None):
        stand_in = self
        self.prefix, self.objects, self.changes = prefix, {}, []
        self.broken = None
        self._authorization = user and "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                try:
                    status, value = 200, stand_in.answer(self.command, self.path, self.headers, body)
                except Refusal as refusal:
                    reason = self.responses[refusal.status][0]
                    status = refusal.status
                    value = {"statusCode": status, "error": reason, "message": refusal.message}
                told = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json; charset=utf-8")
                self.send_header("content-length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def do_GET(self):
                self.answer()

            def do_POST(self):
                self.answer()

            def do_DELETE(self):
                self.answer()

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}{prefix}"

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method, target, headers, body):
        split = urlsplit(target)
        if self._authorization and headers["authorization"] != self._authorization:
            raise Refusal(401, "Authentication required")
        if method not in ("GET", "HEAD") and "osd-xsrf" not in headers:
            raise Refusal(400, "Request must contain a osd-xsrf header.")
        if self.broken is not None:
            raise self.broken
        if not split.path.startswith(self.prefix + API):
            raise Refusal(404, "Not Found")
        parts = [unquote(part) for part in split.path.removeprefix(self.prefix + API).split("/")[1:]]
        query = parse_qs(split.query)
        if (method, parts) == ("POST", ["_bulk_get"]):
            return self.bulk_get(headers, body, query)
        if (method, parts) == ("POST", ["_import"]):
            return self.imported(headers, body, query)
        if method == "DELETE" and len(parts) == 2:
            return self.deleted(*parts, query)
        raise Refusal(404, "Not Found")

    def bulk_get(self, headers, body, query):
        known(query)
        if headers.get_content_type() != "application/json":
            raise Refusal(415, "Unsupported Media Type")
        return {"saved_objects": [self.got(one["type"], one["id"]) for one in json.loads(body)]}

    def got(self, kind, name):
        message = f"Saved object [{kind}/{name}] not found"
        missing = {"type": kind, "id": name, "error": {"statusCode": 404, "error": "Not Found", "message": message}}
        return self.objects.get((kind, name), missing)

    def imported(self, headers, body, query):
        known(query, "overwrite", "createNewCopies", "workspaces")
        file = upload(headers, body)
        self.changes.append("import")
        objects = [json.loads(line) for line in file.decode().splitlines() if line]
        there = {*self.objects, *((one["type"], one["id"]) for one in objects)}
        overwrite = query.get("overwrite") == ["true"]
        errors = [error for one in objects if (error := self.error(one, there, overwrite))]
        if not errors:
            for one in objects:
                own = {"version": "WzEsMV0=", "namespaces": ["default"], "updated_at": "2026-01-01T00:00:00.000Z"}
                self.objects[one["type"], one["id"]] = {**one, **own}
        wrong = {(error["type"], error["id"]) for error in errors}
        done = [one for one in objects if (one["type"], one["id"]) not in wrong]
        return {"success": not errors, "successCount": len(done)} | ({"errors": errors} if errors else {})

    def error(self, one, there, overwrite):
        lacking = [reference for reference in one["references"] if (reference["type"], reference["id"]) not in there]
        if lacking:
            return {"type": one["type"], "id": one["id"], "error": {"type": "missing_references"}}
        if (one["type"], one["id"]) in self.objects and not overwrite:
            return {"type": one["type"], "id": one["id"], "error": {"type": "conflict"}}
        return None

    def deleted(self, kind, name, query):
        known(query, "force")
        if (kind, name) not in self.objects:
            raise Refusal(404, f"Saved object [{kind}/{name}] not found")
        del self.objects[kind, name]
        self.changes.append(f"delete {kind}")
        return {}


def known(query, *names):
    for name in query:
        if name not in names:
            raise Refusal(400, f"[request query.{name}]: definition for this key is missing")


def upload(headers, body):
    """The content of the field `file` of a form."""
    if headers.get_content_type() != "multipart/form-data":
        raise Refusal(415, "Unsupported Media Type")
    form = BytesParser(policy=HTTP).parsebytes(
        b"content-type: " + headers["content-type"].encode() + b"\r\n\r\n" + body
    )
    assert form.is_multipart()
    assert not form.defects
    (part,) = form.get_payload()
    if part.get_param("name", header="content-disposition") != "file":
        raise Refusal(400, "[request body.file]: expected value of type [Stream] but got [undefined]")
    suffix = PurePosixPath(part.get_filename()).suffix
    if suffix.lower() != ".ndjson":
        raise Refusal(400, f"Invalid file extension {suffix}")
    return part.get_payload(decode=True)
