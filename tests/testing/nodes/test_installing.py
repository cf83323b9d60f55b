"""Installing through a package client that pretends."""

import os

import pytest

from hybrid.testing.nodes.installing import install_missing
from hybrid.testing.nodes.java import feature_version


@pytest.fixture
def said(monkeypatch, tmp_path):
    """What is said; no home is assembled, and no Java was looked for before."""
    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path / "cache"))
    feature_version.cache_clear()
    return []


@pytest.fixture
def apt(programs, java, tmp_path):
    """An apt that installs what it is told to, and writes down how it was called."""
    script = java("21.0.1", "packages/java").read_text()
    (tmp_path / "bin" / "packages" / "mvn").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "packages" / "java").write_text(script)
    programs("apt-cache", "echo 'openjdk-21-jre-headless - OpenJDK'")
    programs(
        "apt-get",
        f'echo "$@" >> {tmp_path}/calls\n'
        f'if [ "$1" = install ]; then for name in java mvn; do\n'
        f"PATH=/bin:/usr/bin cp {tmp_path}/bin/packages/$name {tmp_path}/bin/$name; "
        f"PATH=/bin:/usr/bin chmod +x {tmp_path}/bin/$name; done; fi",
    )
    return tmp_path / "calls"


def test_what_is_missing_is_installed_and_told(apt, said, monkeypatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    install_missing(said.append)
    assert said == [
        "$ apt-get update",
        "$ apt-get install --yes --no-install-recommends openjdk-21-jre-headless maven",
    ]
    assert [line.split()[0] for line in apt.read_text().splitlines()] == ["update", "install"]
    install_missing(said.append)
    assert len(said) == 2


def test_sudo_is_used_where_it_asks_for_no_password(apt, programs, said, monkeypatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    sudo = programs("sudo", 'shift; [ "$1" = true ] || exec "$@"')
    install_missing(said.append)
    assert said[1].startswith(f"$ {sudo} -n apt-get install")
    assert len(apt.read_text().splitlines()) == 2


@pytest.mark.parametrize("sudo", ["exit 1", None])
def test_otherwise_the_command_is_said_and_nothing_is_run(apt, programs, said, monkeypatch, sudo) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    if sudo:
        programs("sudo", sudo)
    install_missing(said.append)
    assert said == ["install with: sudo apt-get install --yes --no-install-recommends openjdk-21-jre-headless maven"]
    assert not apt.exists()


def test_a_client_that_fails_is_told(programs, said, monkeypatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    programs("apk", '[ "$1" = search ] && echo openjdk17-jre-headless || exit 4')
    install_missing(said.append)
    assert said == [
        "$ apk update",
        "apk ended with exit code 4",
        "$ apk add openjdk17-jre-headless maven",
        "apk ended with exit code 4",
        "apk offers no Java 21 or newer: install it from its makers, or Docker",
    ]


def test_without_a_client_the_needs_are_said(programs, said) -> None:
    install_missing(said.append)
    assert said == ["install Java 11 to 23 and Java 21 or newer and Maven, or Docker"]
