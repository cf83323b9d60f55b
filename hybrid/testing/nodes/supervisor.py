"""Runs a process for another one, its owner, and ends it with the owner, however that ends.

Started as a program of its own that holds a pipe from the owner: at the pipe's end, which even SIGKILL of the owner
brings about, it kills what it runs and removes the folder that it was given. It needs nothing but the standard
library, so that it starts in a few hundredths of a second.

    python supervisor.py FOLDER LOG

Each line on standard input is a JSON array: ["start", PROGRAM, ARGUMENT…], ["end"] (ask it to end, then kill it),
["kill"] or ["poll"]. Each gets one line back: {"pid": …, "code": its exit code or null while it runs} or {"error": …}.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

PATIENCE = 20.0


def remove(folder: str) -> None:
    """Remove a folder; some systems keep the files of a process for a moment after its end."""
    until = time.monotonic() + 5
    while Path(folder).exists() and time.monotonic() < until:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.01)


class Supervisor:
    """One process at a time; its output goes to the end of `log`, its working directory is `folder`."""

    def __init__(self, folder: str, log: str) -> None:
        self.folder, self.log = folder, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *command: str) -> None:
        """Start the process, killing the one before it."""
        self.kill()
        with Path(self.log).open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_end_with_parent(),
            )

    def kill(self) -> None:
        """Kill the process and wait until it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def end(self) -> None:
        """Ask the process to end, and kill it where it does not within `PATIENCE` seconds."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()

    def poll(self) -> None:
        """Do nothing: every command is answered with the state."""

    def answer(self, line: str) -> dict[str, object]:
        """Do what a line says, and give the state after it."""
        name, *arguments = json.loads(line)
        commands: dict[str, Callable[..., None]] = {
            "start": self.start,
            "kill": self.kill,
            "end": self.end,
            "poll": self.poll,
        }
        try:
            commands[name](*arguments)
        except OSError as error:
            return {"error": str(error)}
        process = self.process
        return {"pid": process and process.pid, "code": process and process.poll()}


def _end_with_parent() -> Callable[[], object] | None:
    """What makes the process end even where this one is killed; only Linux can do that."""
    if sys.platform == "linux":
        import ctypes

        prctl, set_death_signal = ctypes.CDLL(None).prctl, 1
        return lambda: prctl(set_death_signal, signal.SIGKILL)
    else:  # noqa: RET505, as what follows the branch would be dead code to the type checker
        return None


def _end_without_owner() -> None:
    """End where the owner is gone although something holds the pipe open, a fork of the owner for example."""
    owner = os.getppid()

    def check(number: int, frame: FrameType | None) -> None:
        if os.getppid() != owner:
            sys.exit()

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, check)
        signal.setitimer(signal.ITIMER_REAL, 1, 1)


def main() -> None:
    """Obey standard input until it ends."""
    supervisor = Supervisor(*sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit())
    _end_without_owner()
    try:
        for line in iter(sys.stdin.readline, ""):
            print(json.dumps(supervisor.answer(line)), flush=True)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        supervisor.kill()
        remove(supervisor.folder)


if __name__ == "__main__":
    main()
