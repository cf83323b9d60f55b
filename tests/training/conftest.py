"""Corpora written by hand, small enough to be trained on while one waits."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from hybrid.encoding.checkpoint import read_checkpoint
from hybrid.encoding.manifest import BackboneSpec
from hybrid.encoding.opening import read_setup
from hybrid.training.recipes import MINILM, MINILM_TUNED, SMOLLM2
from hybrid.training.sources.wordnet_files import WordNet, read_wordnet

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
        shares=MINILM_TUNED.shares,
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
def causal(tmp_path_factory: pytest.TempPathFactory) -> BackboneSpec:
    """A Llama of three blocks, drawn at random, whose tokenizer begins words with a mark."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("llama")
    bytes_of = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = bytes_of
    trainer = trainers.BpeTrainer(
        vocab_size=600, min_frequency=1, special_tokens=["<s>"], initial_alphabet=bytes_of.alphabet(),
        show_progress=False,
    )  # fmt: skip
    tokenizer.train_from_iterator([" ".join(words for words, _ in sentence) for sentence in NEWS], trainer)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>").save_pretrained(folder)
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, intermediate_size=32, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256,
        bos_token_id=tokenizer.token_to_id("<s>"),
    )  # fmt: skip
    LlamaModel(config).save_pretrained(folder)
    found = read_checkpoint(folder)
    return BackboneSpec((f"folder:{folder}",), found.sha256, found.tokenizer_sha256, bos=True)


@pytest.fixture
def short_causal(monkeypatch: pytest.MonkeyPatch, causal: BackboneSpec):
    """The recipe of a causal model without a passage vector, with another backbone, fewer steps and words."""
    from dataclasses import replace

    from hybrid.training import recipes

    short = replace(
        SMOLLM2,
        backbone=causal,
        taps=("value@1:last",),
        head=replace(SMOLLM2.head, steps=6, width=8),
        detector=replace(SMOLLM2.detector, tap="hidden@1", epochs=30, hidden=16),
        vocabulary=40,
    )
    monkeypatch.setattr(recipes, "RECIPES", {short.name: short})
    return short


@pytest.fixture(scope="session")
def minilm_reader():
    """The frozen backbone of the recipe, on the CPU."""
    return read_setup(MINILM.backbone, MINILM.setup(), device="cpu")


# A WordNet of a dozen nouns, in the form of the real files.
WORDNET_NOUNS = """\
  1 Lines that begin with two spaces are the licence.
  2 They hold no synset.
00000100 03 n 01 entity 0 002 ~ 00000200 n 0000 ~ 00000900 n 0000 | what there is
00000200 03 n 02 thing 0 physical_thing 0 003 @ 00000100 n 0000 ~ 00000300 n 0000 ~ 00000700 n 0000 | matter
00000300 17 n 02 mountain 0 mount 0 003 @ 00000200 n 0000 ~ 00000400 n 0000 ~i 00000510 n 0000 | high land; \
"they climbed the mountain"; "a mount"
00000400 17 n 01 volcano 0 004 @ 00000300 n 0000 ~i 00000500 n 0000 ~i 00000520 n 0000 ~ 00000600 n 0000 | it burns
00000500 17 n 02 Etna 0 Mount_Etna 0 001 @i 00000400 n 0000 | a volcano of Sicily; "Etna smokes"
00000510 17 n 01 Mont_Blanc 0 001 @i 00000300 n 0000 | the highest of the Alps
00000520 17 n 01 Stromboli 0 002 @i 00000400 n 0000 #p 00000200 n 0000 | an island that burns
00000600 17 n 01 shield_volcano 0 001 @ 00000400 n 0000 | a flat one
00000700 06 n 01 ship 0 003 @ 00000200 n 0000 ~ 00000710 n 0000 + 01234567 v 0101 | what carries goods over water
00000710 06 n 01 steamer 0 001 @ 00000700 n 0000 | a ship with an engine
00000900 18 n 02 person 0 bank 1 004 @ 00000100 n 0000 ~ 00000910 n 0000 ~i 00000920 n 0000 ~ 00000930 n 0000 | somebody
00000910 18 n 01 painter 0 001 @ 00000900 n 0000 | who paints
00000920 18 n 02 Bush 0 George_Bush 0 001 @i 00000900 n 0000 | a president
00000930 18 n 01 bank 0 001 @ 00000900 n 0000 | made up: a second meaning of a word
"""
WORDNET_SENSES = """\
bank%1:18:00:: 00000930 1 3
bank%1:18:01:: 00000900 2 2
bank%2:40:00:: 02311260 1 9
bush%1:18:00:: 00000920 1 0
entity%1:03:00:: 00000100 1 11
etna%1:17:00:: 00000500 1 0
george_bush%1:18:00:: 00000920 1 0
mont_blanc%1:17:00:: 00000510 1 0
mount%1:17:00:: 00000300 1 2
mount%2:38:00:: 01921964 1 9
mount_etna%1:17:00:: 00000500 1 0
mountain%1:17:00:: 00000300 1 26
painter%1:18:00:: 00000910 1 4
person%1:18:00:: 00000900 1 100
physical_thing%1:03:00:: 00000200 1 0
shield_volcano%1:17:00:: 00000600 1 0
ship%1:06:00:: 00000700 1 50
ship%2:35:00:: 01950502 1 6
steamer%1:06:00:: 00000710 1 1
stromboli%1:17:00:: 00000520 1 0
thing%1:03:00:: 00000200 1 4
volcano%1:17:00:: 00000400 1 1
"""


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    """WordNet's dict folder."""
    folder = tmp_path / "dict"
    folder.mkdir()
    (folder / "data.noun").write_text(WORDNET_NOUNS, encoding="utf-8")
    (folder / "index.sense").write_text(WORDNET_SENSES, encoding="utf-8")
    return folder


@pytest.fixture
def nouns(dictionary: Path) -> WordNet:
    """The nouns, read."""
    return read_wordnet(dictionary)


# What the DEV tasks ask for, in words; hybrid.evaluation.dev reads the same from the corpora's folder.
DEV_WORDS = frozenset(
    """library, park, painting, chemical substance, game, religious organization, performing group, train, currency,
    scholar, person, politician, country, election, event, political party, location, organisation,
    astronomical object, protein, chemical element, theory, academic journal, discipline, enzyme, chemical compound,
    university, scientist, award, corporation, group, creative work, product""".replace("\n    ", " ").split(", ")
)


@pytest.fixture
def dev_words() -> frozenset[str]:
    """What the real DEV tasks ask for."""
    return DEV_WORDS
