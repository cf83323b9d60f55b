"""What the server has from an index's former bundle, once the index has gone over to another one.

Passages that are encoded on their way in, and questions in words, would be vectors of another space than the index's.
"""

from __future__ import annotations

import warnings

from hybrid.engines.opensearch.installing import ingest_pipeline
from hybrid.engines.opensearch.messages import Request, change, path
from hybrid.engines.opensearch.server import Server
from hybrid.errors import HybridError


async def stop_asking(server: Server, index: str) -> None:
    """Have the pipelines of an index ask no model any more: documents that come through them wait for all of it.

    Warns:
        UserWarning: they did, or may; says how they do again.
    """
    again = f"start a service of this bundle and run hybrid setup {server.what} --service ADDRESS again"
    told = f"OpenSearch asks the encoder service no more; {again}"
    asked = False
    try:
        for kind, name in (
            ("ingest", f"hybrid-{index}"),
            ("search", f"hybrid-{index}"),
            ("search", f"hybrid-{index}-RRF"),
        ):
            where = path(f"_{kind}", "pipeline", name)
            body = ((await server.look(Request("GET", where))) or {}).get(name, {})
            if kind == "ingest" and any("text_embedding" in own for own in body.get("processors", ())):
                body = ingest_pipeline(None)
            elif kind == "search" and "request_processors" in body:
                body = {key: own for key, own in body.items() if key != "request_processors"}
            else:
                continue
            asked = True
            await server.ask(change("PUT", where, body))
    except HybridError as error:
        asked, told = True, f"its pipelines may still ask a service of the former one ({error}); {again}"
    if asked:
        warnings.warn(f"{server.what}: the index has another bundle now: {told}", UserWarning, stacklevel=2)
