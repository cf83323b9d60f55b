"""What OpenSearch Dashboards shows of an index: a data view, and a saved search for Discover; pure requests, no I/O.

Source of the forms: Saved Objects APIs, in the documentation of OpenSearch Dashboards. The data view keeps vectors out
of what Discover fetches; a time field it has none, since an index need not have a date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.messages import Request, json_body, json_lines, path
from hybrid.errors import ServerError, shorten

Json = Mapping[str, Any]

FILES = ("data-view.json", "saved-search.json")
KINDS = {"index-pattern": "data view", "search": "saved search"}
API = path("api", "saved_objects")
# Dashboards refuses what a form of another site could send.
OURS = {"osd-xsrf": "true"}
# No line of JSON begins with it.
BOUNDARY = "hybrid-saved-objects"


@dataclass(frozen=True, slots=True)
class SavedObject:
    """An object of Dashboards; `body` is its line in a file that Dashboards imports."""

    type: str
    id: str
    body: Json

    def __str__(self) -> str:
        return f"{KINDS[self.type]} {self.id}"

    def is_as(self, found: Json) -> bool:
        """Whether what is there says the same; Dashboards adds attributes of its own, such as a view's fields."""
        kept = found.get("attributes") or {}
        same = all(kept.get(name) == value for name, value in self.body["attributes"].items())
        return same and list(found.get("references") or ()) == self.body["references"]


def objects_of(index: str) -> tuple[SavedObject, ...]:
    """What is saved for an index; what refers to another comes behind it."""
    bodies = [_named(mappings.read(file), index) for file in FILES]
    return tuple(SavedObject(body["type"], body["id"], body) for body in bodies)


def look(objects: Sequence[SavedObject]) -> Request:
    """Asks which of the objects are there, and as what."""
    body = json_body([{"type": one.type, "id": one.id} for one in objects])
    return Request("POST", f"{API}/_bulk_get", body, headers=OURS)


def found_in(answer: Json, objects: Sequence[SavedObject], what: str) -> list[Json | None]:
    """For each object what is there, None for nothing, by the answer to `look`; `what` begins an error's message.

    Raises:
        ServerError: Dashboards cannot give one of them, or it is not Dashboards that answers.
    """
    entries = answer.get("saved_objects")
    if not isinstance(entries, list) or len(entries) != len(objects):
        raise ServerError(f"{what}: what answers there is no OpenSearch Dashboards")
    return [_found(entry, one, what) for entry, one in zip(entries, objects, strict=True)]


def _found(entry: Json, one: SavedObject, what: str) -> Json | None:
    error = entry.get("error")
    if error is None:
        return entry
    if error.get("statusCode") == 404:
        return None
    raise ServerError(f"{what}: the {one} cannot be read: {shorten(error.get('message'), 200)}")


def save(objects: Sequence[SavedObject]) -> Request:
    """Puts objects in the place of those that are there; its lines are a file that Dashboards imports."""
    return Request("POST", f"{API}/_import", json_lines(*(one.body for one in objects)), {"overwrite": "true"})


def as_upload(request: Request) -> Request:
    """The request with its lines as the file of a form, which is how the import takes them."""
    head = 'content-disposition: form-data; name="file"; filename="hybrid.ndjson"\r\ncontent-type: application/ndjson'
    body = f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + (request.body or b"") + f"\r\n--{BOUNDARY}--\r\n".encode()
    return replace(request, body=body, headers={**OURS, "content-type": f"multipart/form-data; boundary={BOUNDARY}"})


def check_saved(answer: Json, what: str) -> None:
    """Raises ServerError where an import left something out; its status is a success all the same."""
    if answer.get("success") is not True:
        errors = [error for error in answer.get("errors") or () if isinstance(error, Mapping)]
        said = [f"{error.get('type')} {error.get('id')}: {(error.get('error') or {}).get('type')}" for error in errors]
        why = shorten("; ".join(said) or "no reason was told", 200)
        raise ServerError(f"{what}: not everything was saved: {why}")


def delete(one: SavedObject) -> Request:
    """Takes an object out again."""
    return Request("DELETE", f"{API}{path(one.type, one.id)}", headers=OURS)


def _named(value: Any, index: str) -> Any:
    """A template with the index's name in it."""
    if isinstance(value, str):
        return value.replace("NAME", index)
    if isinstance(value, list):
        return [_named(entry, index) for entry in value]
    return {name: _named(entry, index) for name, entry in value.items()} if isinstance(value, dict) else value
