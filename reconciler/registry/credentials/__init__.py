"""Credentials: where they are looked up, and which of them is sent to a registry."""
