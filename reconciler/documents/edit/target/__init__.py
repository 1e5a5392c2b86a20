"""Targets of edits: what the engine is told to change in one kind of object."""
