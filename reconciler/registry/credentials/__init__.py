"""Credentials: where they are looked for, and which of them is sent to a registry."""
