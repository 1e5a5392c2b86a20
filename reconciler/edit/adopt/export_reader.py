"""The reader of exports: from files of `oc get is -o yaml` (or json) to clean specs and stacks.

A file holds one object, a List, an ImageStreamList or several documents. Objects of other kinds are counted.
Findings are the errors that spoil a tag, and the parts that cannot be taken over as they are, each with its line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from reconciler.documents.object_kind import FileObject, Kind, classify
from reconciler.documents.read.large_file import FilePart, split_file
from reconciler.documents.render.stream import render_stream
from reconciler.edit.adopt.clean_spec import clean_stream
from reconciler.edit.adopt.cluster_registry import PUBLISH, ClusterRegistry, is_cluster_internal, is_internal_source
from reconciler.edit.adopt.export import Export, ExportedStream, ExportOptions
from reconciler.edit.adopt.exported_history import (
    Stack,
    TagDeclaration,
    read_stack,
    report_differences,
)
from reconciler.edit.adopt.finding import ADOPTION_RULES, Place, Sink
from reconciler.edit.adopt.followed_tag import as_followed, moving_tags
from reconciler.edit.adopt.left_out import counted_rules
from reconciler.errors import DocumentError
from reconciler.model.config import Config
from reconciler.model.excerpt import bare, excerpt
from reconciler.model.finding import Finding, Position, Severity
from reconciler.model.imported import imported_tag
from reconciler.model.name import IstagName, StreamName
from reconciler.model.plain import items, mapping, text
from reconciler.model.reference import TAG_RE
from reconciler.model.stream import SourceKind, Stream
from reconciler.model.text import inert
from reconciler.reading.declare import declare, declare_items

Progress = Callable[[int, int], None]

_SPLIT = "Export fewer at a time: oc get is -n NAMESPACE -o yaml"


def read_exports(files: Mapping[str, bytes], options: ExportOptions, progress: Progress | None = None) -> Export:
    """Read exported files, given by name. A file that cannot be read is a finding; a large one is read by object.

    `progress` is called with the number of objects or small files that are read, and with their total.
    """
    reader = _ExportReader(options)
    pieces = [part for file, data in files.items() for part in reader.split(file, data)]
    for number, part in enumerate(pieces, start=1):
        reader.read(part)
        if progress is not None:
            progress(number, len(pieces))
    for file in files:
        reader.end(file)
    streams = as_followed(tuple(reader.streams.values()))
    for stream in streams:
        for name, stack in stream.stacks.items():
            report_differences(name, stack, stream.stream.tags.get(name.tag), reader.places[name])
    findings = sorted([*reader.findings, *moving_tags(streams)], key=lambda each: each.position)
    return Export(streams, tuple(findings), reader.left_out + counted_rules(each.rule for each in findings))


class _ExportReader:
    """Collects the streams and findings of parts of files."""

    def __init__(self, options: ExportOptions) -> None:
        self.streams: dict[StreamName, ExportedStream] = {}
        self.findings: list[Finding] = []
        self.places: dict[IstagName, Place] = {}
        """The place of each history in the export."""
        self.left_out: Counter[str] = Counter()
        self._config = Config(default_namespace=options.default_namespace)
        self._options = options
        self._objects: dict[StreamName, object] = {}
        self._whole: dict[str, bytes] = {}
        self._filled: set[str] = set()
        """Files with a stream or a finding."""

    def split(self, file: str, data: bytes) -> list[FilePart]:
        """The parts of a file."""
        self._whole[file] = data
        try:
            return split_file(data, file)
        except DocumentError as error:
            self._unreadable(error, FilePart(file, data))
            return []

    def read(self, part: FilePart) -> None:
        """Read the streams of one part."""
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
        """Report a file without a stream."""
        if file in self._filled or self._report_other_form(file):
            return
        severity, _ = ADOPTION_RULES["no-stream"]
        message = "the file holds no ImageStream. Export some: oc get is -n NAMESPACE -o yaml"
        self.findings.append(Finding(Position(file), severity, "no-stream", "", message))

    def _unreadable(self, error: DocumentError, part: FilePart) -> None:
        self._filled.add(part.file)
        if part.line == 0 and self._report_other_form(part.file):
            return
        message = error.message.replace("Split it.", _SPLIT)
        position = Position(part.file, error.line, error.column)
        self.findings.append(Finding(position, Severity.ERROR, "unreadable", "", message))

    def _report_other_form(self, file: str) -> bool:
        """Report a file of another form that can become a stream, with the way to convert it; whether it is one."""
        severity, _ = ADOPTION_RULES["no-stream"]
        skipped = [each for each in declare({file: self._whole[file]}, self._config).skipped if each.line]
        for each in skipped:
            message = f"the file holds no ImageStream, only: {each.what}. {each.why}"
            self.findings.append(Finding(Position(file, each.line, 1), severity, "no-stream", "", message))
        return bool(skipped)

    def _add(self, item: FileObject, declared: Stream, sink: Sink) -> None:
        """Read one object; `declared` has its tags except those with errors."""
        plain, place = item.plain(), Place(item, (), sink)
        name = declared.name
        if name in self.streams:
            if self._objects[name] != plain:
                other = self.streams[name].position
                message = f"stream {name} is at {other.file}:{other.line} too, and differs. Export it once."
                place.report_finding("exported-twice", message)
            return
        self._objects[name] = plain
        registry = ClusterRegistry.of(mapping(plain), self._options.route)
        spec = render_stream(clean_stream(plain, name, declared.tags, registry, self._options.import_mode))
        stream = _as_written(spec, declared)
        _report_internal_sources(mapping(plain), stream, place)
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
        """One history; repeated events and missing histories are counted."""
        before = len(self.findings)
        stack = read_stack(entry, declared, registry, where)
        events = len(items(entry.get("items")))
        self.left_out["repeated-event"] += events - len(stack) - (len(self.findings) - before)
        self.left_out["empty-tag"] += not events
        return stack


def _numbered(finding: Finding, part: FilePart) -> Finding:
    """The finding with the number of its item in the List of the file, in place of the number in the part."""
    path = finding.path.replace("items[0]", f"items[{part.index}]", 1) if part.head is not None else finding.path
    return replace(finding, path=path)


def _as_written(spec: bytes, declared: Stream) -> Stream:
    """The stream as its clean spec declares it; each tag has its position in the export."""
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
    """The entries of `status.tags` that can have a history; spec tags with errors are reported already."""
    lower = {tag.lower(): tag for tag in stream.tags}
    declared = {text(mapping(entry).get("name")) for entry in items(mapping(plain.get("spec")).get("tags"))}
    for index, value in enumerate(items(mapping(plain.get("status")).get("tags"))):
        entry, where = mapping(value), place.at("status", "tags", index)
        tag = text(entry.get("tag"))
        if tag in declared and tag not in stream.tags:
            continue
        if _is_usable(tag, lower, where):
            _report_failed_import(stream.name.tag(tag), entry, where)
            yield stream.name.tag(tag), entry, where


def _is_usable(tag: str, lower: dict[str, str], place: Place) -> bool:
    """Whether the tag can have a history: names that differ only in case would share a file on some systems."""
    if not TAG_RE.fullmatch(tag):
        place.at("tag").report_finding(
            "tag-left-out", f"tag {excerpt(tag)} is not a name that a tag can have. It is left out."
        )
        return False
    if lower.setdefault(tag.lower(), tag) != tag:
        message = f"tag {bare(tag)} differs only in case from {lower[tag.lower()]}. It is left out."
        place.at("tag").report_finding("tag-left-out", message)
        return False
    return True


def _report_failed_import(name: IstagName, entry: Mapping[str, object], place: Place) -> None:
    for index, value in enumerate(items(entry.get("conditions"))):
        condition = mapping(value)
        if condition.get("type") == "ImportSuccess" and condition.get("status") == "False":
            why = inert(f"{text(condition.get('reason'))}: {text(condition.get('message'))}")
            message = f"{name}: OpenShift's last import failed ({why})."
            place.at("conditions", index).report_finding("failed-import", message)


def _report_internal_sources(plain: Mapping[str, object], stream: Stream, place: Place) -> None:
    """Report the sources that only the cluster can reach."""
    for index, entry in enumerate(items(mapping(plain.get("spec")).get("tags"))):
        tag, exported = stream.tags.get(text(mapping(entry).get("name"))), mapping(mapping(entry).get("from"))
        named = text(exported.get("name")) if exported.get("kind") == SourceKind.DOCKER_IMAGE else ""
        if tag is None or tag.source is None or not is_cluster_internal(named):
            continue
        found = f"{stream.name.tag(tag.name)} names {named}, which only the cluster can reach."
        what = PUBLISH if is_internal_source(tag) else f"Its spec here names {tag.source.name}."
        place.at("spec", "tags", index, "from", "name").report_finding("cluster-registry", f"{found} {what}")
