"""Fuzzing: every parser of foreign bytes gives a value or its own error, for any input."""
