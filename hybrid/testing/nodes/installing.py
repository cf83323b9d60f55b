"""Installing what nodes need, through the system's package client."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence

from hybrid.testing.nodes.java import find_java
from hybrid.testing.nodes.local import needs_maven
from hybrid.testing.nodes.packages import Client, find_client, how_to_install
from hybrid.testing.nodes.versions import RELEASES


def install_missing(say: Callable[[str], None]) -> None:
    """Install a Java for every release, and Maven, where they are missing and this process may; say what is done.

    Where it may not, or the client does not offer it, say what a person can do.
    """
    releases = tuple(release for release in RELEASES.values() if find_java(release) is None)
    maven = any(needs_maven(release) for release in RELEASES.values())
    if not releases and not maven:
        return
    client = find_client()
    prefix = None if client is None else _prefix(client)
    if client is None or prefix is None:
        say(how_to_install(releases, maven=maven))
        return
    if client.refresh:
        _run([*prefix, client.program, *client.refresh], say)
    chosen, lacking = client.choose(releases, maven=maven)
    if chosen:
        _run([*prefix, client.program, *client.install, *chosen], say)
    if lacking:
        say(f"{client.program} offers no {' and no '.join(lacking)}: install it from its makers, or Docker")


def _prefix(client: Client) -> list[str] | None:
    """What goes before a command that installs; None where a password would be asked for."""
    if not client.root or not hasattr(os, "geteuid") or os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None or subprocess.run([sudo, "-n", "true"], capture_output=True).returncode:
        return None
    return [sudo, "-n"]


def _run(command: Sequence[str], say: Callable[[str], None]) -> None:
    say(f"$ {shlex.join(command)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, env=environment)
    if done.returncode:
        say(f"{command[0]} ended with exit code {done.returncode}")
