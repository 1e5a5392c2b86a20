"""Git events: from what each kind of git host posts to hints about branches. Pure, one function a kind, in one table.

Pushes of tags, merge requests, pings and kinds of events that nobody knows give none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from reconciler.model.hint import GitHint, git_hint_of
from reconciler.model.plain import items, mapping, text
from reconciler.server.hooks.payload import Payload, PayloadError

Parse = Callable[[Payload], Iterator[GitHint | None]]
_BRANCHES: Final = "refs/heads/"
_MAX_HINTS: Final = 1_000


def git_hints(payload: Payload, kind: str) -> tuple[GitHint, ...]:
    """The hints of an event, each once, in its order. Raises `PayloadError` where the body cannot be such an event."""
    found: dict[GitHint, None] = {}
    for hint in PARSERS[kind](payload):
        if hint is not None and len(found) < _MAX_HINTS:
            found.setdefault(hint)
    return tuple(found)


def _pushed(*events: tuple[str, str]) -> Parse:
    """A parser of a body with `ref` and `after`, sent with one of these headers."""

    def parse(payload: Payload) -> Iterator[GitHint | None]:
        body = _object(payload)
        if any(payload.headers.get(name) == value for name, value in events):
            yield _branch(body.get("ref"), body.get("after"))

    return parse


def _bitbucket(payload: Payload) -> Iterator[GitHint | None]:
    """Bitbucket Cloud; `new` is null where a branch was deleted."""
    body = _object(payload)
    if payload.headers.get("x-event-key") != "repo:push":
        return
    for change in map(mapping, items(mapping(body.get("push")).get("changes"))):
        new = mapping(change.get("new"))
        ref = new or mapping(change.get("old"))
        if ref.get("type") in {"branch", "named_branch"}:
            yield git_hint_of(text(ref.get("name")), text(mapping(new.get("target")).get("hash")) or None)


def _bitbucket_datacenter(payload: Payload) -> Iterator[GitHint | None]:
    body = _object(payload)
    if (payload.headers.get("x-event-key") or body.get("eventKey")) == "repo:refs_changed":
        for change in map(mapping, items(body.get("changes"))):
            yield _branch(mapping(change.get("ref")).get("id"), change.get("toHash"))


def _azure_devops(payload: Payload) -> Iterator[GitHint | None]:
    body = _object(payload)
    if body.get("eventType") == "git.push":
        for update in map(mapping, items(mapping(body.get("resource")).get("refUpdates"))):
            yield _branch(update.get("name"), update.get("newObjectId"))


def _generic(payload: Payload) -> Iterator[GitHint | None]:
    """Nothing at all, or `{"branch": …, "commit": …}`, each of which may be left out."""
    body = mapping(payload.value)
    branch, commit = text(body.get("branch")), text(body.get("commit")) or None
    yield git_hint_of(branch, commit) if branch else GitHint()


def _branch(ref: object, commit: object) -> GitHint | None:
    name = text(ref)
    return git_hint_of(name.removeprefix(_BRANCHES), text(commit) or None) if name.startswith(_BRANCHES) else None


def _object(payload: Payload) -> Mapping[str, object]:
    if not isinstance(payload.value, dict):
        raise PayloadError("the body is no JSON object.")
    return payload.value


PARSERS: Final[Mapping[str, Parse]] = {
    "azure-devops": _azure_devops,
    "bitbucket": _bitbucket,
    "bitbucket-datacenter": _bitbucket_datacenter,
    "forgejo": _pushed(("x-forgejo-event", "push"), ("x-gitea-event", "push")),
    "generic": _generic,
    "gitea": _pushed(("x-gitea-event", "push")),
    "github": _pushed(("x-github-event", "push")),
    "gitlab": _pushed(("x-gitlab-event", "Push Hook")),
}
"""By the receiver's kind."""
