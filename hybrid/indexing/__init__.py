"""From what a user hands in to checked, encoded documents in batches."""
