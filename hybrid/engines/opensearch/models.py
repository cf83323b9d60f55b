"""The encoder service in ML Commons: for each of its models a connector, a model and its group, under one name.

Of an index `news` these are `hybrid-news-type`, `hybrid-news-query` and `hybrid-news-passage`. Which bundle's vectors
are wanted is part of what the connector asks for, so that a service which has gone over to another one refuses. Address
and bundle stand in the connector literally: whoever may ask a model sets parameters, and could send the key elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hybrid.documents import Leg
from hybrid.encoding.protocol import Dimensions
from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.faults import reason_of
from hybrid.engines.opensearch.messages import Request, Response, json_body, path
from hybrid.engines.opensearch.requests import Facts
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.trusting import PRIVATE, advice
from hybrid.errors import AccessDenied, HybridError, InvalidQuery, ServerError

Json = Mapping[str, Any]
ML = path("_plugins", "_ml")
# How often it is asked whether a model is deployed, and seconds between.
ASKED, PAUSE = 300, 0.2
# How often it is looked and tried again while the server keeps its own books.
SETTLING = 10
# The service's models, and the leg whose questions one encodes.
KINDS = ("type", "query", "passage")
OF_LEG: Mapping[Leg, str] = {"typed": "type", "dense": "query"}
# Characters of a fingerprint by which a connector names the bundle.
FINGERPRINT = 16
# What a step shows in place of the key.
NO_KEY, SHOWN_KEY = "none", "$HYBRID_SERVICE_KEY"
PROBE = "city"
PATH = "/v1/embeddings"


@dataclass(frozen=True, slots=True)
class Service:
    """An encoder service as the cluster reaches it; `key` is shown to it and to nobody else."""

    address: str
    fingerprint: str
    key: str | None = field(default=None, repr=False)


class Do(Protocol):
    """Notes a step and sends it; a dry run gives `instead` for the answer, `shown` is noted in place of the request."""

    async def __call__(self, what: str, request: Request, instead: Any = None, shown: Request | None = None) -> Any:
        """The answer."""
        ...


class Models:
    """What an index has in ML Commons."""

    def __init__(self, server: Server, do: Do, index: str) -> None:
        self._server, self._do, self._index = server, do, index
        # What the server would not take out, and why: for a warning, once all is done.
        self.left: list[str] = []

    def name(self, kind: str) -> str:
        """The name of a connector, a model and its group."""
        return f"hybrid-{self._index}-{kind}"

    async def installed(self, kinds: Iterable[str], fingerprint: str) -> dict[str, str]:
        """The ids of the models that are there and give vectors of a bundle, by kind."""
        found: dict[str, str] = {}
        for kind in kinds:
            model = await self._one("models", self.name(kind))
            connector = None if model is None else await self._connector_of(model[1])
            if model is not None and connector is not None and _asks_for(connector[1], model_of(kind, fingerprint)):
                found[kind] = model[0]
        return found

    async def install(self, kind: str, service: Service, width: int, *, dry: bool = False) -> str:
        """Make or bring up to date what calls the service; returns the deployed model's id.

        The model makes one vector, unless this is a dry run. What calls another address, or asks for another bundle,
        goes when its successor has done so; where it has not, it stays as it was.

        Raises:
            AccessDenied: the service refuses the key.
            ServerError: the model is not deployed after a minute, or gives no vector of that width; what else the
                server refuses.
        """
        name = self.name(kind)
        models, connectors = await self._all("models", name), await self._all("connectors", name)
        for model, found in models:
            connector = await self._connector_of(found)
            if connector is not None and _is_as(connector[1], _connector_body(name, kind, service)):
                if not await self._is_deployed(model):
                    await self._deploy(name, model)
                return model if dry else await self._keyed(kind, service, connector[0], model, width)
        connector_id, model = await self._made(kind, service)
        if not dry:
            try:
                self._check(kind, await self._predicted(model), width)
            except HybridError:
                await self._remove_pair(name, [model], [connector_id])
                raise
        await self._remove_pair(name, [id for id, _ in models], [id for id, _ in connectors])
        return model

    async def _keyed(self, kind: str, service: Service, connector: str, model: str, width: int) -> str:
        """A model that was there, checked; where the service does not know its key, with the present one."""
        answer = await self._predicted(model)
        if not _denied(answer):
            self._check(kind, answer, width)
            return model
        name = self.name(kind)
        # A connector in use is not changed.
        await self._settling(
            f"undeploy the model {name}", Request("POST", path("_plugins", "_ml", "models", model, "_undeploy"))
        )
        request, shown = self._connector("PUT", path("_plugins", "_ml", "connectors", connector), kind, service)
        try:
            await self._do(f"update the connector {name}", request, None, shown)
        except ServerError as error:
            if not _mistaken(error):
                raise
            await self._remove_pair(name, [model], [connector])
            _, model = await self._made(kind, service)
        else:
            await self._deploy(name, model)
        self._check(kind, await self._predicted(model), width)
        return model

    def _check(self, kind: str, answer: Response, width: int) -> None:
        what = f"{self._server.what}: the model {self.name(kind)} does not answer"
        if _denied(answer):
            raise AccessDenied(f"{what}: {reason_of(answer)}; the service's key is taken from HYBRID_SERVICE_KEY")
        if not answer.ok:
            reason = reason_of(answer)
            private = f"; {advice({PRIVATE: 'true'})}" if "private ip" in reason.lower() else ""
            raise ServerError(f"{what}: {reason}{private}", status=answer.status)
        found = _width(answer.body)
        if found != width:
            raise ServerError(f"{what} as it should: its vectors have {found} numbers, those of the index {width}")

    async def endpoints(self, *, others: bool) -> set[str]:
        """Addresses that connectors call which a model uses: of this index, or `others`'."""
        names = {self.name(kind) for kind in KINDS}
        used = {hit["_source"].get("connector_id") for hit in await self._every("models")}
        found = [hit for hit in await self._every("connectors") if hit["_id"] in used]
        chosen = (hit["_source"] for hit in found if (hit["_source"].get("name") in names) != others)
        urls = (str(action.get("url")) for own in chosen for action in own.get("actions") or ())
        return {url.removesuffix(PATH) for url in urls}

    async def _every(self, kind: str) -> list[Json]:
        body = json_body({"query": {"match_all": {}}, "size": 1_000})
        return _hits(await self._server.look(Request("POST", f"{ML}/{kind}/_search", body)))

    async def remove(self) -> None:
        """Take everything of the index out again, what uses another thing first."""
        found = {
            part: {kind: [id for id, _ in await self._all(part, self.name(kind))] for kind in KINDS}
            for part in ("models", "connectors", "model_groups")
        }
        for kind in KINDS:
            await self._remove_pair(self.name(kind), found["models"][kind], [])
        for kind in KINDS:
            await self._remove_pair(self.name(kind), [], found["connectors"][kind])
        for kind in KINDS:
            for id in found["model_groups"][kind]:
                where = path("_plugins", "_ml", "model_groups", id)
                await self._do(f"delete the model group {self.name(kind)}", Request("DELETE", where))

    async def _remove_pair(self, name: str, models: Sequence[str], connectors: Sequence[str]) -> None:
        for id in models:
            where = path("_plugins", "_ml", "models", id)
            await self._settling(f"undeploy the model {name}", Request("POST", f"{where}/_undeploy"))
            await self._do(f"delete the model {name}", Request("DELETE", where))
        for id in connectors:
            where = path("_plugins", "_ml", "connectors", id)
            try:
                await self._do(f"delete the connector {name}", Request("DELETE", where))
            except ServerError as error:
                if not _mistaken(error):
                    raise
                self.left.append(
                    f"{self._server.what}: the connector {name} stays, since the server takes it for one that other "
                    f"models use; DELETE {where} when those are gone"
                )

    async def _made(self, kind: str, service: Service) -> tuple[str, str]:
        """A new connector with a new model, deployed; returns their ids."""
        name = self.name(kind)
        request, shown = self._connector("POST", f"{ML}/connectors/_create", kind, service)
        # What the server gives out, a dry run does not know.
        instead = {"connector_id": f"CONNECTOR_{kind.upper()}"}
        connector = str((await self._do(f"create the connector {name}", request, instead, shown))["connector_id"])
        body = {**mappings.read("model.json"), "name": name, "connector_id": connector}
        if (group := await self._one("model_groups", name)) is not None:
            body["model_group_id"] = group[0]
        request = Request("POST", f"{ML}/models/_register", json_body(body))
        model = await self._do(f"register the model {name}", request, {"model_id": f"MODEL_{kind.upper()}"})
        await self._deploy(name, str(model["model_id"]))
        return connector, str(model["model_id"])

    async def _connector_of(self, model: Json) -> tuple[str, Json] | None:
        """The connector by which a model is asked; None where it is gone."""
        id = str(model.get("connector_id"))
        found = await self._server.look(Request("GET", path("_plugins", "_ml", "connectors", id)))
        return None if found is None else (id, found)

    def _connector(self, method: Any, where: str, kind: str, service: Service) -> tuple[Request, Request]:
        """The request that makes or changes a connector, and what is shown of it."""
        body = _connector_body(self.name(kind), kind, service)
        sent, shown = (
            Request(method, where, json_body(body | {"credential": {"key": key or NO_KEY}}))
            for key in (service.key, service.key and SHOWN_KEY)
        )
        return sent, shown

    async def _deploy(self, name: str, model: str) -> None:
        where = path("_plugins", "_ml", "models", model)
        answer = await self._settling(f"deploy the model {name}", Request("POST", f"{where}/_deploy"), {})
        if not answer:
            return
        for _ in range(ASKED):
            if (state := await self._state(model)) == "DEPLOYED":
                return
            if state == "DEPLOY_FAILED":
                break
            await self._server.transport.sleep(PAUSE)
        raise ServerError(f"{self._server.what}: the model {name} was not deployed; GET {where} says why")

    async def _is_deployed(self, model: str) -> bool:
        """Whether it is, now or within two seconds: the server looks again and again, and says no meanwhile."""
        for attempt in range(SETTLING):
            if attempt:
                await self._server.transport.sleep(PAUSE)
            if await self._state(model) == "DEPLOYED":
                return True
        return False

    async def _settling(self, what: str, request: Request, instead: Any = None) -> Any:
        """A step that is tried again where the server itself changes the model at the same moment."""
        for attempt in range(1, SETTLING + 1):
            try:
                return await self._do(what, request, instead)
            except ServerError as error:
                if attempt == SETTLING or "version conflict" not in str(error):
                    raise
                await self._server.transport.sleep(PAUSE)
        raise AssertionError  # the last attempt returns or raises

    async def _predicted(self, model: str) -> Response:
        body = {"text_docs": [PROBE], "return_number": True, "target_response": ["sentence_embedding"]}
        where = path("_plugins", "_ml", "_predict", "text_embedding", model)
        return await self._server.ask(Request("POST", where, json_body(body)), accept=range(400, 600))

    async def _state(self, model: str) -> str | None:
        found = await self._server.look(Request("GET", path("_plugins", "_ml", "models", model)))
        return None if found is None else found.get("model_state")

    async def _one(self, kind: str, name: str) -> tuple[str, Json] | None:
        """What has the name, of a kind, with its id; None where there is nothing, or no ML Commons to ask."""
        return next(iter(await self._all(kind, name)), None)

    async def _all(self, kind: str, name: str) -> list[tuple[str, Json]]:
        """All that has the name, of a kind, with its id."""
        query = {"query": {"term": {"name.keyword": name}}}
        found: list[tuple[str, Json]] = []
        for hit in _hits(await self._server.look(Request("POST", f"{ML}/{kind}/_search", json_body(query)))):
            # A search is up to a second behind what was changed or deleted.
            there = await self._server.look(Request("GET", path("_plugins", "_ml", kind, hit["_id"])))
            if there is not None:
                found.append((hit["_id"], there))
        return found


def _mistaken(error: ServerError) -> bool:
    """Whether the server takes a connector for one in use whose models are all gone, or not deployed.

    It looks its id up by the parts between hyphens, and ids that it gives out share parts: others seem to use it.
    """
    return "still using this connector" in str(error)


def kinds_for(dimensions: Dimensions) -> tuple[str, ...]:
    """The models of the service that an index can use."""
    return ("type",) if dimensions.passage is None else KINDS


def width_of(kind: str, dimensions: Dimensions) -> int:
    """How many numbers the vectors of a model have."""
    width = dimensions.mention if kind == "type" else dimensions.passage
    assert width is not None
    return width


def model_of(kind: str, fingerprint: str) -> str:
    """What the service is asked for: its model, of one bundle."""
    return f"{kind}@{fingerprint[:FINGERPRINT]}"


async def deployed(server: Server, facts: Facts, legs: Sequence[Leg]) -> dict[Leg, str]:
    """The models that encode an index's questions, by leg.

    Raises:
        InvalidQuery: one is not there, or it is of another bundle than the index.
    """
    kinds = [OF_LEG[leg] for leg in legs]
    found = await Models(server, _nothing, facts.name).installed(kinds, facts.meta.fingerprint)
    if missing := [kind for kind in kinds if kind not in found]:
        raise InvalidQuery(
            f"{server.what}: the server has no model {missing[0]} of the index's bundle, to encode questions with; run "
            f"hybrid setup {server.what} --service ADDRESS, with the address of an encoder service"
        )
    return {leg: found[OF_LEG[leg]] for leg in legs}


async def _nothing(what: str, request: Request, instead: Any = None, shown: Request | None = None) -> Any:
    raise AssertionError(what)


def _connector_body(name: str, kind: str, service: Service) -> dict[str, Any]:
    body = mappings.read("connector.json")
    (action,) = body["actions"]
    action["url"] = f"{service.address}{PATH}"
    action["request_body"] = _request_body(model_of(kind, service.fingerprint))
    return body | {"name": name}


def _request_body(model: str) -> str:
    return f'{{ "input": ${{parameters.input}}, "model": "{model}" }}'


def _asks_for(connector: Json, model: str) -> bool:
    return any(action.get("request_body") == _request_body(model) for action in connector.get("actions") or ())


def _is_as(connector: Json, body: Json) -> bool:
    return all(connector.get(key) == body[key] for key in ("actions", "parameters", "description", "protocol"))


def _hits(found: Any) -> list[Json]:
    return list(found["hits"]["hits"]) if isinstance(found, Mapping) and "hits" in found else []


def _denied(answer: Response) -> bool:
    """Whether it was the service that refused, and not OpenSearch."""
    return answer.status in (401, 403) and "remote service" in reason_of(answer)


def _width(answer: Any) -> int | None:
    """Numbers of the one vector of a prediction; None where there is none to read."""
    try:
        return len(answer["inference_results"][0]["output"][0]["data"])
    except (KeyError, IndexError, TypeError):
        return None
