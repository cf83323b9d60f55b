"""The image of the encoder service: what its Dockerfile promises, and its commands run by hand, without an engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import httpx
import pytest
from dockerfiles import stages
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "docker/Dockerfile"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
BUILD, IMAGE = stages(DOCKERFILE.read_text(encoding="utf8"))
PROGRAMS = Path(sys.executable).parent
PORT, KEY = "8100", "a-key-of-the-tests"


def one(stage, name):
    (found,) = [instruction for instruction in stage if instruction.name == name]
    return found


def copied(stage):
    """What is copied from the checkout, by name."""
    instructions = [instruction for instruction in stage if instruction.name == "COPY"]
    return [source for copy in instructions if "from" not in copy.flags for source in copy.words[:-1]]


def environment():
    return {name: value for name, value in one(IMAGE, "ENV").pairs.items() if name != "PATH"}


# The files.


def test_a_linter_finds_nothing():
    hadolint = shutil.which("hadolint", path=PROGRAMS) or shutil.which("hadolint")
    if hadolint is None:
        assert "CI" not in os.environ, "hadolint is not installed"
        pytest.skip("hadolint is not installed; the extra dev brings it where it is published")
    done = subprocess.run([hadolint, "--no-color", str(DOCKERFILE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_both_stages_have_one_python_that_the_project_takes():
    build, image = (
        re.fullmatch(r"python:(\d+\.\d+)-(?:slim-)?(\w+)( AS \w+)?", stage[0].rest) for stage in (BUILD, IMAGE)
    )
    assert build.group(1, 2) == image.group(1, 2)
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{image[1]}.0")
    assert "slim" in IMAGE[0].rest


def test_the_build_sees_what_it_copies_and_nothing_else():
    *rules, caches = [
        line
        for line in DOCKERFILE.with_name("Dockerfile.dockerignore").read_text(encoding="utf8").splitlines()
        if not line.startswith("#")
    ]
    assert rules == ["*", *(f"!{source}" for source in copied(BUILD))]
    assert fnmatch("hybrid/__pycache__", caches)
    assert copied(IMAGE) == []


def test_what_is_copied_makes_the_whole_wheel(tmp_path):
    for source in copied(BUILD):
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, tmp_path / source)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"hybrid/mappings/index.json", "hybrid/demo/texts.jsonl", "hybrid/bundles/minilm/bundle.json"} <= set(names)


def test_what_may_be_chosen_at_the_build_is_there_without_a_choice():
    given = dict(argument.rest.split("=") for argument in BUILD if argument.name == "ARG")
    chosen = {name: value.strip('"') for name, value in given.items()}
    assert chosen == {"TORCH_INDEX": "", "EXTRAS": "service,remote", "WEIGHTS": ""}
    assert set(chosen["EXTRAS"].split(",")) <= set(PROJECT["optional-dependencies"])


def test_it_runs_as_nobody_in_particular_and_writes_to_one_folder():
    assert one(IMAGE, "USER").rest == "10001:10001"
    assert environment()["HOME"] == "/tmp"
    assert environment()["PYTHONDONTWRITEBYTECODE"] == "1"
    assert not [instruction for instruction in (*BUILD, *IMAGE) if instruction.name in ("ADD", "VOLUME")]


def test_no_secret_and_no_address_stands_in_it():
    text = DOCKERFILE.read_text(encoding="utf8")
    assert "://" not in text
    assert not [
        name for stage in (BUILD, IMAGE) for name in names(stage) if re.search("KEY|TOKEN|PASSWORD|SECRET", name)
    ]


def names(stage):
    return [part.split("=")[0] for each in stage if each.name in ("ENV", "ARG") for part in each.rest.split()]


def test_the_port_is_the_same_everywhere():
    entry = one(IMAGE, "ENTRYPOINT").exec_form
    assert (entry[entry.index("--port") + 1], one(IMAGE, "EXPOSE").rest) == (PORT, PORT)
    assert f", {PORT}, " in health_check()[-1]


# The commands.


def program(words):
    """A command of the image by the programs of this environment."""
    return [str(PROGRAMS / words[0]), *words[1:]]


def health_check():
    return json.loads(one(IMAGE, "HEALTHCHECK").rest.partition(" CMD ")[2])


def test_without_a_key_it_does_not_start():
    without = {name: value for name, value in os.environ.items() if name != "HYBRID_SERVICE_KEY"}
    entry = program(one(IMAGE, "ENTRYPOINT").exec_form)
    done = subprocess.run(entry, env=without | environment(), capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 2
    assert "set HYBRID_SERVICE_KEY" in done.stderr


def test_it_serves_is_found_healthy_and_ends_when_it_is_told_to(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    # Further options stand behind the entry point's, as those behind the name of an image do.
    entry = [*program(one(IMAGE, "ENTRYPOINT").exec_form), "--port", port, "--host", "127.0.0.1"]
    check = [word.replace(f", {PORT}, ", f", {port}, ") for word in program(health_check())]
    own = {**os.environ, **environment(), "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "HYBRID_SERVICE_KEY": KEY}
    # A proxy of the machine's has no say in how the container is.
    own |= {"http_proxy": "http://127.0.0.1:1"}
    with subprocess.Popen(entry, env=own, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        try:
            assert subprocess.run(check, env=own, capture_output=True, check=False).returncode == 1
            until = time.monotonic() + 180
            while subprocess.run(check, env=own, capture_output=True, check=False).returncode:
                assert time.monotonic() < until
                time.sleep(0.2)
            asked = {"model": "type", "input": "tyre maker"}
            url = f"http://127.0.0.1:{port}/v1/embeddings"
            with httpx.Client(trust_env=False) as client:
                assert client.post(url, json=asked).status_code == 401
                assert client.post(url, json=asked, headers={"authorization": f"Bearer {KEY}"}).status_code == 200
            process.send_signal(getattr(signal, one(IMAGE, "STOPSIGNAL").rest))
            assert process.wait(60) in (0, -signal.SIGTERM)
        finally:
            process.kill()
