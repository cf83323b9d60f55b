"""hybrid inside other frameworks: thin, each behind an extra of its own, none imported before it is asked for."""
