"""Finding a Java that fits."""

from pathlib import Path

import pytest

from hybrid.testing.nodes.java import Java, feature_version, find_java, javas
from hybrid.testing.nodes.versions import RELEASES

OLD, NEW = RELEASES["2.19.6"], RELEASES["3.6.0"]


@pytest.mark.parametrize(
    ("version", "feature"), [("17.0.15", 17), ("1.8.0_402", 1), ("25", 25), ("26-ea", 26), ("21.0.1", 21)]
)
def test_a_java_says_its_feature_version(java, version, feature) -> None:
    assert feature_version(str(java(version))) == feature


def test_what_is_no_java_is_none(programs, tmp_path) -> None:
    assert feature_version(str(programs("java", "echo hello"))) is None
    assert feature_version(str(programs("other", "echo 'version \"x\"' >&2; exit 1"))) is None
    assert feature_version(str(tmp_path / "nothing")) is None


def test_the_first_that_fits_is_taken(java, monkeypatch, tmp_path) -> None:
    on_path = java("17.0.1")
    home = java("21.0.1", "home/bin/java").parent.parent
    named = java("25.0.1", "named/bin/java")
    assert find_java(OLD) == Java(str(on_path), 17)
    assert find_java(NEW) is None
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert find_java(OLD) == find_java(NEW) == Java(str(home / "bin/java"), 21)
    for name in (named, named.parent.parent):
        monkeypatch.setenv("HYBRID_JAVA", str(name))
        assert find_java(OLD) == Java(str(home / "bin/java"), 21)
        assert find_java(NEW) == Java(str(named), 25)
    assert [found.feature for found in javas()] == [25, 21, 17]


def test_the_systems_folders_are_searched_last(java, monkeypatch, tmp_path) -> None:
    for version in ("17", "21"):
        java(f"{version}.0.1", f"jvm/jdk-{version}/bin/java")
    monkeypatch.setattr("hybrid.testing.nodes.java._HOMES", ((f"{tmp_path}/bin/jvm", "*"), ("/no/such", "*")))
    assert [found.feature for found in javas()] == [17, 21]
    assert find_java(NEW).home == tmp_path / "bin/jvm/jdk-21"


def test_a_java_under_two_names_is_asked_once(java, tmp_path, monkeypatch) -> None:
    program = java("17.0.1")
    Path(tmp_path, "bin", "again").symlink_to(program)
    monkeypatch.setenv("HYBRID_JAVA", str(tmp_path / "bin" / "again"))
    assert len(list(javas())) == 1
