"""An index as a server of the Model Context Protocol: an assistant asks it with the tools find, plan and count."""

from hybrid.encoding.extras import require

try:
    from hybrid.integrations.mcp.server import create_server, serve
except ImportError:
    # The second is what the SDK has had since its second major version alone.
    require("the MCP server", "mcp", "mcp", "mcp_types")
    raise

__all__ = ["create_server", "serve"]
