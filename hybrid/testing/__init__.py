"""For users' tests and ours: an encoder without a model."""

from hybrid.testing.fake_encoder import FakeEncoder

__all__ = ["FakeEncoder"]
