"""The encoder service in ML Commons: a connector, a model and its group under one name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.messages import Request, json_body, path
from hybrid.errors import ServerError

Json = Mapping[str, Any]
Look = Callable[[Request], Awaitable[Any]]
ML = path("_plugins", "_ml")
# How often it is asked whether a model is deployed, and seconds between.
ASKED, PAUSE = 300, 0.2
# What a dry run shows for ids that the server would give out.
CONNECTOR, MODEL = "CONNECTOR", "MODEL"


class Do(Protocol):
    """Notes a step and sends it; a dry run gives `instead` for the answer."""

    async def __call__(self, what: str, request: Request, instead: Any = None) -> Any:
        """The answer."""
        ...


class Models:
    """What has the name `name` in ML Commons."""

    def __init__(self, look: Look, do: Do, sleep: Callable[[float], Awaitable[None]], name: str) -> None:
        self._look, self._do, self._sleep, self._name = look, do, sleep, name

    async def install(self, service: str) -> str:
        """Make or bring up to date what calls the service; returns the deployed model's id.

        Raises:
            ServerError: the model is not deployed after a minute; what else the server refuses.
        """
        body = mappings.read("connector.json")
        body |= {"name": self._name, "parameters": {**body["parameters"], "endpoint": service.rstrip("/")}}
        connector, model = await self._one("connectors"), await self._one("models")
        updated = False
        if connector is None:
            made = await self._do(
                f"create the connector {self._name}",
                Request("POST", f"{ML}/connectors/_create", json_body(body)),
                {"connector_id": CONNECTOR},
            )
            connector_id = str(made["connector_id"])
        else:
            connector_id = connector[0]
            updated = await self._update(*connector, body, model and model[0])
        model_id = await self._register(connector_id) if model is None else model[0]
        if updated or await self._state(model_id) != "DEPLOYED":
            await self._deploy(model_id)
        return model_id

    async def remove(self) -> None:
        """Take everything of the name out again, what uses another thing first."""
        if (model := await self._one("models")) is not None:
            where = path("_plugins", "_ml", "models", model[0])
            await self._do(f"undeploy the model {self._name}", Request("POST", f"{where}/_undeploy"))
            await self._do(f"delete the model {self._name}", Request("DELETE", where))
        if (connector := await self._one("connectors")) is not None:
            where = path("_plugins", "_ml", "connectors", connector[0])
            await self._do(f"delete the connector {self._name}", Request("DELETE", where))
        if (group := await self._one("model_groups")) is not None:
            where = path("_plugins", "_ml", "model_groups", group[0])
            await self._do(f"delete the model group {self._name}", Request("DELETE", where))

    async def _update(self, connector: str, kept: Json, body: Json, model: str | None) -> bool:
        """Bring a connector up to date; whether there was something to do, after which its model is not deployed."""
        if all(kept.get(key) == body[key] for key in ("parameters", "actions", "description", "protocol")):
            return False
        if model is not None:
            # A connector in use is not changed.
            where = path("_plugins", "_ml", "models", model)
            await self._do(f"undeploy the model {self._name}", Request("POST", f"{where}/_undeploy"))
        where = path("_plugins", "_ml", "connectors", connector)
        await self._do(f"update the connector {self._name}", Request("PUT", where, json_body(body)))
        return True

    async def _register(self, connector: str) -> str:
        body = {**mappings.read("model.json"), "name": self._name, "connector_id": connector}
        if (group := await self._one("model_groups")) is not None:
            body["model_group_id"] = group[0]
        request = Request("POST", f"{ML}/models/_register", json_body(body))
        made = await self._do(f"register the model {self._name}", request, {"model_id": MODEL})
        return str(made["model_id"])

    async def _deploy(self, model: str) -> None:
        where = path("_plugins", "_ml", "models", model)
        answer = await self._do(f"deploy the model {self._name}", Request("POST", f"{where}/_deploy"), {})
        if not answer:
            return
        for _ in range(ASKED):
            if (state := await self._state(model)) == "DEPLOYED":
                return
            if state == "DEPLOY_FAILED":
                break
            await self._sleep(PAUSE)
        raise ServerError(f"the model {self._name} was not deployed; GET {where} says why")

    async def _state(self, model: str) -> str | None:
        found = await self._look(Request("GET", path("_plugins", "_ml", "models", model)))
        return None if found is None else found.get("model_state")

    async def _one(self, kind: str) -> tuple[str, Json] | None:
        """What has the name, of a kind, with its id; None where there is nothing, or no ML Commons to ask."""
        query = {"query": {"term": {"name.keyword": self._name}}}
        found = await self._look(Request("POST", f"{ML}/{kind}/_search", json_body(query)))
        hits = found["hits"]["hits"] if isinstance(found, Mapping) and "hits" in found else []
        for hit in hits:
            # A search is up to a second behind what was changed or deleted.
            if (there := await self._look(Request("GET", path("_plugins", "_ml", kind, hit["_id"])))) is not None:
                return hit["_id"], there
        return None
