"""What each version of OpenSearch is made of, as data.

Maven Central has every part of these versions, and of few others. The metadata there is incomplete, so that every
version is named in full.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Artifact:
    """One artifact in Maven's coordinates; `prune` are beginnings of paths inside it that a test node does without."""

    group: str
    name: str
    version: str
    prune: tuple[str, ...] = ()


@dataclass(frozen=True)
class Module:
    """A part of OpenSearch that comes as a jar, and what its descriptor says.

    `libraries` are beginnings of names of the jars that belong to it, `policy` is its security policy.
    """

    name: str
    artifact: str
    classname: str
    extends: str = ""
    libraries: tuple[str, ...] = ()
    policy: str = ""


@dataclass(frozen=True)
class Release:
    """A version that can be assembled.

    Attributes:
        version: "3.6.0".
        oldest_java, newest_java: feature versions that run it, both included; None: no newest is known.
        modules: those that the skeleton lacks.
    """

    version: str
    oldest_java: int
    newest_java: int | None = None
    modules: tuple[Module, ...] = ()

    def fits(self, feature: int) -> bool:
        """Whether a Java of this feature version runs it."""
        return self.oldest_java <= feature and (self.newest_java is None or feature <= self.newest_java)

    @property
    def java(self) -> str:
        """The Java it needs, in words."""
        return f"Java {self.oldest_java} " + (f"to {self.newest_java}" if self.newest_java else "or newer")

    @property
    def skeleton(self) -> Artifact:
        """The core, less command-line tools and 70 MB of geographic data."""
        prune = ("lib/tools/", "modules/ingest-geoip/")
        return Artifact("org.opensearch.distribution.integ-test-zip", "opensearch", self.version, prune)

    def plugins(self, *, ml: bool, knn: bool) -> dict[str, Artifact]:
        """Folder of each plugin to its artifact."""
        names = {"opensearch-knn": "opensearch-knn", "opensearch-neural-search": "neural-search"} if knn else {}
        if ml:
            names |= {"opensearch-job-scheduler": "opensearch-job-scheduler", "opensearch-ml": "opensearch-ml-plugin"}
        # 300 MB for models that run inside the node; a connector to a server needs none of it.
        prune = ("onnxruntime_gpu-",)
        return {
            folder: Artifact("org.opensearch.plugin", name, f"{self.version}.0", prune)
            for folder, name in names.items()
        }


# Names, classes and policies are those of the official modules.
_MODULES_OF_2 = (
    Module(
        "lang-painless",
        "lang-painless",
        "org.opensearch.painless.PainlessPlugin",
        libraries=("antlr4-runtime-", "asm-", "opensearch-scripting-painless-spi-"),
        policy='permission java.lang.RuntimePermission "createClassLoader";\n'
        'permission java.lang.RuntimePermission "getClassLoader";',
    ),
    Module(
        "analysis-common",
        "analysis-common",
        "org.opensearch.analysis.common.CommonAnalysisPlugin",
        extends="lang-painless",
    ),
    Module("mapper-extras", "mapper-extras-client", "org.opensearch.index.mapper.MapperExtrasPlugin"),
    Module("parent-join", "parent-join-client", "org.opensearch.join.ParentJoinPlugin"),
    Module(
        "reindex",
        "reindex-client",
        "org.opensearch.index.reindex.ReindexPlugin",
        libraries=("opensearch-rest-client-", "opensearch-ssl-config-", "http", "commons-codec-", "commons-logging-"),
        policy='permission java.net.SocketPermission "*", "connect";',
    ),
    Module(
        "ingest-common",
        "ingest-common",
        "org.opensearch.ingest.common.IngestCommonPlugin",
        extends="lang-painless",
        libraries=("opensearch-grok-", "opensearch-dissect-", "joni-", "jcodings-"),
    ),
    Module(
        "search-pipeline-common",
        "search-pipeline-common",
        "org.opensearch.search.pipeline.common.SearchPipelineCommonModulePlugin",
        extends="lang-painless",
    ),
)

RELEASES = {
    release.version: release
    for release in (
        # Java 24 has no security manager any more, and 2.x does not start without.
        Release("2.19.6", oldest_java=11, newest_java=23, modules=_MODULES_OF_2),
        Release("3.6.0", oldest_java=21),
    )
}
