"""Use cases that only read: status, describe, find, validate."""
