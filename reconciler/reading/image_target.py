"""Reading the targets of the Config in one file: its image fields, and a finding for each value that is not there.

    | target    | field     | part   | where                                                                   |
    | --------- | --------- | ------ | ----------------------------------------------------------------------- |
    | kustomize | `newName` | NAME   | every entry with that `name`; without the key it counts as its `name`   |
    |           | `newTag`  | TAG    | if the key is there, or with `write: tag-and-digest`                    |
    |           | `digest`  | DIGEST | every entry; a missing key is added                                     |
    | helm      | each path | its own | the first document that has the value                                  |

kustomize writes `NAME:newTag@digest` if an entry has both keys, and drops what the manifest had. Before its version 4.5
the digest alone was written (kustomize api/filters/imagetag/updater.go; kubernetes-sigs/kustomize#4406).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from reconciler.documents.convert.marker import Marker
from reconciler.documents.read.document import Document
from reconciler.documents.read.node import Mapping, Path, Scalar, find
from reconciler.documents.read.node import Sequence as ListNode
from reconciler.documents.read.path_filter import is_target
from reconciler.documents.read.template_marker import has_template_markers
from reconciler.model.config import Config, Target
from reconciler.model.excerpt import bare, excerpt
from reconciler.model.finding import Finding, Position
from reconciler.model.image_field import Part, Via, WriteStyle, path_text
from reconciler.reading.document_field import OURS, DocumentFields, ImageFields
from reconciler.rules.table import severity

_RULE = "image-target"
_IMAGES: Path = ("images",)


def read_targets(documents: Sequence[Document], file: str, config: Config, namespace: str) -> ImageFields:
    """The fields of all targets that name the file; `namespace` is for istags and objects without one."""
    result = ImageFields()
    places = [DocumentFields(document, namespace) for document in documents]
    for number, target in enumerate(config.targets):
        if is_target(file, target):
            reader = _Reader(result, places, file, target, f"spec.targets[{number}]", namespace)
            reader.kustomize(target.image, config.write) if target.image is not None else reader.helm()
    return result


def target_findings(position: Position, config: Config, fact: str) -> list[Finding]:
    """A finding about the whole file of a position for each target that names it."""
    numbers = (number for number, target in enumerate(config.targets) if is_target(position.file, target))
    return [_finding(position, f"spec.targets[{number}]: {fact}") for number in numbers]


def unmatched_targets(files: Sequence[str], config: Config) -> list[Finding]:
    """A finding for each target whose path matches none of the files."""
    return [
        _finding(
            target.position,
            f"spec.targets[{number}].path {excerpt(target.path)} matches no file. Correct or remove it.",
        )
        for number, target in enumerate(config.targets)
        if not any(is_target(file, target) for file in files)
    ]


def _finding(position: Position, text: str) -> Finding:
    return Finding(position, severity(_RULE), _RULE, "", text)


@dataclasses.dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one target in one file; `name` is the target in messages."""

    result: ImageFields
    places: Sequence[DocumentFields]
    file: str
    target: Target
    name: str
    namespace: str

    def kustomize(self, image: str, write: WriteStyle) -> None:
        """Add the fields of every entry of `images` with that name."""
        entries = list(self._entries(image))
        if not entries:
            self._report(_IMAGES, f"images has no entry with the name {excerpt(image)}. Add it, or correct the target.")
        for place, path in entries:
            self._add(place, (*path, "newName"), Part.NAME, absent=image)
            has_tag = find(place.document.root, (*path, "newTag")) is not None
            if has_tag or write is WriteStyle.TAG_AND_DIGEST:
                self._add(place, (*path, "newTag"), Part.TAG)
            self._add(place, (*path, "digest"), Part.DIGEST)

    def helm(self) -> None:
        """Add the field of each path."""
        parts = ((self.target.repository, Part.NAME), (self.target.tag, Part.TAG), (self.target.digest, Part.DIGEST))
        for path, part in parts:
            if path is None:
                continue
            place = next((each for each in self.places if find(each.document.root, path) is not None), None)
            if place is None:
                self._report(path, f"{bare(path_text(path))} is not there. Write it, or correct the target.")
            else:
                self._add(place, path, part)

    def _entries(self, image: str) -> Iterator[tuple[DocumentFields, Path]]:
        for place in self.places:
            images = find(place.document.root, _IMAGES)
            for index, item in enumerate(images.items if isinstance(images, ListNode) else ()):
                name = find(item, ("name",))
                if isinstance(name, Scalar) and name.raw == image:
                    yield place, (*_IMAGES, index)

    def _add(self, place: DocumentFields, path: Path, part: Part, absent: str | None = None) -> None:
        """Add a field; `absent` is the value that a missing key stands for."""
        node, kind = find(place.document.root, path), place.object_at(path).kind
        if isinstance(node, Mapping | ListNode):
            self._report(path, f"{bare(path_text(path))} is a mapping or a list, not text. Correct the target.")
        elif kind in OURS:
            self._report(path, f"the file is of kind {kind.value}, which no target changes. Correct the target.")
        elif node is not None and has_template_markers(node):
            self.result.templates.append(node.line)
        else:
            image = place.field(path, Marker(self.target.istag(self.namespace), part), Via.TARGET)
            self.result.add(dataclasses.replace(image, value=absent) if node is None else image, self.name)

    def _report(self, path: Path, fact: str) -> None:
        position = self.places[0].document.position(path) if self.places else Position(self.file)
        self.result.findings.append(_finding(position, f"{self.name}: {fact}"))
