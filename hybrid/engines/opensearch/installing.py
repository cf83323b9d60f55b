"""`setup` and `drop`: what people in Dashboards use is put into a cluster and taken out again.

Per index `news`: the index itself, the search pipelines `hybrid-news` and `hybrid-news-RRF`, and with an encoder
service the connector, the model and the ingest pipeline `hybrid-news`. Everything is looked at before it is touched:
what is there already as it should be is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybrid.documents import Leg
from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.creating import creation
from hybrid.engines.opensearch.faults import error_of, reason_of
from hybrid.engines.opensearch.generations import next_generation
from hybrid.engines.opensearch.messages import Request, change, path
from hybrid.engines.opensearch.models import Models
from hybrid.engines.opensearch.requests import scaled
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.state import check_no_view, generations, look, numbered
from hybrid.engines.opensearch.versions import Version
from hybrid.engines.protocol import IndexMeta
from hybrid.fusion import Fusion
from hybrid.planning.notation import How, Term, parse_how, print_how

Json = Mapping[str, Any]

# Settings by which an index names the pipelines that it goes through unasked.
NAMING = ("index.default_pipeline", "index.final_pipeline", "index.search.default_pipeline")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done, or with a dry run would be: a sentence and its request."""

    what: str
    request: Request


def search_hows(learned: How, legs: Sequence[Leg]) -> tuple[How, How]:
    """What an index's two search pipelines do: the bundle's fusion, and RRF of the same legs.

    Legs that the bundle does not have are left out; where fewer than two stay, all of `legs` are fused.
    """
    kept = tuple(term for term in learned.terms if term.leg in legs)
    terms = kept if len(kept) > 1 else tuple(map(Term, legs))
    plain = tuple(Term(term.leg) for term in terms)
    return How(terms, learned.fusion or Fusion()), How(plain, Fusion("rrf"))


class Installation:
    """Steps on a cluster for one index; with `dry` what changes something is noted and not sent."""

    def __init__(self, server: Server, name: str, version: Version, *, dry: bool) -> None:
        self._server, self._name, self._version, self._dry = server, name, version, dry
        self._steps: list[Step] = []
        self._models = Models(self._look, self._do, server.transport.sleep, f"hybrid-{name}")

    async def setup(self, meta: IndexMeta, how: str, settings: Json, service: str | None) -> list[Step]:
        """Install or update; returns what was to be done.

        Args:
            meta: of an index that is not there yet, by the bundle.
            how: the bundle's fusion, for the search pipeline; one of all its legs where it has none.
            settings: of an index that is not there yet.
            service: the address of an encoder service; None installs no connector, model and ingest pipeline.

        Raises:
            ServerError, AccessDenied, IndexNotFound: the name is taken by an index of somebody else's.
        """
        await self._index(meta, settings)
        for name, body in self._search_pipelines(parse_how(how), meta.dimensions.legs):
            await self._pipeline("search", name, body)
        if service is not None:
            body = mappings.read("ingest-pipeline.json")
            body["processors"][1]["text_embedding"]["model_id"] = await self._models.install(service)
            await self._pipeline("ingest", f"hybrid-{self._name}", body)
        return self._steps

    async def drop(self, *, index: bool) -> list[Step]:
        """Remove pipelines, model and connector; with `index` also the index with all its generations.

        Raises:
            ServerError, AccessDenied, IndexNotFound: the index is somebody else's.
        """
        own = f"hybrid-{self._name}"
        # What is refused is refused before anything is touched.
        indices = await self._indices() if index else ()
        if not index:
            await self._release((own, f"{own}-RRF"))
        for kind, name in (("search", own), ("search", f"{own}-RRF"), ("ingest", own)):
            where = path(f"_{kind}", "pipeline", name)
            if await self._look(Request("GET", where)):
                await self._do(f"delete the {kind} pipeline {name}", change("DELETE", where))
        await self._models.remove()
        for name in indices:
            await self._do(f"delete the index {name}", change("DELETE", path(name)))
        return self._steps

    async def _look(self, request: Request) -> Any:
        """What is there; None for nothing."""
        response = await self._server.ask(request, accept=(400, 404))
        if response.status == 400 and "no handler found" not in reason_of(response):
            raise error_of(response, self._server.what)
        # A part that has no address is a plugin that is not there: nothing of it is installed.
        return response.body if response.ok else None

    async def _do(self, what: str, request: Request, instead: Any = None) -> Any:
        """Note a step, and send it unless this is a dry run, whose answer is `instead`."""
        self._steps.append(Step(what, request))
        return instead if self._dry else (await self._server.ask(request, twice=False)).body

    async def _index(self, meta: IndexMeta, settings: Json) -> None:
        if await self._look(Request("GET", path(self._name), params={"filter_path": "*.aliases"})) is None:
            index = next_generation(self._name, await numbered(self._server, self._name))
            await self._do(f"create the index {self._name}", creation(index, self._name, meta, settings))
            return
        state = await look(self._server, self._name, self._version)
        there = (await self._look(Request("GET", path(state.index, "_mapping"))))[state.index]["mappings"]
        wanted = mappings.index_body(state.facts.meta, {})["mappings"]["properties"]
        missing = {name: entry for name, entry in wanted.items() if name not in there["properties"]}
        if missing:
            request = change("PUT", path(state.index, "_mapping"), {"properties": missing})
            await self._do(f"add {', '.join(missing)} to the mapping of {self._name}", request)

    def _search_pipelines(self, learned: How, legs: Sequence[Leg]) -> list[tuple[str, Json]]:
        names = (f"hybrid-{self._name}", f"hybrid-{self._name}-RRF")
        hows = search_hows(learned, legs)
        return [(name, self._search_pipeline(how)) for name, how in zip(names, hows, strict=True)]

    def _search_pipeline(self, how: How) -> Json:
        assert how.fusion is not None
        weights = scaled([term.weight for term in how.terms])
        return {"description": print_how(how), **mappings.pipeline(how.fusion, weights, self._version)}

    async def _pipeline(self, kind: str, name: str, body: Json) -> None:
        where = path(f"_{kind}", "pipeline", name)
        found = await self._look(Request("GET", where))
        if found and found.get(name) == body:
            return
        doing = "update" if found else "install"
        await self._do(f"{doing} the {kind} pipeline {name}", change("PUT", where, body))

    async def _release(self, pipelines: Sequence[str]) -> None:
        """An index that goes on naming a pipeline that is gone takes no documents and answers no search."""
        found = await self._look(Request("GET", path(self._name, "_settings"), params={"flat_settings": "true"}))
        for index, info in (found or {}).items():
            used = [name for name, value in info["settings"].items() if name in NAMING and value in pipelines]
            if used:
                request = change("PUT", path(index, "_settings"), dict.fromkeys(used))
                await self._do(f"take its pipelines out of the settings of {index}", request)

    async def _indices(self) -> list[str]:
        found = set(await generations(self._server, self._name))
        there = await self._look(Request("GET", path(self._name), params={"filter_path": "*.aliases"}))
        if there:
            # Refuses an index of somebody else's, and an alias of several.
            state = await look(self._server, self._name, self._version)
            check_no_view(self._server, state)
            found.add(state.index)
        return sorted(found)
