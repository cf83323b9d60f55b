"""Where an index is kept: a folder, or a real node of each version of OpenSearch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hybrid.retriever.sync import Target


@pytest.fixture(params=["folder", "2.19.6", "3.6.0"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """A place for an index, with nothing there."""
    if request.param == "folder":
        yield tmp_path / "index"
        return
    node = request.getfixturevalue("opensearch_node")(request.param)
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    yield f"opensearch://{node.url.removeprefix('http://')}/{name}"
    node.request("DELETE", f"/{name}-*?expand_wildcards=all")
