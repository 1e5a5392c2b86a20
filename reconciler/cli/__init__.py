"""One file a command: parse, call, render."""


def main() -> None:
    """Run the command line."""
