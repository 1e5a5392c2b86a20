"""Commits of a plan: which changes share one, and who its author is (design 3.5)."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.change import Change, Move
from reconciler.model.config import Grouping
from reconciler.model.name import IstagName
from reconciler.model.person import Person
from reconciler.model.plan import Plan


def groups(plan: Plan, grouping: Grouping) -> list[tuple[Change, ...]]:
    """The plan's changes, cut into commits, in follow order.

    Each change has its own commit, so that it can be reverted alone; only the first events of a stream that has no
    history yet share one. `per-stream` and `per-pass` put more changes together, for people who prefer fewer commits. A
    second change of an istag (released, then moved) always begins another commit, since it builds on the first.
    """
    commits: list[dict[IstagName, Change]] = []
    newest: dict[object, dict[IstagName, Change]] = {}
    for position, change in enumerate(plan.changes):
        key = _key(change, position, grouping)
        if key not in newest or change.tag in newest[key]:
            newest[key] = {}
            commits.append(newest[key])
        newest[key][change.tag] = change
    return [tuple(changes.values()) for changes in commits]


def _key(change: Change, position: int, grouping: Grouping) -> object:
    if grouping is Grouping.PER_PASS:
        return "pass"
    first = isinstance(change, Move) and change.first
    if grouping is Grouping.PER_STREAM or first:
        return (first, change.tag.stream_name)
    return position


def author(changes: Sequence[Change], committer: Person) -> Person:
    """The person who caused all of the changes; the reconciler itself if several people did, or none."""
    people = {change.request.person if change.request else committer for change in changes}
    return people.pop() if len(people) == 1 else committer
