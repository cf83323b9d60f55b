"""How tests are shared out where several processes run them: what shares something costly stays together."""

from __future__ import annotations

import pytest

NODES = "opensearch_node"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process has the nodes of OpenSearch that are shared, and takes all tests that ask them; others take files."""
    for item in items:
        group = (
            NODES if NODES in getattr(item, "fixturenames", ()) else str(item.path.relative_to(item.config.rootpath))
        )
        item.add_marker(pytest.mark.xdist_group(group))
