"""The timeline of an istag: its stack, who recorded each event in which commit, and what was rolled back or cut.

It is read from the versions of one file, over all parents of merges. Dates are shown and decide nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.errors import UnknownNameError, UsageError
from reconciler.gitstore import Commit, Repository
from reconciler.model.history import TagEvent, TagHistory
from reconciler.model.name import IstagName
from reconciler.model.person import Person
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.log import FileVersion, Log
from reconciler.provenance.parsed_file import Stack
from reconciler.provenance.shallow_clone import ensure_whole
from reconciler.reading.committed_file import content
from reconciler.reading.owned_file import read_history


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """An event, who recorded it, and whether it is still in the stack."""

    event: TagEvent
    author: Person | None
    commit: str | None
    """The commit that first had it on this branch."""
    rolled_back: bool = False
    cut: bool = False
    """Whether it fell off the old end at the history's limit; only git still has it."""
    current: bool = True
    """Whether it is in the stack now."""
    recorded: bool = True
    """Whether a commit that counts recorded it; an event that a person put into the stack was not recorded."""


def timeline(log: Log, name: IstagName) -> list[TimelineEvent]:
    """The current stack first, then every other event that was recorded in the file, newest first.

    An event that a person added and a pass undid was never recorded, so it is not shown.
    Raises `UnknownNameError` if the istag never had a history.
    """
    ensure_whole(log.repository)
    files = FileVersions(log, [name])
    versions = [version for version in files.histories(name) if len(version.commit.parents) <= 1]
    files.load(versions)
    if not versions:
        why = f"{name} has no history at {log.revision[:12]}."
        raise UnknownNameError(str(name), why, "`imagestream status` lists the istags that have.")
    stack = _stack_at_head(log, name)
    newest = files.trailers(name, versions[0].commit)
    removed = newest is not None and newest.cause == "removed"
    lowest = min((event.generation for event in stack), default=0)
    made = recording_commits(files, name, versions)
    known = files.ever(name) if log.trust.has_begun else {*made, *stack}
    current = [_current(event, made.get(event), recorded=event in known) for event in stack]
    gone = [event for event in made if event not in stack and event in known]
    return current + [
        TimelineEvent(
            event,
            made[event].author,
            made[event].id,
            rolled_back=not removed and not _is_cut(event, stack, lowest),
            cut=_is_cut(event, stack, lowest),
            current=False,
        )
        for event in sorted(gone, key=lambda event: event.generation, reverse=True)
        if not _is_rewritten(event, made)
    ]


def _stack_at_head(log: Log, name: IstagName) -> Stack:
    entry = log.repository.commit_files(log.revision).entries.get(name.history_path)
    stack = log.parsed.stack(name, entry.oid if entry else None)
    return stack if stack is not None else history_at(log.repository, log.revision, name).items


def recording_commits(files: FileVersions, name: IstagName, versions: Sequence[FileVersion]) -> dict[TagEvent, Commit]:
    """For each event the first commit that had it, of those that made these versions; newest event first.

    If an own commit recorded the event, it is that commit, even if another one had the event before.
    """
    made: dict[TagEvent, Commit] = {}
    own: dict[TagEvent, Commit] = {}
    for version in versions:
        stack = files.stack(name, version.change.new_oid) or ()
        made.update(dict.fromkeys(stack, version.commit))
        if files.is_own(name, version):
            before = files.stack(name, version.change.old_oid) or ()
            own.update(dict.fromkeys((event for event in stack if event not in before), version.commit))
    return made | own


def _current(event: TagEvent, commit: Commit | None, *, recorded: bool) -> TimelineEvent:
    """An event of the current stack; without an author if only a merge made it."""
    author, made = (commit.author, commit.id) if commit else (None, None)
    return TimelineEvent(event, author, made, recorded=recorded)


def history_at(repository: Repository, revision: str, name: IstagName) -> TagHistory:
    """The history of an istag at a commit, empty if there is none. Raises `DocumentError` if it cannot be read."""
    data = content(repository, repository.commit_files(revision), name.history_path)
    return read_history(data, name.history_path, name) if data is not None else TagHistory(name)


def revision_at(repository: Repository, revision: str, at: str | None) -> str:
    """The commit that `--at` means: a revision, or the newest commit of the branch up to a time (RFC 3339, UTC).

    Raises `UsageError` for text that is neither.
    """
    if at is None:
        return revision
    moment = _moment(at)
    found = Log(repository, revision).ancestry.commit_at(revision, moment) if moment else repository.resolve(at)
    if found is None:
        why = f"--at {at!r} is neither a commit nor a time with a commit before it."
        raise UsageError(f"{why} Write 2026-11-23T08:00:00Z.")
    return found


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_cut(event: TagEvent, stack: tuple[TagEvent, ...], lowest: int) -> bool:
    """Whether the event fell off the old end of the stack: it was not taken off the top."""
    return bool(stack) and event.generation < lowest


def _is_rewritten(event: TagEvent, made: dict[TagEvent, Commit]) -> bool:
    """Whether a newer event replaced this one in place: same image, time and generation, another source."""
    key = (event.image, event.created, event.generation)
    return any(
        (other.image, other.created, other.generation) == key and other != event and _newer(made, other, event)
        for other in made
    )


def _newer(made: dict[TagEvent, Commit], one: TagEvent, other: TagEvent) -> bool:
    """Whether `one` comes from a newer version: versions are read newest first, so it was found first."""
    order = list(made)
    return order.index(one) < order.index(other)
