"""Announcements: what a sink has to be told of the commits after its cursor, oldest first.

A change is told if the trailers of its commit count (`trust`), and if the commit really made it: its history or hold is
an own version (`file_versions`), or it wrote the image fields that it names and nothing else (`workload_audit`). What
is forged is not told. Merges tell nothing; an own commit that arrives with a merge is told once, in the order of the
graph, parents before children.

A batch follows the line of first parents from the cursor, for a bounded number of commits, and takes with them what
they merged. A cursor may stop at a commit of that line: everything that such a commit has was told before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from reconciler.gitstore import Commit, FileChange, Repository
from reconciler.model.change import ChangeKind
from reconciler.model.commit_link import commit_link
from reconciler.model.history import Cause, TagEvent, timestamp
from reconciler.model.image_field import parse_name
from reconciler.model.name import IstagName, istag_of_path
from reconciler.model.notification import Notification, notification_id
from reconciler.model.person import Request
from reconciler.model.text import MAX_TOKEN, line
from reconciler.model.version import Version
from reconciler.planning.trailers import RecordedChange
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.log import MAX_PATHS, FileVersion, Log
from reconciler.provenance.shallow_clone import ensure_whole
from reconciler.provenance.trust import OWN_PATHS
from reconciler.provenance.workload_audit import audit_commits
from reconciler.settings import HOLDS_DIR

BATCH: Final = 200
"""Commits of the line of first parents that one batch covers."""
_KINDS: Final[Mapping[str, ChangeKind]] = {
    "rolled-back": ChangeKind.HOLD,
    "released": ChangeKind.UNHOLD,
    "removed": ChangeKind.REMOVE,
    "restored": ChangeKind.RESTORE,
    "retargeted": ChangeKind.RETARGET,
}
"""The kinds of change by their trailer `Cause`; the others are moves and rewrites."""
_FROM_EARLIER: Final = frozenset({"restored", "rolled-back", "released", Cause.ADOPTED})
"""Causes of changes that are judged by all earlier versions of their files; for others those after the cursor do."""
_LABEL: Final = re.compile(rf"^Version (\S{{1,{MAX_TOKEN}}}?)(?:, built .*)?\.$", re.MULTILINE)
"""The line of a message that has the version of the image's labels (`planning.message`)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the commits are, for people."""

    repository: str
    """The address of the remote without credentials; empty without one."""
    branch: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """The changes of one commit."""

    commit: str
    notifications: tuple[Notification, ...]
    is_stop: bool
    """Whether a cursor may move to this commit once this announcement and all before it were told."""


@dataclass(frozen=True, slots=True)
class Announcements:
    """One batch."""

    items: tuple[Announcement, ...]
    end: str
    """Where the cursor moves once everything was told."""
    is_full: bool = False
    """Whether the batch has as many commits as fit in one, so that more may follow."""


def read_announcements(repository: Repository, place: Place, cursor: str, head: str) -> Announcements:
    """The next batch after `cursor`, an ancestor of `head`. Raises `UsageError` in an unusable shallow clone."""
    if cursor == head:
        return Announcements((), head)
    ensure_whole(repository)
    log = Log(repository, head)
    line_of_branch = log.ancestry.chain(cursor, head, BATCH)
    end = line_of_branch[-1] if line_of_branch else head
    reader = _Reader(log, place, cursor, end)
    stops = frozenset(line_of_branch)
    found = tuple(Announcement(commit.id, told, commit.id in stops) for commit, told in reader.read() if told)
    return Announcements(found, end, len(line_of_branch) == BATCH)


class _Reader:
    """Reads the own commits of one batch."""

    def __init__(self, log: Log, place: Place, cursor: str, end: str) -> None:
        self._log, self._place, self._cursor, self._end = log, place, cursor, end
        self._near: FileVersions
        self._whole: FileVersions
        self._versions: dict[tuple[str, str], FileVersion] = {}
        """By commit and path."""
        self._sound: dict[str, bool] = {}
        """Whether a commit changed nothing but what its trailers name."""

    def read(self) -> Iterator[tuple[Commit, tuple[Notification, ...]]]:
        """Each commit that may have something to tell, parents before children."""
        commits = self._log.ancestry.with_line(self._end, "Tag: ", excluding=self._cursor)[::-1]
        self._log.trust.load(commits)
        own = [(commit, recorded) for commit in commits if (recorded := self._log.trailers(commit))]
        self._prepare([change for _, recorded in own for change in recorded])
        changes = (change for commit, _ in own for change in commit.files)
        self._log.parsed.load(change for change in changes if istag_of_path(change.path) is not None)
        for commit, recorded in own:
            yield commit, tuple(self._told(commit, recorded))

    def _prepare(self, recorded: Sequence[RecordedChange]) -> None:
        whole = {change.tag for change in recorded if change.cause in _FROM_EARLIER}
        near = {change.tag for change in recorded} - whole
        self._whole = FileVersions(self._log, whole)
        versions = list(self._versions_since(near))
        self._near = FileVersions(self._log, near, versions or None)
        mine = [each for name in whole for each in (*self._whole.histories(name), *self._whole.holds(name))]
        self._versions = {(each.commit.id, each.change.path): each for each in (*mine, *versions)}

    def _versions_since(self, names: Collection[IstagName]) -> Iterator[FileVersion]:
        """The versions of the files of istags after the cursor, and last the version that each hold had there."""
        paths = {path for name in names for path in (name.history_path, name.hold_path)}
        if not paths:
            return
        listed = sorted(paths) if len(paths) <= MAX_PATHS else OWN_PATHS
        commits = self._log.ancestry.log(self._end, paths=listed, merges=True, excluding=self._cursor)
        for position, commit in enumerate(commits):
            yield from (FileVersion(position, commit, change) for change in commit.files if change.path in paths)
        holds = [path for path in listed if path.startswith(f"{HOLDS_DIR}/")] or [HOLDS_DIR]
        there = self._log.repository.commit_files(self._cursor, holds).entries
        before = self._log.ancestry.commits([self._cursor])[self._cursor]
        for path in sorted(paths & there.keys()):
            yield FileVersion(len(commits), before, FileChange(path, None, there[path].oid))

    def _told(self, commit: Commit, recorded: Sequence[RecordedChange]) -> Iterator[Notification]:
        for change in recorded:
            files = self._whole if change.cause in _FROM_EARLIER else self._near
            if self._is_made(files, commit, change):
                yield self._notification(files, commit, change, alone=len(recorded) == 1)

    def _is_made(self, files: FileVersions, commit: Commit, change: RecordedChange) -> bool:
        """Whether the commit made the change that its trailers claim."""
        history = self._versions.get((commit.id, change.tag.history_path))
        hold = self._versions.get((commit.id, change.tag.hold_path))
        files.load(each for each in (history, hold) if each is not None)
        if history is None and hold is None:
            return change.cause == "retargeted" and self._is_written(commit, change)
        own_history = history is None or files.is_own(change.tag, history)
        return own_history and (hold is None or files.is_own_hold(change.tag, hold))

    def _is_written(self, commit: Commit, change: RecordedChange) -> bool:
        """Whether the commit changed the image fields that it names, and nothing else."""
        changed = {each.path for each in commit.files}
        named = [parse_name(workload) for workload in change.workloads]
        there = all(each is not None and each[0] in changed for each in named)
        return bool(named) and there and self._writes_only_fields(commit)

    def _writes_only_fields(self, commit: Commit) -> bool:
        if commit.id not in self._sound:
            self._sound[commit.id] = not audit_commits(self._log, [commit]).foreign
        return self._sound[commit.id]

    def _notification(
        self, files: FileVersions, commit: Commit, change: RecordedChange, *, alone: bool
    ) -> Notification:
        now, before = self._tops(files, commit, change.tag)
        image = now.identity if now else None
        changed = before != now
        previous = before.identity if changed and before else _shown(change.previous)
        labelled = _LABEL.search(commit.message) if alone and now else None
        by = change.requested_by
        return Notification(
            id=notification_id(commit.id, change.tag),
            change=_KINDS.get(change.cause) or (ChangeKind.REWRITE if image == previous else ChangeKind.MOVE),
            tag=change.tag,
            image=image,
            previous=previous,
            pull_spec=now.pull_spec if now else None,
            version=_version(now) or (labelled[1] if labelled else None),
            previous_version=_version(before) if changed else None,
            source=change.source,
            cause=line(change.cause, MAX_TOKEN),
            author=commit.author,
            request=Request(by, _shown(change.requested_in)) if by else None,
            commit=commit.id,
            link=commit_link(self._place.repository, commit.id),
            time=timestamp(datetime.fromisoformat(commit.author_date).astimezone(UTC)),
            repository=self._place.repository,
            branch=self._place.branch,
            workloads=tuple(map(line, change.workloads)),
        )

    def _tops(self, files: FileVersions, commit: Commit, name: IstagName) -> tuple[TagEvent | None, TagEvent | None]:
        """What the istag means at the commit, and what it meant before it; the same if its history did not change."""
        version = self._versions.get((commit.id, name.history_path))
        if version is None:
            entry = self._log.repository.commit_files(commit.id, [name.history_path]).entries.get(name.history_path)
            top = _top(files.stack(name, entry.oid if entry else None))
            return top, top
        return _top(files.stack(name, version.change.new_oid)), _top(files.stack(name, version.change.old_oid))


def _top(stack: Sequence[TagEvent] | None) -> TagEvent | None:
    return stack[0] if stack else None


def _shown(text: str | None) -> str | None:
    """The value of a trailer, for people."""
    return line(text) if text is not None else None


def _version(event: TagEvent | None) -> str | None:
    """The registry tag that an event came from, if it is a version."""
    tag = event.source.registry_tag if event and event.source else None
    return tag if tag and Version.parse(tag) else None
