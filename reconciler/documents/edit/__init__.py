"""Editing documents in place: one value changes, and every other byte stays. `target` has the kinds of edits."""
