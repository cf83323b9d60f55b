"""What importing the library costs: neither a model library nor an engine is loaded."""

import json
import subprocess
import sys

import pytest

HEAVY = (
    "torch",
    "transformers",
    "safetensors",
    "tantivy",
    "pyarrow",
    "rich",
    "gguf",
    "sklearn",
    "scipy",
    "ir_measures",
    "matplotlib",
    "bm25s",
    "sentence_transformers",
    "opensearchpy",
    "aiohttp",
    "urllib3",
    "boto3",
    "langchain_core",
    "mcp",
    "pydantic",
    "testcontainers",
    "pytest",
)


def loaded_by(code: str) -> set[str]:
    script = f"import sys, json\n{code}\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import hybrid",
        "import hybrid.encoding",
        "import hybrid.engines",
        "import hybrid.engines.opensearch.engine, hybrid.engines.opensearch.administration",
        "import hybrid.testing",
        "from hybrid.encoding import load; load('minilm')",
        "import hybrid.evaluation.comparison, hybrid.evaluation.report, hybrid.evaluation.systems.factory",
    ],
)
def test_nothing_heavy_is_imported(code: str) -> None:
    assert loaded_by(code).isdisjoint(HEAVY)


def test_the_command_line_starts_without_models() -> None:
    assert loaded_by("import hybrid.cli").isdisjoint(set(HEAVY) - {"rich"})
