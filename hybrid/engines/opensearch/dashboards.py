"""An index in OpenSearch Dashboards: its data view and its saved search are put there, and taken out again.

Credentials and certificates are those of a server (`access.py`): of the address, else of the environment. Where
Dashboards keeps objects by tenant, it chooses the one that requests without a session get: the global one.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from hybrid.engines.adapting import finish
from hybrid.engines.opensearch import saved_objects
from hybrid.engines.opensearch.connecting import sync_server
from hybrid.engines.opensearch.installing import Step
from hybrid.engines.opensearch.messages import Request
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.target import Target
from hybrid.errors import InvalidInput, ServerError, shorten

PORTS = {"http": 80, "https": 443}
EXPECTED = "expected http://host:5601 or https://host/prefix, with percent-encoded signs in user and password"
# With these Dashboards says what is wrong in words of its own; other failures are a server's.
REFUSALS = (400, 404, 409, 413, 415, 500)


@dataclass(frozen=True, slots=True)
class Address(Target):
    """Where Dashboards is: a target without an index."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}{self.prefix}"


def parse_address(text: str) -> Address:
    """Read `http://[user[:password]@]host[:port][/prefix]`.

    Raises:
        InvalidInput: the text, which may hold a password, is not repeated.
    """
    split, port = _split(text)
    parts = [quote(unquote(part), safe="") for part in split.path.split("/") if part]
    return Address(
        host=split.hostname or "",
        port=PORTS[split.scheme] if port is None else port,
        secure=split.scheme == "https",
        index="",
        prefix="".join(f"/{part}" for part in parts),
        user=unquote(split.username or "") if split.username or split.password else None,
        password=None if split.password is None else unquote(split.password),
    )


def save_views(address: Address, index: str, *, dry: bool = False) -> list[Step]:
    """Put an index's data view and saved search into Dashboards, or bring them up to date; returns what was to be done.

    Raises:
        ServerError, AccessDenied.
    """
    return _asked(address, lambda server: Views(server, index, dry=dry).save())


def remove_views(address: Address, index: str, *, dry: bool = False) -> list[Step]:
    """Take them out again; as `save_views` otherwise."""
    return _asked(address, lambda server: Views(server, index, dry=dry).remove())


class Views:
    """Steps on Dashboards for one index; with `dry` what changes something is noted and not sent."""

    def __init__(self, server: Server, index: str, *, dry: bool) -> None:
        self._server, self._dry = server, dry
        self._objects = saved_objects.objects_of(index)

    async def save(self) -> list[Step]:
        """Save what is not there, or says something else."""
        there = await self._there()
        pairs = zip(self._objects, there, strict=True)
        wanted = [one for one, found in pairs if found is None or not one.is_as(found)]
        if not wanted:
            return []
        step = Step(f"save the {' and the '.join(map(str, wanted))} in {self._server.what}", saved_objects.save(wanted))
        if not self._dry:
            answer = await self._ask(saved_objects.as_upload(step.request))
            saved_objects.check_saved(answer, self._server.what)
        return [step]

    async def remove(self) -> list[Step]:
        """Delete what is there, what refers to another first."""
        there = await self._there()
        found = [one for one, entry in zip(self._objects, there, strict=True) if entry is not None]
        steps = [Step(f"delete the {one} in {self._server.what}", saved_objects.delete(one)) for one in reversed(found)]
        for step in [] if self._dry else steps:
            await self._ask(step.request)
        return steps

    async def _there(self) -> list[saved_objects.Json | None]:
        answer = await self._ask(saved_objects.look(self._objects))
        return saved_objects.found_in(answer, self._objects, self._server.what)

    async def _ask(self, request: Request) -> Any:
        response = await self._server.ask(request, accept=REFUSALS)
        if response.ok:
            return response.body
        said = response.body.get("message") if isinstance(response.body, dict) else None
        why = shorten(said, 200) if isinstance(said, str) else "what answers there may be no OpenSearch Dashboards"
        raise ServerError(
            f"{self._server.what}: {request.method} {request.path} was refused ({response.status}): {why}",
            status=response.status,
        )


def _asked(address: Address, work: Callable[[Server], Coroutine[Any, Any, list[Step]]]) -> list[Step]:
    server = Server(sync_server(address).transport, f"Dashboards at {address}")
    try:
        return finish(work(server))
    finally:
        finish(server.transport.close())


def _split(text: str) -> tuple[SplitResult, int | None]:
    # Tabs and line ends would be left out silently.
    if text.isprintable():
        try:
            split = urlsplit(text)
            # What stands behind an "@" in the path may be the rest of a password with a slash.
            unread = split.query or split.fragment or "@" in split.path
            if split.scheme in PORTS and split.hostname and split.port != 0 and not unread:
                return split, split.port
        except ValueError:
            # Its message repeats parts of the text, and would stand in the context of ours.
            pass
    raise InvalidInput(f"the address of Dashboards cannot be read; {EXPECTED}")
