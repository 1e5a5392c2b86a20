"""One commit: its Config, declared streams, histories and holds. Earlier commits are read by `provenance` only."""
