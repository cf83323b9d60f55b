"""How tests are shared out where several processes run them: what shares something costly stays together."""

from __future__ import annotations

from typing import Any

import pytest

# Each of these is run by one process, which has nodes of OpenSearch of its own; any other file is a part by itself.
PARTS = (
    ("tests/congruence/",),
    (
        "tests/engines/contract/",
        "tests/engines/opensearch/",
        "tests/retriever/",
        "tests/service/test_console.py",
        "tests/cli/test_server.py",
        "tests/docker/",
        "tests/cli/test_evaluate.py",
        "tests/evaluation/test_on_server.py",
        "tests/integrations/test_on_server.py",
        "tests/testing/test_plugin.py",
        "tests/test_docs.py",
    ),
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Whole parts are given to processes, the largest first."""
    from xdist.scheduler import LoadScopeScheduling

    class Parts(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return next((part[0] for part in PARTS if file.startswith(part)), file)

    return Parts(config, log)
