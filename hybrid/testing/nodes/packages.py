"""Which packages of this system make nodes run here."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from hybrid.testing.nodes.versions import Release


@dataclass(frozen=True)
class Client:
    """A system's package client.

    Attributes:
        program: its name.
        install: the words after it that install packages.
        java: what the name of a package with a Java looks like; its one group is the feature version.
        maven: the package of Maven, None where there is none.
        search: the command that lists names of packages; without one, `names` are known.
        refresh: the words that bring its lists up to date; empty where it does that itself.
        root: whether only root may install.
    """

    program: str
    install: tuple[str, ...]
    java: str
    maven: str | None = "maven"
    search: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    refresh: tuple[str, ...] = ()
    root: bool = True

    def choose(self, releases: Sequence[Release], *, maven: bool) -> tuple[list[str], list[str]]:
        """What to install so that each of these releases finds its Java, and Maven; and what no package gives.

        One Java for all releases where there is one, else the newest that fits for each.
        """
        offered = self._javas()
        common = [name for name, feature in offered if all(release.fits(feature) for release in releases)]
        chosen, lacking = [], []
        for release in releases:
            fitting = common or [name for name, feature in offered if release.fits(feature)]
            chosen += fitting[-1:]
            lacking += [] if fitting else [release.java]
        if maven:
            chosen += [self.maven] if self.maven else []
            lacking += [] if self.maven else ["Maven"]
        return list(dict.fromkeys(chosen)), list(dict.fromkeys(lacking))

    def _javas(self) -> list[tuple[str, int]]:
        """Names and feature versions of the packages with a Java, the best last."""
        found = [(name, int(match[1])) for name in self._offered() if (match := re.fullmatch(self.java, name))]
        return sorted(found, key=lambda java: (java[1], java[0].endswith("headless")))

    def _offered(self) -> Sequence[str]:
        if not self.search:
            return self.names
        asked = subprocess.run(self.search, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
        return [line.split()[0] for line in asked.stdout.splitlines() if line.strip()]


CLIENTS = (
    Client(
        "apt-get",
        ("install", "--yes", "--no-install-recommends"),
        r"(?:openjdk|temurin)-(\d+)-jre(?:-headless)?",
        search=("apt-cache", "search", "--names-only", "^(openjdk|temurin)-[0-9]+-jre(-headless)?$"),
        refresh=("update",),
    ),
    Client(
        "dnf",
        ("install", "--assumeyes"),
        r"java-(\d+)-openjdk-headless",
        search=("dnf", "--quiet", "repoquery", "--queryformat", "%{name}\n", "java-*-openjdk-headless"),
    ),
    Client(
        "zypper",
        ("--non-interactive", "install"),
        r"java-(\d+)-openjdk-headless",
        names=("java-17-openjdk-headless", "java-21-openjdk-headless"),
    ),
    Client(
        "apk",
        ("add",),
        r"openjdk(\d+)-jre-headless",
        search=("apk", "search", "--quiet", "openjdk"),
        refresh=("update",),
    ),
    Client(
        "pacman",
        ("--sync", "--needed", "--noconfirm"),
        r"jre(\d+)-openjdk-headless",
        search=("pacman", "--sync", "--search", "--quiet", "openjdk"),
    ),
    Client("brew", ("install",), r"openjdk@(\d+)", names=("openjdk@17", "openjdk@21"), root=False),
    Client(
        "winget",
        ("install", "--exact", "--accept-package-agreements", "--accept-source-agreements"),
        r"EclipseAdoptium\.Temurin\.(\d+)\.JRE",
        maven=None,
        names=("EclipseAdoptium.Temurin.17.JRE", "EclipseAdoptium.Temurin.21.JRE"),
        root=False,
    ),
)


def find_client() -> Client | None:
    """The package client of this system."""
    return next((client for client in CLIENTS if shutil.which(client.program)), None)


@lru_cache
def how_to_install(releases: tuple[Release, ...], *, maven: bool) -> str:
    """The command that installs a Java for these releases, and Maven where it is asked for, in words for a person."""
    client = find_client()
    if client is None:
        wanted = list(dict.fromkeys([*(release.java for release in releases), *(["Maven"] if maven else [])]))
        return f"install {' and '.join(wanted)}, or Docker"
    chosen, lacking = client.choose(releases, maven=maven)
    said = []
    if chosen:
        command = shlex.join([client.program, *client.install, *chosen])
        said.append(f"install with: {'sudo ' if client.root else ''}{command}")
    if lacking:
        said.append(f"{client.program} offers no {' and no '.join(lacking)}: install it from its makers, or Docker")
    return "; ".join(said)
