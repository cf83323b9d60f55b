"""Ranked lists to one ranked list, with the arithmetic of OpenSearch's `hybrid` query: pure functions, no I/O."""

from hybrid.fusion.fuse import Fused, Fusion, RankedList, fuse

__all__ = ["Fused", "Fusion", "RankedList", "fuse"]
