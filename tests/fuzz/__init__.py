"""Fuzzing: every parser of foreign bytes gives a value or its own error, whatever it is fed."""
