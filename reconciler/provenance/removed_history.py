"""Removed histories: what was last recorded of istags whose history file is gone."""

from __future__ import annotations

from collections.abc import Callable, Collection

from reconciler.model.history import TagHistory, TagHold
from reconciler.model.name import IstagName
from reconciler.planning.transition import Meaning, classify, classify_hold
from reconciler.planning.world import Restorable
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.log import Log, Version
from reconciler.provenance.parsed_file import Stack

Counts = Callable[[FileVersions, IstagName, Version], bool]


def find_removed(log: Log, names: Collection[IstagName], counts: Counts | None = None) -> dict[IstagName, Restorable]:
    """The history and the hold that each of these istags had before its file went, for those that had one.

    Only what was recorded comes back: where people had put something else into the file before it went, that is left
    out. `counts` says whether a removal is one that is meant; without it every one is.
    """
    record = FileVersions(log, names)
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
        stack = _stack(log, record, name, version)
        if stack:
            found[name] = Restorable(TagHistory(name, stack), version.commit.id, _hold(record, name, version))
    return found


def _stack(log: Log, record: FileVersions, name: IstagName, version: Version) -> Stack:
    """What the file had when it went, if all of that was recorded there; else what was last written or understood."""
    written = record.stack(name, _last_written(log, record, name, version)) or record.taken(name)
    there = record.stack(name, version.change.old_oid)
    meaning = classify(written, there, record.ever(name)).meaning
    return there if there and meaning in {Meaning.UNCHANGED, Meaning.DECIDED} else written


def _last_written(log: Log, record: FileVersions, name: IstagName, removal: Version) -> str | None:
    """The content that the reconciler last wrote before the file went, or answered by a Hold; None for neither."""
    histories, holds = (
        {name: [each for each in versions if each.position > removal.position and each.change.new_oid is not None]}
        for versions in (record.histories(name), record.holds(name))
    )
    own = record.newest(histories, record.is_own).get(name)
    answer = record.newest(holds, record.is_answer).get(name)
    if answer is not None and (own is None or answer.position < own.position):
        entry = log.repository.commit_files(answer.commit.id).entries.get(name.history_path)
        return entry.oid if entry is not None else None
    return own.change.new_oid if own is not None else None


def _hold(record: FileVersions, name: IstagName, version: Version) -> TagHold | None:
    """The hold that went with the history, by the same rule."""
    gone = next((hold for hold in record.holds(name) if hold.position == version.position), None)
    if gone is None or gone.change.new_oid is not None:
        return None
    last = record.newest({name: [each for each in record.holds(name) if each.change.new_oid]}, record.is_own_hold)
    written = record.entries(name, last[name].change.new_oid) or () if name in last else record.taken_held(name)
    there = record.entries(name, gone.change.old_oid)
    entries = classify_hold(written, there, record.ever_held(name), rewritten=False).entries
    return TagHold(name, entries) if entries else None
