"""A node as a process of this machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from hybrid.testing.nodes.assembly import assemble, home_folder, is_assembled
from hybrid.testing.nodes.errors import NodeUnavailable
from hybrid.testing.nodes.java import Java, find_java, javas
from hybrid.testing.nodes.maven import find_maven
from hybrid.testing.nodes.packages import how_to_install
from hybrid.testing.nodes.ports import port_range
from hybrid.testing.nodes.protocol import Node, Spec
from hybrid.testing.nodes.readiness import is_ready, wait_until_ready
from hybrid.testing.nodes.settings import jvm_command, settings_for
from hybrid.testing.nodes.supervised import Supervised
from hybrid.testing.nodes.versions import RELEASES, Release


def start_local(spec: Spec) -> Node:
    """Assemble the node where that was not done before, and start it on a free port of 127.0.0.1.

    Raises:
        NodeUnavailable: no parts are known for the version, or Java or Maven is missing.
        NodeFailed: the parts cannot be fetched, or the node does not start.
    """
    release = RELEASES.get(spec.version)
    if release is None:
        raise NodeUnavailable(f"no parts are known for OpenSearch {spec.version}, only for {', '.join(RELEASES)}")
    missing = what_is_missing(release, ml=spec.ml, knn=spec.knn)
    java = find_java(release)
    if missing or java is None:
        raise NodeUnavailable(missing)
    return LocalNode(spec, java, assemble(release, java, ml=spec.ml, knn=spec.knn))


def what_is_missing(release: Release, *, ml: bool = False, knn: bool = True) -> str:
    """What must be installed before a node of a release can run here, and how; empty where nothing is missing."""
    without_java, without_maven = find_java(release) is None, needs_maven(release, ml=ml, knn=knn)
    reasons = []
    if without_java:
        found = ", ".join(f"Java {java.feature} in {java.program}" for java in javas())
        reasons.append(f"it needs {release.java}, and found {found or 'no Java'}")
    if without_maven:
        reasons.append("Maven, which fetches its parts, is not installed")
    if not reasons:
        return ""
    return f"{', and '.join(reasons)}; {how_to_install((release,) if without_java else (), maven=without_maven)}"


def needs_maven(release: Release, *, ml: bool = False, knn: bool = True) -> bool:
    """Whether a home must be assembled, and Maven is missing for it."""
    return find_maven() is None and not is_assembled(home_folder(release, ml=ml, knn=knn))


class LocalNode(Node):
    """A node whose process ends with this one; its data lies in a temporary folder."""

    def __init__(self, spec: Spec, java: Java, home: Path) -> None:
        """Start it; returns when it is ready.

        Raises:
            NodeFailed: it does not start.
        """
        self.version, self.url = spec.version, ""
        self._settings = {"http.port": port_range(), **settings_for(spec)}
        self._process = Supervised(prefix="hybrid-opensearch-")
        try:
            self._lay_out(home)
            self._command = jvm_command(java, spec, home, self.folder)
            self._start()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int | None:
        """The JVM's process."""
        return self._process.pid

    @property
    def folder(self) -> Path:
        """Where the node's configuration, data and logs are, until it is stopped."""
        return self._process.folder

    def kill(self) -> None:
        """See `Node.kill`."""
        self._process.kill()

    def restart(self) -> None:
        """See `Node.restart`."""
        self._process.end()
        self._start()

    def stop(self) -> None:
        """See `Node.stop`."""
        self._process.close()

    def _lay_out(self, home: Path) -> None:
        for name in ("config", "logs", "tmp"):
            (self.folder / name).mkdir()
        shutil.copy(home / "config" / "log4j2.properties", self.folder / "config")

    def _start(self) -> None:
        (self.folder / "logs" / "http.ports").unlink(missing_ok=True)
        self._configure()
        self._process.start(self._command)
        wait_until_ready(f"OpenSearch {self.version}", self._answers, self._ended, self._process.tail)
        self._settings["http.port"] = int(self.url.rpartition(":")[2])

    def _configure(self) -> None:
        settings: dict[str, Any] = {
            "network.host": "127.0.0.1",
            "transport.port": 0,
            "node.portsfile": True,
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            **self._settings,
        }
        lines = "".join(f"{name}: {json.dumps(value)}\n" for name, value in settings.items())
        (self.folder / "config" / "opensearch.yml").write_text(lines, encoding="utf-8")

    def _answers(self) -> bool:
        try:
            addresses = (self.folder / "logs" / "http.ports").read_text(encoding="utf-8").split()
        except FileNotFoundError:
            return False
        address = next((address for address in addresses if address.startswith("127.")), None)
        if address is not None:
            self.url = f"http://{address}"
        return address is not None and is_ready(self.url)

    def _ended(self) -> str | None:
        code = self._process.poll()
        return None if code is None else f"ended with exit code {code}"
