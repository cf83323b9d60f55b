"""A process that ends with this one, and a folder that goes with it, even where this process is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from hybrid.testing.nodes import supervisor
from hybrid.testing.nodes.errors import NodeFailed

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


class Supervised:
    """The owner's side of `supervisor`: a temporary `folder`, and at most one process that works in it.

    Neither the supervisor nor the process hears an interrupt from the terminal, so that the owner can still use them
    while it ends its own work. If the supervisor is killed, the process ends too: on Linux at once, elsewhere with the
    owner's next call.
    """

    def __init__(self, prefix: str) -> None:
        """`prefix`: how the folder's name begins."""
        self.folder = Path(tempfile.mkdtemp(prefix=prefix))
        self.log = self.folder / "output.log"
        self._pid: int | None = None
        self._closed = False
        with self.log.open("ab") as log:
            self._supervisor = subprocess.Popen(
                # Isolated: neither the caller's environment nor the neighbours of the file change what it imports.
                [sys.executable, "-I", "-S", supervisor.__file__, str(self.folder), str(self.log)],
                cwd=self.folder.parent,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                bufsize=1,
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )

    @property
    def pid(self) -> int | None:
        """The process that was started last."""
        return self._pid

    def start(self, command: list[str]) -> None:
        """Start the process; one that runs is killed before.

        Raises:
            NodeFailed: it cannot be started.
        """
        self._tell("start", *command)

    def poll(self) -> int | None:
        """The exit code of the process, None while it runs."""
        return self._tell("poll")

    def kill(self) -> None:
        """Kill the process, and return when it is gone; nothing happens after `close`."""
        if not self._closed:
            self._tell("kill")

    def end(self) -> None:
        """Ask the process to end, kill it where it does not, and return when it is gone."""
        self._tell("end")

    def tail(self, characters: int = 4000) -> str:
        """The end of what the process wrote."""
        with suppress(OSError):
            return self.log.read_text(encoding="utf-8", errors="replace")[-characters:]
        return ""

    def close(self) -> None:
        """Kill the process and remove the folder; may be called again."""
        if self._closed:
            return
        self._closed = True
        watcher = self._supervisor
        assert watcher.stdin
        assert watcher.stdout
        with suppress(OSError):
            watcher.stdin.close()
        try:
            watcher.wait(30)
        except subprocess.TimeoutExpired:
            watcher.kill()
            watcher.wait()
        watcher.stdout.close()
        if watcher.returncode and self._pid is not None:
            with suppress(OSError):
                os.kill(self._pid, KILL)
        self._pid = None
        supervisor.remove(str(self.folder))

    def _tell(self, *words: str) -> int | None:
        if self._closed:
            raise NodeFailed("the node was stopped, and its data is gone")
        assert self._supervisor.stdin
        assert self._supervisor.stdout
        try:
            self._supervisor.stdin.write(json.dumps(words) + "\n")
            answer = json.loads(self._supervisor.stdout.readline())
        except (OSError, ValueError):
            log = self.tail()
            self.close()
            raise NodeFailed("the process that watches the node is gone, and the node with it", log) from None
        if "error" in answer:
            raise NodeFailed(f"{words[1]} cannot be started: {answer['error']}")
        self._pid = answer["pid"]
        code: int | None = answer["code"]
        return code
