"""Signatures of commits: making them, and checking them against the trusted keys."""
