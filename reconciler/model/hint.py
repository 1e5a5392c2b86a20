"""A hint: what is kept of a webhook's payload; and a receiver, which the Installation declares for its sender.

A hint names what to look up again, never its content: no digest and no URL of a payload is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.model.host import Host
from reconciler.model.reference import InvalidReferenceError, Reference
from reconciler.model.text import line_of

PusherClaims = Mapping[tuple[Host, str, str], str | None]
"""The pusher of a tag according to events, by host, repository and tag; None if they disagree, or one names none."""
MAX_CLAIMS = 1_000
MAX_CLAIM = 100
"""Characters of a pusher's name."""
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})", re.ASCII)
_NO_BRACKETS = str.maketrans("<>", "  ")
_NO_COMMIT = {"0" * 40, "0" * 64}
"""The commit that git hosts send for a deleted branch (in SHA-1 and SHA-256 repositories)."""
MAX_BRANCH = 255


@dataclass(frozen=True, slots=True)
class Hint:
    """A push to a repository or tag, according to an event. Names follow the grammar of references."""

    host: Host | None
    """The registry as references name it (`docker.io`); None if it is unknown."""
    repository: str
    tag: str | None = None
    """None for the whole repository."""
    pusher: str | None = field(default=None, compare=False)
    """The pusher according to the event, as cleaned text; it does not count when hints are compared."""


@dataclass(frozen=True, slots=True)
class GitHint:
    """A move of a branch, according to an event."""

    branch: str | None = None
    """None for any branch."""
    commit: str | None = None
    """The new tip; None if the branch was deleted, or if the event does not name it."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver of webhooks, as the Installation declares it."""

    name: str
    """The last part of its path."""
    kind: str
    secret: str
    """The name of a file in the installation's `secretsDir`."""
    registry: Host | None = None
    """The registry that its events are about; it overrides the one in the events."""
    repositories: tuple[tuple[str, str], ...] = ()
    """For repository managers: the name of each of their repositories, and that name in pull specs."""


def hint_of(host: str | None, repository: str, tag: str | None, pusher: str | None = None) -> Hint | None:
    """The hint, with names as references have them; None if they are not valid names."""
    spelling = f"{host or 'docker.io'}/{repository}" + (f":{tag}" if tag else "")
    try:
        reference = Reference.parse(spelling)
    except InvalidReferenceError:
        return None
    if reference.digest is not None or reference.tag != (tag or None):
        return None
    return Hint(reference.host if host else None, reference.repository if host else repository, reference.tag, pusher)


def git_hint_of(branch: str, commit: str | None) -> GitHint | None:
    """The hint; None if the branch has no valid name. A malformed commit is left out."""
    if not 0 < len(branch) <= MAX_BRANCH or not branch.isprintable():
        return None
    known = commit is not None and _COMMIT.fullmatch(commit) is not None and commit not in _NO_COMMIT
    return GitHint(branch, commit if known else None)


def claim(value: object) -> str | None:
    """A pusher's name as cleaned text for one line of a message, cut and without `<>`; None if nothing is left."""
    if not isinstance(value, str):
        return None
    return line_of(value[: 4 * MAX_CLAIM].translate(_NO_BRACKETS), MAX_CLAIM)


def claims_of(hints: Iterable[Hint]) -> PusherClaims:
    """The claims in hints, for the tags that they name; a hint without a registry makes no claim."""
    found: PusherClaims = {}
    for hint in hints:
        if hint.host is not None and hint.tag is not None:
            found = joined(found, {(hint.host, hint.repository, hint.tag): hint.pusher})
    return found


def joined(earlier: PusherClaims, later: PusherClaims) -> PusherClaims:
    """Both claims together, at most `MAX_CLAIMS`. A tag with several pushers has None: any of them may have won."""
    found = dict(earlier)
    for key, pusher in later.items():
        if key in found:
            found[key] = pusher if found[key] == pusher else None
        elif len(found) < MAX_CLAIMS:
            found[key] = pusher
    return found


def claimed(claims: PusherClaims, pull_spec: str) -> str | None:
    """The pusher of the tag in a pull spec, according to the claims; None if there is no claim."""
    key = key_of(pull_spec) if claims else None
    return claims.get(key) if key is not None else None


def key_of(pull_spec: str) -> tuple[Host, str, str] | None:
    """The key of claims about a pull spec; None if it has no tag."""
    try:
        reference = Reference.parse(pull_spec)
    except InvalidReferenceError:
        return None
    return (reference.host, reference.repository, reference.tag) if reference.tag else None
