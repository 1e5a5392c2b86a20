"""The report on one stream: it makes the views of the stream, of its istags and of its images.

It reads one snapshot and the versions of the stream's histories, from one git log. No registry is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.errors import UnknownNameError, UsageError
from reconciler.gitstore import Commit, Repository
from reconciler.model.follow import followed
from reconciler.model.history import HeldImage, TagEvent, TagHistory
from reconciler.model.name import IsimageName, IstagName, StreamName
from reconciler.model.phrase import chain as written
from reconciler.planning.due import is_resolved
from reconciler.planning.follow import chain
from reconciler.planning.tag_order import prioritised
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.hold_author import find_holders
from reconciler.provenance.log import Log
from reconciler.provenance.shallow_clone import ensure_whole
from reconciler.provenance.timeline import recording_commits
from reconciler.query.declared_object import DeclaredObjects
from reconciler.query.view import HeldImageView, ImageUse, IsimageView, IstagView, RecordedEvent, StreamView
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.index_members import Inside


class StreamReport:
    """Everything that a snapshot and its past have of one stream."""

    def __init__(self, repository: Repository, snapshot: Snapshot, name: StreamName) -> None:
        """Read what all views of the stream need. A shallow clone is completed first."""
        ensure_whole(repository)
        self._snapshot = snapshot
        self._name = name
        self._stream = snapshot.declarations.streams.get(name)
        self._objects = DeclaredObjects(repository, snapshot, self._stream)
        self._names = _istags(snapshot, name)
        held = {each: snapshot.holds[each] for each in self._names if each in snapshot.holds}
        log = Log(repository, snapshot.commit)
        self._holders = find_holders(log, held)
        self._versions = FileVersions(log, self._names)
        self._versions.load(version for each in self._names for version in self._versions.histories(each))

    def stream(self) -> StreamView:
        """The stream itself. Raises `UnknownNameError` if it is neither declared nor recorded."""
        if self._stream is None and not self._names:
            why = f"stream {self._name} is neither declared nor recorded."
            raise UnknownNameError(str(self._name), why, "`imagestream status` lists all.")
        by_tag = {each.tag: each for each in self._names}
        return StreamView(
            name=self._name,
            labels=self._objects.labels,
            annotations=self._stream.annotations if self._stream else {},
            repository=self._stream.repository if self._stream else None,
            local=self._objects.is_local,
            files=tuple(dict.fromkeys(each.file for each in self._stream.positions)) if self._stream else (),
            tags=tuple(self._tag(by_tag[tag]) for tag in prioritised(by_tag)),
        )

    def istag(self, name: IstagName) -> IstagView:
        """One istag of it. Raises `UnknownNameError` if it is neither declared nor recorded."""
        if name not in self._names:
            why = f"{name} is neither declared nor recorded."
            raise UnknownNameError(str(name), why, "`imagestream status` lists all that are.")
        return self._tag(name)

    def isimage(self, name: IsimageName, inside: Inside) -> IsimageView:
        """One image of it, by its digest or a prefix; `inside` is called if no istag ever meant the digest.

        Raises `UnknownNameError` if no istag ever meant it, `UsageError` if the prefix fits several images.
        """
        fitting = _fitting(name, self._uses())
        if not fitting:
            fitting = _fitting(name, _current(inside(name.stream_name)))
        digests = {each.recorded.event.image or "" for each in fitting}
        if not digests:
            raise UnknownNameError(str(self._name), f"{name}: no tag of {self._name} ever meant that image.")
        if len(digests) > 1:
            raise UsageError(f"{name} fits {len(digests)} images of {self._name}. Write more of the digest.")
        newest = max(fitting, key=lambda each: each.recorded.event.created).recorded.event
        full = IsimageName(name.namespace, name.stream, digests.pop())
        return IsimageView(full, newest.pull_spec, tuple(fitting))

    def _tag(self, name: IstagName) -> IstagView:
        snapshot = self._snapshot
        tag, history, hold = snapshot.declarations.tag(name), snapshot.histories.get(name), snapshot.holds.get(name)
        made = self._made(name)
        error = self._error(name)
        return IstagView(
            name=name,
            spec=tag,
            broken=name in snapshot.declarations.broken,
            items=tuple(_recorded(event, made) for event in (history.items if history else ())),
            held=tuple(self._held(name, entry) for entry in (hold.held if hold else ())),
            local=name.tag in self._objects.local_tags,
            aliases=tuple(self._aliases(name)),
            followers=tuple(sorted(_followers(snapshot, name))),
            workloads=tuple(each for each in snapshot.declarations.fields if each.istag == name),
            pending=tag is not None and not error and not is_resolved(name, tag, history, hold),
            error=error,
        )

    def _error(self, name: IstagName) -> str:
        if name in self._snapshot.declarations.broken:
            return "its spec tag has errors; `imagestream validate` shows them"
        if name in self._snapshot.unreadable:
            return self._snapshot.unreadable[name]
        steps = chain(name, self._snapshot.declarations)
        if len(set(steps)) < len(steps):
            return f"it follows itself: {written(steps[:-1], steps[-1])}"
        return ""

    def _made(self, name: IstagName) -> dict[TagEvent, Commit]:
        """The commit that first had each event, of every event the istag ever had; newest versions first."""
        return recording_commits(self._versions, name, self._versions.histories(name))

    def _held(self, name: IstagName, entry: HeldImage) -> HeldImageView:
        holder = self._holders.get((name, entry.identity))
        return HeldImageView(entry.identity, holder.person if holder else None, holder.commit if holder else None)

    def _aliases(self, name: IstagName) -> Iterator[str]:
        """The tags of the stream that follow this one only through the stream and mean the same image."""
        top = _top(self._snapshot.histories.get(name))
        for other in self._names:
            steps = chain(other, self._snapshot.declarations)
            tag = self._snapshot.declarations.tag(other)
            leads = other != name and steps[-1] == name and all(step.stream_name == self._name for step in steps)
            plain = tag is not None and not tag.frozen and not tag.reference and other not in self._snapshot.holds
            if leads and plain and _top(self._snapshot.histories.get(other)) == top:
                yield other.tag

    def _uses(self) -> Iterator[ImageUse]:
        """Every time that an istag of the stream meant an image."""
        for name in sorted(self._names):
            history = self._snapshot.histories.get(name)
            top = history.top if history else None
            made = self._made(name)
            for event in sorted(made, key=lambda each: each.generation, reverse=True):
                yield ImageUse(name, _recorded(event, made), event == top)


def _fitting(name: IsimageName, uses: Iterable[ImageUse]) -> list[ImageUse]:
    return [each for each in uses if each.recorded.event.image and name.matches(each.recorded.event.image)]


def _current(events: Mapping[IstagName, Iterable[TagEvent]]) -> Iterator[ImageUse]:
    for tag, found in events.items():
        yield from (ImageUse(tag, RecordedEvent(event), current=True) for event in found)


def _recorded(event: TagEvent, made: Mapping[TagEvent, Commit]) -> RecordedEvent:
    commit = made.get(event)
    return RecordedEvent(event, commit.author if commit else None, commit.id if commit else None)


def _istags(snapshot: Snapshot, stream: StreamName) -> list[IstagName]:
    """The sorted istags of a stream that are declared or recorded."""
    names = {*snapshot.declarations.declared, *snapshot.histories, *snapshot.unreadable}
    return sorted(name for name in names if name.stream_name == stream)


def _followers(snapshot: Snapshot, name: IstagName) -> Iterator[IstagName]:
    for stream in snapshot.declarations.streams.values():
        for tag in stream.tags.values():
            if followed(stream.name.tag(tag.name), tag) == name:
                yield stream.name.tag(tag.name)


def _top(history: TagHistory | None) -> str | None:
    return history.top.identity if history and history.top else None
