"""A node's home folder, laid out once from Maven artifacts and kept in the user's cache."""

from __future__ import annotations

import logging
import os
import shutil
import time
import zipfile
from pathlib import Path, PurePosixPath
from zlib import crc32

from hybrid.testing.nodes.errors import NodeFailed, NodeUnavailable
from hybrid.testing.nodes.java import Java
from hybrid.testing.nodes.maven import fetch
from hybrid.testing.nodes.versions import Artifact, Module, Release

COMPLETE = ".complete"

_logger = logging.getLogger(__name__)


def home_folder(release: Release, *, ml: bool, knn: bool) -> Path:
    """Where a home is kept: in the folder that HYBRID_CACHE names, else in the user's cache folder.

    The name changes with what the home is made of, so that no home of another make-up is taken for it.
    """
    from platformdirs import user_cache_path

    override = os.environ.get("HYBRID_CACHE")
    cache = Path(override) if override else user_cache_path("hybrid", appauthor=False)
    parts = repr((release.skeleton, release.plugins(ml=ml, knn=knn), release.modules))
    kind = "-".join(word for word, there in (("core", not knn), ("knn", knn), ("ml", ml)) if there)
    return cache.absolute() / "opensearch" / f"{release.version}-{kind}-{crc32(parts.encode()):08x}"


def is_assembled(home: Path) -> bool:
    """Whether a home is there whole."""
    return (home / COMPLETE).exists()


def assemble(release: Release, java: Java, *, ml: bool = False, knn: bool = True) -> Path:
    """Give a home, laying it out where it is not there yet; processes that want the same one wait for each other.

    Raises:
        NodeUnavailable: there is no Maven, or the cache cannot be written.
        NodeFailed: Maven could not fetch the parts, or they are damaged.
    """
    from filelock import FileLock

    home = home_folder(release, ml=ml, knn=knn)
    if is_assembled(home):
        return home
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(home.with_name(f"{home.name}.lock")):
            if not is_assembled(home):
                _assemble(home, release, java, release.plugins(ml=ml, knn=knn))
    except OSError as error:
        raise NodeUnavailable(f"it cannot be laid out in {home.parent} ({error.strerror or error})") from error
    except zipfile.BadZipFile as error:
        raise NodeFailed(f"a part that Maven fetched is damaged ({error})") from error
    return home


def _assemble(home: Path, release: Release, java: Java, plugins: dict[str, Artifact]) -> None:
    began = time.monotonic()
    _logger.info("fetching OpenSearch %s with Maven, once", release.version)
    work = home.with_name(f"{home.name}.partial")
    for remains in (work, home):
        shutil.rmtree(remains, ignore_errors=True)
    work.mkdir()
    try:
        new = work / "home"
        jars = [Artifact("org.opensearch.plugin", module.artifact, release.version) for module in release.modules]
        fetch(work, [release.skeleton, *plugins.values()], jars, java)
        unpack(_zip(work, release.skeleton), new, release.skeleton.prune, strip=1)
        for folder, plugin in plugins.items():
            unpack(_zip(work, plugin), new / "plugins" / folder, plugin.prune)
        for module in release.modules:
            _add_module(new, module, release.version, work / "jars")
        (new / COMPLETE).touch()
        new.rename(home)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _logger.info("OpenSearch %s is in %s after %.1f s", release.version, home, time.monotonic() - began)


def _zip(work: Path, artifact: Artifact) -> Path:
    return work / "zips" / f"{artifact.name}-{artifact.version}.zip"


def unpack(archive: Path, target: Path, prune: tuple[str, ...] = (), strip: int = 0) -> None:
    """Unpack into `target` without the first `strip` folders, less what begins with one of `prune` after that."""
    target.mkdir(parents=True)
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            name = "/".join(PurePosixPath(member.filename).parts[strip:])
            if name and not member.is_dir() and not name.startswith(prune):
                member.filename = name
                packed.extract(member, target)


def _add_module(home: Path, module: Module, version: str, jars: Path) -> None:
    folder = home / "modules" / module.name
    folder.mkdir(parents=True)
    shutil.copy(jars / f"{module.artifact}-{version}.jar", folder)
    for jar in jars.glob("*.jar"):
        # OpenSearch refuses a module that brings a jar which the core has.
        if module.libraries and jar.name.startswith(module.libraries) and not (home / "lib" / jar.name).exists():
            shutil.copy(jar, folder)
    descriptor = {
        "name": module.name,
        "description": module.name,
        "version": version,
        "opensearch.version": version,
        "java.version": "11",
        "classname": module.classname,
        "extended.plugins": module.extends,
        "custom.foldername": "",
        "has.native.controller": "false",
    }
    lines = "".join(f"{key}={value}\n" for key, value in descriptor.items())
    (folder / "plugin-descriptor.properties").write_text(lines, encoding="utf-8")
    if module.policy:
        (folder / "plugin-security.policy").write_text(f"grant {{\n{module.policy}\n}};\n", encoding="utf-8")
