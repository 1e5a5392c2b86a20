"""The command line. `command` declares each command, `handler` does what it is for, and `output` prints the result."""

from reconciler.cli.main import main

__all__ = ["main"]
