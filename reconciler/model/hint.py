"""Hints: what is kept of a webhook's payload, and what the installation says about who may send one.

A hint says where to look again, never what is there: no digest and no URL of a payload is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.model.host import Host
from reconciler.model.reference import InvalidReferenceError, Reference
from reconciler.model.text import line_of

PusherClaims = Mapping[tuple[Host, str, str], str | None]
"""Who pushed a tag, somebody says, by host, repository and tag; None where events disagree, or one does not say."""
MAX_CLAIMS = 1_000
MAX_CLAIM = 100
"""Characters of a pusher's name."""
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})", re.ASCII)
_NO_BRACKETS = str.maketrans("<>", "  ")
_NO_COMMIT = {"0" * 40, "0" * 64}
"""What git hosts send for a branch that is gone (SHA-1 and SHA-256 repositories)."""
MAX_BRANCH = 255


@dataclass(frozen=True, slots=True)
class Hint:
    """Something was pushed there, somebody says. Names follow the grammar of references."""

    host: Host | None
    """The registry as references name it (`docker.io`); None where neither event nor receiver says."""
    repository: str
    tag: str | None = None
    """None where the whole repository is meant."""
    pusher: str | None = field(default=None, compare=False)
    """Who the registry says it was: a claim, cleaned, that takes no part in comparing hints."""


@dataclass(frozen=True, slots=True)
class GitHint:
    """The branch moved, somebody says."""

    branch: str | None = None
    """None where any may have."""
    commit: str | None = None
    """Its new tip; None where it is gone or not told."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """One way in, as the installation declares it."""

    name: str
    """The last part of its address."""
    kind: str
    secret: str
    """The name of a file in the installation's `secretsDir`."""
    registry: Host | None = None
    """The registry that its events are about, whatever they say themselves."""
    repositories: tuple[tuple[str, str], ...] = ()
    """What a repository manager's own repositories are called by those who pull."""


def hint_of(host: str | None, repository: str, tag: str | None, pusher: str | None = None) -> Hint | None:
    """The hint with names as references have them, or None where they are no names."""
    spelling = f"{host or 'docker.io'}/{repository}" + (f":{tag}" if tag else "")
    try:
        reference = Reference.parse(spelling)
    except InvalidReferenceError:
        return None
    if reference.digest is not None or reference.tag != (tag or None):
        return None
    return Hint(reference.host if host else None, reference.repository if host else repository, reference.tag, pusher)


def git_hint_of(branch: str, commit: str | None) -> GitHint | None:
    """The hint, or None where that is no branch's name; what is no commit is left out."""
    if not 0 < len(branch) <= MAX_BRANCH or not branch.isprintable():
        return None
    known = commit is not None and _COMMIT.fullmatch(commit) is not None and commit not in _NO_COMMIT
    return GitHint(branch, commit if known else None)


def claim(value: object) -> str | None:
    """A name that somebody claims, fit for one line of a message: printable, without `<>`, cut; None if nothing is."""
    if not isinstance(value, str):
        return None
    return line_of(value[: 4 * MAX_CLAIM].translate(_NO_BRACKETS), MAX_CLAIM)


def claims_of(hints: Iterable[Hint]) -> PusherClaims:
    """What hints claim of the tags they name; one that does not say which registry it is from claims nothing."""
    found: PusherClaims = {}
    for hint in hints:
        if hint.host is not None and hint.tag is not None:
            found = joined(found, {(hint.host, hint.repository, hint.tag): hint.pusher})
    return found


def joined(earlier: PusherClaims, later: PusherClaims) -> PusherClaims:
    """Both, at most `MAX_CLAIMS`; of a tag that several pushed nobody knows whose image is there now."""
    found = dict(earlier)
    for key, pusher in later.items():
        if key in found:
            found[key] = pusher if found[key] == pusher else None
        elif len(found) < MAX_CLAIMS:
            found[key] = pusher
    return found


def claimed(claims: PusherClaims, pull_spec: str) -> str | None:
    """Who is said to have pushed what a pull spec by tag names; None where nobody is."""
    key = key_of(pull_spec) if claims else None
    return claims.get(key) if key is not None else None


def key_of(pull_spec: str) -> tuple[Host, str, str] | None:
    """What claims about a pull spec by tag are kept under; None where it names no tag."""
    try:
        reference = Reference.parse(pull_spec)
    except InvalidReferenceError:
        return None
    return (reference.host, reference.repository, reference.tag) if reference.tag else None
