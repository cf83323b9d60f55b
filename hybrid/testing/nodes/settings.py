"""What goes into opensearch.yml, and how the JVM is called."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hybrid.testing.nodes.java import Java
from hybrid.testing.nodes.protocol import Spec

# A nearly full disk would make every index read-only. A small heap is nearly full of what is not collected yet: a node
# that counts that would refuse requests after some minutes, for only with G1 does it ask for a collection first.
_ALWAYS = {
    "cluster.name": "hybrid-testing",
    "node.name": "hybrid-testing",
    "discovery.type": "single-node",
    "cluster.routing.allocation.disk.threshold_enabled": False,
    "indices.breaker.total.use_real_memory": False,
}
# No node is one for ML alone, tests run on machines with little memory, and their model servers are on loopback.
_ML = {
    "plugins.ml_commons.only_run_on_ml_node": False,
    "plugins.ml_commons.native_memory_threshold": 100,
    "plugins.ml_commons.connector.private_ip_enabled": True,
    "plugins.ml_commons.trusted_connector_endpoints_regex": [r"^http://127\.0\.0\.1:[0-9]+/.*$"],
}


def settings_for(spec: Spec) -> dict[str, Any]:
    """What every kind of node is set to; those of `spec` count most."""
    return {**_ALWAYS, **(_ML if spec.ml else {}), **spec.settings}


def jvm_command(java: Java, spec: Spec, home: Path, folder: Path) -> list[str]:
    """The command that runs a home; `folder` has config and tmp. What is set here is what makes it start fast."""
    command = [
        java.program,
        f"-Xms{spec.heap}",
        f"-Xmx{spec.heap}",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData",
        # The jars are the makers' own, and checking their code takes a tenth of the start.
        "-XX:+UnlockDiagnosticVMOptions",
        "-XX:-BytecodeVerificationRemote",
        "-Xss1m",
        "-Dfile.encoding=UTF-8",
        "-Djava.awt.headless=true",
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        "-Dio.netty.noUnsafe=true",
        "-Dio.netty.noKeySetOptimization=true",
        "-Dlog4j2.disable.jmx=true",
        "-Dlog4j.shutdownHookEnabled=false",
        # Without native code OpenSearch cannot see that it is root, and so does not refuse to start.
        "-Djna.nosys=true",
        "-Djna.nounpack=true",
        f"-Djava.locale.providers=SPI,{'COMPAT' if java.feature < 23 else 'CLDR'}",
        f"-Dopensearch.path.home={home}",
        f"-Dopensearch.path.conf={folder / 'config'}",
        "-Dopensearch.distribution.type=tar",
        "-Dopensearch.bundled_jdk=false",
    ]
    if spec.version.startswith("2.") and java.feature >= 18:
        command.append("-Djava.security.manager=allow")
    # 3.x loads classes of its agent for policies; as plain classes they intercept nothing, and it starts faster.
    agent = map(str, (home / "agent").glob("opensearch-agent-bootstrap-*.jar"))
    return [*command, "-cp", os.pathsep.join([str(home / "lib" / "*"), *agent]), "org.opensearch.bootstrap.OpenSearch"]
