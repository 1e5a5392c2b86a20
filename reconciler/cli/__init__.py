"""The command line: one file a command, each parses, calls one use case and renders what came back."""

from reconciler.cli.main import main

__all__ = ["main"]
