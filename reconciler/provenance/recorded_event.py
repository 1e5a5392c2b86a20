"""Every event that was recorded in any history of a stream."""

from __future__ import annotations

from reconciler.model.history import TagEvent
from reconciler.model.name import StreamName, istag_of_path
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.log import Log
from reconciler.provenance.shallow_clone import ensure_whole
from reconciler.settings import HISTORY_DIR, HOLDS_DIR


def recorded_events(log: Log, stream: StreamName) -> tuple[TagEvent, ...]:
    """Every event that was recorded in any history of the stream, newest version first.

    On a branch without an own commit every event counts.
    """
    ensure_whole(log.repository)
    versions = log.under([f"{HISTORY_DIR}/{stream}", f"{HOLDS_DIR}/{stream}"], merges=True)
    files = FileVersions(log, {name for version in versions if (name := istag_of_path(version.change.path))}, versions)
    files.load(versions)
    events: dict[TagEvent, None] = {}
    for version in versions:
        name = istag_of_path(version.change.path)
        if name is None or version.change.path != name.history_path:
            continue
        stack = files.stack(name, version.change.new_oid) or ()
        known = files.ever(name) if log.trust.has_begun else stack
        events.update(dict.fromkeys(event for event in stack if event in known))
    return tuple(events)
