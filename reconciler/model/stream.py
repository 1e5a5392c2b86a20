"""Declared streams: what people wrote, merged over files and freed from YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.errors import InputError
from reconciler.model.finding import Finding, Position
from reconciler.model.frozen import freeze
from reconciler.model.image_field import ImageField
from reconciler.model.name import InvalidNameError, IsimageName, IstagName, StreamName
from reconciler.model.reference import TAG_RE, InvalidReferenceError, Reference
from reconciler.model.selection import Selection
from reconciler.model.workload_image import ImageHint

FROZEN_ANNOTATION = "reconciler/frozen"
INTERVAL_ANNOTATION = "reconciler/interval"
SELECT_ANNOTATION = "reconciler/select"
INSECURE_ANNOTATION = "openshift.io/image.insecureRepository"
PREFER_OS_ANNOTATION = "importer.image.openshift.io/prefer-os"
PREFER_ARCH_ANNOTATION = "importer.image.openshift.io/prefer-arch"
TRIGGERS_ANNOTATION = "image.openshift.io/triggers"
ANNOTATIONS: Mapping[str, str] = {
    FROZEN_ANNOTATION: 'Spec tag: `"true"` stops all moves of the istag.',
    INTERVAL_ANNOTATION: "Spec tag: how often it is looked up, such as `5m`; else the `interval` of its registry, "
    "else `schedule.interval`.",
    SELECT_ANNOTATION: "Spec tag: which of its repository's tags is selected, by version, pattern or build time.",
    TRIGGERS_ANNOTATION: "Workload, as in OpenShift: the istags that its images follow (`docs/triggers.md`).",
    INSECURE_ANNOTATION: "Stream, as in OpenShift: plain HTTP and unverified TLS for its `dockerImageRepository`.",
    PREFER_OS_ANNOTATION: "Spec tag, as in OpenShift: the operating system that `importMode: Legacy` takes.",
    PREFER_ARCH_ANNOTATION: "Spec tag, as in OpenShift: the architecture that `importMode: Legacy` takes.",
}
"""The annotations with an effect, each with its meaning."""


class SourceKind(StrEnum):
    """The values of a spec tag's `from.kind`."""

    DOCKER_IMAGE = "DockerImage"
    ISTAG = "ImageStreamTag"
    ISIMAGE = "ImageStreamImage"


class ImportMode(StrEnum):
    """Which digest a multi-platform image gives: the index's, or one platform's (OpenShift)."""

    PRESERVE_ORIGINAL = "PreserveOriginal"
    LEGACY = "Legacy"


@dataclass(frozen=True, slots=True)
class Source:
    """What a spec tag's `from` names, in the spec's own shape; the namespace is written for the ImageStream kinds."""

    kind: SourceKind
    name: str
    namespace: str | None = None
    """Filled in from the stream where the spec leaves it out; None for a DockerImage."""

    def istag(self, stream: StreamName) -> IstagName:
        """The istag that an ImageStreamTag source means; `TAG` alone is one of `stream` (OpenShift).

        Raises `InvalidNameError` when the name cannot be an istag.
        """
        namespace = self.namespace or stream.namespace
        if ":" in self.name:
            return IstagName.parse(self.name, namespace)
        if not TAG_RE.fullmatch(self.name):
            raise InvalidNameError(f"istag {self.name!r} is not of the form TAG or STREAM:TAG.")
        return IstagName(namespace, stream.name, self.name)

    def isimage(self, stream: StreamName) -> IsimageName:
        """The isimage that an ImageStreamImage source means; a digest alone is one of `stream` (OpenShift)."""
        namespace = self.namespace or stream.namespace
        text = self.name if "@" in self.name else f"{stream.name}@{self.name}"
        return IsimageName.parse(text, namespace)

    @property
    def registry_tag(self) -> str | None:
        """The tag that is written in the pull spec of a DockerImage; None without one, and for the other kinds."""
        try:
            return Reference.parse(self.name).tag if self.kind is SourceKind.DOCKER_IMAGE else None
        except InvalidReferenceError:
            return None

    def target(self, stream: StreamName) -> str:
        """The source with every default filled in, for people and comparisons; the text itself if it is malformed."""
        try:
            if self.kind is SourceKind.ISTAG:
                return str(self.istag(stream))
            if self.kind is SourceKind.ISIMAGE:
                return str(self.isimage(stream))
        except InputError:
            return f"{self.namespace}/{self.name}"
        return self.name

    def described(self, stream: StreamName) -> str:
        """The kind, and the source with every default filled in, for people."""
        return f"{self.kind} {self.target(stream)}"

    def spelled_out(self, stream: StreamName) -> Source:
        """The same source with every default filled in."""
        if self.kind is SourceKind.DOCKER_IMAGE:
            return self
        namespace, _, name = self.target(stream).partition("/")
        return Source(self.kind, name, namespace)

    def same(self, other: Source | None, stream: StreamName) -> bool:
        """Whether both mean the same once defaults are filled in."""
        return other is not None and self.kind == other.kind and self.target(stream) == other.target(stream)

    def __str__(self) -> str:
        space = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {space}{self.name}"


@dataclass(frozen=True, slots=True)
class SpecTag:
    """One entry of `spec.tags`, with OpenShift's defaults filled in."""

    name: str
    source: Source | None
    position: Position
    """The place of the tag's entry, for findings and problems."""
    reference: bool = False
    scheduled: bool = False
    insecure: bool = False
    import_mode: ImportMode = ImportMode.PRESERVE_ORIGINAL
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    selection: Selection | None = None
    """The rule that selects among the repository's tags (annotation `reconciler/select`); None without one."""
    reference_policy: str = "Source"
    """`referencePolicy.type`: `Source` or `Local`, where images are pulled from (OpenShift)."""
    imported: bool = False
    """Whether the spec names no source: `source` is then the stream's `dockerImageRepository` with that tag."""

    def __post_init__(self) -> None:
        freeze(self, "annotations")

    @property
    def frozen(self) -> bool:
        """Whether the annotation `reconciler/frozen: "true"` stops all moves."""
        return self.annotations.get(FROZEN_ANNOTATION) == "true"


@dataclass(frozen=True, slots=True)
class Stream:
    """An ImageStream as declared, possibly spread over several files."""

    name: StreamName
    tags: Mapping[str, SpecTag] = field(default_factory=dict, hash=False)
    positions: tuple[Position, ...] = ()
    """Where it is declared, in file order."""
    repository: str | None = None
    """`spec.dockerImageRepository`."""
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    local_lookup: bool = False
    """`spec.lookupPolicy.local`: whether a plain `image: NAME:TAG` in its namespace means its istag."""

    def __post_init__(self) -> None:
        freeze(self, "tags", "annotations")

    @property
    def istags(self) -> Iterator[IstagName]:
        """The istags of the spec tags that can be used."""
        return map(self.name.tag, self.tags)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was recognised as something else: a Template, a kustomize patch, a file with template braces."""

    file: str
    what: str
    """`OpenShift Template`, `kustomize patch`, …"""
    line: int = 0
    """The line where it begins; 0 means the file as a whole."""
    why: str = ""
    """One sentence: why it declares nothing, and what to do if it should."""


@dataclass(frozen=True, slots=True)
class Note:
    """A note about an object without errors."""

    position: Position
    what: str
    """`export of a live stream`."""
    why: str
    """One or two sentences: what has no effect, and what to do."""


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything a set of files declares, the findings, and what must not be removed because of errors."""

    streams: Mapping[StreamName, Stream] = field(default_factory=dict, hash=False)
    """Streams with the tags that can be used; a tag with an error is not among them."""
    findings: tuple[Finding, ...] = ()
    """All findings of all files, in file order."""
    broken: frozenset[IstagName] = frozenset()
    """Tags that are declared but have errors: not planned, not removed."""
    failed_files: frozenset[str] = frozenset()
    """Files that could not be loaded, or not as a whole: what they declared before stays (design 3.2 rule 4)."""
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[Note, ...] = ()
    files: int = 0
    """How many files declared at least one stream."""
    fields: tuple[ImageField, ...] = ()
    """The image fields of workloads and other files, in file order; without those that two istags claim."""
    pinned: Mapping[str, ImageHint] = field(default_factory=dict, hash=False)
    """The files with digests of images that may have been written in place of the name of an istag, by path."""

    def __post_init__(self) -> None:
        freeze(self, "streams", "pinned")

    @property
    def istags(self) -> Iterator[IstagName]:
        """The istags of all spec tags that can be used, in file order."""
        return (name for stream in self.streams.values() for name in stream.istags)

    @property
    def declared(self) -> frozenset[IstagName]:
        """The istags of all spec tags, including those with errors."""
        return self.broken.union(self.istags)

    def tag(self, name: IstagName) -> SpecTag | None:
        """The spec tag of an istag, or None."""
        stream = self.streams.get(name.stream_name)
        return None if stream is None else stream.tags.get(name.tag)
