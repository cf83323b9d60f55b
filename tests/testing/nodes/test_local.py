"""Nodes as processes of this machine."""

import re

import pytest

from hybrid.testing.nodes.errors import NodeFailed, NodeUnavailable
from hybrid.testing.nodes.java import find_java
from hybrid.testing.nodes.local import LocalNode, start_local, what_is_missing
from hybrid.testing.nodes.protocol import Spec
from hybrid.testing.nodes.versions import RELEASES

VERSIONS = list(RELEASES)


@pytest.fixture
def local():
    """Start a node as a process, whatever else there is here; stopped at the end."""
    nodes = []

    def begin(*arguments, **options) -> LocalNode:
        try:
            nodes.append(start_local(Spec(*arguments, **options)))
        except NodeUnavailable as error:
            pytest.skip(str(error))
        return nodes[-1]

    yield begin
    for node in nodes:
        node.stop()


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_acknowledged_survives_a_kill(local, gone, version) -> None:
    node = local(version)
    url, pid, folder = node.url, node.pid, node.folder
    assert re.fullmatch(r"http://127\.0\.0\.1:2\d{4}|http://127\.0\.0\.1:3[0-2]\d{3}", url)
    node.request("PUT", "/news/_doc/flushed", {"year": 1971})
    node.request("POST", "/news/_flush")
    node.request("PUT", "/news/_doc/in-the-translog", {"year": 1972})
    node.request("PUT", "/last", {"settings": {"number_of_replicas": 1}})
    for _ in range(2):
        node.kill()
        assert gone(pid)
    with pytest.raises(NodeFailed, match="does not answer GET /"):
        node.request("GET", "/")
    node.restart()
    assert (node.url, node.folder) == (url, folder)
    assert node.pid != pid
    health = node.request("GET", "/_cluster/health?level=indices")
    assert {name: index["status"] for name, index in health["indices"].items()} == {"news": "yellow", "last": "yellow"}
    assert node.request("POST", "/news/_refresh")["_shards"]["failed"] == 0
    assert node.request("GET", "/news/_count")["count"] == 2
    node.stop()
    node.stop()
    node.kill()
    assert not folder.exists()
    with pytest.raises(NodeFailed, match="was stopped"):
        node.restart()


def test_a_setting_that_is_refused_shows_the_log(local, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(NodeFailed, match=r"OpenSearch 2\.19\.6 ended with exit code 1; the end of its log:") as caught:
        local("2.19.6", settings={"no.such.setting": 1})
    assert "unknown setting [no.such.setting]" in caught.value.log
    assert list(tmp_path.iterdir()) == []


def test_a_node_that_never_gets_ready_is_given_up(local, monkeypatch) -> None:
    monkeypatch.setattr("hybrid.testing.nodes.readiness.PATIENCE", 0.5)
    with pytest.raises(NodeFailed, match=r"OpenSearch 2\.19\.6 was not ready after"):
        local("2.19.6")


def test_a_heap_that_java_refuses_shows_the_log(local) -> None:
    with pytest.raises(NodeFailed, match="Invalid initial heap size"):
        local("2.19.6", heap="much")


def test_other_versions_have_no_known_parts() -> None:
    with pytest.raises(NodeUnavailable, match=r"no parts are known for OpenSearch 2\.0\.0, only for 2\.19\.6, 3\.6\.0"):
        start_local(Spec("2.0.0"))


def test_a_java_that_does_not_fit_is_named(java, programs, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path))
    programs("mvn", "")
    program = java("17.0.1")
    assert what_is_missing(RELEASES["2.19.6"]) == ""
    missing = what_is_missing(RELEASES["3.6.0"])
    assert missing == (
        f"it needs Java 21 or newer, and found Java 17 in {program}; install Java 21 or newer, or Docker"
    )
    with pytest.raises(NodeUnavailable, match="it needs Java 21 or newer"):
        start_local(Spec("3.6.0"))


def test_everything_that_is_missing_is_named(programs, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path))
    programs("apt-get", "")
    programs("apt-cache", "echo 'openjdk-21-jre-headless - OpenJDK'")
    assert what_is_missing(RELEASES["2.19.6"]) == (
        "it needs Java 11 to 23, and found no Java, and Maven, which fetches its parts, is not installed; install with:"
        " sudo apt-get install --yes --no-install-recommends openjdk-21-jre-headless maven"
    )


def test_an_assembled_home_needs_no_maven(java, monkeypatch, tmp_path, programs) -> None:
    from hybrid.testing.nodes.assembly import COMPLETE, home_folder

    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path))
    java("21.0.1")
    release = RELEASES["3.6.0"]
    assert find_java(release).feature == 21
    assert "Maven" in what_is_missing(release)
    home = home_folder(release, ml=False, knn=True)
    home.mkdir(parents=True)
    (home / COMPLETE).touch()
    assert what_is_missing(release) == ""
