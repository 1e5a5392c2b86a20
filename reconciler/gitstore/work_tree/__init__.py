"""Work trees: reading their files, and moving a checked-out branch without losing a byte of a person's work."""
