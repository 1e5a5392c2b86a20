"""Editing documents in place: one value changes, and every other byte stays."""
