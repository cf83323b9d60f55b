"""Fetching artifacts with the Maven of this machine, and so with its mirrors, proxies and local repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from hybrid.testing.nodes.errors import NodeFailed, NodeUnavailable
from hybrid.testing.nodes.java import Java
from hybrid.testing.nodes.versions import Artifact

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>node</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>{jars}</dependencies>
<build><plugins><plugin>
<groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><version>3.6.1</version>
<executions>
<execution><id>zips</id><phase>package</phase><goals><goal>copy</goal></goals><configuration>
<outputDirectory>${{project.basedir}}/zips</outputDirectory><artifactItems>{zips}</artifactItems>
</configuration></execution>
<execution><id>jars</id><phase>package</phase><goals><goal>copy-dependencies</goal></goals><configuration>
<outputDirectory>${{project.basedir}}/jars</outputDirectory><includeScope>runtime</includeScope>
</configuration></execution>
</executions>
</plugin></plugins></build></project>
"""


def find_maven() -> str | None:
    """The program `mvn` of MAVEN_HOME, else of PATH."""
    home = os.environ.get("MAVEN_HOME")
    return (shutil.which("mvn", path=Path(home, "bin")) if home else None) or shutil.which("mvn")


def fetch(folder: Path, zips: Iterable[Artifact], jars: Iterable[Artifact], java: Java) -> None:
    """Put zips into `folder`/zips, and jars with all that they depend on into `folder`/jars.

    Raises:
        NodeUnavailable: there is no Maven.
        NodeFailed: Maven could not fetch them; ends with what it said.
    """
    maven = find_maven()
    if maven is None:
        raise NodeUnavailable("Maven is not installed")
    pom = folder / "pom.xml"
    pom.write_text(pom_for(zips, jars), encoding="utf-8")
    environment = dict(os.environ)
    if not shutil.which("java"):
        environment.setdefault("JAVA_HOME", str(java.home))
    done = subprocess.run(
        [maven, "--batch-mode", "--quiet", "--file", str(pom), "package"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        # The URL of a mirror may hold a password.
        said = re.sub(r"//[^/@\s]*@", "//", done.stdout)
        raise NodeFailed(f"Maven could not fetch the parts (exit code {done.returncode})", said[-4000:])


def pom_for(zips: Iterable[Artifact], jars: Iterable[Artifact]) -> str:
    """The project that makes Maven fetch them."""
    return _POM.format(
        zips="".join(f"<artifactItem>{_coordinates(zip)}<type>zip</type></artifactItem>" for zip in zips),
        jars="".join(f"<dependency>{_coordinates(jar)}</dependency>" for jar in jars),
    )


def _coordinates(artifact: Artifact) -> str:
    group, name, version = artifact.group, artifact.name, artifact.version
    return f"<groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version>"
