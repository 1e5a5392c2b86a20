"""Small texts that several commands print."""

from __future__ import annotations

import click

from reconciler.model.reference import is_digest, short_digest


def short(identity: str | None) -> str:
    """An image for people: its digest cut to twelve digits, or the pull spec of a reference tag."""
    if identity is None:
        return "<none>"
    return short_digest(identity) if is_digest(identity) else identity


def echo_error(message: str) -> None:
    """Print a failure on stderr, for a command that prints the rest of its result too."""
    click.echo(f"{click.style('error:', fg='red', bold=True)} {message}", err=True)


def echo_note(message: str) -> None:
    """Print a note on stderr, beside the result."""
    click.echo(f"note: {message}", err=True)
