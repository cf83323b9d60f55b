"""`setup` and `drop`: what people in Dashboards use is put into a cluster and taken out again.

Per index `news`: the index itself, the search pipelines `hybrid-news` and `hybrid-news-RRF`, and with an encoder
service the ingest pipeline `hybrid-news` and the service's models (see `models`), by which the search pipelines then
encode questions. Everything is looked at before it is touched: what is there already as it should be is left alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybrid.documents import Leg
from hybrid.encoding.protocol import Dimensions
from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.creating import creation
from hybrid.engines.opensearch.generations import next_generation
from hybrid.engines.opensearch.messages import Request, change, path
from hybrid.engines.opensearch.models import OF_LEG, Models, Service, kinds_for, width_of
from hybrid.engines.opensearch.requests import field_of, scaled
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.state import check_no_view, generations, look, numbered
from hybrid.engines.opensearch.trusting import LOOK, advice, missing_settings, setting, untrusting
from hybrid.engines.opensearch.versions import Version
from hybrid.engines.protocol import IndexMeta
from hybrid.errors import AccessDenied, ServerError
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


def enriched(pipeline: Json, models: Mapping[str, str]) -> Json:
    """A search pipeline by which a neural query need not name the model that encodes its words."""
    ids = {field_of(leg): models[kind] for leg, kind in OF_LEG.items() if kind in models}
    if not ids:
        return pipeline
    return {"request_processors": [{"neural_query_enricher": {"neural_field_default_id": ids}}], **pipeline}


def ingest_pipeline(model: str | None) -> Json:
    """What documents go through that come past the library; `model` encodes their passages, None leaves that."""
    body = mappings.read("ingest-pipeline.json")
    if model is None:
        body["processors"] = [own for own in body["processors"] if "text_embedding" not in own]
    else:
        body["processors"][1]["text_embedding"]["model_id"] = model
    return body


class Installation:
    """Steps on a cluster for one index; with `dry` what changes something is noted and not sent."""

    def __init__(self, server: Server, name: str, version: Version, *, dry: bool) -> None:
        self._server, self._name, self._version, self._dry = server, name, version, dry
        self._steps: list[Step] = []
        self._models = Models(server, self._do, name)

    async def setup(
        self,
        meta: IndexMeta,
        how: str,
        settings: Json,
        address: str | None = None,
        key: str | None = None,
        *,
        trust: bool = False,
    ) -> list[Step]:
        """Install or update; returns what was to be done.

        Args:
            meta: of an index that is not there yet, by the bundle.
            how: the bundle's fusion, for the search pipeline; one of all its legs where it has none.
            settings: of an index that is not there yet.
            address: of an encoder service; None installs no connectors, models and ingest pipeline.
            key: what the service wants to be shown.
            trust: let ML Commons call the service, where the cluster's settings forbid it.

        Raises:
            ServerError, AccessDenied, IndexNotFound: the name is taken by an index of somebody else's.
        """
        if address is not None and not trust and (wanted := missing_settings(await self._settings(), address)):
            # Refused before anything is made.
            raise ServerError(f"{self._server.what}: the server is to call {address}, and {advice(wanted)}")
        found = await self._index(meta, settings)
        if address is None:
            models = await self._known(found)
        else:
            await self._trust(address)
            models = await self._served(Service(address, found.fingerprint, key), found.dimensions)
        for name, body in self._search_pipelines(parse_how(how), found.dimensions.legs):
            await self._search(name, body, models)
        if address is not None and models is not None:
            await self._pipeline("ingest", f"hybrid-{self._name}", ingest_pipeline(models.get("passage")))
        self._warn()
        return self._steps

    async def drop(self, *, index: bool) -> list[Step]:
        """Remove pipelines, models and connectors; with `index` also the index with all its generations.

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
            if await self._server.look(Request("GET", where)):
                await self._do(f"delete the {kind} pipeline {name}", change("DELETE", where))
        called = await self._models.endpoints(others=False)
        await self._models.remove()
        await self._distrust(called)
        for name in indices:
            await self._do(f"delete the index {name}", change("DELETE", path(name)))
        self._warn()
        return self._steps

    def _warn(self) -> None:
        """What is to be read, last: a warning may be an error where it is asked for."""
        for sentence in self._models.left:
            warnings.warn(sentence, UserWarning, stacklevel=2)

    async def _do(self, what: str, request: Request, instead: Any = None, shown: Request | None = None) -> Any:
        """Note a step, and send it unless this is a dry run, whose answer is `instead`; `shown` is noted, if given."""
        answer = instead if self._dry else (await self._server.ask(request, twice=False)).body
        self._steps.append(Step(what, shown or request))
        return answer

    async def _settings(self) -> Json:
        try:
            return await self._server.look(LOOK) or {}
        except AccessDenied:
            # Who may not look cannot change them either; what is forbidden the server says.
            return {}

    async def _trust(self, address: str) -> None:
        settings = await self._settings()
        if wanted := missing_settings(settings, address):
            await self._do(f"let ML Commons call {address}", setting(wanted, settings))

    async def _distrust(self, called: Iterable[str]) -> None:
        """Addresses that this index called, and no other one does, are taken out of the cluster's settings."""
        if not (gone := set(called)):
            return
        for address in sorted(gone - await self._models.endpoints(others=True)):
            settings = await self._settings()
            if wanted := untrusting(settings, address):
                await self._do(f"take {address} from what ML Commons may call", setting(wanted, settings))

    async def _known(self, meta: IndexMeta) -> dict[str, str] | None:
        """The models that were installed before; None where that may not be seen."""
        try:
            return await self._models.installed(kinds_for(meta.dimensions), meta.fingerprint)
        except AccessDenied:
            return None

    async def _served(self, service: Service, dimensions: Dimensions) -> dict[str, str]:
        """The models of a service, each asked once, by kind."""
        called = await self._models.endpoints(others=False)
        models = {
            kind: await self._models.install(kind, service, width_of(kind, dimensions), dry=self._dry)
            for kind in kinds_for(dimensions)
        }
        if not self._dry:
            await self._distrust(called - {service.address})
        return models

    async def _index(self, meta: IndexMeta, settings: Json) -> IndexMeta:
        """The index; returns what it knows of its bundle, which may be another one than that of a new index."""
        if await self._server.look(Request("GET", path(self._name), params={"filter_path": "*.aliases"})) is None:
            index = next_generation(self._name, await numbered(self._server, self._name))
            await self._do(f"create the index {self._name}", creation(index, self._name, meta, settings))
            return meta
        state = await look(self._server, self._name, self._version)
        there = (await self._server.look(Request("GET", path(state.index, "_mapping"))))[state.index]["mappings"]
        wanted = mappings.index_body(state.facts.meta, {})["mappings"]["properties"]
        missing = {name: entry for name, entry in wanted.items() if name not in there["properties"]}
        if missing:
            request = change("PUT", path(state.index, "_mapping"), {"properties": missing})
            await self._do(f"add {', '.join(missing)} to the mapping of {self._name}", request)
        return state.facts.meta

    def _search_pipelines(self, learned: How, legs: Sequence[Leg]) -> list[tuple[str, Json]]:
        names = (f"hybrid-{self._name}", f"hybrid-{self._name}-RRF")
        hows = search_hows(learned, legs)
        return [(name, self._search_pipeline(how)) for name, how in zip(names, hows, strict=True)]

    def _search_pipeline(self, how: How) -> Json:
        assert how.fusion is not None
        weights = scaled([term.weight for term in how.terms])
        return {"description": print_how(how), **mappings.pipeline(how.fusion, weights, self._version)}

    async def _search(self, name: str, body: Json, models: Mapping[str, str] | None) -> None:
        if models is None:
            # What it asks may not be seen, and is left as it is.
            there = await self._server.look(Request("GET", path("_search", "pipeline", name))) or {}
            kept = {key: own for key, own in there.get(name, {}).items() if key == "request_processors"}
            await self._pipeline("search", name, {**kept, **body})
        else:
            await self._pipeline("search", name, enriched(body, models))

    async def _pipeline(self, kind: str, name: str, body: Json) -> None:
        where = path(f"_{kind}", "pipeline", name)
        found = await self._server.look(Request("GET", where))
        if found and found.get(name) == body:
            return
        doing = "update" if found else "install"
        await self._do(f"{doing} the {kind} pipeline {name}", change("PUT", where, body))

    async def _release(self, pipelines: Sequence[str]) -> None:
        """An index that goes on naming a pipeline that is gone takes no documents and answers no search."""
        found = await self._server.look(Request("GET", path(self._name, "_settings"), params={"flat_settings": "true"}))
        for index, info in (found or {}).items():
            used = [name for name, value in info["settings"].items() if name in NAMING and value in pipelines]
            if used:
                request = change("PUT", path(index, "_settings"), dict.fromkeys(used))
                await self._do(f"take its pipelines out of the settings of {index}", request)

    async def _indices(self) -> list[str]:
        found = set(await generations(self._server, self._name))
        there = await self._server.look(Request("GET", path(self._name), params={"filter_path": "*.aliases"}))
        if there:
            # Refuses an index of somebody else's, and an alias of several.
            state = await look(self._server, self._name, self._version)
            check_no_view(self._server, state)
            found.add(state.index)
        return sorted(found)
