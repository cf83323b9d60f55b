"""Token classification: a small BERT that is taught a few words and lies on disk as a hub's model does."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hybrid.documents import Mention
from hybrid.encoding.detectors import open_detector
from hybrid.encoding.detectors.hugging_face import Tags
from hybrid.encoding.spans import Window
from hybrid.errors import BundleError

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
TAUGHT = (
    (("Ada", "B-PER"), ("Lovelace", "I-PER"), ("left", "O"), ("London", "B-LOC"), (".", "O")),
    (("London", "B-LOC"), ("and", "O"), ("Nova", "B-LOC"), ("Scotia", "I-LOC"), ("are", "O"), ("far", "O")),
    (("in", "O"), ("Nova", "B-LOC"), ("Scotia", "I-LOC"), ("Ada", "B-PER"), ("left", "O"), ("London", "B-LOC")),
)


@pytest.fixture(scope="module")
def save(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A model of `tags`, taught for some steps, in a folder of its own."""

    def make(tags: tuple[str, ...] = TAGS, steps: int = 0) -> Path:
        import torch
        from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast

        folder = tmp_path_factory.mktemp("tagger")
        tokenizer = BertTokenizerFast(tokenizer_file=str(tiny_folder / "tokenizer.json"))
        tokenizer.save_pretrained(folder)
        torch.manual_seed(0)
        model = BertForTokenClassification(
            BertConfig(
                hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
                max_position_embeddings=32, id2label=dict(enumerate(tags)), num_labels=len(tags),
            )
        )  # fmt: skip
        if steps:
            teach(model, tokenizer, steps)
        model.save_pretrained(folder)
        return folder

    return make


def teach(model, tokenizer, steps: int) -> None:
    import torch

    words = [[word for word, _ in sentence] for sentence in TAUGHT]
    read = tokenizer(words, is_split_into_words=True, padding=True, return_tensors="pt")
    labels = torch.full_like(read["input_ids"], -100)
    for row, sentence in enumerate(TAUGHT):
        owner = read.word_ids(row)
        for at, word in enumerate(owner):
            if word is not None and word != owner[at - 1]:
                labels[row, at] = TAGS.index(sentence[word][1])
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        model(**read, labels=labels).loss.backward()
        optimizer.step()


@pytest.fixture(scope="module")
def taught(save) -> Path:
    return save(steps=30)


def surfaces(text: str, mentions: tuple[Mention, ...]) -> list[str]:
    return [text[mention.start : mention.end] for mention in mentions]


def test_it_finds_what_it_was_taught_in_code_points(taught):
    text = "🦕 Ada Lovelace left Nova Scotia."
    [found, nothing] = open_detector(f"hf:{taught}").detect([text, ""])
    assert surfaces(text, found) == ["Ada Lovelace", "Nova Scotia"]
    assert all(0.5 < mention.score <= 1.0 for mention in found)
    assert nothing == ()


def test_long_texts_are_read_in_windows_and_each_mention_is_told_once(taught):
    text = "and far are left in " * 30 + "Nova Scotia " + "and far are left in " * 30 + "Ada Lovelace left"
    [found] = open_detector(f"hf:{taught}").detect([text])
    told = surfaces(text, found)
    assert {"Nova Scotia", "Ada Lovelace"} <= set(told)
    assert len({(mention.start, mention.end) for mention in found}) == len(told) == 2


def test_a_threshold_finds_more(taught):
    texts = ["Somebody left Edinburgh with Ada and others."]
    few, many = (open_detector(f"hf:{taught}(threshold={threshold})").detect(texts) for threshold in (0.9, 0.0))
    covered = [sum(mention.end - mention.start for mention in found[0]) for found in (few, many)]
    assert covered[0] < covered[1]
    assert surfaces(texts[0], many[0])[-1] == "others"


def test_the_make_up_of_a_batch_changes_nothing(taught):
    detector = open_detector(f"hf:{taught}")
    texts = ["Ada left London", "London", "in Nova Scotia Ada Lovelace left London and Nova Scotia"]
    together, alone = detector.detect(texts), [detector.detect([text])[0] for text in texts]
    for one, other in zip(together, alone, strict=True):
        assert [(own.start, own.end) for own in one] == [(own.start, own.end) for own in other]
        np.testing.assert_allclose([own.score for own in one], [own.score for own in other], atol=1e-5)


WORDS = "aa bb cc dd ee"
PLACES = np.arange(0, 15, 3, dtype=np.int64)
WINDOW = Window(np.zeros(5, np.int64), PLACES, PLACES + 2, (0, 14))


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (("O", "B-X", "I-X", "O", "I-X"), ["bb cc", "ee"]),
        (("B-X", "B-X", "I-Y", "I-Y", "O"), ["aa", "bb", "cc dd"]),
        (("X", "X", "Y", "O", "X"), ["aa bb", "cc", "ee"]),
        (("B-X", "E-X", "S-X", "S-X", "O"), ["aa bb", "cc", "dd"]),
        (("B-X", "L-X", "I-X", "U-X", "B-X"), ["aa bb", "cc", "dd", "ee"]),
        (("O", "O", "O", "O", "O"), []),
    ],
)
def test_every_way_of_tagging_is_read(tags, expected):
    names = ("O", *sorted(set(tags) - {"O"}))
    logits = np.array([[9.0 * (name == tag) for name in names] for tag in tags], np.float32)
    mentions = Tags(dict(enumerate(names)), "made").decode(logits, WINDOW, WORDS, None)
    assert surfaces(WORDS, tuple(mentions)) == expected


def test_a_model_without_an_outside_is_refused(save):
    with pytest.raises(BundleError, match="expected one that is O"):
        open_detector(f"hf:{save(('PER', 'LOC', 'B-PER', 'I-PER', 'B-LOC'))}")


def test_a_model_that_was_not_trained_to_tag_is_refused(tiny_folder):
    with pytest.raises(BundleError, match=r"was not trained to tag tokens: it lacks .*classifier\.bias"):
        open_detector(f"hf:{tiny_folder}")
