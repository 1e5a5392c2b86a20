"""Reading exports: what `oc get is -o yaml` (or json) prints, to clean specs and stacks.

One object, a List, an ImageStreamList, several documents; other kinds in between are passed over and counted. Findings
are those errors that spoil a tag, and what cannot be taken over as it is, each at its line of the export.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.documents.object_kind import FileObject, Kind, classify
from reconciler.documents.read.large_file import FilePart, split_file
from reconciler.documents.render.stream import render_stream
from reconciler.edit.adopt.clean_spec import clean_stream
from reconciler.edit.adopt.cluster_registry import PUBLISH, ClusterRegistry, is_cluster_internal, is_internal_source
from reconciler.edit.adopt.exported_history import (
    Stack,
    TagDeclaration,
    like_followed,
    read_stack,
    report_differences,
    short,
)
from reconciler.edit.adopt.finding import ADOPTION_RULES, Place, Report
from reconciler.edit.adopt.left_out import counted_rules
from reconciler.errors import DocumentError
from reconciler.model.config import Config
from reconciler.model.excerpt import bare, excerpt
from reconciler.model.finding import Finding, Position, Severity
from reconciler.model.follow import followed
from reconciler.model.imported import imported_tag
from reconciler.model.name import IstagName, StreamName
from reconciler.model.plain import items, mapping, text
from reconciler.model.reference import TAG_RE
from reconciler.model.stream import Declarations, ImportMode, SourceKind, Stream
from reconciler.model.text import inert
from reconciler.planning.follow import order
from reconciler.reading.declare import declare, declare_items

Progress = Callable[[int, int], None]

_SPLIT = "Export fewer at a time: oc get is -n NAMESPACE -o yaml"


@dataclass(frozen=True, slots=True)
class ExportedStream:
    """One stream of an export."""

    stream: Stream
    """As its clean spec declares it."""
    spec: bytes
    """The file of the clean spec."""
    stacks: Mapping[IstagName, Stack]
    """The histories, whole; an istag without events has none."""
    position: Position


@dataclass(frozen=True, slots=True)
class Export:
    """What a set of files holds."""

    streams: tuple[ExportedStream, ...] = ()
    findings: tuple[Finding, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What is not among the streams, by the keys of `adopt_left_out`."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How exports are taken over."""

    default_namespace: str
    """Of streams that name none."""
    route: str | None = None
    """The public name of the cluster's registry, HOST[:PORT]."""
    import_mode: ImportMode | None = None
    """That of all tags; None for what the export says."""


def read_exports(files: Mapping[str, bytes], taking: ExportOptions, progress: Progress | None = None) -> Export:
    """Read exported files by name. A file that cannot be read is a finding; a large one is read object by object.

    `progress` is told how many of how many objects, or small files, are read.
    """
    reading = _ExportReader(taking)
    pieces = [part for file, data in files.items() for part in reading.split(file, data)]
    for number, part in enumerate(pieces, start=1):
        reading.read(part)
        if progress is not None:
            progress(number, len(pieces))
    for file in files:
        reading.end(file)
    streams = _followed(tuple(reading.streams.values()))
    for stream in streams:
        for name, stack in stream.stacks.items():
            report_differences(name, stack, stream.stream.tags.get(name.tag), reading.places[name])
    findings = sorted([*reading.findings, *_moving(streams)], key=lambda each: each.position)
    return Export(streams, tuple(findings), reading.left_out + counted_rules(each.rule for each in findings))


class _ExportReader:
    """The streams and findings so far."""

    def __init__(self, taking: ExportOptions) -> None:
        self.streams: dict[StreamName, ExportedStream] = {}
        self.findings: list[Finding] = []
        self.places: dict[IstagName, Place] = {}
        """Where each history stands."""
        self.left_out: Counter[str] = Counter()
        self._config = Config(default_namespace=taking.default_namespace)
        self._taking = taking
        self._objects: dict[StreamName, object] = {}
        self._whole: dict[str, bytes] = {}
        self._filled: set[str] = set()
        """Files of which streams, or what is wrong, are told."""

    def split(self, file: str, data: bytes) -> list[FilePart]:
        """The pieces that a file is read in."""
        self._whole[file] = data
        try:
            return split_file(data, file)
        except DocumentError as error:
            self._unreadable(error, FilePart(file, data))
            return []

    def read(self, part: FilePart) -> None:
        """Take the streams of one part over."""
        try:
            documents = part.load()
        except DocumentError as error:
            self._unreadable(error, part)
            return
        objects = [item for document in documents for item in classify(document)]
        found = [item for item in objects if item.kind is Kind.STREAM]
        self.left_out["other-object"] += len(objects) - len(found)
        if not found:
            return
        self._filled.add(part.file)
        declared = declare_items(part.file, objects, self._config)
        self.findings.extend(_numbered(each, part) for each in declared.findings if each.severity is Severity.ERROR)
        for item in found:
            name = _name(item, self._config.default_namespace)
            stream = declared.streams.get(name) if name else None
            if stream is not None:
                self._add(item, stream, lambda finding: self.findings.append(_numbered(finding, part)))
            else:
                self.left_out["stream-with-error"] += 1

    def end(self, file: str) -> None:
        """Say it of a file that held no stream."""
        if file in self._filled or self._says_what_else(file):
            return
        severity, _ = ADOPTION_RULES["no-stream"]
        message = "the file holds no ImageStream. Export some: oc get is -n NAMESPACE -o yaml"
        self.findings.append(Finding(Position(file), severity, "no-stream", "", message))

    def _unreadable(self, error: DocumentError, part: FilePart) -> None:
        self._filled.add(part.file)
        if part.line == 0 and self._says_what_else(part.file):
            return
        message = error.message.replace("Split it.", _SPLIT)
        position = Position(part.file, error.line, error.column)
        self.findings.append(Finding(position, Severity.ERROR, "unreadable", "", message))

    def _says_what_else(self, file: str) -> bool:
        """Whether the file is something that has to become a stream first, which is said with the way to do so."""
        severity, _ = ADOPTION_RULES["no-stream"]
        skipped = [each for each in declare({file: self._whole[file]}, self._config).skipped if each.line]
        for each in skipped:
            message = f"the file holds no ImageStream, only: {each.what}. {each.why}"
            self.findings.append(Finding(Position(file, each.line, 1), severity, "no-stream", "", message))
        return bool(skipped)

    def _add(self, item: FileObject, declared: Stream, report: Report) -> None:
        """Take one object over; `declared` has its tags without those that have errors."""
        plain, place = item.plain(), Place(item, (), report)
        name = declared.name
        if name in self.streams:
            if self._objects[name] != plain:
                other = self.streams[name].position
                text_ = f"stream {name} stands at {other.file}:{other.line} too, and differs. Export it once."
                place.say("exported-twice", text_)
            return
        self._objects[name] = plain
        registry = ClusterRegistry.of(mapping(plain), self._taking.route)
        spec = render_stream(clean_stream(plain, name, declared.tags, registry, self._taking.import_mode))
        stream = _as_written(spec, declared)
        _say_what_is_internal(mapping(plain), stream, place)
        self.left_out["tag-with-error"] += len(items(mapping(mapping(plain).get("spec")).get("tags"))) - len(
            stream.tags
        )
        stacks: dict[IstagName, Stack] = {}
        for tag, entry, where in _recorded(mapping(plain), stream, place):
            stack = self._stack(
                entry, TagDeclaration(stream.tags.get(tag.tag), imported_tag(stream, tag.tag)), registry, where
            )
            if stack:
                stacks[tag], self.places[tag] = stack, where
        self.streams[name] = ExportedStream(stream, spec, stacks, item.position(()))

    def _stack(
        self, entry: Mapping[str, object], declared: TagDeclaration, registry: ClusterRegistry, where: Place
    ) -> Stack:
        """One history; what of it repeats the event before, and that there is none, is counted."""
        said = len(self.findings)
        stack = read_stack(entry, declared, registry, where)
        events = len(items(entry.get("items")))
        self.left_out["repeated-event"] += events - len(stack) - (len(self.findings) - said)
        self.left_out["empty-tag"] += not events
        return stack


def _numbered(finding: Finding, part: FilePart) -> Finding:
    """The finding with the number that its item has in the file's List, not in the part."""
    path = finding.path.replace("items[0]", f"items[{part.index}]", 1) if part.head is not None else finding.path
    return replace(finding, path=path)


def _as_written(spec: bytes, declared: Stream) -> Stream:
    """The stream as its clean spec declares it, each tag with its place in the export."""
    file = f"{declared.name}.yaml"
    stream = declare({file: spec}, Config()).streams[declared.name]
    tags = {key: replace(tag, position=declared.tags[key].position) for key, tag in stream.tags.items()}
    return replace(stream, tags=tags, positions=declared.positions)


def _name(item: FileObject, default_namespace: str) -> StreamName | None:
    metadata = mapping(mapping(item.plain()).get("metadata"))
    name = StreamName(text(metadata.get("namespace"), default_namespace), text(metadata.get("name")))
    return None if name.problem() else name


def _recorded(
    plain: Mapping[str, object], stream: Stream, place: Place
) -> Iterator[tuple[IstagName, Mapping[str, object], Place]]:
    """The entries of `status.tags` that can have a history; those of spec tags with errors were said with them."""
    lower = {tag.lower(): tag for tag in stream.tags}
    declared = {text(mapping(entry).get("name")) for entry in items(mapping(plain.get("spec")).get("tags"))}
    for index, value in enumerate(items(mapping(plain.get("status")).get("tags"))):
        entry, where = mapping(value), place.at("status", "tags", index)
        tag = text(entry.get("tag"))
        if tag in declared and tag not in stream.tags:
            continue
        if _is_usable(tag, lower, where):
            _say_failed_import(stream.name.tag(tag), entry, where)
            yield stream.name.tag(tag), entry, where


def _is_usable(tag: str, lower: dict[str, str], place: Place) -> bool:
    """Whether the tag can have a history; names that differ only in case would share a file on some systems."""
    if not TAG_RE.fullmatch(tag):
        place.at("tag").say("tag-left-out", f"tag {excerpt(tag)} is no name that a tag can have. It is left out.")
        return False
    if lower.setdefault(tag.lower(), tag) != tag:
        text_ = f"tag {bare(tag)} differs only in case from {lower[tag.lower()]}. It is left out."
        place.at("tag").say("tag-left-out", text_)
        return False
    return True


def _say_failed_import(name: IstagName, entry: Mapping[str, object], place: Place) -> None:
    for index, value in enumerate(items(entry.get("conditions"))):
        condition = mapping(value)
        if condition.get("type") == "ImportSuccess" and condition.get("status") == "False":
            why = inert(f"{text(condition.get('reason'))}: {text(condition.get('message'))}")
            text_ = f"{name}: OpenShift's last import failed ({why})."
            place.at("conditions", index).say("failed-import", text_)


def _say_what_is_internal(plain: Mapping[str, object], stream: Stream, place: Place) -> None:
    """Sources that only the cluster can reach."""
    for index, entry in enumerate(items(mapping(plain.get("spec")).get("tags"))):
        tag, exported = stream.tags.get(text(mapping(entry).get("name"))), mapping(mapping(entry).get("from"))
        named = text(exported.get("name")) if exported.get("kind") == SourceKind.DOCKER_IMAGE else ""
        if tag is None or tag.source is None or not is_cluster_internal(named):
            continue
        found = f"{stream.name.tag(tag.name)} names {named}, which only the cluster can reach."
        what = PUBLISH if is_internal_source(tag) else f"Its spec here names {tag.source.name}."
        place.at("spec", "tags", index, "from", "name").say("cluster-registry", f"{found} {what}")


def _declarations(streams: Sequence[ExportedStream]) -> Declarations:
    return Declarations({each.stream.name: each.stream for each in streams})


def _followed(streams: Sequence[ExportedStream]) -> tuple[ExportedStream, ...]:
    """The streams with the stacks of tags that follow as a pass would have written them."""
    declarations = _declarations(streams)
    stacks = {name: stack for each in streams for name, stack in each.stacks.items()}
    for name in order(declarations).istags:  # what is followed comes first
        target = _target(name, declarations)
        if name in stacks and target in stacks:
            stacks[name] = like_followed(stacks[name], stacks[target])
    return tuple(replace(each, stacks={name: stacks[name] for name in each.stacks}) for each in streams)


def _moving(streams: Sequence[ExportedStream]) -> Iterator[Finding]:
    """OpenShift follows inside one stream, one step; copies from elsewhere it never brings up to date."""
    declarations = _declarations(streams)
    stacks = {name: stack for each in streams for name, stack in each.stacks.items()}
    for name, stack in stacks.items():
        target, tag = _target(name, declarations), declarations.tag(name)
        source = stacks.get(target, ()) if target else ()
        if tag is None or not source or stack[0].identity == source[0].identity:
            continue
        rule = "moves-when-followed"
        message = (
            f"{name} is {short(stack[0])}, but {target}, which it follows, is {short(source[0])}. The next pass "
            f"moves it there. To keep it, let it name an ImageStreamImage: {name.stream}@{stack[0].identity}"
        )
        yield Finding(tag.position, ADOPTION_RULES[rule][0], rule, "", message)


def _target(name: IstagName, declarations: Declarations) -> IstagName | None:
    """The istag that a tag follows."""
    tag = declarations.tag(name)
    return followed(name, tag) if tag is not None else None
