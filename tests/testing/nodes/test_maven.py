"""Fetching with Maven."""

import xml.etree.ElementTree as ET

import pytest

from hybrid.testing.nodes.errors import NodeFailed, NodeUnavailable
from hybrid.testing.nodes.java import Java
from hybrid.testing.nodes.maven import fetch, find_maven, pom_for
from hybrid.testing.nodes.versions import Artifact

ZIP, JAR = Artifact("org.a", "zipped", "1.0.0"), Artifact("org.b", "jarred", "2.0")
JAVA = Java("/opt/jdk/bin/java", 21)


def test_the_project_names_every_part() -> None:
    root = ET.fromstring(pom_for([ZIP], [JAR]))
    assert root.tag.endswith("project")
    names = [element.text for element in root.iter() if element.tag.endswith("artifactId")]
    assert {"zipped", "jarred"} <= set(names)


def test_without_maven_nothing_is_fetched(programs, tmp_path) -> None:
    assert find_maven() is None
    with pytest.raises(NodeUnavailable, match="Maven is not installed"):
        fetch(tmp_path, [ZIP], [], JAVA)


def test_maven_is_found_in_its_home_first(programs, monkeypatch, tmp_path) -> None:
    on_path, in_home = programs("mvn", ""), programs("home/bin/mvn", "")
    assert find_maven() == str(on_path)
    monkeypatch.setenv("MAVEN_HOME", str(tmp_path / "bin" / "home"))
    assert find_maven() == str(in_home)


def test_what_maven_says_is_shown_without_passwords(programs, tmp_path) -> None:
    programs("mvn", "echo 'cannot reach https://ada:secret@mirror.example/m2'; exit 3")
    with pytest.raises(NodeFailed) as caught:
        fetch(tmp_path, [ZIP], [], JAVA)
    assert "exit code 3" in str(caught.value)
    assert "https://mirror.example/m2" in caught.value.log
    assert "secret" not in str(caught.value)


def test_maven_gets_the_java_that_was_found(programs, java, tmp_path) -> None:
    programs("mvn", f'echo "$JAVA_HOME" > {tmp_path}/said')
    fetch(tmp_path, [ZIP], [], JAVA)
    assert (tmp_path / "said").read_text() == "/opt/jdk\n"
    java("17.0.1")
    fetch(tmp_path, [ZIP], [], JAVA)
    assert (tmp_path / "said").read_text() == "\n"
