"""The server: tools and a resource over an open index, spoken over standard input and output."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from mcp import types
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from hybrid._version import __version__
from hybrid.errors import HybridError, InvalidInput, shorten
from hybrid.integrations.mcp.arguments import read_arguments, schema_of
from hybrid.integrations.mcp.tools import TOOLS, Tool, described, fields_told
from hybrid.retriever import AsyncRetriever
from hybrid.retriever.opening import EncoderLike

INDEX = "hybrid://index"
log = logging.getLogger("hybrid.integrations.mcp")
Context = ServerRequestContext[Any]


def serve(target: str, encoder: EncoderLike | None = None, *, left: Callable[[], None] = lambda: None) -> None:
    """Serve the index at `target` over standard input and output until the client closes its end.

    Args:
        target: as in `Retriever.open`.
        encoder: as in `Retriever.open`; its weights are loaded when a question first needs them.
        left: called when the client is gone; a question that nobody waits for may still be running in a thread, and
            what follows waits for it.

    Raises:
        HybridError: what opening the index raises.
    """
    asyncio.run(_serve(target, encoder, left))


async def _serve(target: str, encoder: EncoderLike | None, left: Callable[[], None]) -> None:
    async with await AsyncRetriever.open(target, encoder=encoder) as index:
        server = await create_server(index)
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())
        left()


async def create_server(index: AsyncRetriever) -> Server[Any]:
    """A server of an open index, for any transport of the SDK; the caller closes the index.

    Raises:
        HybridError: what counting raises.
    """
    handlers = _Handlers(index)
    return Server(
        "hybrid",
        version=__version__,
        title=f"hybrid: {index.place.name}",
        instructions=await handlers.instructions(),
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_read_resource=handlers.read_resource,
    )


class _Handlers:
    """What the protocol asks, answered from an index."""

    def __init__(self, index: AsyncRetriever) -> None:
        self._index = index

    async def instructions(self) -> str:
        statistics = await self._index.statistics()
        return (
            f"This server searches the index {shorten(self._index.place.name)} of {statistics.documents:,} texts with "
            f"{statistics.mentions:,} mentions of entities: ask find which texts mention an entity of a kind. "
            f"{fields_told(self._index.meta.fields)}"
        )

    async def list_tools(self, context: Context, asked: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[self._told(tool) for tool in TOOLS])

    def _told(self, tool: Tool) -> types.Tool:
        return types.Tool(
            name=tool.name,
            title=tool.title,
            description=described(tool, self._index.meta.fields),
            input_schema=schema_of(tool.arguments),
            output_schema=dict(tool.answer),
            annotations=types.ToolAnnotations(
                title=tool.title,
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )

    async def call_tool(self, context: Context, asked: types.CallToolRequestParams) -> types.CallToolResult:
        """What is wrong with a call is an answer too: the model reads it and asks better."""
        try:
            tool = _tool(asked.name)
            arguments = read_arguments(tool.arguments, asked.arguments or {})
            answer = await tool.run(await self._present(), arguments)
        except HybridError as error:
            return types.CallToolResult(content=[_text(str(error))], is_error=True)
        except Exception as error:  # noqa: BLE001 - the log says where; its message may quote a text
            log.error("%s in the tool %s at %s", type(error).__name__, asked.name, _place(error))
            told = f"{asked.name} failed for a reason that the server's log tells"
            return types.CallToolResult(content=[_text(told)], is_error=True)
        # As text too, for clients that read no structured answers.
        return types.CallToolResult(content=[_text(_json(answer))], structured_content=answer)

    async def list_resources(
        self, context: Context, asked: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        told = "What the index holds: its name, how many texts and mentions, the fields and their types, the legs."
        index = types.Resource(uri=INDEX, name="index", description=told, mime_type="application/json")
        return types.ListResourcesResult(resources=[index])

    async def read_resource(self, context: Context, asked: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        if str(asked.uri) != INDEX:
            raise MCPError(types.INVALID_PARAMS, f"{shorten(str(asked.uri))} is no resource; expected {INDEX}")
        content = types.TextResourceContents(uri=INDEX, mime_type="application/json", text=_json(await self._about()))
        return types.ReadResourceResult(contents=[content])

    async def _present(self) -> AsyncRetriever:
        """The index as others have left it: a server may run for days, and a folder shows news when it is asked to."""
        if self._index.place.engine == "embedded":
            await self._index.refresh()
        return self._index

    async def _about(self) -> dict[str, Any]:
        index = await self._present()
        statistics, encoder, meta = await index.statistics(), index.encoder, index.meta
        return {
            "name": index.place.name,
            "bundle": meta.bundle,
            "documents": statistics.documents,
            "mentions": statistics.mentions,
            "fields": dict(sorted(meta.fields.items())),
            "legs": ["lexical"] if encoder is None else list(encoder.dimensions.legs),
        }


def _tool(name: str) -> Tool:
    for tool in TOOLS:
        if tool.name == name:
            return tool
    raise InvalidInput(f"{shorten(name)} is no tool; expected {', '.join(tool.name for tool in TOOLS)}")


def _text(text: str) -> types.TextContent:
    return types.TextContent(type="text", text=text)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "an unknown place" if trace is None else f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
