"""Declaring: from files to everything they declare, with all findings of all files in file order.

Streams are merged over files; a namespace comes from the metadata, else from the first path rule of the Config that
fits, else from its default. Files that name none of our kinds are passed over before anything is parsed, unless they
may have declared something before.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.documents.object_kind import KUSTOMIZATION_FILES, Item, Kind, classify, patched_files
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.encoding import decode, mentions, too_large
from reconciler.documents.read.envelope import envelope
from reconciler.documents.read.node import find
from reconciler.documents.read.path_filter import matches
from reconciler.documents.read.template_marker import first_brace, has_braces
from reconciler.errors import DocumentError
from reconciler.model.config import Config
from reconciler.model.finding import Finding, bounded
from reconciler.model.stream import TRIGGERS_ANNOTATION, Declarations, Note, Skipped
from reconciler.reading.check import check_ambiguous, place
from reconciler.reading.lost_file import find_lost_streams, is_another, is_nearly_ours, lost_streams
from reconciler.reading.merge import merge
from reconciler.reading.owned_file import (
    internal_error,
    read_config,
    read_history,
    read_hold,
    read_installation,
    unreadable_finding,
)
from reconciler.reading.stream_object import StreamObject, read_stream_object
from reconciler.reading.workload import NamedIstag, is_undeclared, read_workload
from reconciler.rules.kind import kind, other
from reconciler.rules.trigger import WHERE
from reconciler.settings import MAX_FILE_BYTES, MAX_FINDINGS, MIB

__all__ = ["declare", "read_config", "read_history", "read_hold", "read_installation"]

_OURS = ("ImageStream", "image.openshift.io/v1")
"""A file without these words declares nothing of ours."""
_LARGE = f"file larger than {MAX_FILE_BYTES // MIB} MiB"

DeclaredBefore = Callable[[str], bool]


@dataclass(slots=True)
class _FileReading:
    """What came of one file."""

    file: str
    findings: list[Finding] = field(default_factory=list)
    objects: list[StreamObject] = field(default_factory=list)
    named: list[NamedIstag] = field(default_factory=list)
    skipped: dict[str, Skipped] = field(default_factory=dict)
    failed: bool = False
    notes: list[Note] = field(default_factory=list)
    names_ours: bool = False
    """Whether the bytes hold the name of one of our kinds."""
    doubt: Finding | None = None
    """What is wrong with the file where it declared streams before, although it can be read."""

    def skip(self, kind: Kind, line: int = 0) -> None:
        """Say once a kind, at the first place, that it declares nothing."""
        self.skipped.setdefault(kind.value, Skipped(self.file, kind.value, line, kind.why))

    def fail(self, error: DocumentError, data: bytes = b"") -> None:
        """Say why the file cannot be read; of one that declared streams, `data` may tell what stands in their place."""
        self.failed = True
        hidden = envelope(data)
        self.findings.append(
            unreadable_finding(error, self.file) if hidden is None else lost_streams(self.file, hidden)
        )


def declare(
    files: Mapping[str, bytes | None], config: Config, declared_before: DeclaredBefore | None = None
) -> Declarations:
    """Everything the files declare; None as bytes is a file too large to read.

    `declared_before` tells whether a file declared something in an earlier commit that no file declares now. It is
    called for files that cannot be read and do not name one of our kinds, and for files whose content may be damage
    rather than an edit (`find_lost_streams`). Without it, or where it returns False, the first are foreign files and
    the second are edits. Without it, files that do not name one of our kinds are not parsed.
    """
    return declare_each(files.items(), config, declared_before)


class FileReadings:
    """What came of files, so that the same bytes at the same path are not parsed again; of one Config at a time."""

    def __init__(self) -> None:
        self._config: Config | None = None
        self._known: dict[str, tuple[bytes, _FileReading]] = {}

    def read(
        self, path: str, data: bytes | None, config: Config, declared_before: DeclaredBefore | None
    ) -> _FileReading:
        """What comes of one file."""
        if config != self._config:
            self._config, self._known = config, {}
        digest = hashlib.sha256(data or b"").digest()
        known = self._known.get(path)
        if known is not None and known[0] == digest:
            return known[1]
        read = _read(path, data, config, declared_before)
        if read.names_ours:  # what comes of others is soon told, and depends on what was there before
            self._known[path] = digest, read
        return read

    def keep(self, paths: Collection[str]) -> None:
        """Forget all other files."""
        self._known = {path: self._known[path] for path in paths if path in self._known}


def declare_each(
    files: Iterable[tuple[str, bytes | None]],
    config: Config,
    declared_before: DeclaredBefore | None = None,
    readings: FileReadings | None = None,
) -> Declarations:
    """As `declare`, from files that come one by one: no more of each is kept than what it declares."""
    patches: set[str] = set()
    read: list[_FileReading] = []
    known = readings or FileReadings()
    for path, data in files:
        patches.update(_patches(path, data))
        read.append(known.read(path, data, config, declared_before))
    known.keep([each.file for each in read])
    read = [_as_patch(each) if each.file in patches and each.names_ours else each for each in read]
    read = [
        _failed_after_loss(each) if each.doubt and declared_before and declared_before(each.file) else each
        for each in read
    ]
    return _declarations(read)


def declare_items(file: str, items: Iterable[Item], config: Config) -> Declarations:
    """What objects of one file declare that are read already."""
    read = _FileReading(file, names_ours=True)
    try:
        for item in items:
            _read_item(read, item, default_namespace(file, config))
    except Exception as error:  # noqa: BLE001 - as in a file that is read here
        read.fail(internal_error(error, file))
    return _declarations([read])


def _declarations(read: Sequence[_FileReading]) -> Declarations:
    """What came of all files together."""
    merged = merge([each.objects for each in read])
    findings = [finding for each in read for finding in each.findings] + list(merged.findings)
    named = (named for each in read for named in each.named)
    findings += [each.finding for each in named if is_undeclared(each, merged.streams, merged.broken)]
    order = {each.file: index for index, each in enumerate(read)}
    ordered = sorted(findings, key=lambda each: (order[each.position.file], each.position, each.rule))
    return Declarations(
        streams=merged.streams,
        findings=tuple(bounded(ordered, MAX_FINDINGS)),
        broken=merged.broken,
        failed_files=frozenset(each.file for each in read if each.failed),
        skipped=tuple(skipped for each in read for skipped in each.skipped.values()),
        notes=tuple(note for each in read for note in each.notes),
        files=sum(any(done.stream is not None for done in each.objects) for each in read),
    )


def _patches(path: str, data: bytes | None) -> list[str]:
    """The files that a kustomization uses as patches; one that cannot be read names none."""
    if data is None or path.rpartition("/")[2] not in KUSTOMIZATION_FILES or not mentions(data, ("patches",)):
        return []
    try:
        return list(patched_files(read_documents(data, path)))
    except DocumentError:
        return []


def _failed_after_loss(read: _FileReading) -> _FileReading:
    """A file that declared streams before, and now holds what is no edit: what it declared stays."""
    said = [read.doubt] if read.doubt else []
    return dataclasses.replace(read, failed=True, findings=[*read.findings, *said])


def _as_patch(read: _FileReading) -> _FileReading:
    """A file that turned out to be a kustomization's patch: whatever it looks like, it is no object of its own."""
    patch = _FileReading(read.file)
    patch.skip(Kind.PATCH)
    return patch


def _read(path: str, data: bytes | None, config: Config, declared_before: DeclaredBefore | None) -> _FileReading:
    """What comes of one file. Nothing that a file can hold ends more than the reading of that file."""
    try:
        return _attempt(path, data, config, declared_before)
    except Exception as error:  # noqa: BLE001 - a fault of this program in one file is said of that file
        failed = _FileReading(path, names_ours=True)
        failed.fail(internal_error(error, path))
        return failed


def _attempt(path: str, data: bytes | None, config: Config, declared_before: DeclaredBefore | None) -> _FileReading:
    result = _FileReading(path)
    if data is None or len(data) > MAX_FILE_BYTES:
        _read_large(result, declared_before)
    elif not mentions(data, _OURS) and not is_nearly_ours(data):
        _read_foreign(result, data, config, declared_before)
    else:
        result.names_ours = True
        _read_ours(result, data, config)
    return result


def _read_large(result: _FileReading, declared_before: DeclaredBefore | None) -> None:
    if declared_before is not None and declared_before(result.file):
        result.fail(too_large(result.file))
    else:
        result.skipped[_LARGE] = Skipped(result.file, _LARGE, why="Split it if it declares streams.")


def _read_foreign(result: _FileReading, data: bytes, config: Config, declared_before: DeclaredBefore | None) -> None:
    """A file that names none of our kinds: of interest only if it once did and cannot be read now, or for triggers."""
    has_triggers = mentions(data, (TRIGGERS_ANNOTATION,))
    asked = declared_before if declared_before is not None and not is_another(data, result.file) else None
    if asked is None and not has_triggers:
        return
    try:
        documents = read_documents(data, result.file)
    except DocumentError as error:
        if asked is not None and asked(result.file):
            result.fail(error, data)
        return
    if asked is not None:
        result.doubt = find_lost_streams(
            documents, [item for document in documents for item in classify(document)], data
        )
    if has_triggers:
        result.names_ours = True
        workloads = (each for document in documents for each in classify(document) if each.kind is Kind.WORKLOAD)
        for item in workloads:
            _read_workload(result, item, default_namespace(result.file, config))


def _read_ours(result: _FileReading, data: bytes, config: Config) -> None:
    try:
        documents = read_documents(data, result.file)
    except DocumentError as error:
        _unreadable(result, data, error)
        return
    namespace = default_namespace(result.file, config)
    items = [item for document in documents for item in classify(document)]
    for item in items:
        _read_item(result, item, namespace)
    result.doubt = None if result.failed else find_lost_streams(documents, items, data)


def _unreadable(result: _FileReading, data: bytes, error: DocumentError) -> None:
    """A template is skipped, but what it declared before it became one stays."""
    line = _template_line(data, error)
    if line is not None:
        result.failed = True
        result.skip(Kind.BRACES, line)
    else:
        result.fail(error)


def _template_line(data: bytes, error: DocumentError) -> int | None:
    """The line of the first template braces, if they stand where the text stopped being YAML, or before."""
    try:
        text = decode(data, error.file)
    except DocumentError:
        return None
    line = first_brace(text)
    return line if line is not None and (line <= error.line or not error.line) else None


def _read_item(result: _FileReading, item: Item, namespace: str) -> None:
    if item.kind is Kind.STREAM:
        done = read_stream_object(item, namespace)
        result.findings.extend(done.findings)
        result.objects.append(done)
        result.notes.extend(done.notes)
        result.failed = result.failed or not done.whole
    elif item.kind.is_skipped:
        result.skip(item.kind, item.position(()).line)
        result.failed = result.failed or item.kind is Kind.BRACES
    elif item.kind is Kind.AMBIGUOUS:
        result.findings.extend(check_ambiguous(item))
        result.failed = True
    elif item.kind is Kind.WORKLOAD:
        _read_workload(result, item, namespace)
    else:
        _read_other(result, item)


def _read_workload(result: _FileReading, item: Item, namespace: str) -> None:
    """A template's workload is skipped; nothing of it was ever declared, so nothing is held back."""
    if has_braces(find(item.node, WHERE) or item.node):
        result.skip(Kind.BRACES, item.position(WHERE, key=True).line)
        return
    done = read_workload(item, namespace)
    result.findings.extend(done.findings)
    result.named.extend(done.named)


def _read_other(result: _FileReading, item: Item) -> None:
    """An object that declares nothing: a slip is an error, another kind of our group is worth a word."""
    plain = item.plain()
    slips = [place(item, hit).finding for hit in kind(plain)]
    result.findings.extend(slips)
    result.failed = result.failed or bool(slips)
    found = other(plain)
    if found is not None:
        result.notes.append(Note(item.position(("kind",)), f"kind {found[0]}", found[1]))


def default_namespace(path: str, config: Config) -> str:
    """The namespace that a stream of a file without one gets."""
    fitting = (rule.namespace for rule in config.namespaces if matches(rule.path, path))
    return next(fitting, config.default_namespace)
