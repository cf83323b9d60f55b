"""What compose.service.yaml adds: how it is shut in, and its commands as they stand there, on a real node."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from stand_ins import Dashboards
from typer.testing import CliRunner

from hybrid.cli.app import app
from hybrid.demo import texts
from hybrid.engines.opensearch.administration import drop

DOCKER = Path(__file__).parents[2] / "docker"
SERVICES = YAML(typ="safe").load((DOCKER / "compose.service.yaml").read_text(encoding="utf8"))["services"]
ONCE = {name: service for name, service in SERVICES.items() if name != "service"}
KEY = "a-key-of-the-tests"
each = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


@each
def test_a_container_can_change_nothing_but_its_temporary_folder(service):
    assert service["read_only"] is True
    assert [folder.partition(":")[0] for folder in service["tmpfs"]] == ["/tmp"]
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert not {"privileged", "user", "volumes", "network_mode"} & set(service)


@each
def test_the_image_is_built_here_and_never_pulled(service):
    assert "image" not in service
    assert (DOCKER / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


@each
def test_memory_is_limited_and_the_key_comes_from_the_environment(service):
    assert service["mem_limit"].endswith("g")
    assert list(service["environment"]) == ["HYBRID_SERVICE_KEY"]


def test_the_service_is_reached_from_this_machine_alone_and_finishes_what_runs():
    assert SERVICES["service"]["ports"] == ["127.0.0.1:8100:8100"]
    assert "entrypoint" not in SERVICES["service"]
    assert SERVICES["service"]["stop_grace_period"] == "70s"


def test_the_rest_runs_once_when_it_is_asked_for():
    for service in ONCE.values():
        assert (service["profiles"], service["restart"], service["entrypoint"]) == (["demo"], "no", ["hybrid"])
        assert "ports" not in service
    assert set(ONCE["setup"]["depends_on"]) == {"opensearch", "dashboards", "service"}
    assert {on["condition"] for on in ONCE["setup"]["depends_on"].values()} == {"service_healthy"}
    assert ONCE["demo"]["depends_on"] == {"setup": {"condition": "service_completed_successfully"}}


@pytest.fixture
def service():
    """A service that asks for the key."""
    command = [sys.executable, "-m", "hybrid", "serve", "--port", "0"]
    own = {**os.environ, "HYBRID_SERVICE_KEY": KEY}
    with subprocess.Popen(command, env=own, stderr=subprocess.PIPE, text=True) as process:
        yield process.stderr.readline().split()[-1]
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture
def dashboards():
    stand_in = Dashboards()
    yield stand_in
    stand_in.close()


@pytest.fixture
def run(opensearch_node, service, dashboards, monkeypatch):
    """Runs a command of the file, its names those of what runs here."""
    node = opensearch_node("3.6.0", ml=True)
    target = node.url.removeprefix("http://")
    named = {"opensearch:9200": target, "http://service:8100": service, "http://dashboards:5601": dashboards.url}
    monkeypatch.setenv("HYBRID_SERVICE_KEY", KEY)

    def run(name):
        words = []
        for word in ONCE[name]["command"]:
            for there, here in named.items():
                word = word.replace(there, here)
            words.append(word)
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        return result.output

    run.node = node
    yield run
    drop(f"opensearch://{target}/demo", index=True)


def test_the_demo_is_in_the_index_its_model_in_the_cluster_and_its_view_in_dashboards(run, dashboards):
    said = run("setup")
    models = [f"deploy the model hybrid-demo-{model}" for model in ("type", "query", "passage")]
    for step in ("create the index demo", *models, "install the ingest pipeline hybrid-demo"):
        assert f"{step}: done" in said
    said = run("demo")
    assert said.startswith(f"{len(texts())} documents indexed")
    assert "R-Precision" in said
    assert run.node.request("GET", "/demo/_count")["count"] == len(texts())
    assert set(dashboards.objects) == {("index-pattern", "hybrid-demo"), ("search", "hybrid-demo")}
    # With the key OpenSearch encodes what comes by the pipeline.
    run.node.request("PUT", "/demo/_doc/x?pipeline=hybrid-demo&refresh=true", {"text": "Michelin opened a plant."})
    assert run.node.request("GET", "/demo/_doc/x")["_source"]["passages"][0]["vector"]
    assert run("setup") == "nothing to do: everything is as it should be\n"
