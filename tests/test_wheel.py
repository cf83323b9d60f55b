"""The wheel, installed where nothing else is but what it requires.

An environment is made without a network: the distributions that the wheel's own metadata asks for, and what those ask
for, are linked into it from the one that runs the tests. What the metadata forgets is missing there.
"""

import importlib.metadata
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hybrid.testing import NodeFactory

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def thin(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(wheel, (), tmp_path_factory.mktemp("thin"))


@pytest.fixture(scope="module")
def local(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(wheel, ("local",), tmp_path_factory.mktemp("local"))


def environment(wheel: Path, extras: tuple[str, ...], folder: Path) -> Path:
    """An environment with the wheel and its requirements alone; returns its folder of programs."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        required = [
            line.removeprefix("Requires-Dist: ")
            for line in archive.read(metadata).decode().splitlines()
            if line.startswith("Requires-Dist: ")
        ]
    for distribution in closure(required, extras):
        link(distribution, packages)
    command = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install", "--no-deps", "--quiet"]
    subprocess.run([*command, str(wheel)], check=True, capture_output=True)
    return folder / "bin"


def closure(required: Iterable[str], extras: tuple[str, ...]) -> Iterator[importlib.metadata.Distribution]:
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(text), extra) for text in required for extra in extras or ("",)]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        for wanted in requirement.extras or {""}:
            key = (canonicalize_name(requirement.name), wanted)
            if key not in seen:
                seen.add(key)
                distribution = importlib.metadata.distribution(requirement.name)
                yield distribution
                waiting += [(Requirement(text), wanted) for text in distribution.requires or ()]


def link(distribution: importlib.metadata.Distribution, packages: Path) -> None:
    for top in {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}:
        if not (packages / top).exists():
            (packages / top).symlink_to(Path(str(distribution.locate_file(top))))


def run(program: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_it_holds_the_bundles_the_demo_and_the_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for bundle in ("minilm", "mpnet", "smollm2"):
        for part in ("bundle.json", "heads.safetensors", "README.md"):
            assert f"hybrid/bundles/{bundle}/{part}" in names
    for part in ("demo/texts.jsonl", "demo/questions.json", "py.typed", "service/page/main.js"):
        assert f"hybrid/{part}" in names
    for file in (ROOT / "mappings").glob("*.json"):
        assert f"hybrid/mappings/{file.name}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if not name.startswith("hybrid")]


def test_without_extras_it_imports_and_helps(thin: Path, tmp_path: Path) -> None:
    assert run(thin / "python", "-c", "import hybrid, torch", folder=tmp_path).stderr.count("No module named 'torch'")
    assert run(thin / "python", "-W", "error", "-c", "import hybrid", folder=tmp_path).returncode == 0
    assert run(thin / "hybrid", "--help", folder=tmp_path).returncode == 0


def test_without_extras_it_names_the_one_that_is_missing(thin: Path, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("Ada met Bob\n", encoding="utf8")
    for arguments in (("demo",), ("index", "news", "texts.txt")):
        done = run(thin / "hybrid", *arguments, folder=tmp_path)
        assert done.returncode == 1
        assert "hybrid-retriever[local]" in done.stderr
        assert "Traceback" not in done.stderr


def test_without_extras_it_sets_up_a_cluster_and_asks_it_by_words(
    thin: Path, tmp_path: Path, opensearch_node: NodeFactory
) -> None:
    node = opensearch_node("3.6.0")
    target = f"opensearch://{node.url.removeprefix('http://')}/thin"
    done = run(thin / "hybrid", "setup", target, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    node.request("PUT", "/thin/_doc/1?refresh=true", {"id": "1", "text": "a plant", "mentions_from": "pending"})
    found = run(thin / "hybrid", "find", target, "plant", "--how", "bm25", "--json", folder=tmp_path)
    assert '"id":"1"' in found.stdout, found.stderr
    assert run(thin / "hybrid", "find", target, "plant", folder=tmp_path).stderr.count("hybrid-retriever[local]") == 1
    done = run(thin / "hybrid", "drop", target, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    node.request("DELETE", "/thin-000001")


def test_with_the_extra_local_it_answers_the_demo(local: Path, tmp_path: Path) -> None:
    done = run(local / "hybrid", "demo", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "R-Precision" in done.stdout
    found = run(local / "hybrid", "find", "demo-index", "tyre maker", "--json", folder=tmp_path)
    assert found.returncode == 0, found.stderr
    assert len(found.stdout.splitlines()) == 10
