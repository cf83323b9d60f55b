"""A secret that a request carries is kept out of the log of the client that sends it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

# Where opensearch-py writes the bodies of requests.
LOGGERS = ("opensearch", "opensearchpy.trace")


@contextmanager
def hidden(secret: str | None) -> Iterator[None]:
    """Drop what those loggers say of bodies, which may hold `secret` in other signs, until the block is left."""
    if secret is None:
        yield
        return

    def keeps(record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING and secret not in record.getMessage()

    loggers = [logging.getLogger(name) for name in LOGGERS]
    for logger in loggers:
        logger.addFilter(keeps)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(keeps)
