"""A Java on this machine that runs a version of OpenSearch."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hybrid.testing.nodes.versions import Release

# Where packages of the system put what PATH does not show.
_HOMES = (
    ("/usr/lib/jvm", "*"),
    ("/opt/homebrew/opt", "openjdk*"),
    ("/usr/local/opt", "openjdk*"),
    ("/home/linuxbrew/.linuxbrew/opt", "openjdk*"),
    ("/Library/Java/JavaVirtualMachines", "*/Contents/Home"),
    ("C:/Program Files/Eclipse Adoptium", "*"),
    ("C:/Program Files/Java", "*"),
    ("C:/Program Files/Microsoft", "jdk-*"),
)


@dataclass(frozen=True)
class Java:
    """A Java: the program and its feature version (17, 21, …)."""

    program: str
    feature: int

    @property
    def home(self) -> Path:
        """The folder that JAVA_HOME would name."""
        return Path(self.program).resolve().parent.parent


def find_java(release: Release) -> Java | None:
    """The first Java that runs a release, in the order of `javas`."""
    return next((java for java in javas() if release.fits(java.feature)), None)


def javas() -> Iterator[Java]:
    """Every Java that starts: HYBRID_JAVA (a program or a home), JAVA_HOME, PATH, then the system's folders."""
    seen = set()
    for program in filter(None, _programs()):
        real = os.path.realpath(program)
        feature = None if real in seen else feature_version(program)
        seen.add(real)
        if feature is not None:
            yield Java(program, feature)


def _programs() -> Iterator[str | None]:
    named = os.environ.get("HYBRID_JAVA")
    yield _in_home(named) if named and Path(named).is_dir() else named
    yield _in_home(os.environ.get("JAVA_HOME"))
    yield shutil.which("java")
    for folder, pattern in _HOMES:
        yield from map(_in_home, sorted(map(str, Path(folder).glob(pattern))))


def _in_home(home: str | None) -> str | None:
    return shutil.which("java", path=Path(home, "bin")) if home else None


@lru_cache
def feature_version(program: str) -> int | None:
    """The feature version that a program says it is; None where it does not start or is no Java."""
    try:
        asked = subprocess.run([program, "-version"], capture_output=True, text=True, errors="replace", timeout=30)
        return int(asked.stderr.split('"')[1].split(".")[0].split("-")[0])
    except (OSError, IndexError, ValueError, subprocess.TimeoutExpired):
        return None
