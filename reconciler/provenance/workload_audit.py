"""The audit of own commits: each of them changes nothing but what its trailers name (design 3.8).

    | a file that an own commit changes                    | what is allowed in it                                   |
    | ---------------------------------------------------- | ------------------------------------------------------- |
    | the history or the hold of a `Tag`                   | what `auditor` judges                                   |
    | the file of a `Workload`                             | the named values, each to one that its istag then gives |
    | the file of a spec tag, in a roll back with --freeze | the annotation that freezes the tag                     |
    | a file of ImageStreams, in an adoption               | the streams of the tags                                 |
    | any other                                            | nothing                                                 |

A commit whose trailers do not count is a person's, who may change anything outside of `history/` and `holds/`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from reconciler.documents.edit.target.field_difference import FieldContent, differs_only_at
from reconciler.documents.edit.target.image_field import Place
from reconciler.documents.edit.target.spec_tag import EditError, TagEdit, edit_tag
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import to_plain
from reconciler.errors import DocumentError
from reconciler.gitstore import Commit, FileChange
from reconciler.model.history import Cause, TagEvent
from reconciler.model.image_field import Part, parse_name
from reconciler.model.name import IstagName
from reconciler.model.plain import mapping
from reconciler.model.stream import FROZEN_ANNOTATION
from reconciler.planning.trailers import RecordedChange
from reconciler.planning.written_value import may_hold
from reconciler.provenance.log import Log
from reconciler.settings import MAX_FILE_BYTES

_GROUP = 100
"""Commits whose files are in memory at once."""
_KEPT = 64
"""Loaded contents that are kept: a commit often begins with what the one before it left."""


@dataclass(frozen=True, slots=True)
class ForeignChange:
    """A change of an own commit that its trailers do not name."""

    rule: str
    commit: Commit
    tag: IstagName
    path: str
    what: str
    """The file, or the file and the value."""
    old: bytes | None = field(repr=False)
    """The content before and after; None for a missing file."""
    new: bytes | None = field(repr=False)
    place: Place | None = None
    """The value, if it is one."""


@dataclass(slots=True)
class Audited:
    """What was judged: the number of image fields that own commits wrote, and what they may not have changed."""

    fields: int = 0
    foreign: list[ForeignChange] = field(default_factory=list)
    """Oldest first."""


def audit_own_commits(log: Log) -> Audited:
    """Judge every own commit below a log's revision, oldest first."""
    return audit_commits(log, log.own()[::-1])


def audit_commits(log: Log, own: Sequence[Commit]) -> Audited:
    """Judge some own commits, oldest first."""
    audited = Audited()
    for start in range(0, len(own), _GROUP):
        _Group(log, own[start : start + _GROUP], audited).judge()
    return audited


class _Group:
    """Some own commits, with the contents of the files that they change."""

    def __init__(self, log: Log, commits: Sequence[Commit], audited: Audited) -> None:
        self._log = log
        self._audited = audited
        self._commits = [(commit, log.trailers(commit)) for commit in commits]
        others = (change for commit, claims in self._commits for change in _unnamed(commit, claims))
        oids = {oid for change in others for oid in (change.old_oid, change.new_oid) if oid is not None}
        self._data = log.repository.read(oids, MAX_FILE_BYTES) if oids else {}
        writing = [(commit.id, claim.tag) for commit, claims in self._commits for claim in claims if claim.workloads]
        self._histories = (
            log.ancestry.blobs_at((commit, tag.history_path) for commit, tag in writing) if writing else {}
        )
        self._read = lru_cache(maxsize=_KEPT)(FieldContent.read)

    def judge(self) -> None:
        """Judge these commits, one file after the other: a content that two commits share is loaded once."""
        changes = [
            (change.path, number, change)
            for number, (commit, claims) in enumerate(self._commits)
            for change in _unnamed(commit, claims)
        ]
        places = [_places(claims) for _, claims in self._commits]
        found: list[tuple[int, ForeignChange]] = []
        for path, number, change in sorted(changes, key=lambda each: each[:2]):
            judged = self._judge(*self._commits[number], change, places[number].get(path, {}))
            found += [(number, each) for each in judged]
        self._audited.foreign += [each for _, each in sorted(found, key=lambda each: each[0])]

    def _judge(
        self, commit: Commit, claims: Sequence[RecordedChange], change: FileChange, places: Mapping[Place, IstagName]
    ) -> Iterator[ForeignChange]:
        old, new = (self._data[oid] if oid is not None else None for oid in (change.old_oid, change.new_oid))

        def foreign(rule: str, place: Place | None = None, tag: IstagName | None = None) -> ForeignChange:
            what = next((name for name in _names(claims) if _is_at(name, change.path, place)), change.path)
            return ForeignChange(rule, commit, tag or claims[0].tag, change.path, what, old, new, place)

        if not places:
            allowed = any(_adopts(claim, claims, new) or _freezes(claim, change.path, old, new) for claim in claims)
            yield from () if allowed else (foreign("foreign-file"),)
            return
        before, after = (self._read(data, change.path) if data is not None else None for data in (old, new))
        if before is None or after is None or not differs_only_at(before, after, places):
            yield foreign("foreign-change")
            return
        self._audited.fields += len(places)
        for place, tag in places.items():
            event, value = self._top(commit, tag), after.value(place)
            if event is None or not isinstance(value, str) or not _gives(event, value):
                yield foreign("foreign-value", place, tag)

    def _top(self, commit: Commit, tag: IstagName) -> TagEvent | None:
        """What an istag means after a commit."""
        stack = self._log.parsed.stack(tag, self._histories.get((commit.id, tag.history_path)))
        return stack[0] if stack else None


def _gives(event: TagEvent, value: str) -> bool:
    """Whether an event gives a value to a field of some part: a trailer does not say which part its field is."""
    return any(may_hold(event, value, part) for part in Part)


def _unnamed(commit: Commit, claims: Iterable[RecordedChange]) -> Iterator[FileChange]:
    """The changed files that are not the history or hold of a named tag."""
    named = {path for claim in claims for path in (claim.tag.history_path, claim.tag.hold_path)}
    return (change for change in commit.files if change.path not in named)


def _places(claims: Iterable[RecordedChange]) -> dict[str, dict[Place, IstagName]]:
    """By file the values that trailers name, each with its istag."""
    found: dict[str, dict[Place, IstagName]] = defaultdict(dict)
    for claim in claims:
        for name in claim.workloads:
            parsed = parse_name(name)
            if parsed is not None:
                found[parsed[0]][parsed[1], parsed[2]] = claim.tag
    return found


def _names(claims: Iterable[RecordedChange]) -> Iterator[str]:
    return (name for claim in claims for name in claim.workloads)


def _is_at(name: str, path: str, place: Place | None) -> bool:
    return place is not None and parse_name(name) == (path, *place)


def _adopts(claim: RecordedChange, claims: Iterable[RecordedChange], new: bytes | None) -> bool:
    """Whether a file holds only ImageStreams whose tags the commit adopts."""
    if claim.cause != Cause.ADOPTED or new is None:
        return False
    try:
        objects = [mapping(to_plain(document.root)) for document in read_documents(new, "")]
    except DocumentError:
        return False
    streams = {each.tag.stream_name.name for each in claims}
    return bool(objects) and all(
        each.get("kind") == "ImageStream" and mapping(each.get("metadata")).get("name") in streams for each in objects
    )


def _freezes(claim: RecordedChange, path: str, old: bytes | None, new: bytes | None) -> bool:
    """Whether a roll back by command also freezes its tag, and does nothing else to the file."""
    if claim.cause != "rolled-back" or old is None or new is None:
        return False
    tag = claim.tag
    edit = TagEdit(stream=tag.stream_name, tag=tag.tag, annotations={FROZEN_ANNOTATION: "true"})
    try:
        return edit_tag(old, path, edit, tag.namespace) == new
    except EditError:
        return False
