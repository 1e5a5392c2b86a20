"""Removed histories: what git last had for istags whose history file is gone."""

from __future__ import annotations

from collections.abc import Callable, Collection

from reconciler.gitstore import Repository
from reconciler.model.history import TagHistory, TagHold
from reconciler.model.name import IstagName
from reconciler.planning.world import Restorable
from reconciler.provenance.record import Record, Version

Counts = Callable[[Record, IstagName, Version], bool]


def removed(
    repository: Repository, revision: str, names: Collection[IstagName], counts: Counts | None = None
) -> dict[IstagName, Restorable]:
    """The history and the hold that each of these istags had before its file went, for those that had one.

    `counts` says whether a removal is one that is meant; without it every one is.
    """
    record = Record(repository, revision, names)
    gone = {
        name: versions[0]
        for name in names
        if (versions := record.histories(name))
        and versions[0].change.new_oid is None
        and (counts is None or counts(record, name, versions[0]))
    }
    record.load(gone.values())
    found: dict[IstagName, Restorable] = {}
    for name, version in gone.items():
        stack = record.stack(name, version.change.old_oid)
        if stack:
            found[name] = Restorable(TagHistory(name, stack), version.commit.id, _hold(record, name, version))
    return found


def _hold(record: Record, name: IstagName, version: Version) -> TagHold | None:
    """The hold that the removing commit took away with the history."""
    gone = next((hold for hold in record.holds(name) if hold.position == version.position), None)
    if gone is None or gone.change.new_oid is not None:
        return None
    record.load([gone])
    entries = record.entries(name, gone.change.old_oid)
    return TagHold(name, entries) if entries else None
