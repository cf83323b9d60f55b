"""1,000,000 given mention vectors: write rate, time to open, exact typed search, resident memory."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.measuring import p50, p95, peak_mib, samples, seconds, table
from hybrid.documents import Document, EncodedDocument, Encoding, Mention, Passage
from hybrid.encoding.protocol import Dimensions
from hybrid.engines.factory import create_engine, open_engine
from hybrid.engines.protocol import IndexMeta
from hybrid.planning.plan import BoundPlan, Plan, PlannedLeg
from hybrid.planning.query import Query

MENTIONS = int(os.environ.get("BENCHMARK_MENTIONS", "1000000"))
EACH, WIDTH, BATCH = 4, 256, 4_096
TEXT = "Ada met Bob and Carl in Rome"
SPANS = (Mention(0, 3), Mention(8, 11), Mention(16, 20), Mention(24, 28))


def vectors(generator: np.random.Generator, count: int) -> np.ndarray:
    found = generator.standard_normal((count, WIDTH), dtype=np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def encoded(first: int, rows: np.ndarray) -> list[EncodedDocument]:
    return [
        EncodedDocument(
            Document(str(first + i), TEXT),
            Encoding((Passage(0, len(TEXT)),), None, SPANS, rows[EACH * i : EACH * (i + 1)]),
            "given",
        )
        for i in range(len(rows) // EACH)
    ]


def write(target: Path) -> None:
    generator = np.random.default_rng(7)
    meta = IndexMeta("given", "given", Dimensions(WIDTH, None))
    engine = create_engine(target, meta)
    engine_time = plain_time = 0.0
    with (target.parent / "plain.f32").open("wb") as plain:
        for first in range(0, MENTIONS // EACH, BATCH):
            batch = encoded(first, vectors(generator, EACH * min(BATCH, MENTIONS // EACH - first)))
            engine_time += seconds(lambda batch=batch: engine.write(batch))
            plain_time += seconds(lambda batch=batch: append(plain, batch))
    closing = seconds(engine.close)
    rows = [
        ["the engine", engine_time + closing, MENTIONS / (engine_time + closing), (engine_time + closing) / plain_time],
        ["vectors to a file, synced", plain_time, MENTIONS / plain_time, 1.0],
    ]
    table(f"write {MENTIONS:,} mentions in batches of {BATCH:,} documents", ["way", "s", "mentions/s", "ratio"], rows)
    print(f"peak resident while writing: {peak_mib():,.0f} MiB")


def append(plain: object, batch: list[EncodedDocument]) -> None:
    for entry in batch:
        plain.write(entry.encoding.mention_vectors.tobytes())  # type: ignore[attr-defined]
    plain.flush()  # type: ignore[attr-defined]
    os.fsync(plain.fileno())  # type: ignore[attr-defined]


def read(target: Path) -> None:
    before = peak_mib()
    opened = []
    opening = seconds(lambda: opened.append(open_engine(target)))
    engine = opened[0]
    question = vectors(np.random.default_rng(8), 1)[0]
    plan = Plan(Query("x"), (PlannedLeg("typed", "x", exact=True),), None)
    bare = np.memmap(target.parent / "plain.f32", np.float32, "r").reshape(-1, WIDTH)
    taken = samples([lambda: engine.search(BoundPlan(plan, {"typed": question})), lambda: bare @ question], 20)
    rows = [[name, p50(t), p95(t), p50(t) / p50(taken[1])] for name, t in zip(["find", "product"], taken, strict=True)]
    table("exact typed search (ms, 20 times)", ["way", "p50", "p95", "ratio p50"], rows)
    print(f"open: {1000 * opening:.0f} ms; statistics: {engine.statistics()}")
    size = bare.nbytes / (1 << 20)
    print(
        f"peak resident: {peak_mib():,.0f} MiB, {before:,.0f} before opening; twice {size:,.0f} MiB are mapped vectors"
    )


def main() -> None:
    if len(sys.argv) > 2:
        {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        for part in ("write", "read"):
            command = [sys.executable, "-m", "benchmarks.million", part, str(Path(folder) / "index")]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
