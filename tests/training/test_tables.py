"""What is read from a backbone before training: plain words, mentions with their types, type names."""

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import BPE, WordLevel

from hybrid.encoding.opening import read_setup
from hybrid.training.config import silent
from hybrid.training.recipes import MINILM
from hybrid.training.sources import open_corpus
from hybrid.training.tables import plain_words, read_tables, type_features


@pytest.fixture(scope="module")
def reader():
    return read_setup(MINILM.backbone, MINILM.setup(), device="cpu")


def knowing(*words: str) -> Tokenizer:
    return Tokenizer(WordLevel({word: place for place, word in enumerate(words)}, unk_token=words[0]))


def test_plain_words_are_whole_words_of_the_vocabulary():
    tokenizer = knowing("[CLS]", "##ing", "the", "castle", "été", "river2", "horse", "queen")
    assert plain_words(tokenizer, 100, seed=0) == ["castle", "horse", "queen"]
    drawn = plain_words(tokenizer, 2, seed=0)
    assert len(drawn) == 2
    assert drawn == plain_words(tokenizer, 2, seed=0) == sorted(drawn)


@pytest.mark.parametrize("mark", ["Ġ", "▁"])
def test_where_a_words_first_token_is_marked_the_others_are_no_words(mark):
    tokenizer = knowing("<s>", "ification", f"{mark}horse", "horse", "ington", f"{mark}queen", f"{mark}of")
    assert plain_words(tokenizer, 100, seed=0) == ["horse", "queen"]


def test_a_tokenizer_without_words_gives_none():
    assert plain_words(Tokenizer(BPE()), 10, seed=0) == []


def test_a_table_holds_a_row_a_mention_with_its_types(reader, corpora):
    table, report = read_tables([open_corpus("few-nerd", corpora / "few-nerd")], reader, silent)[0]
    assert table.features.shape == (report.mentions, reader.width) == (18, 1152)
    assert table.features.dtype == np.float32
    assert len(table.types_of) == report.mentions
    trained = {table.keys[type] for types in table.types_of for type in types}
    assert report.types == len(trained) == 7
    assert "person-politician" not in trained


def test_types_are_read_behind_each_carrier(reader):
    features = type_features(reader, ["ship", "mountain"])
    assert features.shape == (2, len(MINILM.carriers), reader.width)
    alone = reader.read(["a mountain"], [[(0, 10)]])[0].mention_features[0]
    np.testing.assert_allclose(features[1, 1], alone, atol=1e-5)
