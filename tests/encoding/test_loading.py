"""From a checkpoint to a backbone and a tokenizer, for models saved with and without a head."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers as tf
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from hybrid.encoding.checkpoint import Checkpoint, read_checkpoint
from hybrid.encoding.loading import choose_device, count_blocks, load_backbone, load_tokenizer
from hybrid.encoding.spans import marks
from hybrid.encoding.taps import State
from hybrid.errors import BundleError

SPECIAL = {"vocab_size": 60, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
SMALL = {"hidden_size": 24, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, **SPECIAL}
GROUPED = {**SMALL, "num_key_value_heads": 2}
T5 = {"d_model": 24, "d_ff": 32, "num_layers": 3, "num_heads": 4, "d_kv": 6, **SPECIAL}
DISTILBERT = {"dim": 24, "hidden_dim": 32, "n_layers": 3, "n_heads": 4, **SPECIAL}
WITH_HEAD: dict[str, tuple[Any, Any]] = {
    "bert": (tf.BertForMaskedLM, tf.BertConfig(**SMALL)),
    "xlm-roberta": (tf.XLMRobertaForMaskedLM, tf.XLMRobertaConfig(**SMALL)),
    "mpnet": (tf.MPNetForMaskedLM, tf.MPNetConfig(**SMALL)),
    "distilbert": (tf.DistilBertForMaskedLM, tf.DistilBertConfig(**DISTILBERT)),
    "t5": (tf.T5ForConditionalGeneration, tf.T5Config(**T5)),
    "llama": (tf.LlamaForCausalLM, tf.LlamaConfig(**GROUPED)),
    "gemma2": (tf.Gemma2ForCausalLM, tf.Gemma2Config(**GROUPED, head_dim=6)),
    "qwen2": (tf.Qwen2ForCausalLM, tf.Qwen2Config(**GROUPED)),
    "modernbert": (tf.ModernBertForMaskedLM, tf.ModernBertConfig(**SMALL, cls_token_id=1, sep_token_id=2)),
    "gpt2": (tf.GPT2LMHeadModel, tf.GPT2Config(n_embd=24, n_layer=3, n_head=4, **SPECIAL)),
}  # fmt: skip
IDS = np.random.default_rng(0).integers(3, 60, (2, 8))
MASK = np.arange(8) < np.array([[8], [5]])
WANTED = [State("value", 1), State("hidden", 0), State("hidden", 1)]


def word_level(**words: int) -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "<s>": 1, "a": 2, "b": 3, **words}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(["<s>"])
    return tokenizer


def save(model: Any, folder: Path) -> Checkpoint:
    model.save_pretrained(folder)
    word_level().save(str(folder / "tokenizer.json"))
    return read_checkpoint(folder)


@pytest.fixture
def bert(tmp_path: Path) -> Checkpoint:
    torch.manual_seed(0)
    return save(tf.BertModel(tf.BertConfig(**SMALL)), tmp_path)


@pytest.mark.parametrize("family", WITH_HEAD)
def test_a_model_saved_with_its_head_is_read_without(family: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    cls, config = WITH_HEAD[family]
    model = cls(deepcopy(config)).eval()
    checkpoint = save(model, tmp_path)
    states = load_backbone(checkpoint, WANTED, device="cpu").states(IDS, MASK)
    base = model.get_encoder() if config.is_encoder_decoder else model.base_model
    padded = torch.from_numpy(np.where(MASK, IDS, config.pad_token_id))
    with torch.no_grad():
        real = base(input_ids=padded, attention_mask=torch.from_numpy(MASK).long(), output_hidden_states=True)
    for block in (0, 1):
        expected = real.hidden_states[block + 1].numpy()
        np.testing.assert_allclose(states[State("hidden", block)][MASK], expected[MASK], atol=1e-5)


@pytest.mark.parametrize("family", ["bert", "llama", "gpt2", "modernbert", "xlm-roberta"])
def test_the_hash_is_that_of_the_base_model(family: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    cls, config = WITH_HEAD[family]
    model = cls(deepcopy(config))
    assert save(model, tmp_path / "head").sha256 == save(model.base_model, tmp_path / "base").sha256


@pytest.mark.parametrize("family", ["bert", "t5", "distilbert", "gpt2"])
def test_blocks_are_counted_whatever_the_family_calls_them(family: str, tmp_path: Path) -> None:
    cls, config = WITH_HEAD[family]
    assert count_blocks(save(cls(deepcopy(config)), tmp_path)) == 3


def test_a_family_that_transformers_does_not_know_has_no_count(bert: Checkpoint) -> None:
    with pytest.raises(BundleError, match="the backbone cannot be built"):
        count_blocks(replace(bert, config={"model_type": "abacus"}))


def test_loading_says_nothing_and_leaves_the_settings_of_transformers(
    bert: Checkpoint, capfd: pytest.CaptureFixture[str]
) -> None:
    before = tf.utils.logging.get_verbosity(), tf.utils.logging.is_progress_bar_enabled()
    load_backbone(bert, WANTED, device="cpu")
    assert capfd.readouterr() == ("", "")
    assert (tf.utils.logging.get_verbosity(), tf.utils.logging.is_progress_bar_enabled()) == before


def test_a_folder_can_be_loaded_without_reading_it_first(bert: Checkpoint) -> None:
    states = load_backbone(bert.place, WANTED, device="cpu").states(IDS, MASK)
    np.testing.assert_array_equal(
        states[WANTED[0]], load_backbone(bert, WANTED, device="cpu").states(IDS, MASK)[WANTED[0]]
    )
    assert load_tokenizer(bert.place).encode("a b").ids == [2, 3]


@pytest.mark.parametrize("passage", [[], [State("passage")]])
def test_a_block_that_is_not_there_is_an_error(bert: Checkpoint, passage: list[State]) -> None:
    with pytest.raises(BundleError, match="reads block 3, but the backbone has 3 blocks, counted from 0"):
        load_backbone(bert, [State("value", 3), *passage], device="cpu")


def test_a_missing_tensor_is_an_error_that_names_it(bert: Checkpoint) -> None:
    name = "encoder.layer.1.attention.self.value.weight"
    rest = {key: tensor for key, tensor in bert.tensors.items() if key != name}
    with pytest.raises(BundleError, match=f"1 tensors are missing, the first is {name}"):
        load_backbone(replace(bert, tensors=rest), WANTED, device="cpu")


def test_a_tensor_that_no_tap_needs_may_be_missing(bert: Checkpoint) -> None:
    rest = {key: tensor for key, tensor in bert.tensors.items() if "layer.2" not in key and "pooler" not in key}
    assert load_backbone(replace(bert, tensors=rest), WANTED, device="cpu").blocks == 2


@pytest.mark.parametrize(
    "changes",
    [{"model_type": "no-such-model"}, {"hidden_size": 25}, {"hidden_size": 48}, {"hidden_size": "wide"}],
)
def test_a_configuration_that_does_not_fit_is_an_error(bert: Checkpoint, changes: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="the backbone cannot be built"):
        load_backbone(replace(bert, config={**bert.config, **changes}), WANTED, device="cpu")


def test_code_that_a_configuration_names_is_not_run(bert: Checkpoint, tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text("raise SystemExit")
    config = {**bert.config, "auto_map": {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}}
    assert load_backbone(replace(bert, config=config), WANTED, device="cpu").blocks == 2


@pytest.mark.parametrize("dtype", ["float16", "int8", "", "float"])
def test_an_unknown_dtype_is_an_error(bert: Checkpoint, dtype: str) -> None:
    with pytest.raises(BundleError, match="expected float32 or bfloat16"):
        load_backbone(bert, WANTED, dtype=dtype)


def test_the_device_is_the_best_that_is_there() -> None:
    expected = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert choose_device("auto") == expected
    assert choose_device("cpu") == "cpu"
    with pytest.raises(BundleError, match="device 'tpu': expected auto, cpu, cuda, mps"):
        choose_device("tpu")


def test_a_device_that_is_not_there_is_an_error() -> None:
    absent = [
        name
        for name, there in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available()))
        if not there
    ]
    assert absent  # no machine has both
    for name in absent:
        with pytest.raises(BundleError, match=f"device '{name}' is not available on this machine"):
            choose_device(name)


def test_truncation_and_padding_of_a_tokenizer_are_left_out(bert: Checkpoint) -> None:
    tokenizer = word_level()
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(length=9)
    loaded = load_tokenizer(replace(bert, tokenizer=tokenizer.to_str()))
    assert loaded.encode("a b a b").ids == [2, 3, 2, 3]


def test_bos_is_added_once(bert: Checkpoint) -> None:
    assert load_tokenizer(bert).encode("a").ids == [2]
    assert load_tokenizer(bert, bos=True).encode("a").ids == [1, 2]
    own = word_level()
    own.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    assert load_tokenizer(replace(bert, tokenizer=own.to_str()), bos=True).encode("a").ids == [1, 2]


def test_bos_comes_before_what_the_tokenizer_adds_by_itself(bert: Checkpoint) -> None:
    own = word_level(e=4)
    own.post_processor = processors.TemplateProcessing(single="$A e", special_tokens=[("e", 4)])
    before, after = marks(load_tokenizer(replace(bert, tokenizer=own.to_str()), bos=True))
    assert (before.tolist(), after.tolist()) == ([1], [4])


@pytest.mark.parametrize("number", [None, 77])
def test_bos_of_a_model_that_names_none_is_an_error(bert: Checkpoint, number: int | None) -> None:
    with pytest.raises(BundleError, match="the model names no token that begins a text"):
        load_tokenizer(replace(bert, config={**bert.config, "bos_token_id": number}), bos=True)


def test_a_tokenizer_that_cannot_be_read_is_an_error(bert: Checkpoint) -> None:
    with pytest.raises(BundleError, match="the tokenizer cannot be read"):
        load_tokenizer(replace(bert, tokenizer='{"model": {"type": "?"}}'))
