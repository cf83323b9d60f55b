"""Where documents live and legs run."""
