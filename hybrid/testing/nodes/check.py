"""Which ways there are to run each version here."""

from __future__ import annotations

from hybrid.testing.nodes.assembly import home_folder, is_assembled
from hybrid.testing.nodes.container import engine_answers
from hybrid.testing.nodes.java import find_java
from hybrid.testing.nodes.local import what_is_missing
from hybrid.testing.nodes.maven import find_maven
from hybrid.testing.nodes.versions import RELEASES, Release


def check() -> tuple[bool, list[str]]:
    """Whether every version runs here in some way, and what there is to say of each."""
    docker = engine_answers()
    lines = []
    for release in RELEASES.values():
        lines.append(f"OpenSearch {release.version}")
        lines.append(f"  as a container: {'a Docker engine answers' if docker else 'no Docker engine answers'}")
        lines.append(f"  as a process: {what_is_missing(release) or _what_is_there(release)}")
    return docker or not any(map(what_is_missing, RELEASES.values())), lines


def _what_is_there(release: Release) -> str:
    java, home = find_java(release), home_folder(release, ml=False, knn=True)
    parts = f"parts in {home}" if is_assembled(home) else f"parts come through {find_maven()}"
    return f"Java {java.feature} in {java.program}, {parts}" if java else parts
