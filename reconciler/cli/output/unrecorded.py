"""What a person is told of an event that stands, or stood, in a history and that no commit that counts recorded."""

from __future__ import annotations

from reconciler.model.name import IstagName
from reconciler.model.person import Person
from reconciler.model.reference import is_digest, short_digest


def unrecorded(name: IstagName, identity: str, commit: str | None, author: Person | None) -> str:
    """One line: which event of which istag, and who put it there."""
    what = short_digest(identity) if is_digest(identity) else identity
    by = f", but put there by {author.name} in commit {commit[:12]}" if author and commit else ""
    return f"{name}: {what} was never recorded{by}. `imagestream verify` shows more."
