"""One module a command: it calls one use case and prints what came back. A command that needs no use case has none."""
