"""Laying out a home, once."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hybrid.testing.nodes.assembly import assemble, home_folder, is_assembled, unpack
from hybrid.testing.nodes.errors import NodeFailed, NodeUnavailable
from hybrid.testing.nodes.java import Java
from hybrid.testing.nodes.maven import find_maven
from hybrid.testing.nodes.versions import RELEASES

OLD, NEW = RELEASES["2.19.6"], RELEASES["3.6.0"]
JAVA = Java("/opt/jdk/bin/java", 21)


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    return path


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def fake_maven(programs, tmp_path, monkeypatch):
    """A Maven whose artifacts hold next to nothing; its calls are counted."""
    parts = tmp_path / "parts"
    (parts / "jars").mkdir(parents=True)
    (parts / "zips").mkdir()
    zipped(parts / "zips" / "opensearch-3.6.0.zip", "opensearch-3.6.0/lib/a.jar", "opensearch-3.6.0/lib/tools/b.jar")
    zipped(parts / "zips" / "opensearch-knn-3.6.0.0.zip", "knn.jar")
    zipped(parts / "zips" / "neural-search-3.6.0.0.zip", "neural.jar")
    copy = shutil.which("cp", path="/bin:/usr/bin")
    programs("mvn", f'echo call >> {tmp_path}/calls; {copy} -r {parts}/* "${{4%/*}}"')
    return tmp_path / "calls"


def test_unpacking_strips_folders_and_leaves_out(tmp_path) -> None:
    archive = zipped(tmp_path / "a.zip", "top/lib/a.jar", "top/lib/tools/b.jar", "top/readme", "../../evil")
    unpack(archive, tmp_path / "out", prune=("lib/tools/",), strip=1)
    assert files(tmp_path / "out") == ["evil", "lib/a.jar", "readme"]
    assert files(tmp_path) == ["a.zip", "out/evil", "out/lib/a.jar", "out/readme"]


def test_a_home_is_laid_out_once(cache, fake_maven) -> None:
    home = assemble(NEW, JAVA)
    assert files(home) == [
        ".complete",
        "lib/a.jar",
        "plugins/opensearch-knn/knn.jar",
        "plugins/opensearch-neural-search/neural.jar",
    ]
    assert assemble(NEW, JAVA) == home == home_folder(NEW, ml=False, knn=True)
    assert fake_maven.read_text() == "call\n"


def test_each_make_up_has_a_home_of_its_own_in_the_cache(cache, fake_maven) -> None:
    homes = {home_folder(release, ml=ml, knn=knn) for release in (OLD, NEW) for ml in (0, 1) for knn in (0, 1)}
    assert len(homes) == 8
    assert {home.parent for home in homes} == {cache / "opensearch"}
    assert files(assemble(NEW, JAVA, knn=False)) == [".complete", "lib/a.jar"]


def test_the_users_cache_is_the_default(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv("HYBRID_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert tmp_path / "hybrid" in home_folder(NEW, ml=False, knn=True).parents or sys.platform != "linux"


def test_what_was_cut_off_is_done_again(cache, fake_maven) -> None:
    home = home_folder(NEW, ml=False, knn=True)
    for remains in (home, home.with_name(f"{home.name}.partial")):
        (remains / "lib").mkdir(parents=True)
        (remains / "lib" / "half.jar").touch()
    assert not is_assembled(home)
    assert "lib/half.jar" not in files(assemble(NEW, JAVA))
    assert [path.suffix for path in sorted(home.parent.iterdir()) if path != home] == [".lock"]


def test_a_failure_leaves_nothing_behind(cache, programs) -> None:
    programs("mvn", "echo no such host; exit 1")
    with pytest.raises(NodeFailed, match="no such host"):
        assemble(NEW, JAVA)
    assert [path.suffix for path in (cache / "opensearch").iterdir()] == [".lock"]


def test_a_damaged_part_is_told(cache, fake_maven, tmp_path) -> None:
    (tmp_path / "parts" / "zips" / "opensearch-knn-3.6.0.0.zip").write_bytes(b"no zip")
    with pytest.raises(NodeFailed, match="a part that Maven fetched is damaged"):
        assemble(NEW, JAVA)
    assert [path.suffix for path in (cache / "opensearch").iterdir()] == [".lock"]


def test_a_cache_that_cannot_be_written_is_named(tmp_path, monkeypatch, programs) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path / "file"))
    with pytest.raises(NodeUnavailable, match=r"cannot be laid out in .*file/opensearch \(Not a dir"):
        assemble(NEW, JAVA)


def test_two_processes_assemble_one_home(cache, tmp_path, monkeypatch) -> None:
    real = find_maven()
    if real is None:
        pytest.skip("Maven is not installed")
    counting = tmp_path / "maven" / "bin" / "mvn"
    counting.parent.mkdir(parents=True)
    counting.write_text(f'#!/bin/sh\necho call >> {tmp_path}/calls\nexec {real} "$@"\n')
    counting.chmod(0o755)
    monkeypatch.setenv("MAVEN_HOME", str(counting.parent.parent))
    script = (
        "from hybrid.testing.nodes import assembly, java, versions\n"
        "release = versions.RELEASES['2.19.6']\n"
        "print(assembly.assemble(release, java.find_java(release) or java.Java('java', 0), knn=False))"
    )
    command = [sys.executable, "-W", "error", "-c", script]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    homes = {process.communicate()[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert homes == {str(home_folder(OLD, ml=False, knn=False))}
    assert (tmp_path / "calls").read_text() == "call\n"
    home = Path(homes.pop())
    assert is_assembled(home)
    assert "extended.plugins=lang-painless" in (home / "modules/ingest-common/plugin-descriptor.properties").read_text()
    assert "createClassLoader" in (home / "modules/lang-painless/plugin-security.policy").read_text()
