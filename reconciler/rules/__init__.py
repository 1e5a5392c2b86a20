"""Findings beyond the schema, as a table of rules and pure functions over plain values."""
