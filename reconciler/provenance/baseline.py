"""The baseline: the histories and holds in the parent of a branch's first own commit. They count without proof.

With several beginnings (`trust`) it is what the parents of all of them have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from reconciler.gitstore import Repository
from reconciler.model.history import HeldImage, TagEvent
from reconciler.model.name import IstagName, istag_of_path
from reconciler.provenance.parsed_file import Held, ParsedFiles, Stack
from reconciler.provenance.trust import Trust

Item = TypeVar("Item", TagEvent, HeldImage)


class Baseline:
    """The histories and holds from before the beginning; each tree is read once, when it is first needed."""

    def __init__(self, repository: Repository, trust: Trust, parsed: ParsedFiles) -> None:
        self._repository = repository
        self._trust = trust
        self._parsed = parsed
        self._trees: list[Mapping[str, str]] | None = None

    def stack(self, name: IstagName) -> Stack:
        """The events of a history, newest first."""
        return _common([self._parsed.stack(name, tree.get(name.history_path)) or () for tree in self._read()])

    def held(self, name: IstagName) -> Held:
        """The entries of a hold, newest first."""
        return _common([self._parsed.held(name, tree.get(name.hold_path)) or () for tree in self._read()])

    def _read(self) -> list[Mapping[str, str]]:
        if self._trees is None:
            snapshots = [self._repository.commit_files(commit) for commit in self._trust.taken_from()]
            self._trees = [
                {path: entry.oid for path, entry in each.entries.items() if istag_of_path(path)} for each in snapshots
            ]
        return self._trees


def _common(sides: Sequence[Sequence[Item]]) -> tuple[Item, ...]:
    """What all sides have, in the order of the first."""
    first = sides[0] if sides else ()
    return tuple(item for item in first if all(item in side for side in sides))
