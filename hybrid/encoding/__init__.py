"""Text to vectors; all model code is in here."""
