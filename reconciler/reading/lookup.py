"""Lookup: the images of a file that OpenShift's admission looks up as istags, and the istags that they name.

| an object                                            | its images                                          |
| ---------------------------------------------------- | --------------------------------------------------- |
| of a kind that the admission looks at                | are looked up                                       |
| that a controller owns (`ownerReferences`)           | are left alone                                      |
| with braces of a template                            | are left alone                                      |
| with `resolve-names: "*"`, or its pod template       | are looked up by their last name, whatever its host |
| of any other kind                                    | are left alone                                      |

A file is parsed for this only if its bytes seem to have such an image (`documents.read.image_hint`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.documents.object_kind import FileObject, Kind, classify
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.image_hint import RESOLVE_NAMES
from reconciler.documents.read.node import Path
from reconciler.documents.read.template_marker import has_template_markers
from reconciler.errors import DocumentError
from reconciler.model.excerpt import bare, excerpt
from reconciler.model.finding import Finding
from reconciler.model.image_field import ImageField
from reconciler.model.name import IstagName, StreamName
from reconciler.model.plain import flag, items, mapping, text
from reconciler.model.stream import Stream
from reconciler.model.trigger import looked_up_pod_spec_path
from reconciler.model.workload_image import ImageHint, WorkloadImage
from reconciler.reading.check import place
from reconciler.reading.image_place import ImageObject
from reconciler.rules.container import Containers
from reconciler.rules.table import Hit, severity
from reconciler.rules.trigger_target import at

_ALL = "*"
_KINDS = frozenset({Kind.WORKLOAD, Kind.OTHER})
_NOT_HERE = frozenset({"Build"})
"""Kinds that the admission looks at, whose images are not fields of a file here."""


@dataclass(frozen=True, slots=True)
class LookupReading:
    """The images of one file that are looked up, and what is wrong with its annotations."""

    images: tuple[WorkloadImage, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_lookups(path: str, data: bytes | None, namespace: str) -> LookupReading:
    """Read the images of a file; none for a file that cannot be read. `namespace` is for objects without one."""
    try:
        documents = read_documents(data, path) if data is not None else []
        objects = [item for document in documents for item in classify(document) if item.kind in _KINDS]
        images = tuple(image for item in objects for image in _images(item, namespace))
        return LookupReading(images, tuple(finding for item in objects for finding in _findings(item)))
    except DocumentError:
        return LookupReading()


ReadLookups = Callable[[Sequence[str]], Sequence[LookupReading]]
"""Reads the images of some files, by path, in the given order."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What is looked up in a set of files."""

    fields: Mapping[str, tuple[ImageField, ...]] = field(default_factory=dict)
    """By file the images that name an istag of a declared stream."""
    findings: tuple[Finding, ...] = ()
    pinned: Mapping[str, ImageHint] = field(default_factory=dict)
    """As `Declarations.pinned` has it."""

    def of(self, file: str) -> tuple[ImageField, ...]:
        """The fields of a file."""
        return self.fields.get(file, ())


def look_up(hints: Mapping[str, ImageHint], streams: Mapping[StreamName, Stream], read: ReadLookups) -> LookedUp:
    """Look up the images of files that seem to have some, in the declared streams."""
    local = {name.name for name, stream in streams.items() if stream.local_lookup}
    wanted = [file for file, hint in hints.items() if hint.may_name(local)]
    readings = dict(zip(wanted, read(wanted), strict=True)) if wanted else {}
    return LookedUp(
        {file: tuple(named_fields(each.images, streams)) for file, each in readings.items()},
        tuple(finding for each in readings.values() for finding in each.findings),
        {file: hint for file, hint in hints.items() if hint.digests and (local or hint.resolves_all)},
    )


def named_fields(images: Iterable[WorkloadImage], streams: Mapping[StreamName, Stream]) -> Iterator[ImageField]:
    """The images that name an istag of a declared stream, as fields that follow it."""
    for image in images:
        istag = image.istag
        if istag is not None and is_looked_up(image, istag, streams):
            yield image.field(istag)


def is_looked_up(image: WorkloadImage, istag: IstagName, streams: Mapping[StreamName, Stream]) -> bool:
    """Whether an image may be looked up as an istag: the istag's stream is declared, and local or asked for."""
    stream = streams.get(istag.stream_name)
    return stream is not None and (stream.local_lookup or image.resolves_all) and istag.namespace == image.namespace


def undeclared(image: ImageField) -> Finding:
    """The finding for an image that names an istag which no file declares."""
    advice = "Declare it, unless something pushes to it."
    problem = f"image {excerpt(image.value)} means {image.istag}, which is not declared. {advice}"
    return Finding(image.position, severity("missing-source"), "missing-source", image.field, problem)


def _images(item: FileObject, default_namespace: str) -> Iterator[WorkloadImage]:
    plain = mapping(item.plain())
    base = looked_up_pod_spec_path(text(plain.get("apiVersion")), text(plain.get("kind")))
    if base is None or _is_controlled(plain) or has_template_markers(item.node):
        return
    owner = ImageObject.of(item, plain, default_namespace)
    resolves_all = any(value == _ALL for _, value in _annotations(plain, base))
    containers = Containers.of_pod_spec(at(plain, base))
    for each in (each for group in containers.groups.values() for each in group if each is not None):
        if isinstance(each.image, str) and each.image:
            path: Path = (*base, each.group, each.index, "image")
            yield WorkloadImage(
                file=item.document.file,
                document=item.document.number,
                path=(*item.prefix, *path),
                value=each.image,
                position=item.position(path),
                owner=owner.owner,
                identity=".".join((*base, each.path)),
                is_alone=item.document.is_alone,
                namespace=owner.namespace,
                resolves_all=resolves_all,
            )


def _is_controlled(plain: Mapping[str, object]) -> bool:
    owners = items(mapping(plain.get("metadata")).get("ownerReferences"))
    return any(flag(mapping(owner).get("controller")) for owner in owners)


def _annotations(plain: object, base: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """The values of the annotation on the object and on its pod template, with their paths."""
    for start in dict.fromkeys([(), base[:-1]]):
        path = (*start, "metadata", "annotations", RESOLVE_NAMES)
        value = at(plain, path)
        if value is not None:
            yield path, value


def _findings(item: FileObject) -> Iterator[Finding]:
    plain = mapping(item.plain())
    base = looked_up_pod_spec_path(text(plain.get("apiVersion")), text(plain.get("kind")))
    for path, value in _annotations(plain, base or ()):
        if base is None and plain.get("kind") not in _NOT_HERE:
            problem = f"has no effect on kind {bare(text(plain.get('kind')))}. Take it out."
        elif value != _ALL:
            problem = f'is {excerpt(value)}, which has no effect. Write "*", or take it out.'
        else:
            continue
        yield place(item, Hit("ignored-field", path, f"the annotation resolve-names {problem}", at_key=True)).finding
