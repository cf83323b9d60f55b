"""Late interaction: MaxSim against its sum, and models with and without a projection of their own."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.encoding.late import LateEncoder, has_projection, max_sim

lengths = st.lists(st.integers(1, 5), min_size=1, max_size=6)


def rows(count, seed):
    drawn = np.random.default_rng(seed).standard_normal((count, 4)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@given(lengths, st.integers(1, 4), st.integers(0, 99))
def test_max_sim_is_the_sum_of_each_words_nearest_token(counts, asked, seed):
    query, tokens = rows(asked, seed), rows(sum(counts), seed + 1)
    starts = [0, *np.cumsum(counts)[:-1].tolist()]
    documents = np.split(tokens, starts[1:])
    expected = [sum(max(float(q @ t) for t in document) for q in query) for document in documents]
    assert max_sim(query, tokens, starts) == pytest.approx(expected, abs=1e-5)


def test_no_documents_have_no_scores():
    assert max_sim(rows(2, 0), np.zeros((0, 4), np.float32), []).shape == (0,)


@pytest.fixture(scope="module")
def encoder(tiny_folder) -> LateEncoder:
    return LateEncoder(str(tiny_folder), device="cpu")


def test_a_transformer_without_a_projection_gives_its_last_states(encoder, tiny_folder):
    from transformers import AutoModel, AutoTokenizer

    model, tokenizer = AutoModel.from_pretrained(tiny_folder).eval(), AutoTokenizer.from_pretrained(tiny_folder)
    [vectors] = encoder.documents(["The Rhine floods"])
    states = model(**tokenizer("The Rhine floods", return_tensors="pt")).last_hidden_state[0].detach().numpy()
    assert vectors == pytest.approx(states / np.linalg.norm(states, axis=1, keepdims=True), abs=1e-5)


def test_vectors_do_not_depend_on_the_batch(encoder):
    texts = ["Rhine", "🦕 نهر", "a longer text on the river Rhine"]
    together = encoder.documents(texts)
    for text, vectors in zip(texts, together, strict=True):
        assert vectors == pytest.approx(encoder.documents([text])[0], abs=1e-5)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert encoder.queries([]) == []


@pytest.mark.parametrize(
    ("file", "content", "own"),
    [
        ("modules.json", [{"type": "sentence_transformers.models.Transformer"}], False),
        ("modules.json", [{"type": "pylate.models.Dense.Dense"}], True),
        ("config_sentence_transformers.json", {"model_type": "ColBERT"}, True),
        ("config_sentence_transformers.json", {"model_type": "SentenceTransformer"}, False),
        ("artifact.metadata", {}, True),
    ],
)
def test_a_projection_is_known_by_the_models_files(tmp_path, file, content, own):
    (tmp_path / file).write_text(json.dumps(content))
    assert has_projection(tmp_path) is own


def test_a_saved_model_with_a_projection_is_read_as_it_was(tiny_folder, tmp_path):
    from sentence_transformers import MultiVectorEncoder

    made = MultiVectorEncoder(str(tiny_folder), device="cpu")  # its projection is drawn at random
    made.save_pretrained(str(tmp_path / "m"))
    expected = made.encode_query(["river"], convert_to_numpy=True, show_progress_bar=False)[0]
    [found] = LateEncoder(str(tmp_path / "m"), device="cpu").queries(["river"])
    assert found == pytest.approx(expected, abs=1e-5)
