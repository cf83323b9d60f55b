"""Processes that end with their owner, however it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hybrid.testing.nodes import supervisor
from hybrid.testing.nodes.errors import NodeFailed
from hybrid.testing.nodes.supervised import Supervised

SLEEP = [sys.executable, "-S", "-c", "import time; print('begun', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-S",
    "-c",
    "import signal, time; signal.signal(15, 1); print('begun', flush=True); time.sleep(60)",
]
OWNER = """
import json, os, sys, time
from hybrid.testing.nodes.supervised import Supervised

process = Supervised("hybrid-test-")
process.start(json.loads(sys.argv[1]))
print(json.dumps([process.pid, process._supervisor.pid, str(process.folder)]), flush=True)
"""


@pytest.fixture
def process(eventually):
    supervised = Supervised("hybrid-test-")
    yield supervised
    supervised.close()


@pytest.fixture
def own():
    """Start a process that owns a supervised one; gives it, and what it says of pids and folder."""
    owners = []

    def begin(then: str, **options):
        command = [sys.executable, "-c", OWNER + then, json.dumps(SLEEP)]
        owner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
        owners.append(owner)
        return owner, *json.loads(owner.stdout.readline())

    yield begin
    for owner in owners:
        owner.kill()
        owner.communicate()


def test_it_starts_is_asked_and_is_killed(process, gone, eventually) -> None:
    process.start(SLEEP)
    first = process.pid
    assert process.poll() is None
    assert eventually(lambda: process.tail() == "begun\n")
    process.kill()
    assert gone(first)
    assert process.poll() == -signal.SIGKILL
    process.start(SLEEP)
    assert process.pid != first
    assert process.poll() is None


def test_ending_is_gentle_first(process, monkeypatch, gone, eventually) -> None:
    process.start(SLEEP)
    assert eventually(lambda: process.tail() == "begun\n")
    process.end()
    assert process.poll() == -signal.SIGTERM


def test_what_does_not_end_is_killed(tmp_path, monkeypatch, eventually) -> None:
    monkeypatch.setattr(supervisor, "PATIENCE", 0.1)
    watcher = supervisor.Supervisor(str(tmp_path), str(tmp_path / "log"))
    watcher.start(*STUBBORN)
    assert eventually(lambda: (tmp_path / "log").read_text() == "begun\n")
    watcher.end()
    assert watcher.process.returncode == -signal.SIGKILL


def test_closing_removes_everything_and_may_be_repeated(process, gone) -> None:
    process.start(SLEEP)
    pid = process.pid
    for _ in range(2):
        process.close()
        assert gone(pid)
        assert not process.folder.exists()
    process.kill()
    with pytest.raises(NodeFailed, match="was stopped"):
        process.start(SLEEP)


def test_a_program_that_is_not_there_is_an_error(process) -> None:
    with pytest.raises(NodeFailed, match=r"/no/such cannot be started: .*No such file"):
        process.start(["/no/such"])
    process.start(SLEEP)


def test_it_starts_fast() -> None:
    began = time.monotonic()
    process = Supervised("hybrid-test-")
    process.start(SLEEP)
    took = time.monotonic() - began
    process.close()
    # 0.05 s when nothing else runs.
    assert took < 1


def is_over(gone, eventually, folder: str, *pids: int) -> bool:
    return eventually(lambda: all(map(gone, pids)) and not Path(folder).exists())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_an_owner_that_is_killed(own, gone, eventually, number) -> None:
    owner, pid, watcher, folder = own("time.sleep(60)")
    assert not gone(pid)
    owner.send_signal(number)
    assert is_over(gone, eventually, folder, pid, watcher)


def test_it_ends_with_an_owner_that_forgets_it(own, gone, eventually) -> None:
    _, pid, watcher, folder = own("os._exit(0)")
    assert is_over(gone, eventually, folder, pid, watcher)


def test_it_ends_although_a_fork_of_the_owner_lives_on(own, gone, eventually) -> None:
    owner, pid, watcher, folder = own("print(os.fork(), flush=True); time.sleep(60)")
    fork = int(owner.stdout.readline()) or int(owner.stdout.readline())
    owner.kill()
    try:
        assert is_over(gone, eventually, folder, pid, watcher)
        assert not gone(fork)
    finally:
        os.kill(fork, signal.SIGKILL)


def test_an_interrupt_from_the_terminal_leaves_it_to_the_owner(own, gone, eventually) -> None:
    then = (
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "try: print('ready', flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt: print(process.poll(), flush=True); process.close()"
    )
    owner, pid, watcher, folder = own(then, start_new_session=True)
    assert owner.stdout.readline() == "ready\n"
    os.killpg(owner.pid, signal.SIGINT)
    assert owner.stdout.readline() == "None\n"
    assert is_over(gone, eventually, folder, pid, watcher)


def test_without_its_supervisor_it_ends_too(process, gone, eventually) -> None:
    process.start(SLEEP)
    pid, folder = process.pid, str(process.folder)
    process._supervisor.kill()
    # On Linux at once; elsewhere with the next call.
    assert sys.platform != "linux" or eventually(lambda: gone(pid))
    with pytest.raises(NodeFailed, match="watches the node is gone"):
        process.poll()
    assert is_over(gone, eventually, folder, pid)


def test_a_supervisor_that_is_asked_to_end_cleans_up(process, gone, eventually) -> None:
    process.start(SLEEP)
    process._supervisor.terminate()
    assert is_over(gone, eventually, str(process.folder), process.pid)
