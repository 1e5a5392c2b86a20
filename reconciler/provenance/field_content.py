"""Field contents: the values that some image fields of one file have in earlier contents of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.documents.read.document import Document, read_documents
from reconciler.documents.read.node import Scalar, find
from reconciler.errors import DocumentError
from reconciler.gitstore import Repository
from reconciler.model.config import Config
from reconciler.model.image_field import ImageField
from reconciler.provenance.field_version import FieldFile
from reconciler.reading.declare import declare
from reconciler.settings import MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class FieldValues:
    """The values in one content, by the names of the fields."""

    values: dict[str, str | None] = dataclasses.field(default_factory=dict)
    """The value of each, found as the same field, else at the same path."""
    following: frozenset[str] = frozenset()
    """Those that follow their istag there and are not paused."""
    is_readable: bool = True


class FieldContents:
    """The contents of one file, each read and parsed once."""

    def __init__(self, repository: Repository, config: Config, path: str, file: FieldFile) -> None:
        self._repository = repository
        self._blobs = file.blobs
        self._config = config
        self._path = path
        self._fields = file.fields
        self._known: dict[str, FieldValues] = {}

    def load(self, oids: Iterable[str | None]) -> None:
        """Read some contents in one batch."""
        fresh = {oid for oid in oids if oid is not None and oid not in self._known}
        missing = fresh - self._blobs.keys()
        blobs = self._repository.read(missing, MAX_FILE_BYTES) if missing else {}
        self._known.update((oid, self._read(blobs[oid] if oid in blobs else self._blobs[oid])) for oid in fresh)

    def at(self, oid: str | None) -> FieldValues:
        """The values in a content; none for a missing file."""
        if oid is None:
            return FieldValues()
        self.load([oid])
        return self._known[oid]

    def _read(self, data: bytes | None) -> FieldValues:
        if data is None:
            return FieldValues(is_readable=False)
        try:
            documents = read_documents(data, self._path)
        except DocumentError:
            return FieldValues(is_readable=False)
        declared = declare({self._path: data}, self._config)
        there = {each.key: each for each in declared.fields}
        same = {each.name: there[each.key] for each in self._fields if each.key in there}
        others = _at_paths(documents, [each for each in self._fields if each.key not in there])
        return FieldValues(
            {**{name: each.value for name, each in same.items()}, **dict(others)},
            frozenset(name for name, each in same.items() if not each.paused),
            is_readable=not declared.failed_files,
        )


def _at_paths(documents: Sequence[Document], fields: Sequence[ImageField]) -> Iterator[tuple[str, str | None]]:
    for field in fields:
        if field.document < len(documents):
            node = find(documents[field.document].root, field.path)
            if isinstance(node, Scalar):
                yield field.name, node.value if isinstance(node.value, str) else None
