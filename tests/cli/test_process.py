"""What only a real process shows: exit codes, pipes, interrupts, terminals."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from hybrid import IndexNotFound, Retriever

HYBRID = [sys.executable, "-m", "hybrid"]
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def environment(monkeypatch):
    """Without what would turn colours on or off, and with few threads."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return monkeypatch


def run(*arguments, **options):
    return subprocess.run([*HYBRID, *map(str, arguments)], capture_output=True, text=True, check=False, **options)


def interruptible(command):
    """A process that hears an interrupt, also where a shell that runs the tests in the background ignores it."""
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def documents(count):
    return "".join(json.dumps({"id": str(at), "text": f"Oslo {at}", "mentions": []}) + "\n" for at in range(count))


def test_exit_codes_are_0_done_1_refused_2_wrong_usage(environment, news):
    assert [run(*arguments).returncode for arguments in (("count", news), ("count", news / "no"), ("cuont", news))] == [
        0,
        1,
        2,
    ]


def test_standard_input_and_output_are_pipes(environment, tmp_path, tiny):
    result = run("index", tmp_path / "index", "-", "--encoder", tiny, "--json", input=documents(3) + "no\n")
    assert result.returncode == 1
    report = json.loads(result.stdout)
    assert (report["documents"], report["refused"][0]["line"]) == (3, 4)
    assert result.stderr == ""


def test_a_reader_that_closes_the_pipe_is_no_error(environment, hybrid, tmp_path, tiny):
    text = f"{'Oslo':<15000}."
    lines = "".join(json.dumps({"id": str(at), "text": text, "mentions": []}) + "\n" for at in range(100))
    assert hybrid("index", tmp_path / "index", "-", "--encoder", tiny, stdin=lines).code == 0
    command = [*HYBRID, "find", str(tmp_path / "index"), "oslo", "--how", "bm25", "-k", "100", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        first = process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert (json.loads(first)["rank"], process.returncode, errors) == (1, 0, b"")


def test_an_output_that_cannot_show_a_character_gets_a_stand_in(environment, news):
    environment.setenv("PYTHONIOENCODING", "ascii")
    result = run("get", news, "1")
    assert (result.returncode, "? Michelin opened" in result.stdout) == (0, True)


def counted(target):
    with suppress(IndexNotFound), Retriever.open(target, encoder=False) as retriever:
        return retriever.count()
    return 0


def test_an_interrupt_keeps_what_was_committed_and_skip_goes_on(environment, tmp_path, tiny):
    target = tmp_path / "index"
    command = [*HYBRID, "index", str(target), "-", "--encoder", tiny]
    with interruptible(command) as process:
        process.stdin.write(documents(700))
        process.stdin.flush()
        while not counted(target) and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.stdin.close()
        error = process.stderr.read()
    assert process.returncode == 130
    assert error == (
        "Error: interrupted; 512 documents are in the index and can be found, "
        "and the same command with --on-existing skip goes on from there\n"
    )
    again = run("index", target, "-", "--encoder", tiny, "--on-existing", "skip", "--json", input=documents(700))
    report = json.loads(again.stdout)
    assert (report["documents"], report["skipped"], counted(target)) == (188, 512, 700)


def test_an_interrupt_before_anything_was_indexed_says_so(environment, tmp_path, tiny):
    command = [*HYBRID, "index", str(tmp_path / "index"), "-", "--encoder", tiny]
    with interruptible(command) as process:
        process.stdin.write("no\n")
        process.stdin.flush()
        wait_until_reading(process)
        process.send_signal(signal.SIGINT)
        process.stdin.close()
        error = process.stderr.read()
    assert (process.returncode, error) == (130, "Error: interrupted before anything was indexed\n")


def wait_until_reading(process):
    """Until what was written to its input has been taken from the pipe."""
    import fcntl
    import struct
    import termios

    while process.poll() is None:
        waiting = fcntl.ioctl(process.stdin.fileno(), termios.FIONREAD, b"\0" * 4)
        if not struct.unpack("i", waiting)[0]:
            return
        time.sleep(0.05)


def on_a_terminal(*arguments):
    """Run with a terminal of 80 columns as output and error; gives what it showed, and the exit code."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    with subprocess.Popen([*HYBRID, *map(str, arguments)], stdout=theirs, stderr=theirs, stdin=theirs) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # a terminal that nobody holds any more is an error to read
            while part := os.read(ours, 65_536):
                shown += part
    os.close(ours)
    return shown.decode(), process.returncode


def test_on_a_terminal_mentions_have_colours_and_lines_fit(environment, news, tiny):
    shown, code = on_a_terminal("find", news, "tyre maker", "--encoder", tiny)
    assert code == 0
    assert "\x1b[1;30;103m" in shown
    assert "[" not in ANSI.sub("", shown)
    assert max(len(line) for line in ANSI.sub("", shown).splitlines()) <= 80


def test_no_color_keeps_bold_without_colours(environment, news):
    environment.setenv("NO_COLOR", "1")
    shown, _ = on_a_terminal("find", news, "tyre maker", "--how", "bm25")
    assert "\x1b[1m" in shown
    assert not re.search(r"\x1b\[[0-9;]*[3-9][0-9]m", shown)


def test_in_a_pipe_nothing_is_coloured_and_no_line_is_broken(environment, hybrid, news, tiny):
    hybrid("index", news, "-", "--format", "text", "--encoder", tiny, stdin=("worn tyres " * 20).strip())
    result = run("find", news, "tyres", "--how", "bm25")
    assert "\x1b" not in result.stdout
    assert "     " + ("worn tyres " * 20).strip() in result.stdout.splitlines()


def test_progress_with_rate_and_time_left_is_shown_on_a_terminal_only(environment, tmp_path, tiny):
    (tmp_path / "a.jsonl").write_text(documents(1500))
    shown, code = on_a_terminal("index", tmp_path / "index", tmp_path / "a.jsonl", "--encoder", tiny)
    assert code == 0
    assert re.search(r"indexing .*%.* documents, .*documents/s.*\d:\d\d:\d\d", ANSI.sub("", shown))
    assert "1,500 documents indexed" in ANSI.sub("", shown).replace("\r", "")
    result = run("index", tmp_path / "index", tmp_path / "a.jsonl", "--encoder", tiny)
    assert (result.returncode, result.stderr) == (0, "")


def test_help_loads_neither_models_nor_engines(environment):
    code = (
        "import sys; sys.argv = ['hybrid', '--help']\n"
        "from hybrid.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'tantivy', 'pyarrow', 'rich.progress', 'hybrid.demo'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("closed", ["1", "2"])
def test_a_closed_output_is_no_error(environment, news, closed):
    def close():
        os.close(int(closed))

    done = subprocess.run([*HYBRID, "count", str(news)], preexec_fn=close, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0


def test_an_argument_that_is_not_utf8_is_told_without_a_traceback(environment, news):
    for arguments in (("info", b"\xff"), ("get", os.fsencode(news), b"\xff"), ("find", os.fsencode(news), b"\xff")):
        done = subprocess.run([*HYBRID, *arguments, "--json"], capture_output=True, check=False)
        assert done.returncode in (1, 2)
        assert set(json.loads(done.stderr)["error"]) == {"kind", "message"}
