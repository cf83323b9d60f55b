"""OpenSearch as the engine: text, fields and vectors in one index, ranked and fused by the server."""
