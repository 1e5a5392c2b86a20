"""Removed histories: what was last recorded of istags whose history file was removed."""

from __future__ import annotations

from collections.abc import Callable, Collection

from reconciler.model.history import TagHistory, TagHold
from reconciler.model.name import IstagName
from reconciler.planning.transition import Meaning, classify, classify_hold
from reconciler.planning.world import Restorable
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.log import FileVersion, Log
from reconciler.provenance.parsed_file import Stack

IsMeant = Callable[[FileVersions, IstagName, FileVersion], bool]
"""Whether the removal of a history, its newest version, is one after which the history comes back."""


def find_removed(
    log: Log, names: Collection[IstagName], is_meant: IsMeant | None = None
) -> dict[IstagName, Restorable]:
    """The history and the hold that each of these istags had before its file was removed, for those that had one.

    Only recorded events come back; what people had added to the file before its removal is left out. `is_meant` selects
    removals; without it every removal counts.
    """
    versions = FileVersions(log, names)
    gone = {
        name: changes[0]
        for name in names
        if (changes := versions.histories(name))
        and changes[0].change.new_oid is None
        and (is_meant is None or is_meant(versions, name, changes[0]))
    }
    versions.load(gone.values())
    found: dict[IstagName, Restorable] = {}
    for name, version in gone.items():
        stack = _stack(log, versions, name, version)
        if stack:
            found[name] = Restorable(TagHistory(name, stack), version.commit.id, _hold(versions, name, version))
    return found


def _stack(log: Log, versions: FileVersions, name: IstagName, version: FileVersion) -> Stack:
    """The last content of the file if all of it was recorded; else what was last written, or accepted by a Hold."""
    written = versions.stack(name, _last_written(log, versions, name, version)) or versions.baseline_stack(name)
    there = versions.stack(name, version.change.old_oid)
    meaning = classify(written, there, versions.ever(name)).meaning
    return there if there and meaning in {Meaning.UNCHANGED, Meaning.DECIDED} else written


def _last_written(log: Log, versions: FileVersions, name: IstagName, removal: FileVersion) -> str | None:
    """The content that the reconciler last wrote before the removal, or accepted by a Hold; None for neither."""
    histories, holds = (
        {name: [each for each in changes if each.position > removal.position and each.change.new_oid is not None]}
        for changes in (versions.histories(name), versions.holds(name))
    )
    own = versions.newest(histories, versions.is_own).get(name)
    answer = versions.newest(holds, versions.is_answer).get(name)
    if answer is not None and (own is None or answer.position < own.position):
        entry = log.repository.commit_files(answer.commit.id).entries.get(name.history_path)
        return entry.oid if entry is not None else None
    return own.change.new_oid if own is not None else None


def _hold(versions: FileVersions, name: IstagName, version: FileVersion) -> TagHold | None:
    """The hold that was removed with the history, by the same rule."""
    gone = next((hold for hold in versions.holds(name) if hold.position == version.position), None)
    if gone is None or gone.change.new_oid is not None:
        return None
    last = versions.newest({name: [each for each in versions.holds(name) if each.change.new_oid]}, versions.is_own_hold)
    written = versions.entries(name, last[name].change.new_oid) or () if name in last else versions.baseline_held(name)
    there = versions.entries(name, gone.change.old_oid)
    entries = classify_hold(written, there, versions.ever_held(name), rewritten=False).entries
    return TagHold(name, entries) if entries else None
