"""One machine, no server: SQLite holds the truth, tantivy the inverted index, flat files the vectors."""
