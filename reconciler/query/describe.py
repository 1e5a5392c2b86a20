"""Describing a stream, an istag or an isimage: what one commit of the repository and its past say about it.

No registry is asked. Who recorded an event, and in which commit, is read from one git log over the stream's histories.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.documents.object_kind import Kind, classify
from reconciler.documents.read.document import read_documents
from reconciler.errors import UnknownNameError, UsageError
from reconciler.gitstore import Commit, Repository
from reconciler.model.excerpt import chain as written
from reconciler.model.history import HeldImage, TagEvent, TagHistory
from reconciler.model.name import IsimageName, IstagName, StreamName
from reconciler.model.observation import Answer
from reconciler.model.person import Person
from reconciler.model.plain import flag, items, mapping, text, text_map
from reconciler.model.stream import SpecTag, Stream
from reconciler.planning.due import is_resolved
from reconciler.planning.follow import chain, followed
from reconciler.planning.tag_order import prioritised
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.hold_author import find_holders
from reconciler.provenance.log import Log
from reconciler.provenance.shallow_clone import ensure_whole
from reconciler.provenance.timeline import recording_commits
from reconciler.reading.committed_file import content
from reconciler.reading.file_reading import default_namespace
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.index_members import Inside, nothing_inside
from reconciler.reconcile.observe import Registries


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event of a stack, with the commit that first had it; None where only a merge made it."""

    event: TagEvent
    author: Person | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A held image, with who rolled it back, as far as this repository has the commit."""

    identity: str
    author: Person | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class TagDescription:
    """One istag."""

    name: IstagName
    spec: SpecTag | None
    """None for a tag that was pushed, or is `broken`."""
    broken: bool = False
    """Whether its spec tag has errors."""
    items: tuple[Recorded, ...] = ()
    held: tuple[Held, ...] = ()
    local: bool = False
    """`referencePolicy: Local`."""
    aliases: tuple[str, ...] = ()
    """Tags of the stream that follow this one, and mean the same."""
    followers: tuple[IstagName, ...] = ()
    """Every istag that follows this one directly."""
    pending: bool = False
    """Whether the source is not resolved yet, be it that no pass was run since or that none could."""
    error: str = ""
    """Why the istag cannot be decided, if it cannot."""


@dataclass(frozen=True, slots=True)
class StreamDescription:
    """One stream."""

    name: StreamName
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    repository: str | None = None
    local: bool = False
    """`lookupPolicy.local`."""
    files: tuple[str, ...] = ()
    """Where it is declared."""
    tags: tuple[TagDescription, ...] = ()
    """In OpenShift's order, aliases among them."""

    @property
    def images(self) -> int:
        """How many different images its histories have, references counted by their pull spec."""
        return len({each.event.identity for tag in self.tags for each in tag.items})

    @property
    def created(self) -> str | None:
        """The time of the oldest event there is."""
        return min((each.event.created for tag in self.tags for each in tag.items), default=None)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A time that an istag meant, or means, an image."""

    tag: IstagName
    recorded: Recorded
    current: bool


@dataclass(frozen=True, slots=True)
class ImageDescription:
    """One image of a stream."""

    name: IsimageName
    pull_spec: str
    meanings: tuple[Meaning, ...]
    """Of the istags of the stream, by name, newest first."""

    @property
    def created(self) -> str:
        """When it was first recorded."""
        return min(each.recorded.event.created for each in self.meanings)


Description = StreamDescription | TagDescription | ImageDescription


def describe(repository: Repository, state: Snapshot, name: str, inside: Inside = nothing_inside) -> Description:
    """Describe `[NAMESPACE/]STREAM`, `STREAM:TAG` or `STREAM@DIGEST`; a prefix of the digest will do.

    `inside` is asked where no tag of the stream ever meant the digest.

    Raises `InputError` for what is neither declared nor recorded, `UsageError` for a prefix that fits several images.
    """
    ensure_whole(repository)
    default = state.config.default_namespace
    if "@" in name:
        return _Desk(repository, state, IsimageName.parse(name, default).stream_name).image(
            IsimageName.parse(name, default), inside
        )
    if ":" in name:
        istag = IstagName.parse(name, default)
        return _Desk(repository, state, istag.stream_name).istag(istag)
    return _Desk(repository, state, StreamName.parse(name, default)).stream()


def look_at(registries: Registries, state: Snapshot, described: Description) -> Answer | None:
    """What the registry says of the image that is described; None where there is none, or of a whole stream."""
    if isinstance(described, StreamDescription):
        return None
    if isinstance(described, TagDescription):
        name, event = described.name, described.items[0].event if described.items else None
    else:
        name, event = described.meanings[0].tag, described.meanings[0].recorded.event
    if event is None or event.image is None:
        return None
    return registries.look_up(name, event, state.declarations)


class _Desk:
    """Everything that one stream's histories say."""

    def __init__(self, repository: Repository, state: Snapshot, name: StreamName) -> None:
        self._state = state
        self._name = name
        self._stream = state.declarations.streams.get(name)
        self._objects = list(_objects(repository, state, self._stream)) if self._stream else []
        self._names = _istags(state, name)
        held = {each: state.holds[each] for each in self._names if each in state.holds}
        log = Log(repository, state.commit)
        self._holders = find_holders(log, held)
        self._record = FileVersions(log, self._names)
        self._record.load(version for each in self._names for version in self._record.histories(each))

    def stream(self) -> StreamDescription:
        """The stream itself."""
        if self._stream is None and not self._names:
            why = f"stream {self._name} is neither declared nor recorded."
            raise UnknownNameError(str(self._name), why, "`imagestream status` lists all.")
        labels = {key: value for plain in self._objects for key, value in _metadata(plain, "labels").items()}
        by_tag = {each.tag: each for each in self._names}
        return StreamDescription(
            name=self._name,
            labels=labels,
            annotations=self._stream.annotations if self._stream else {},
            repository=self._stream.repository if self._stream else None,
            local=any(flag(mapping(_spec(plain).get("lookupPolicy")).get("local")) for plain in self._objects),
            files=tuple(dict.fromkeys(each.file for each in self._stream.positions)) if self._stream else (),
            tags=tuple(self._tag(by_tag[tag]) for tag in prioritised(by_tag)),
        )

    def istag(self, name: IstagName) -> TagDescription:
        """One istag of it."""
        if name not in self._names:
            why = f"{name} is neither declared nor recorded."
            raise UnknownNameError(str(name), why, "`imagestream status` lists all that are.")
        return self._tag(name)

    def image(self, name: IsimageName, inside: Inside) -> ImageDescription:
        """One image of it."""
        fitting = _fitting(name, self._meanings())
        if not fitting:
            fitting = _fitting(name, _current(inside(name.stream_name)))
        digests = {each.recorded.event.image or "" for each in fitting}
        if not digests:
            raise UnknownNameError(str(self._name), f"{name}: no tag of {self._name} ever meant that image.")
        if len(digests) > 1:
            raise UsageError(f"{name} fits {len(digests)} images of {self._name}. Write more of the digest.")
        newest = max(fitting, key=lambda each: each.recorded.event.created).recorded.event
        full = IsimageName(name.namespace, name.stream, digests.pop())
        return ImageDescription(full, newest.pull_spec, tuple(fitting))

    def _tag(self, name: IstagName) -> TagDescription:
        state = self._state
        tag, history, hold = state.declarations.tag(name), state.histories.get(name), state.holds.get(name)
        made = self._made(name)
        error = self._error(name)
        return TagDescription(
            name=name,
            spec=tag,
            broken=name in state.declarations.broken,
            items=tuple(_recorded(event, made) for event in (history.items if history else ())),
            held=tuple(self._held(name, entry) for entry in (hold.held if hold else ())),
            local=name.tag in self._local_tags(),
            aliases=tuple(self._aliases(name)),
            followers=tuple(sorted(_followers(state, name))),
            pending=tag is not None and not error and not is_resolved(name, tag, history, hold),
            error=error,
        )

    def _error(self, name: IstagName) -> str:
        if name in self._state.declarations.broken:
            return "its spec tag has errors; `imagestream validate` shows them"
        if name in self._state.unreadable:
            return self._state.unreadable[name]
        steps = chain(name, self._state.declarations)
        if len(set(steps)) < len(steps):
            return f"it follows itself: {written(steps[:-1], steps[-1])}"
        return ""

    def _made(self, name: IstagName) -> dict[TagEvent, Commit]:
        """The commit that first had each event, of every event the istag ever had; newest versions first."""
        return recording_commits(self._record, name, self._record.histories(name))

    def _held(self, name: IstagName, entry: HeldImage) -> Held:
        holder = self._holders.get((name, entry.identity))
        return Held(entry.identity, holder.person if holder else None, holder.commit if holder else None)

    def _aliases(self, name: IstagName) -> Iterator[str]:
        """Tags of the stream that lead to this one and have nothing else to say."""
        top = _top(self._state.histories.get(name))
        for other in self._names:
            steps = chain(other, self._state.declarations)
            tag = self._state.declarations.tag(other)
            leads = other != name and steps[-1] == name and all(step.stream_name == self._name for step in steps)
            plain = tag is not None and not tag.frozen and not tag.reference and other not in self._state.holds
            if leads and plain and _top(self._state.histories.get(other)) == top:
                yield other.tag

    def _local_tags(self) -> set[str]:
        entries = (mapping(entry) for plain in self._objects for entry in items(_spec(plain).get("tags")))
        return {
            text(each.get("name")) for each in entries if mapping(each.get("referencePolicy")).get("type") == "Local"
        }

    def _meanings(self) -> Iterator[Meaning]:
        for name in sorted(self._names):
            history = self._state.histories.get(name)
            top = history.top if history else None
            made = self._made(name)
            for event in sorted(made, key=lambda each: each.generation, reverse=True):
                yield Meaning(name, _recorded(event, made), event == top)


def _fitting(name: IsimageName, meanings: Iterable[Meaning]) -> list[Meaning]:
    return [each for each in meanings if each.recorded.event.image and name.matches(each.recorded.event.image)]


def _current(events: Mapping[IstagName, Iterable[TagEvent]]) -> Iterator[Meaning]:
    for tag, found in events.items():
        yield from (Meaning(tag, Recorded(event), current=True) for event in found)


def _recorded(event: TagEvent, made: Mapping[TagEvent, Commit]) -> Recorded:
    commit = made.get(event)
    return Recorded(event, commit.author if commit else None, commit.id if commit else None)


def _istags(state: Snapshot, stream: StreamName) -> list[IstagName]:
    """The istags of a stream that are declared or recorded."""
    declared = state.declarations.streams.get(stream)
    names: Iterable[IstagName] = (
        *(stream.tag(tag) for tag in (declared.tags if declared else ())),
        *state.declarations.broken,
        *state.histories,
        *state.unreadable,
    )
    return sorted({name for name in names if name.stream_name == stream})


def _objects(repository: Repository, state: Snapshot, stream: Stream) -> Iterator[Mapping[str, object]]:
    """The objects that declare a stream, as plain values: for what the model has no need of."""
    for path in dict.fromkeys(position.file for position in stream.positions):
        data = content(repository, state.files, path) or b""
        space = default_namespace(path, state.config)
        for item in (item for document in read_documents(data, path) for item in classify(document)):
            plain = mapping(item.plain())
            metadata = mapping(plain.get("metadata"))
            name = StreamName(text(metadata.get("namespace"), space), text(metadata.get("name")))
            if item.kind is Kind.STREAM and name == stream.name:
                yield plain


def _metadata(plain: Mapping[str, object], key: str) -> dict[str, str]:
    return text_map(mapping(plain.get("metadata")).get(key))


def _spec(plain: Mapping[str, object]) -> Mapping[str, object]:
    return mapping(plain.get("spec"))


def _followers(state: Snapshot, name: IstagName) -> Iterator[IstagName]:
    for stream in state.declarations.streams.values():
        for tag in stream.tags.values():
            if followed(stream.name.tag(tag.name), tag) == name:
                yield stream.name.tag(tag.name)


def _top(history: TagHistory | None) -> str | None:
    return history.top.identity if history and history.top else None
