"""A branch that moved: the hint for what a git host's event names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import GitHint, git_hint_of
from reconciler.model.plain import text
from reconciler.server.hooks.payload import Payload

_BRANCHES: Final = "refs/heads/"


def moved(ref: object, commit: object) -> GitHint | None:
    """The hint for a reference and its new commit; None where the reference is not a branch."""
    name = text(ref)
    return git_hint_of(name.removeprefix(_BRANCHES), text(commit) or None) if name.startswith(_BRANCHES) else None


def push_event(payload: Payload, *headers: tuple[str, str]) -> Iterator[GitHint | None]:
    """The hint of a body with `ref` and `after`, if one of these headers (name and value) calls it a push."""
    body = payload.json_object()
    if any(payload.headers.get(name) == value for name, value in headers):
        yield moved(body.get("ref"), body.get("after"))
