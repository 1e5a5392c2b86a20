"""The objects that declare one stream, for the fields that only a view shows: labels and the two local policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.documents.object_kind import Kind, classify
from reconciler.documents.read.document import read_documents
from reconciler.gitstore import Repository
from reconciler.model.name import StreamName
from reconciler.model.plain import flag, items, mapping, text, text_map
from reconciler.model.stream import Stream
from reconciler.reading.committed_file import content
from reconciler.reading.file_reading import default_namespace
from reconciler.reading.snapshot import Snapshot


class DeclaredObjects:
    """The ImageStream objects of one stream as plain values, in file order."""

    def __init__(self, repository: Repository, snapshot: Snapshot, stream: Stream | None) -> None:
        """Read the objects of a stream; a stream that no file declares has none."""
        self._objects = list(_objects(repository, snapshot, stream)) if stream is not None else []

    @property
    def labels(self) -> dict[str, str]:
        """`metadata.labels` of all objects; the last object decides."""
        found = (text_map(mapping(each.get("metadata")).get("labels")) for each in self._objects)
        return {key: value for labels in found for key, value in labels.items()}

    @property
    def is_local(self) -> bool:
        """Whether one of them has `lookupPolicy.local`."""
        return any(flag(mapping(_spec(each).get("lookupPolicy")).get("local")) for each in self._objects)

    @property
    def local_tags(self) -> set[str]:
        """The tags with `referencePolicy: Local`."""
        entries = (mapping(entry) for each in self._objects for entry in items(_spec(each).get("tags")))
        return {
            text(each.get("name")) for each in entries if mapping(each.get("referencePolicy")).get("type") == "Local"
        }


def _objects(repository: Repository, snapshot: Snapshot, stream: Stream) -> Iterator[Mapping[str, object]]:
    for path in dict.fromkeys(position.file for position in stream.positions):
        data = content(repository, snapshot.files, path) or b""
        space = default_namespace(path, snapshot.config)
        for item in (item for document in read_documents(data, path) for item in classify(document)):
            plain = mapping(item.plain())
            metadata = mapping(plain.get("metadata"))
            name = StreamName(text(metadata.get("namespace"), space), text(metadata.get("name")))
            if item.kind is Kind.STREAM and name == stream.name:
                yield plain


def _spec(plain: Mapping[str, object]) -> Mapping[str, object]:
    return mapping(plain.get("spec"))
