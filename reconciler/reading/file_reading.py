"""Reading one file that may declare streams: what it declares, its findings, and whether it seems damaged.

A file that does not name one of our kinds is not parsed, unless it may have declared something in an earlier commit. A
namespace comes from the object's metadata, else from the first path rule of the Config that matches, else from its
default.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from reconciler.documents.object_kind import KUSTOMIZATION_FILES, FileObject, Kind, classify, patched_files
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.encoding import mentions, too_large
from reconciler.documents.read.envelope import envelope
from reconciler.documents.read.image_hint import image_hint
from reconciler.documents.read.node import find
from reconciler.documents.read.path_filter import is_read, matches, may_declare
from reconciler.documents.read.template_marker import has_template_markers, template_line
from reconciler.errors import DocumentError
from reconciler.model.config import Config
from reconciler.model.finding import Finding
from reconciler.model.image_field import ImageField
from reconciler.model.stream import TRIGGERS_ANNOTATION, Note, Skipped
from reconciler.model.workload_image import NO_IMAGES, ImageHint
from reconciler.reading.check import check_ambiguous, place
from reconciler.reading.document_field import ImageFields
from reconciler.reading.image_reading import read_images
from reconciler.reading.lost_file import find_lost_streams, is_another, is_nearly_ours, lost_streams
from reconciler.reading.owned_file import (
    internal_error,
    unreadable_finding,
)
from reconciler.reading.stream_object import StreamObject, read_stream_object
from reconciler.reading.workload import NamedIstag, Workload, read_config_triggers, read_workload
from reconciler.rules.config_trigger import IMAGE_CHANGE
from reconciler.rules.kind import kind, other
from reconciler.rules.trigger import WHERE
from reconciler.settings import MAX_FILE_BYTES, MIB

_OURS = ("ImageStream", "image.openshift.io/v1")
"""A file without these words declares nothing of ours."""
_TRIGGERS = (TRIGGERS_ANNOTATION, IMAGE_CHANGE)
"""A file without these words has no triggers."""
_LARGE = f"file larger than {MAX_FILE_BYTES // MIB} MiB"

DeclaredBefore = Callable[[str], bool]
"""Whether a file, by its path, declared something in an earlier commit that no file declares now."""


@dataclass(slots=True)
class FileReading:
    """What one file declares, and what is wrong with it."""

    file: str
    findings: list[Finding] = field(default_factory=list)
    objects: list[StreamObject] = field(default_factory=list)
    named: list[NamedIstag] = field(default_factory=list)
    """The istags that triggers of workloads name."""
    fields: list[ImageField] = field(default_factory=list)
    """The image fields of its objects, in their order; none where a kustomization uses the file as a patch."""
    images: ImageFields = field(default_factory=ImageFields)
    """What its markers and the targets of the Config name; also where a kustomization uses the file as a patch."""
    skipped: dict[str, Skipped] = field(default_factory=dict)
    failed: bool = False
    """Whether the file could not be read, or not as a whole: what it declared before is not removed."""
    notes: list[Note] = field(default_factory=list)
    names_ours: bool = False
    """Whether the bytes contain the name of one of our kinds, or of the trigger annotation."""
    lost: Finding | None = None
    """The finding that counts if the file declared streams before: it can be read, but seems damaged."""
    hint: ImageHint = NO_IMAGES
    """The images that it seems to have: they are read where one of them may name an istag."""
    patches: tuple[str, ...] = ()
    """The files that it uses as patches, if it is a kustomization."""

    def skip(self, kind: Kind, line: int = 0) -> None:
        """Note that objects of a kind declare nothing: one note for each kind, with the first line."""
        self.skipped.setdefault(kind.value, Skipped(self.file, kind.value, line, kind.why))

    def fail(self, error: DocumentError, data: bytes = b"") -> None:
        """Note why the file cannot be read. `data` may show what replaced its streams, such as a Git LFS pointer."""
        self.failed = True
        hidden = envelope(data)
        self.findings.append(
            unreadable_finding(error, self.file) if hidden is None else lost_streams(self.file, hidden)
        )

    def as_patch(self) -> FileReading:
        """The reading of the same file where a kustomization uses it as a patch: then it declares nothing."""
        patch = FileReading(self.file, images=self.images)
        patch.skip(Kind.PATCH)
        return patch

    def as_lost(self) -> FileReading:
        """The reading of the same file where it declared streams before: then its damage is an error."""
        return dataclasses.replace(self, failed=True, findings=[*self.findings, *([self.lost] if self.lost else [])])


def read_file(path: str, data: bytes | None, config: Config, declared_before: DeclaredBefore | None) -> FileReading:
    """Read one file; None as bytes is a file too large to read. No content can end more than this reading."""
    try:
        declares = may_declare(path, config) or not is_read(path, config)
        reading = _read(path, data, config, declared_before) if declares else FileReading(path)
        reading.images = read_images(path, data, config, default_namespace(path, config))
        for line in reading.images.templates:
            reading.skip(Kind.BRACES, line)
        reading.patches = _patches(path, data)
        if declares and data is not None and len(data) <= MAX_FILE_BYTES:
            reading.hint = image_hint(data)
    except Exception as error:  # noqa: BLE001 - an error of this program in one file becomes a finding of that file
        reading = FileReading(path, names_ours=True)
        reading.fail(internal_error(error, path))
    return reading


def read_items(file: str, items: Iterable[FileObject], config: Config) -> FileReading:
    """The reading of a file whose objects are parsed already."""
    reading = FileReading(file, names_ours=True)
    try:
        for item in items:
            _read_item(reading, item, default_namespace(file, config))
    except Exception as error:  # noqa: BLE001 - as in `read_file`
        reading.fail(internal_error(error, file))
    return reading


def _read(path: str, data: bytes | None, config: Config, declared_before: DeclaredBefore | None) -> FileReading:
    result = FileReading(path)
    if data is None or len(data) > MAX_FILE_BYTES:
        _read_large(result, declared_before)
    elif not mentions(data, _OURS) and not is_nearly_ours(data):
        _read_foreign(result, data, config, declared_before)
    else:
        result.names_ours = True
        _read_ours(result, data, config)
    return result


def _read_large(result: FileReading, declared_before: DeclaredBefore | None) -> None:
    if declared_before is not None and declared_before(result.file):
        result.fail(too_large(result.file))
    else:
        result.skipped[_LARGE] = Skipped(result.file, _LARGE, why="Split it if it declares streams.")


def _read_foreign(result: FileReading, data: bytes, config: Config, declared_before: DeclaredBefore | None) -> None:
    """Read a file that names none of our kinds: it matters if it declared something before, or has triggers."""
    has_triggers = mentions(data, _TRIGGERS)
    may_be_lost = (has_triggers or declared_before is not None) and not is_another(data, result.file)
    if not may_be_lost and not has_triggers:
        return
    try:
        documents = read_documents(data, result.file)
    except DocumentError as error:
        if may_be_lost and declared_before is not None and declared_before(result.file):
            result.fail(error, data)
        elif mentions(data, (TRIGGERS_ANNOTATION,)):
            _skip_template(result, data, error)
        return
    items = [item for document in documents for item in classify(document)]
    if may_be_lost:
        result.lost = find_lost_streams(documents, items, data)
    if has_triggers:
        result.names_ours = True
        for item in items:
            if item.kind in {Kind.WORKLOAD, Kind.OTHER}:
                _read_triggers(result, item, default_namespace(result.file, config))
            elif item.kind is Kind.TEMPLATE:
                result.skip(item.kind, item.position(()).line)


def _read_ours(result: FileReading, data: bytes, config: Config) -> None:
    try:
        documents = read_documents(data, result.file)
    except DocumentError as error:
        _unreadable(result, data, error)
        return
    namespace = default_namespace(result.file, config)
    items = [item for document in documents for item in classify(document)]
    for item in items:
        _read_item(result, item, namespace)
    result.lost = None if result.failed else find_lost_streams(documents, items, data)


def _unreadable(result: FileReading, data: bytes, error: DocumentError) -> None:
    """Skip a template; what the file declared before it became one is not removed. Other files are errors."""
    if _skip_template(result, data, error):
        result.failed = True
    else:
        result.fail(error)


def _skip_template(result: FileReading, data: bytes, error: DocumentError) -> bool:
    """Skip a file that cannot be read if it is a template; whether it is."""
    line = template_line(data, error)
    if line is not None:
        result.skip(Kind.BRACES, line)
    return line is not None


def _read_item(result: FileReading, item: FileObject, namespace: str) -> None:
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
    else:
        _read_triggers(result, item, namespace)
        if item.kind is not Kind.WORKLOAD:
            _read_other(result, item)


def _read_triggers(result: FileReading, item: FileObject, namespace: str) -> None:
    """Read the triggers of an object; a template is skipped, and it never declared anything to protect."""
    annotation = find(item.node, WHERE)
    if item.kind is Kind.WORKLOAD and has_template_markers(annotation or item.node):
        result.skip(Kind.BRACES, item.position(WHERE, key=True).line)
        return
    if item.kind is Kind.WORKLOAD:
        _add(result, item, read_workload(item, namespace))
    _add(result, item, read_config_triggers(item, namespace))


def _add(result: FileReading, item: FileObject, done: Workload) -> None:
    """Add what the triggers of an object say. Where other parts of it have to be rendered, nothing is written."""
    result.findings.extend(done.findings)
    result.named.extend(done.named)
    result.notes.extend(done.notes)
    if done.fields and has_template_markers(item.node):
        result.skip(Kind.BRACES, item.position(()).line)
    else:
        result.fields.extend(done.fields)


def _read_other(result: FileReading, item: FileObject) -> None:
    """Read an object that declares nothing: a kind that is nearly ours is an error, one of our group gets a note."""
    plain = item.plain()
    mistakes = [place(item, hit).finding for hit in kind(plain)]
    result.findings.extend(mistakes)
    result.failed = result.failed or bool(mistakes)
    found = other(plain)
    if found is not None:
        result.notes.append(Note(item.position(("kind",)), f"kind {found[0]}", found[1]))


def default_namespace(path: str, config: Config) -> str:
    """The namespace of a stream whose object names none."""
    fitting = (rule.namespace for rule in config.namespaces if matches(rule.path, path))
    return next(fitting, config.default_namespace)


def _patches(path: str, data: bytes | None) -> tuple[str, ...]:
    """The files that a kustomization uses as patches; none for one that cannot be read."""
    if data is None or path.rpartition("/")[2] not in KUSTOMIZATION_FILES or not mentions(data, ("patches",)):
        return ()
    try:
        return tuple(patched_files(read_documents(data, path)))
    except DocumentError:
        return ()
