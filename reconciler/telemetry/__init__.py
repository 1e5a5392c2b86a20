"""Logs, and reports of bugs."""
