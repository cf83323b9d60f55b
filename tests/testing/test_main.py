"""`python -m hybrid.testing`."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hybrid.testing.nodes.client import request

COMMAND = [sys.executable, "-W", "error", "-m", "hybrid.testing"]
# The command with a node that says when it begins and when it ends.
STUBBED = """
import contextlib, types
from hybrid.testing import __main__

@contextlib.contextmanager
def start_node(*arguments, **options):
    try:
        yield types.SimpleNamespace(url=f"{arguments} {options}")
    finally:
        print("stopped", flush=True)

__main__.start_node = start_node
raise SystemExit(__main__.main())
"""


def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], env={**os.environ, **changes}, capture_output=True, text=True)


@pytest.fixture
def bare(tmp_path) -> dict[str, str]:
    """What makes a machine of which nothing is known but its folders."""
    (tmp_path / "empty").mkdir()
    folders = {"PATH": str(tmp_path / "empty"), "HYBRID_CACHE": str(tmp_path / "cache")}
    return folders | {"DOCKER_HOST": "unix:///no/such.sock", "MAVEN_HOME": ""}


def test_check_says_what_is_missing(bare) -> None:
    done = run("--check", **bare)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert lines[0::3] == ["OpenSearch 2.19.6", "OpenSearch 3.6.0"]
    assert lines[1::3] == ["  as a container: no Docker engine answers"] * 2
    assert all("Maven, which fetches its parts, is not installed; install " in line for line in lines[2::3])


def test_install_says_what_a_person_can_do(bare) -> None:
    done = run("--install", **bare)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[0].startswith("install ")
    assert done.stdout.splitlines()[1] == "OpenSearch 2.19.6"


def test_where_everything_is_there_nothing_is_installed() -> None:
    checked = run("--check")
    if checked.returncode:
        pytest.skip(checked.stdout)
    installed = run("--install")
    assert (installed.stdout, installed.returncode) == (checked.stdout, 0)


@pytest.mark.parametrize("arguments", [(), ("--check", "--install"), ("--start", "3.6.0", "--port", "x")])
def test_wrong_usage(arguments) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "usage: python -m hybrid.testing" in done.stderr


def test_a_version_that_cannot_run_is_an_error(bare) -> None:
    done = run("--start", "2.0.0", **bare)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: OpenSearch 2.0.0 cannot be started here\n")
    assert "no parts are known for OpenSearch 2.0.0" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_node(number) -> None:
    command = [sys.executable, "-c", STUBBED, "--start", "2.19.6", "--ml", "--port", "9999"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "('2.19.6',) {'ml': True, 'settings': {'http.port': 9999}}\n"
        process.send_signal(number)
        assert process.stdout.read() == "stopped\n"
    assert process.returncode == 0


@pytest.fixture
def started():
    """Start a node by hand in a process of its own; gives the process and what it says first."""
    processes = []

    def begin(*arguments: str) -> tuple[subprocess.Popen[str], str]:
        environment = {**os.environ, "DOCKER_HOST": "unix:///no/such.sock"}
        command = [*COMMAND, "--start", *arguments]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        url = process.stdout.readline().strip()
        return (process, url) if url else pytest.skip(process.communicate()[1])

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


def test_the_node_ends_with_a_process_that_is_killed(started, eventually, gone) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process, url = started("2.19.6", "--port", str(port))
    assert url == f"http://127.0.0.1:{port}"
    (node,) = request(url, "GET", "/_nodes/_local/process,settings")["nodes"].values()
    pid, folder = node["process"]["id"], Path(node["settings"]["path"]["logs"]).parent
    assert not gone(pid)
    assert folder.is_dir()
    process.kill()
    assert eventually(lambda: gone(pid) and not folder.exists())
