"""Sinks that learn of a move. Its place is kept; nothing is delivered yet."""
