"""What Prometheus reads: a registry of the service's own, so that several services in one process do not mix."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """Counters and histograms by endpoint; names follow Prometheus' rules (base units, `_total`)."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "hybrid_requests", "Answered requests.", ("method", "endpoint", "status"), registry=registry
        )
        self._seconds = Histogram(
            "hybrid_request_seconds", "From the request's head to the end of its answer.", ("method", "endpoint"),
            buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self._batch = Histogram(
            "hybrid_batch_texts", "Texts of one pass of the model.", ("kind",), buckets=TEXTS, registry=registry
        )
        self._texts = Counter("hybrid_texts", "Texts that were encoded.", ("kind",), registry=registry)
        self._mentions = Counter("hybrid_mentions", "Mentions that got a vector.", registry=registry)
        self._errors = Counter("hybrid_errors", "Requests that were refused or failed.", ("code",), registry=registry)
        self._waiting = Gauge("hybrid_queue_requests", "Requests that wait for the encoder.", registry=registry)

    def watch_queue(self, waiting: Callable[[], int]) -> None:
        """`waiting` tells how many requests wait, whenever somebody looks."""
        self._waiting.set_function(waiting)

    def answered(self, method: str, endpoint: str, status: int, seconds: float) -> None:
        """A request; `endpoint` is the route's path, so that strangers cannot make up new ones."""
        self._requests.labels(method, endpoint, str(status)).inc()
        self._seconds.labels(method, endpoint).observe(seconds)

    def ran(self, kind: str, texts: int) -> None:
        """A pass of the model."""
        self._batch.labels(kind).observe(texts)
        self._texts.labels(kind).inc(texts)

    def mentions(self, count: int) -> None:
        """Mentions that were handed out."""
        self._mentions.inc(count)

    def failed(self, code: str) -> None:
        """A request that got an error for an answer."""
        self._errors.labels(code).inc()

    def exposition(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self._registry)
