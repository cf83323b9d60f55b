"""The upper blocks alone give what the whole backbone gives."""

import numpy as np
import pytest
import torch
import transformers

from hybrid.encoding.backbone import TorchBackbone
from hybrid.encoding.manifest import Setup
from hybrid.encoding.spans import Windows
from hybrid.encoding.taps import State, parse_tap
from hybrid.errors import InvalidInput
from hybrid.training.config import silent
from hybrid.training.sources import Example, TypedSpan
from hybrid.training.tokens import Piece, read_tokens
from hybrid.training.upper import UpperBlocks


class Made:
    """A source of given examples; types are called by their keys."""

    name, licence, published = "made", "none", "nowhere"

    def __init__(self, *examples):
        self._examples = examples
        self.types = {key: (key, f"{key} kind") for example in examples for span in example.spans for key in span.types}

    def examples(self):
        return iter(self._examples)


TEXTS = ("The Titanic met the Olympic .", "Etna", "עמק הירדן is a valley 🌋 of 火山", "long " * 400 + "Rome fell")
SOURCE = Made(
    Example(TEXTS[0], (TypedSpan(20, 27, ("ship",)), TypedSpan(4, 11, ("ship", "thing")))),
    Example(TEXTS[1], (TypedSpan(0, 4, ("mountain",)),)),
    Example(TEXTS[2], (TypedSpan(0, 9, ("valley",)), TypedSpan(9, 10, ("blank",)))),
    Example(TEXTS[3], (TypedSpan(2000, 2004, ("city",)), TypedSpan(0, 4, ("word",)))),
)


@pytest.fixture(scope="module")
def table(minilm_reader):
    return read_tokens(SOURCE, minilm_reader, silent)


@pytest.mark.parametrize(("first", "error"), [(0, 1e-5), (3, 2e-3)])
def test_features_are_those_of_the_reader(minilm_reader, table, first, error):
    """Remembered in float16, so not to the last digit."""
    # Of the long text the mention in the first window comes first, whatever the source's order.
    spans = [[(20, 27), (4, 11)], [(0, 4)], [(0, 9)], [(0, 4), (2000, 2004)]]
    expected = np.concatenate([own.mention_features for own in minilm_reader.read(list(TEXTS), spans)])
    upper = UpperBlocks(minilm_reader.backbone, minilm_reader.setup, first)
    for _ in range(2):  # computed, then remembered
        np.testing.assert_allclose(upper.features(table.mentions).detach().numpy(), expected, atol=error)


def test_types_are_read_as_the_reader_reads_them(minilm_reader, table):
    upper = UpperBlocks(minilm_reader.backbone, minilm_reader.setup, 0)
    keys = sorted(SOURCE.types)
    for key, names in zip(keys, table.names, strict=True):
        got = upper.features([piece for carriers in names for piece in carriers]).detach().numpy()
        expected = minilm_reader.types(SOURCE.types[key]).swapaxes(0, 1).reshape(got.shape)
        np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize("family", ["bert", "mpnet"])
def test_blocks_hand_on_their_states_bare_or_in_a_tuple(family):
    sizes = {"hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
    config = transformers.AutoConfig.for_model(family, vocab_size=50, pad_token_id=0, **sizes)
    torch.manual_seed(0)
    backbone = TorchBackbone(transformers.AutoModel.from_config(config), [State("hidden", 2), State("value", 1)])
    setup = Setup(Windows(16, 4), ("{type}",), (parse_tap("hidden@2:mean"), parse_tap("value@1:last")), None, None)
    pieces = [Piece(np.arange(3, 3 + length), 1, length) for length in (4, 9, 2)]
    whole = UpperBlocks(backbone, setup, 0).features(pieces).detach()
    np.testing.assert_allclose(UpperBlocks(backbone, setup, 1).features(pieces).detach(), whole, atol=2e-3)


def test_half_precision_is_near(minilm_reader, table):
    exact, near = (
        UpperBlocks(minilm_reader.backbone, minilm_reader.setup, 3, half=half).features(table.mentions).detach()
        for half in (False, True)
    )
    assert near.dtype == torch.float32
    assert torch.nn.functional.cosine_similarity(exact, near).min() > 0.999


def test_the_backbone_is_whole_again(minilm_reader, table):
    layers = list(minilm_reader.backbone.layers)
    UpperBlocks(minilm_reader.backbone, minilm_reader.setup, 3).features(table.mentions)
    assert list(minilm_reader.backbone.layers) == layers


def test_a_tap_below_the_tuned_blocks_is_named(minilm_reader):
    with pytest.raises(InvalidInput, match="tap value@3:mean reads a block below 4"):
        UpperBlocks(minilm_reader.backbone, minilm_reader.setup, 4)


def test_mentions_of_a_window_stand_together_and_a_span_without_a_token_is_passed_over(table):
    keys = sorted(SOURCE.types)
    types = [[keys[type] for type in own] for own in table.types_of]
    assert types == [["ship"], ["ship", "thing"], ["mountain"], ["valley"], ["word"], ["city"]]
    assert table.window[0] == table.window[1]
    assert (np.diff(table.window)[1:] > 0).all()
