"""A workload object: one object of a file that runs containers or builds images, and its edits.

An edit is a sequence of wanted values of the object, because the engine takes one item at a time out of a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.documents.edit.conventions import Conventions
from reconciler.documents.edit.file import EditedFile
from reconciler.documents.edit.refusal import Advice, EditError, EditRefusedError
from reconciler.documents.edit.value import value_at, with_value_at
from reconciler.documents.object_kind import FileObject, classify
from reconciler.documents.read.document import Document
from reconciler.documents.read.node import Path, to_plain
from reconciler.model.plain import items, mapping, text

SPEC_TRIGGERS: Path = ("spec", "triggers")
CONVENTIONS = Conventions(similar=SPEC_TRIGGERS, free_keys=frozenset({"annotations"}))
"""The triggers of a DeploymentConfig look alike, and people choose the keys of annotations."""
_TEMPLATE: Path = ("spec", "template", "spec")
_POD_SPECS: Sequence[Path] = (_TEMPLATE, ("spec", "jobTemplate", *_TEMPLATE))
_GROUPS = ("initContainers", "containers")


@dataclass(frozen=True, slots=True)
class WorkloadObject:
    """One object of a file."""

    file: str
    document: int
    """Counts the file's documents from 0."""
    prefix: Path
    """Its path in the document."""
    line: int
    api_version: str
    kind: str
    value: Mapping[str, object]
    """The object as a plain value, as it is written."""
    namespace: str
    """Its namespace, or that of its file where it names none."""

    @property
    def name(self) -> str:
        """Its `metadata.name`."""
        return text(mapping(self.value.get("metadata")).get("name"))

    @property
    def described(self) -> str:
        """Kind and name for people, such as `Deployment team-a/app`."""
        return f"{self.kind} {self.namespace}/{self.name}"

    @property
    def where(self) -> str:
        """Its file and line."""
        return f"{self.file}:{self.line}"

    @property
    def pod_spec(self) -> Path | None:
        """The path of its pod spec; None if it has none."""
        if self.kind == "Pod":
            return ("spec",)
        return next((path for path in _POD_SPECS if isinstance(value_at(self.value, path), dict)), None)

    @property
    def containers(self) -> list[tuple[str, int, str]]:
        """The group, index and name of each container; init containers first, as OpenShift looks names up."""
        pod_spec = mapping(value_at(self.value, self.pod_spec)) if self.pod_spec else {}
        return [
            (group, index, text(mapping(each).get("name")))
            for group in _GROUPS
            for index, each in enumerate(items(pod_spec.get(group)))
        ]


def workload_objects(documents: Sequence[Document], namespace: str) -> Iterator[WorkloadObject]:
    """The objects of a file that have a kind and a name, in its order; `namespace` is for those that name none."""
    for number, document in enumerate(documents):
        for item in classify(document):
            found = _object(number, item, namespace)
            if found is not None:
                yield found


def with_object(data: bytes, target: WorkloadObject, steps: Iterable[object], advice: str) -> bytes:
    """The file with another value of one object, over the steps on the way to it.

    Raises `EditError` with the advice where it cannot be edited.
    """
    try:
        for step in steps:
            edited = EditedFile.read(data, target.file, CONVENTIONS)
            data = edited.rewritten(target.document, with_value_at(edited.plain(target.document), target.prefix, step))
    except EditRefusedError as refused:
        raise EditError(f"{target.described} cannot be edited", refused, target.file, Advice(advice)) from refused
    return data


def list_steps(current: Sequence[object], wanted: Sequence[object | None], added: Sequence[object]) -> Iterator[object]:
    """The steps from one list to another: `wanted` has the new value of each item, None where it is taken out."""
    merged = [old if new is None else new for old, new in zip(current, wanted, strict=True)]
    yield [*merged, *added]
    for index in reversed(range(len(wanted))):
        if wanted[index] is None:
            del merged[index]
            yield [*merged, *added]


def _object(number: int, item: FileObject, namespace: str) -> WorkloadObject | None:
    named = mapping(item.plain())  # with the kind that an item of an ImageStreamList leaves out
    kind, metadata = text(named.get("kind")), mapping(named.get("metadata"))
    if not kind or not text(metadata.get("name")):
        return None
    return WorkloadObject(
        file=item.document.file,
        document=number,
        prefix=item.prefix,
        line=item.position(()).line,
        api_version=text(named.get("apiVersion")),
        kind=kind,
        value=mapping(to_plain(item.node)),
        namespace=text(metadata.get("namespace"), namespace),
    )
