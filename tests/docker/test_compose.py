"""The compose files: what the published schema allows, what they promise, and settings that a real node takes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hybrid.engines.opensearch.administration import drop, set_up
from hybrid.engines.opensearch.versions import TESTED
from hybrid.errors import ServerError

DOCKER = Path(__file__).parents[2] / "docker"
FILES = sorted(DOCKER.glob("*.yaml"))


def read(file):
    return YAML(typ="safe").load(file.read_text(encoding="utf8"))


COMPOSE, SECURITY = read(DOCKER / "compose.yaml"), read(DOCKER / "compose.security.yaml")
SERVICES = COMPOSE["services"]
OPENSEARCH, DASHBOARDS = SERVICES["opensearch"], SERVICES["dashboards"]
each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_published_schema_allows_it(file):
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_is_asked_indeed(tmp_path):
    broken = tmp_path / "compose.yaml"
    broken.write_text("services: {opensearch: {imag: opensearch}}")
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(broken)]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 1


@each_service
def test_images_are_of_one_version_that_is_tested(service):
    name, _, version = service["image"].partition(":")
    assert name.startswith("opensearchproject/opensearch")
    assert version in map(str, TESTED)
    assert version == OPENSEARCH["image"].partition(":")[2]


@each_service
def test_ports_are_bound_to_this_machine_alone(service):
    assert service["ports"]
    assert all(re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port) for port in service["ports"])
    assert "network_mode" not in service


@each_service
def test_services_come_back_and_say_how_they_are(service):
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD-SHELL"
    assert {"start_period", "interval", "timeout", "retries"} <= set(service["healthcheck"])


@each_service
def test_memory_is_limited(service):
    assert re.fullmatch(r"\d+g", service["mem_limit"])


def test_limits_are_those_that_opensearch_asks_for():
    assert OPENSEARCH["ulimits"]["memlock"] == {"soft": -1, "hard": -1}
    assert OPENSEARCH["ulimits"]["nofile"] == {"soft": 65536, "hard": 65536}
    least, most = re.findall(r"-Xm[sx](\d+)g", OPENSEARCH["environment"]["OPENSEARCH_JAVA_OPTS"])
    assert least == most
    assert 2 * int(most) <= int(OPENSEARCH["mem_limit"].removesuffix("g"))


def test_data_outlive_the_container():
    (volume,) = OPENSEARCH["volumes"]
    name, _, folder = volume.partition(":")
    assert name in COMPOSE["volumes"]
    assert folder == "/usr/share/opensearch/data"


def test_dashboards_wait_until_opensearch_answers():
    assert DASHBOARDS["depends_on"] == {"opensearch": {"condition": "service_healthy"}}
    assert "http://opensearch:9200" in DASHBOARDS["environment"]["OPENSEARCH_HOSTS"]


def test_security_is_switched_off_and_on_in_both_services_together():
    off, on = COMPOSE["services"], SECURITY["services"]
    for services, value, scheme in ((off, "true", "http"), (on, "false", "https")):
        assert services["opensearch"]["environment"]["DISABLE_SECURITY_PLUGIN"] == value
        assert services["opensearch"]["environment"]["DISABLE_INSTALL_DEMO_CONFIG"] == value
        assert services["dashboards"]["environment"]["DISABLE_SECURITY_DASHBOARDS_PLUGIN"] == value
        assert f'"{scheme}://opensearch' in services["dashboards"]["environment"]["OPENSEARCH_HOSTS"]


def test_what_is_laid_over_opens_nothing():
    assert set(SECURITY) == {"services"}
    assert all(set(service) <= {"environment", "healthcheck"} for service in SECURITY["services"].values())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_secret_stands_in_a_file(file):
    for service in read(file)["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|KEY|USER", name, re.I):
                assert value.startswith(f"${{{name}:?"), "it comes from the environment, and the start fails without"
    assert not re.search(r"(?i)(-u|--user|password[=:])\s*\w", file.read_text(encoding="utf8"))


def server_settings():
    """What the image hands to OpenSearch: variables with a dot in their name, as strings; `$$` is compose's `$`."""
    variables = OPENSEARCH["environment"].items()
    return {name: value.replace("$$", "$") for name, value in variables if re.match(r"[a-z0-9_]+\.[a-z0-9_]+", name)}


@pytest.fixture(scope="module")
def node(opensearch_node):
    """A node with these settings and no others where they differ."""
    return opensearch_node("3.6.0", ml=True, settings=server_settings())


def test_a_node_takes_the_settings(node):
    found = node.request("GET", "/_cluster/settings?include_defaults=true&flat_settings=true")["defaults"]
    assert found["plugins.ml_commons.trusted_connector_endpoints_regex"] == [
        r"^http://(host\.docker\.internal:[0-9]+|service:8100)/.*$"
    ]
    rest = {name: value for name, value in server_settings().items() if not name.endswith("regex")}
    assert {name: found[name] for name in rest} == rest


def test_a_service_on_the_host_or_beside_it_may_be_called_and_none_elsewhere(node):
    target = f"opensearch://{node.url.removeprefix('http://')}/compose"
    try:
        for service in ("http://host.docker.internal:8100", "http://service:8100"):
            # It is called, and its name leads to nothing here.
            with pytest.raises(ServerError, match="does not answer"):
                set_up(target, service=service)
            drop(target, index=True)
        for service in ("http://search.example:8100", "http://service:8101", "http://service.example:8100"):
            with pytest.raises(ServerError, match="not allowed to call it"):
                set_up(target, service=service)
    finally:
        drop(target, index=True)
