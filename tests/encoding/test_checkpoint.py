"""The same small model in every form that transformers saves or has saved."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
import transformers as tf
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models

from hybrid.encoding.checkpoint import read_checkpoint
from hybrid.errors import BundleError

CONFIG = {"vocab_size": 9, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 8}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(0)
    tf.BertModel(tf.BertConfig(**CONFIG)).save_pretrained(folder)
    Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]")).save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(saved, tmp_path / "model"))


def test_configuration_tokenizer_and_weights_come_from_a_folder(saved: Path) -> None:
    checkpoint = read_checkpoint(saved)
    assert checkpoint.config["model_type"] == "bert"
    assert Tokenizer.from_str(checkpoint.tokenizer).encode("a").ids == [1]
    assert checkpoint.tensors["embeddings.word_embeddings.weight"].shape == (9, 8)
    assert len(checkpoint.sha256) == len(checkpoint.tokenizer_sha256) == 64


def test_the_hash_is_the_same_from_a_pickled_file(saved: Path, folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    with_head = {f"bert.{name}": tensor for name, tensor in tensors.items()} | {"cls.bias": torch.ones(3)}
    torch.save(with_head | {"bert.embeddings.position_ids": torch.arange(5)}, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert read_checkpoint(folder).sha256 == read_checkpoint(saved).sha256


@pytest.mark.parametrize("kind", ["model-{:05}-of-00002.safetensors", "pytorch_model-{:05}-of-00002.bin"])
def test_the_hash_is_the_same_from_pieces(saved: Path, folder: Path, kind: str) -> None:
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(tensors)
    for number, half in enumerate((names[:7], names[7:]), start=1):
        save = save_file if kind.endswith("safetensors") else torch.save
        save({name: tensors[name] for name in half}, folder / kind.format(number))
    assert read_checkpoint(folder).sha256 == read_checkpoint(saved).sha256


def test_safetensors_come_before_pickled_files(saved: Path, folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"never read")
    assert read_checkpoint(folder).sha256 == read_checkpoint(saved).sha256


def test_code_in_a_pickled_file_is_not_run(folder: Path, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "ran"),)

    (folder / "model.safetensors").unlink()
    torch.save({"weight": Evil()}, folder / "pytorch_model.bin")
    with pytest.raises(BundleError, match=r"pytorch_model.bin is damaged or holds more than weights"):
        read_checkpoint(folder)
    assert not (tmp_path / "ran").exists()


def test_a_vocabulary_without_tokenizer_json_is_read_by_transformers(saved: Path, folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhat\ncat\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))
    tokenizer = Tokenizer.from_str(read_checkpoint(folder).tokenizer)
    assert tokenizer.encode("Cat hat").tokens == ["[CLS]", "cat", "hat", "[SEP]"]


def damage(file: Path, how: str) -> None:
    content = file.read_bytes()
    changed = {"gone": None, "empty": b"", "cut": content[: len(content) // 2], "garbage": b"\xff\x00garbage" * 9}[how]
    file.unlink() if changed is None else file.write_bytes(changed)


@pytest.mark.parametrize("how", ["gone", "empty", "cut", "garbage"])
@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_or_damaged_file_is_an_error(folder: Path, name: str, how: str) -> None:
    damage(folder / name, how)
    with pytest.raises(BundleError, match=str(folder)):
        read_checkpoint(folder)


@pytest.mark.parametrize("content", ["[]", "{}", '{"model_type": 3}'])
def test_a_configuration_without_a_model_type_is_an_error(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    with pytest.raises(BundleError, match=r"config.json names no model_type"):
        read_checkpoint(folder)


def test_a_tokenizer_that_is_no_object_is_an_error(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("[]")
    with pytest.raises(BundleError, match=r"tokenizer.json is not an object"):
        read_checkpoint(folder)


@pytest.mark.parametrize("how", ["empty", "cut", "garbage"])
def test_a_damaged_pickled_file_is_an_error(folder: Path, how: str) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    damage(folder / "pytorch_model.bin", how)
    with pytest.raises(BundleError, match=r"pytorch_model.bin is damaged"):
        read_checkpoint(folder)
