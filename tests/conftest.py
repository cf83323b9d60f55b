"""How tests are shared out where several processes run them: what shares something costly stays together."""

from __future__ import annotations

import pytest

NODES = "opensearch_node"
# Where fixtures ask for a node by the parameter of a test, so that the test itself does not tell.
BY_PARAMETER = ("tests/engines/contract/", "tests/retriever/", "tests/test_docs.py")


# Before pytest-xdist reads the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process has the nodes of OpenSearch that are shared, and takes all tests that ask them; others take files."""
    for item in items:
        file = item.path.relative_to(item.config.rootpath).as_posix()
        asks = NODES in getattr(item, "fixturenames", ()) or file.startswith(BY_PARAMETER)
        item.add_marker(pytest.mark.xdist_group(NODES if asks else file))
