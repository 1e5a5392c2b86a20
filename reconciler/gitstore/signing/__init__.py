"""Signatures of commits: making them, and saying whose count."""
