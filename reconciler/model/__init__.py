"""Frozen values of the domain and their text forms. No I/O, no clock, no logging."""
