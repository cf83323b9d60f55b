"""Every code block of the README and of docs/ runs, in order, as a reader would run it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)

# What the shell blocks read; the README speaks of such files without showing them.
FILES = {
    "notes.jsonl": '{"key": "a", "text": "Michelin opened a plant in Nova Scotia.", "year": 1971}\n'
    '{"key": "b", "text": "The Liberals lost their majority in Ottawa.", "year": 1972}\n',
}
SETS_UP = ("make ", "pip install ")


def blocks(page: Path) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in BLOCK.finditer(page.read_text(encoding="utf8"))]


def commands(block: str) -> list[str]:
    lines = block.splitlines()
    assert all(line.startswith("$ ") for line in lines), f"a console block holds commands alone: {block!r}"
    return [line.removeprefix("$ ") for line in lines]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_is_of_a_kind_that_runs(page: Path) -> None:
    assert {language for language, _ in blocks(page)} <= {"python", "console"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_blocks_run_one_after_another(page: Path, tmp_path: Path) -> None:
    script = tmp_path / "page.py"
    script.write_text("\n".join(code for language, code in blocks(page) if language == "python"), encoding="utf8")
    run(["-W", "error", str(script)], tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_run_one_after_another(page: Path, tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf8")
    for block in (code for language, code in blocks(page) if language == "console"):
        for command in commands(block):
            if command.startswith("make "):
                subprocess.run(["make", "--dry-run", *command.split()[1:]], cwd=ROOT, check=True, capture_output=True)
            elif not command.startswith(SETS_UP):
                assert command.startswith("hybrid ")
                shell = f'"{sys.executable}" -W error -m {command}'
                done = subprocess.run(shell, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
                assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def run(arguments: list[str], folder: Path) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_begins_with_the_two_commands() -> None:
    first = blocks(ROOT / "README.md")[0]
    assert first == ("console", "$ make demo\n$ make test\n")
