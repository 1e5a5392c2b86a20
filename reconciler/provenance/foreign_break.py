"""Breaks outside of `history/` and `holds/`: what own commits changed although their trailers do not name it.

Such a break is undone by the first later commit after which nothing of it is in the file, unless the newest commit
shows it again: a wrong value has another text, or every further change of the commit has gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.documents.edit.target.field_difference import FieldContent, differing_values
from reconciler.documents.edit.value import same
from reconciler.provenance.break_log import RULES, Break
from reconciler.provenance.log import FileVersion, Log
from reconciler.provenance.workload_audit import ForeignChange
from reconciler.settings import MAX_FILE_BYTES


def foreign_breaks(log: Log, foreign: Iterable[ForeignChange]) -> list[Break]:
    """The breaks, each with the commit that undid it."""
    changes = list(foreign)
    if not changes:
        return []
    versions = log.versions_of_each({change.path for change in changes}, merges=True)
    entries = log.repository.commit_files(log.revision).entries
    now = {path: entry.oid for path, entry in entries.items()}
    return [_break(change, _undone_by(log, change, versions[change.path], now.get(change.path))) for change in changes]


def _break(change: ForeignChange, undone_by: str | None) -> Break:
    commit = change.commit
    text = RULES[change.rule].format(what=change.what)
    message = f"{change.tag}: commit {commit.id[:12]} by {commit.author.name} {text}."
    return Break(change.tag, commit.id, commit.author, change.rule, message, undone_by)


def _undone_by(log: Log, change: ForeignChange, versions: Sequence[FileVersion], now: str | None) -> str | None:
    """The commit that undid a change; `now` is the file's content at the newest commit."""
    if _shows(change, _content(log, now)):
        return None
    later = []
    for version in versions:
        if version.commit.id == change.commit.id:
            break
        later.append(version)
    oldest_first = reversed(later)
    undoing = (each for each in oldest_first if not _shows(change, _content(log, each.change.new_oid)))
    return next((each.commit.id for each in undoing), log.revision)


def _content(log: Log, oid: str | None) -> bytes | None:
    return log.repository.read([oid], MAX_FILE_BYTES)[oid] if oid is not None else None


def _shows(change: ForeignChange, data: bytes | None) -> bool:
    """Whether anything of the change is left in a content of its file."""
    if data == change.new:
        return True
    if data is None or change.new is None:
        return False
    now, then = FieldContent.read(data, change.path), FieldContent.read(change.new, change.path)
    if now is None or then is None:
        return False
    if change.place is not None:
        return same(now.value(change.place), then.value(change.place))
    before = FieldContent.read(change.old, change.path) if change.old is not None else None
    return any(same(now.value(place), value) for place, value in differing_values(before, then).items())
