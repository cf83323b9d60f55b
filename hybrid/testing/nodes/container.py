"""A node in a container, through testcontainers and the Docker engine that answers here."""

from __future__ import annotations

import gc
import json
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

from hybrid.testing.nodes.errors import NodeFailed, NodeUnavailable
from hybrid.testing.nodes.ports import free_port
from hybrid.testing.nodes.protocol import Node, Spec
from hybrid.testing.nodes.readiness import is_ready, wait_until_ready
from hybrid.testing.nodes.settings import settings_for

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

PORT = 9200
_WITHOUT_PLUGINS = ["bash", "-c", "rm -rf plugins/* && exec ./opensearch-docker-entrypoint.sh opensearch"]


def start_container(spec: Spec) -> Node:
    """Start the official image of a version.

    Raises:
        NodeUnavailable: no Docker engine answers, it cannot get the image, or ML Commons is asked for.
        NodeFailed: the node does not start.
    """
    from docker.errors import DockerException

    if spec.ml:
        raise NodeUnavailable("a container does not reach model servers on this machine's loopback")
    if not engine_answers():
        raise NodeUnavailable("no Docker engine answers")
    container = container_for(spec)
    try:
        container.start()
    except (DockerException, OSError, RuntimeError) as error:
        container.stop()
        raise NodeUnavailable(f"Docker cannot start {container.image}: {error}") from error
    return ContainerNode(spec, container)


@lru_cache
def engine_answers() -> bool:
    """Whether a Docker engine answers; asked once a process."""
    with warnings.catch_warnings():
        # Docker's client forgets the socket of a connection that fails.
        warnings.simplefilter("ignore", ResourceWarning)
        answers = _ping()
        gc.collect()
    return answers


def _ping() -> bool:
    from docker.errors import DockerException
    from testcontainers.core.docker_client import DockerClient

    try:
        client = DockerClient().client
    except DockerException:
        return False
    try:
        return bool(client.ping())
    except DockerException:
        return False
    finally:
        client.close()


def container_for(spec: Spec) -> DockerContainer:
    """The container of a spec, not started."""
    from testcontainers.core.container import DockerContainer

    settings = settings_for(spec)
    # A port that is chosen here stays the same when the container starts again.
    port = settings.pop("http.port", None) or free_port()
    container = DockerContainer(f"opensearchproject/opensearch:{spec.version}")
    container.with_bind_ports(PORT, port)
    container.with_env("OPENSEARCH_JAVA_OPTS", f"-Xms{spec.heap} -Xmx{spec.heap}")
    for name in ("DISABLE_SECURITY_PLUGIN", "DISABLE_INSTALL_DEMO_CONFIG", "DISABLE_PERFORMANCE_ANALYZER_AGENT_CLI"):
        container.with_env(name, "true")
    for name, value in settings.items():
        container.with_env(name, value if isinstance(value, str) else json.dumps(value))
    if not spec.knn:
        container.with_command(_WITHOUT_PLUGINS)
    return container


class ContainerNode(Node):
    """A node in a container that was started; testcontainers removes it when this process is gone."""

    def __init__(self, spec: Spec, container: DockerContainer) -> None:
        """Wait until it is ready; one that never is, is removed.

        Raises:
            NodeFailed: it does not start.
        """
        self.version, self.url, self._container = spec.version, "", container
        self._stopped = False
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def kill(self) -> None:
        """See `Node.kill`."""
        if not self._stopped and self._ended() is None:
            wrapped = self._container.get_wrapped_container()
            wrapped.kill()
            wrapped.wait()

    def restart(self) -> None:
        """See `Node.restart`."""
        if self._stopped:
            raise NodeFailed("the node was stopped, and its data is gone")
        self._container.get_wrapped_container().restart(timeout=20)
        self._wait()

    def stop(self) -> None:
        """See `Node.stop`."""
        if not self._stopped:
            self._stopped = True
            self._container.stop()

    def _wait(self) -> None:
        wait_until_ready(f"OpenSearch {self.version}", self._answers, self._ended, self._log)

    def _answers(self) -> bool:
        if self._status() != "running":
            return False
        self.url = f"http://{self._container.get_container_host_ip()}:{self._container.get_exposed_port(PORT)}"
        return is_ready(self.url)

    def _ended(self) -> str | None:
        status = self._status()
        return f"ended: its container is {status}" if status in ("exited", "dead") else None

    def _status(self) -> str:
        self._container.reload()
        return self._container.status

    def _log(self) -> str:
        return str(self._container.get_wrapped_container().logs(tail=100).decode(errors="replace"))[-4000:]
