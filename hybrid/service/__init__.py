"""The encoder as a service over HTTP: texts to vectors for programs without a model, and for OpenSearch itself."""

from hybrid.service.limits import Limits

__all__ = ["Limits"]
