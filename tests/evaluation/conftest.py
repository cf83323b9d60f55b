"""DEV corpora written by hand, in the layout of the real ones."""

import json
import os
from pathlib import Path

import pytest

from hybrid.evaluation.dev import read_dev
from hybrid.evaluation.task import Task

CORPORA = os.environ.get("HYBRID_CORPORA")
# The real tasks are read only where the corpora are; nothing is skipped elsewhere, the tests are not there.
collect_ignore = [] if CORPORA else ["test_dev_corpora.py"]

FILES = {
    "few-nerd/inter-dev.txt": "Hyde\tpark\nPark\tpark\nis\tO\nlarge\tO\n\nChess\tgame\nis\tO\nold\tO\n\nnothing\tO\n",
    "crossner/politics/train.txt": "Labour\tB-party\nwon\tO\n\nPeru\tB-country\nvoted\tO\n",
    "crossner/politics/dev.txt": "Labour\tB-party\nwon\tO\n\nParis\tB-city\n",
    "crossner/politics/test.txt": "Labour\tO\nwon\tB-event\n",
    "crossner/science/train.txt": "Mars\tB-planet\nturns\tO\n",
    "crossner/science/dev.txt": "\n",
    "crossner/science/test.txt": "Venus\tB-planet\nturns\tO\nas\tO\nMars\tB-planet\ndoes\tO\n",
    "wnut17/all.txt": "Ada\tB-person\nLovelace\tI-person\ntweets\tO\n",
}
SAMPLES = {
    "few-nerd": {"sentences": [0, 1, 2], "R": {"park": 1, "game": 1}},
    "politics": {"sentences": [0, 1, 3], "R": {"party": 1, "country": 1, "event": 1}},
    "science": {"sentences": [0, 1], "R": {"planet": 2}},
    "wnut17": {"sentences": [0], "R": {"person": 1}},
}
TYPES = {task: {label: label for label in sample["R"]} for task, sample in SAMPLES.items()}


def write_dev(folder: Path, samples=SAMPLES) -> Path:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "dev").mkdir()
    (folder / "dev" / "samples.json").write_text(json.dumps({"seed": 13, "tasks": samples}))
    (folder / "dev" / "types.json").write_text(json.dumps(TYPES))
    return folder


@pytest.fixture
def dev_folder(tmp_path) -> Path:
    return write_dev(tmp_path)


@pytest.fixture
def tasks(dev_folder) -> tuple[Task, ...]:
    return read_dev(dev_folder)
