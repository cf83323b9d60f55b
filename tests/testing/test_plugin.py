"""The pytest plugin, as a project has it that only installs hybrid."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hybrid.testing import NodeResponse

# The other plugin of this environment asks to be configured.
PYTEST = [sys.executable, "-m", "pytest", "-ra", "-W", "error", "-p", "no:cacheprovider", "-p", "no:asyncio"]


@pytest.fixture
def project(tmp_path):
    """Run the tests of a project in an environment, in which some variables may be changed; None removes one."""

    def run(tests: str, **changes: str | None) -> tuple[dict[str, int], str]:
        (tmp_path / "test_theirs.py").write_text(textwrap.dedent(tests))
        changed = {"CI": None, "OPENSEARCH_URL": None} | changes
        environment = {**os.environ, **{name: value for name, value in changed.items() if value is not None}}
        for name in (name for name, value in changed.items() if value is None):
            environment.pop(name, None)
        done = subprocess.run([*PYTEST, str(tmp_path)], cwd=tmp_path, env=environment, capture_output=True, text=True)
        output = done.stdout + done.stderr
        counts = re.findall(r"(\d+) (passed|failed|skipped|error|warning)", output.splitlines()[-1])
        return {kind: int(count) for count, kind in counts}, output

    return run


@pytest.fixture
def nothing(tmp_path) -> dict[str, str]:
    """A machine on which neither way is open: the only Java is a program that is none, and no Docker answers."""
    (tmp_path / "empty").mkdir()
    return {
        "PATH": str(tmp_path / "empty"),
        "JAVA_HOME": "",
        "HYBRID_JAVA": "",
        "MAVEN_HOME": "",
        "HYBRID_CACHE": str(tmp_path / "cache"),
        "DOCKER_HOST": "unix:///no/such.sock",
    }


ASKS = """
    def test_shared(opensearch_node):
        opensearch_node("3.6.0")

    def test_fresh(fresh_opensearch_node):
        fresh_opensearch_node("3.6.0")
"""


def test_a_project_of_a_users_own_gets_nodes(project, tmp_path) -> None:
    counts, output = project("""
        import os
        from pathlib import Path
        import pytest

        @pytest.fixture
        def node(opensearch_node):
            return opensearch_node("2.19.6")

        def test_search(node):
            node.request("PUT", "/news/_doc/1?refresh=true", {"text": "Michelin"})
            assert node.request("GET", "/news/_count")["count"] == 1
            Path("seen").write_text(f"{node.pid} {node.folder}")

        def test_the_node_is_shared(node, opensearch_node):
            assert opensearch_node("2.19.6", ml=False, settings={}) is node
            assert node.request("GET", "/news/_count")["count"] == 1
    """)
    if counts.get("skipped"):
        pytest.skip(output)
    assert counts == {"passed": 2}, output
    pid, folder = (tmp_path / "seen").read_text().split()
    assert not Path(folder).exists()
    assert not Path(f"/proc/{pid}").exists()


def test_where_nothing_runs_tests_are_skipped_with_the_reason(project, nothing) -> None:
    counts, output = project(ASKS, **nothing)
    assert counts == {"skipped": 2}, output
    assert "as a container: no Docker engine answers" in output
    assert "Maven, which fetches its parts, is not installed; install " in output
    assert "OPENSEARCH_URL is not set" in output


@pytest.mark.parametrize("ci", ["true", "1"])
def test_under_ci_they_fail(project, nothing, ci) -> None:
    counts, output = project(ASKS, **nothing, CI=ci)
    assert counts == {"failed": 2}, output
    assert "under CI no test does without its node: OpenSearch 3.6.0 cannot be started here" in output


def test_ci_may_be_switched_off(project, nothing) -> None:
    assert project(ASKS, **nothing, CI="false")[0] == {"skipped": 2}


def test_a_node_that_fails_to_start_fails_its_tests_fast(project) -> None:
    counts, output = project("""
        def test_one(opensearch_node):
            opensearch_node("2.19.6", heap="much")

        def test_other(opensearch_node):
            opensearch_node("2.19.6", heap="much")
    """)
    if counts.get("skipped"):
        pytest.skip(output)
    assert counts == {"failed": 2}, output
    assert "Invalid initial heap size" in output


def test_a_users_server_is_shared_and_never_ended(project, nothing, opensearch_node) -> None:
    node = opensearch_node("3.6.0")
    url = node.url.replace("//", "//ada:secret@")
    tests = """
        import os
        import pytest

        def test_shared(opensearch_node):
            node = opensearch_node("3.6.0")
            assert node.url == os.environ["OPENSEARCH_URL"]
            assert node.request("GET", "/")["version"]["number"] == node.version
            node.stop()
            assert node.request("GET", "/_cluster/health")["number_of_nodes"] == 1

        def test_kill(opensearch_node):
            opensearch_node("3.6.0").kill()

        def test_restart(opensearch_node):
            opensearch_node("3.6.0").restart()

        def test_fresh(fresh_opensearch_node):
            fresh_opensearch_node("3.6.0")

        def test_fails(opensearch_node):
            opensearch_node("3.6.0").request("GET", "/no-such-index")

        def test_does_not_fit(opensearch_node):
            opensearch_node("3.6.0", knn=False)
    """
    counts, output = project(tests, **nothing, OPENSEARCH_URL=url)
    assert counts == {"passed": 1, "skipped": 4, "failed": 1}, output
    assert "the server that OPENSEARCH_URL names is not ours to end" in output
    assert "the server that OPENSEARCH_URL names is not the test's own to end, and OpenSearch 3.6.0 cannot" in output
    assert "the server that OPENSEARCH_URL names has the k-NN plugin" in output
    assert "index_not_found_exception" in output
    assert "secret" not in output
    # Under CI what the user's server cannot do is still skipped, and what it does not fit fails.
    counts, output = project(tests, **nothing, OPENSEARCH_URL=url, CI="true")
    assert counts == {"passed": 1, "skipped": 3, "failed": 2}, output
    assert node.request("GET", "/_cluster/health")["number_of_nodes"] == 1


def plugins(node) -> set[str]:
    return {row["component"] for row in node.request("GET", "/_cat/plugins?format=json")}


@pytest.mark.parametrize("version", ["2.19.6", "3.6.0"])
def test_nodes_have_knn_and_hybrid_search(opensearch_node, version) -> None:
    node = opensearch_node(version)
    assert node.version == version == node.request("GET", "/")["version"]["number"]
    assert plugins(node) >= {"opensearch-knn", "opensearch-neural-search"}
    index = f"/plugin-{version}"
    vector = {"type": "knn_vector", "dimension": 2, "method": {"name": "hnsw", "engine": "lucene"}}
    body = {"settings": {"index.knn": True}, "mappings": {"properties": {"vector": vector, "text": {"type": "text"}}}}
    node.request("PUT", index, body)
    node.request("PUT", f"{index}/_doc/1?refresh=true", {"vector": [1, 0], "text": "the universities"})
    queries = [{"knn": {"vector": {"vector": [1, 0], "k": 1}}}, {"match": {"text": "universities"}}]
    pipeline = {"phase_results_processors": [{"normalization-processor": {}}]}
    answer = node.request(
        "POST", f"{index}/_search", {"query": {"hybrid": {"queries": queries}}, "search_pipeline": pipeline}
    )
    assert [(hit["_id"], hit["_score"]) for hit in answer["hits"]["hits"]] == [("1", 1.0)]
    tokens = node.request(
        "POST", "/_analyze", {"tokenizer": "standard", "filter": ["snowball"], "text": "universities"}
    )
    assert [token["token"] for token in tokens["tokens"]] == ["univers"]
    node.request("DELETE", index)


def test_a_node_without_knn_has_none(opensearch_node) -> None:
    assert not {name for name in plugins(opensearch_node("3.6.0", knn=False)) if "knn" in name or "neural" in name}


@pytest.mark.parametrize("version", ["2.19.6", "3.6.0"])
def test_a_node_with_ml_has_ml_commons(opensearch_node, version) -> None:
    node = opensearch_node(version, ml=True)
    assert plugins(node) >= {"opensearch-ml", "opensearch-job-scheduler", "opensearch-knn", "opensearch-neural-search"}
    connector = {
        "name": "a model server on this machine",
        "description": "never called",
        "version": 1,
        "protocol": "http",
        "credential": {"key": "none"},
        "actions": [
            {"action_type": "predict", "method": "POST", "url": "http://127.0.0.1:9/embed", "request_body": "{}"}
        ],
    }
    assert node.request("POST", "/_plugins/_ml/connectors/_create", connector)["connector_id"]


def test_a_fresh_node_is_nobody_elses_and_restarts(fresh_opensearch_node, opensearch_node) -> None:
    node = fresh_opensearch_node("2.19.6", settings={"cluster.name": "mine", "action.auto_create_index": False})
    url = node.url
    assert url != opensearch_node("2.19.6").url
    assert node.request("GET", "/")["cluster_name"] == "mine"
    with pytest.raises(NodeResponse) as caught:
        node.request("PUT", "/a/_doc/1", {})
    assert caught.value.status == 404
    node.request("PUT", "/a")
    node.restart()
    assert node.url == url
    assert [row["index"] for row in node.request("GET", "/_cat/indices?format=json")] == ["a"]
