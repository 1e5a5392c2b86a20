"""Work trees: reading their files, and moving a checked-out branch without losing a person's changes."""
