"""Corpora written by hand, small enough to be trained on while one waits."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from hybrid.encoding.opening import read_setup
from hybrid.training.recipes import MINILM, MINILM_TUNED

Tagged = Sequence[tuple[str, str]]

# (words, label) pieces; "" is outside.
NEWS: Sequence[Tagged] = (
    (("The", ""), ("Titanic", "product-ship"), ("met", ""), ("the", ""), ("Olympic", "product-ship"), (".", "")),
    (("A", ""), ("Boeing 747", "product-airplane"), ("left", ""), ("Heathrow", "building-airport"), (".", "")),
    (("They", ""), ("climbed", ""), ("Mont Blanc", "location-mountain"), ("and", ""), ("Etna", "location-mountain")),
    (("Concorde", "product-airplane"), ("landed", ""), ("at", ""), ("Orly", "building-airport"), ("in", "")),
    (("Malaria", "other-disease"), ("and", ""), ("measles", "other-disease"), ("were", ""), ("common", "")),
    (("He", ""), ("spoke", ""), ("Basque", "other-language"), ("and", ""), ("Welsh", "other-language"), (".", "")),
    (("Angela Merkel", "person-politician"), ("boarded", ""), ("the", ""), ("Gorch Fock", "product-ship"), (".", "")),
    (
        ("Harvard", "organization-education"),
        ("studies", ""),
        ("cholera", "other-disease"),
        ("in", ""),
        ("Zulu", "other-language"),
    ),
    (("A", ""), ("Nobel Prize", "other-award"), ("was", ""), ("shown", ""), ("on", ""), ("Crete", "location-island")),
    (("Sicily", "location-island"), ("lies", ""), ("below", ""), ("Stromboli", "location-mountain"), (".", "")),
)
CODE: Sequence[Tagged] = (
    (
        ("I", ""),
        ("wrote", ""),
        ("it", ""),
        ("in", ""),
        ("Python", "Language"),
        ("on", ""),
        ("Linux", "Operating_System"),
    ),
    (("NumPy", "Library"), ("needs", ""), ("Windows", "Operating_System"), ("and", ""), ("Java", "Language")),
    (
        ("Press", ""),
        ("Ctrl", "Keyboard_IP"),
        ("in", ""),
        ("Firefox", "Application"),
        ("at", ""),
        ("Mozilla", "Organization"),
    ),
)


def io_lines(sentences: Sequence[Tagged]) -> str:
    pieces = (
        (word, label or "O")
        for sentence in sentences
        for words, label in (*sentence, ("", ""))
        for word in words.split() or [""]
    )
    return "".join(f"{word}\t{tag}\n" if word else "\n" for word, tag in pieces)


def bio_lines(sentences: Sequence[Tagged]) -> str:
    out = []
    for sentence in sentences:
        for words, label in sentence:
            for place, word in enumerate(words.split()):
                out.append(f"{word}\t{('B-' if not place else 'I-') + label if label else 'O'}\n")
        out.append("\n")
    return "".join(out)


@pytest.fixture(scope="session")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with few-nerd/, stackoverflow-ner/ and the detector's corpus, as they are published."""
    folder = tmp_path_factory.mktemp("corpora")
    for name in ("few-nerd", "stackoverflow-ner"):
        (folder / name).mkdir()
    (folder / "few-nerd" / "inter-train-sample.txt").write_text(io_lines(NEWS), encoding="utf-8")
    (folder / "few-nerd" / "all-mentions.txt").write_text(io_lines(NEWS), encoding="utf-8")
    (folder / "stackoverflow-ner" / "all.txt").write_text(bio_lines(CODE), encoding="utf-8")
    return folder


DEV = {
    "few-nerd/inter-dev.txt": "Hyde\tpark\nPark\tpark\nis\tO\nlarge\tO\n\nChess\tgame\nis\tO\nold\tO\n",
    "crossner/politics/train.txt": "Labour\tB-party\nwon\tO\n\nPeru\tB-country\nvoted\tO\n",
    "crossner/politics/dev.txt": "",
    "crossner/politics/test.txt": "",
    "crossner/science/train.txt": "Mars\tB-planet\nturns\tO\n\nQuarks\tB-particle\nspin\tO\n",
    "crossner/science/dev.txt": "",
    "crossner/science/test.txt": "",
    "wnut17/all.txt": "Ada\tB-person\nLovelace\tI-person\ntweets\tO\n\nno\tO\n",
}
ASKED = {"few-nerd": ("park", "game"), "politics": ("party", "country"), "science": ("planet",), "wnut17": ("person",)}


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    """DEV corpora in the layout of the real ones: two texts a task, each type answered by one."""
    folder = tmp_path / "dev-corpora"
    samples = {task: {"sentences": [0, 1], "R": dict.fromkeys(types, 1)} for task, types in ASKED.items()}
    types = {task: {label: label for label in labels} for task, labels in ASKED.items()}
    files = {**DEV, "dev/samples.json": json.dumps({"tasks": samples}), "dev/types.json": json.dumps(types)}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def short_recipe(monkeypatch: pytest.MonkeyPatch):
    """The shipped recipe with fewer steps and words."""
    from dataclasses import replace

    from hybrid.training import recipes

    short = replace(
        MINILM,
        head=replace(MINILM.head, steps=6, width=32),
        detector=replace(MINILM.detector, epochs=30, hidden=16),
        vocabulary=40,
    )
    monkeypatch.setattr(recipes, "RECIPES", {short.name: short})
    return short


@pytest.fixture
def short_tuning(monkeypatch: pytest.MonkeyPatch, short_recipe):
    """The same, and the backbone tuned for a few steps."""
    from dataclasses import replace

    from hybrid.training import recipes

    tuning = replace(MINILM_TUNED.tuning, steps=3, rank=2, threads=1, half=False)
    tuned = replace(short_recipe, tuning=tuning)
    monkeypatch.setattr(recipes, "RECIPES", {tuned.name: tuned})
    return tuned


@pytest.fixture(scope="session")
def minilm_reader():
    """The frozen backbone of the recipe, on the CPU."""
    return read_setup(MINILM.backbone, MINILM.setup(), device="cpu")
