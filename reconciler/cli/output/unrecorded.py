"""The warning about an event in a history, now or earlier, that no commit of the reconciler recorded."""

from __future__ import annotations

from reconciler.model.name import IstagName
from reconciler.model.person import Person
from reconciler.model.reference import is_digest, short_digest


def unrecorded(name: IstagName, identity: str, commit: str | None, author: Person | None) -> str:
    """One line with the istag, the event, and the person who added it."""
    what = short_digest(identity) if is_digest(identity) else identity
    by = f", but put there by {author.name} in commit {commit[:12]}" if author and commit else ""
    return f"{name}: {what} was never recorded{by}. `imagestream verify` shows more."
