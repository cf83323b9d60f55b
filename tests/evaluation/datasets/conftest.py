"""Files written by hand in the layouts of published corpora."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

# The real corpora are read only where they are; nothing is skipped elsewhere, the tests are not there.
collect_ignore = [] if os.environ.get("HYBRID_CORPORA") else ["test_real_corpora.py"]

Writer = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path) -> Writer:
    """Write a text under a name, folders and all."""

    def written(name: str, content: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
        return path

    return written
