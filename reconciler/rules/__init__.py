"""Findings beyond the schema, as a table."""
