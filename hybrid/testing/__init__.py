"""For users' tests and ours: an encoder without a model, and real OpenSearch nodes.

Installed with the extra `testing`, the package is a pytest plugin with the fixtures `opensearch_node` and
`fresh_opensearch_node`; see `hybrid.testing.plugin`. `python -m hybrid.testing --check` says what runs here.
"""

from hybrid.testing.fake_encoder import FakeEncoder
from hybrid.testing.nodes.errors import NodeError, NodeFailed, NodeResponse, NodeUnavailable
from hybrid.testing.nodes.protocol import Node, NodeFactory
from hybrid.testing.nodes.start import start_node

__all__ = [
    "FakeEncoder",
    "Node",
    "NodeError",
    "NodeFactory",
    "NodeFailed",
    "NodeResponse",
    "NodeUnavailable",
    "start_node",
]
