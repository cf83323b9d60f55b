import json

import pytest
import torch

from hybrid.encoding.hashing import canonical_names, hash_json, hash_tensors, hash_tokenizer

BASE = {
    "embeddings.word_embeddings.weight": torch.arange(12.0).reshape(4, 3),
    "embeddings.LayerNorm.weight": torch.ones(3),
    "embeddings.LayerNorm.bias": torch.zeros(3),
    "encoder.layer.0.attention.self.query.weight": torch.arange(9.0).reshape(3, 3),
}


def test_the_order_of_tensors_does_not_matter() -> None:
    assert hash_tensors(dict(reversed(BASE.items()))) == hash_tensors(BASE)


@pytest.mark.parametrize("prefix", ["bert", "model", "roberta", "mpnet"])
def test_the_prefix_of_the_base_model_and_its_head_do_not_matter(prefix: str) -> None:
    with_head = {f"{prefix}.{name}": tensor for name, tensor in BASE.items()} | {"cls.predictions.bias": torch.ones(4)}
    assert hash_tensors(with_head) == hash_tensors(BASE)


def test_constants_of_older_files_do_not_matter() -> None:
    constants = {"embeddings.position_ids": torch.arange(5), "encoder.rotary_emb.inv_freq": torch.ones(2)}
    assert hash_tensors(BASE | constants) == hash_tensors(BASE)


def test_old_names_of_norms_do_not_matter() -> None:
    old = {name.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta"): t for name, t in BASE.items()}
    assert old.keys() != BASE.keys()
    assert hash_tensors(old) == hash_tensors(BASE)


def test_a_tied_matrix_that_is_written_twice_does_not_matter() -> None:
    tied = {"shared.weight": BASE["embeddings.word_embeddings.weight"].clone()}
    assert hash_tensors(BASE | tied) == hash_tensors(BASE)


@pytest.mark.parametrize(
    "change",
    [
        {"embeddings.LayerNorm.bias": torch.tensor([0.0, 0.0, 1e-7])},
        {"embeddings.LayerNorm.bias": torch.zeros(3, dtype=torch.bfloat16)},
        {"embeddings.word_embeddings.weight": torch.arange(12.0).reshape(3, 4)},
        {"encoder.layer.1.attention.self.query.weight": torch.ones(3, 3)},
        {"encoder.layer.0.attention.self.query.bias": torch.zeros(0)},
    ],
    ids=["value", "dtype", "shape", "more", "empty"],
)
def test_every_change_of_a_tensor_changes_the_hash(change: dict[str, torch.Tensor]) -> None:
    assert hash_tensors(BASE | change) != hash_tensors(BASE)


def test_another_name_changes_the_hash() -> None:
    renamed = {name.replace("query", "key"): tensor for name, tensor in BASE.items()}
    assert hash_tensors(renamed) != hash_tensors(BASE)


def test_half_precision_is_hashed_by_its_bytes() -> None:
    half = {name: tensor.bfloat16() for name, tensor in BASE.items()}
    assert hash_tensors(half) == hash_tensors({name: tensor.clone() for name, tensor in half.items()})


def test_a_part_that_is_called_like_a_base_model_is_not_taken_for_one() -> None:
    distilbert = ["embeddings.word_embeddings.weight", "transformer.layer.0.attention.q_lin.weight"]
    assert list(canonical_names(distilbert)) == distilbert


def test_gpt2_without_its_causal_masks() -> None:
    names = [
        "transformer.wte.weight",
        "transformer.h.0.attn.bias",
        "transformer.h.0.attn.c_attn.bias",
        "lm_head.weight",
    ]
    assert canonical_names(names) == {
        "h.0.attn.c_attn.bias": "transformer.h.0.attn.c_attn.bias",
        "wte.weight": "transformer.wte.weight",
    }


TOKENIZER = {"version": "1.0", "truncation": None, "padding": None, "model": {"type": "BPE", "merges": ["a b", "ab c"]}}


@pytest.mark.parametrize(
    "change",
    [
        {"truncation": {"max_length": 128}},
        {"padding": {"strategy": "BatchLongest"}},
        {"model": {"merges": [["a", "b"], ["ab", "c"]], "type": "BPE"}},
    ],
)
def test_layout_truncation_padding_and_the_writing_of_merges_do_not_matter(change: dict[str, object]) -> None:
    assert hash_tokenizer(json.dumps(TOKENIZER | change, indent=2)) == hash_tokenizer(json.dumps(TOKENIZER))


@pytest.mark.parametrize("change", [{"model": {"type": "BPE", "merges": ["ab c", "a b"]}}, {"normalizer": {"x": 1}}])
def test_what_a_tokenizer_does_matters(change: dict[str, object]) -> None:
    assert hash_tokenizer(json.dumps(TOKENIZER | change)) != hash_tokenizer(json.dumps(TOKENIZER))


def test_hash_of_json_does_not_depend_on_the_order_of_keys() -> None:
    assert hash_json({"a": 1, "b": [2]}) == hash_json({"b": [2], "a": 1}) != hash_json({"a": 1, "b": [3]})
