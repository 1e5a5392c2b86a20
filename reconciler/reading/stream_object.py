"""Reading one ImageStream object: its findings, and which parts of it can still be used.

    | an error in                                    | makes unusable                                   |
    | ---------------------------------------------- | ------------------------------------------------ |
    | the object itself, apiVersion, name, namespace | the object: the stream of its tags is unknown    |
    | spec, spec.tags                                | all its tags                                     |
    | an entry of spec.tags                          | that tag; if its name is not known, the file     |
    | anything else                                  | nothing                                          |

A pass leaves an unusable part as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from reconciler.documents.convert.selection import read_selection
from reconciler.documents.convert.stream import to_stream, to_tag
from reconciler.documents.object_kind import FileObject
from reconciler.documents.read.node import Path, Scalar, find
from reconciler.documents.read.scalar import is_ambiguous
from reconciler.errors import InputError
from reconciler.model.finding import Finding, Position, Severity, field_name
from reconciler.model.name import StreamName
from reconciler.model.plain import items, mapping, text_map
from reconciler.model.reference import TAG_RE
from reconciler.model.stream import SELECT_ANNOTATION, Note, SpecTag, Stream
from reconciler.reading.check import PlacedFinding, check_object
from reconciler.rules.stream_object import Written, stream_object

_IDENTITY: frozenset[Path] = frozenset(
    {(), ("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")}
)
_TAGS: frozenset[Path] = frozenset({("spec",), ("spec", "tags")})
_ENTRY: Path = ("spec", "tags")


@dataclass(frozen=True, slots=True)
class DeclaredTag:
    """One entry of `spec.tags` that has a name."""

    spec: SpecTag
    path: str
    """Of the entry, for findings: `spec.tags[2]`."""
    name_position: Position
    source_position: Position
    usable: bool = False


@dataclass(frozen=True, slots=True)
class StreamObject:
    """The findings of one object, and what it declares."""

    findings: tuple[Finding, ...]
    stream: Stream | None
    """Without its tags; None if it is not known which stream it is."""
    tags: tuple[DeclaredTag, ...] = ()
    whole: bool = True
    """Whether everything that the object declares is known; if not, what its file declared before is not removed."""
    notes: tuple[Note, ...] = ()


def read_stream_object(item: FileObject, namespace: str) -> StreamObject:
    """Read an ImageStream; `namespace` is for an object without a namespace of its own."""
    plain = item.plain()
    stream = to_stream(plain, namespace, item.position(()))
    hits = stream_object(plain, stream, _written(item, plain))
    placed = check_object(item, "imagestream", plain, hits)
    findings = tuple(each.finding for each in placed)
    unusable = _Unusable.of(placed)
    if unusable.identity:
        return StreamObject(findings, None, whole=False, notes=tuple(_notes(item, plain)))
    entries = items(mapping(mapping(plain).get("spec")).get("tags"))
    tags = [_tag(item, stream.name, index, entry) for index, entry in enumerate(entries)]
    known = tuple(
        replace(tag, usable=not unusable.all_tags and index not in unusable.tags)
        for index, tag in enumerate(tags)
        if tag is not None
    )
    whole = len(known) == len(tags) and not unusable.all_tags and not unusable.names
    return StreamObject(findings, stream, known, whole, tuple(_notes(item, plain)))


@dataclass(frozen=True, slots=True)
class _Unusable:
    """The parts of an object that its errors make unusable, by the table above."""

    identity: bool
    all_tags: bool
    tags: frozenset[object]
    """The indexes of the unusable entries of `spec.tags`."""
    names: bool
    """Whether an entry has two names, so that it is not known which tag it is."""

    @classmethod
    def of(cls, placed: list[PlacedFinding]) -> _Unusable:
        errors = [each for each in placed if each.finding.severity is Severity.ERROR]
        paths = {each.path for each in errors}
        return cls(
            identity=not _IDENTITY.isdisjoint(paths),
            all_tags=not _TAGS.isdisjoint(paths),
            tags=frozenset(path[2] for path in paths if path[:2] == _ENTRY and len(path) > len(_ENTRY)),
            names=any(
                each.finding.rule == "duplicate-key" and each.path[:2] == _ENTRY and each.path[3:] == ("name",)
                for each in errors
            ),
        )


def _notes(item: FileObject, plain: object) -> Iterator[Note]:
    """A note for an object that was exported from a cluster: an export contains the histories of its tags."""
    tags = items(mapping(mapping(plain).get("status")).get("tags"))
    if any(items(mapping(tag).get("items")) for tag in tags):
        why = "The histories in its status are not read. `imagestream adopt` makes history files of them."
        yield Note(item.position(("status",), key=True), "export of a live stream", why)


def _written(item: FileObject, plain: object) -> Written:
    """What the text of the object shows and its plain values do not."""
    entries = list(enumerate(items(mapping(mapping(plain).get("spec")).get("tags"))))
    names = ((index, find(item.node, (*_ENTRY, index, "name"))) for index, _ in entries)
    policies = ((index, text_map(mapping(entry).get("annotations")).get(SELECT_ANNOTATION)) for index, entry in entries)
    problems = ((index, _selection_problem(policy)) for index, policy in policies if policy is not None)
    return Written(
        {i: name.raw for i, name in names if isinstance(name, Scalar) and name.plain and is_ambiguous(name.raw)},
        {index: problem for index, problem in problems if problem is not None},
    )


def _selection_problem(policy: str) -> str | None:
    try:
        read_selection(policy)
    except InputError as error:
        return str(error)
    return None


def _tag(item: FileObject, stream: StreamName, index: int, entry: object) -> DeclaredTag | None:
    """The entry as a spec tag; None if its name cannot be the tag of an istag."""
    path: Path = ("spec", "tags", index)
    written = find(item.node, (*path, "name"))
    text = written.raw if isinstance(written, Scalar) else ""
    if not TAG_RE.fullmatch(text):
        return None
    spec = replace(to_tag(entry, stream.namespace, item.position(path)), name=text)
    return DeclaredTag(
        spec=spec,
        path=field_name((*item.prefix, *path)),
        name_position=item.position((*path, "name")),
        source_position=item.position((*path, "from", "name")),
    )
