"""Logs, metrics, and reports of bugs."""
