"""The import mode of streams that are in git already: exports name it, and files that people write seldom do.

A cluster fills in a missing mode, by default `Legacy`; here a missing mode means `PreserveOriginal` (design 3.4), and
every multi-platform image would move. So the mode of the cluster is written into the file, in a commit of the person,
and nothing moves. A mode that a file names is not changed, nor the mode of an istag with a history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.documents.edit.refusal import EditRefusedError
from reconciler.documents.edit.target.spec_tag import TagEdit, edit_tags, entries
from reconciler.gitstore import Repository
from reconciler.model.name import IstagName
from reconciler.model.plain import mapping, text
from reconciler.model.stream import ImportMode, SourceKind, SpecTag, Stream
from reconciler.reading.committed_file import content
from reconciler.reading.file_reading import default_namespace
from reconciler.reading.snapshot import Snapshot

ADVICE = (
    f"Write importMode there by hand, or leave the file as it is with --import-mode {ImportMode.PRESERVE_ORIGINAL}."
)


@dataclass(frozen=True, slots=True)
class WrittenModes:
    """The files with the modes written; by file, why another cannot be edited."""

    files: Mapping[str, bytes]
    refused: Mapping[str, str]


class ImportModes:
    """The modes to write into the files of one commit."""

    def __init__(self, repository: Repository, snapshot: Snapshot) -> None:
        self._repository = repository
        self._snapshot = snapshot
        self._entries: dict[str, Mapping[IstagName, Mapping[str, object]]] = {}
        self._edits: dict[str, dict[IstagName, TagEdit]] = {}

    def silent(self, declared: Stream, exported: Stream) -> frozenset[str]:
        """The tags that a file declares without a mode, and that the export imports as `Legacy`."""
        return frozenset(
            name
            for name, tag in exported.tags.items()
            if tag.import_mode is ImportMode.LEGACY and is_imported(tag) and self._is_silent(declared, name)
        )

    def write(self, declared: Stream, names: Iterable[str]) -> None:
        """Plan to write `Legacy` for these tags of a stream."""
        for name in names:
            istag = declared.name.tag(name)
            edit = TagEdit(declared.name, name, import_mode=ImportMode.LEGACY)
            self._edits.setdefault(declared.tags[name].position.file, {})[istag] = edit

    def written(self) -> WrittenModes:
        """The files after all planned edits."""
        files: dict[str, bytes] = {}
        refused: dict[str, str] = {}
        for file, edits in self._edits.items():
            try:
                files[file] = edit_tags(self._bytes(file), file, edits, default_namespace(file, self._snapshot.config))
            except EditRefusedError as error:
                refused[file] = f"{file}:{error.line}: {error.why}" if error.line else f"{file}: {error.why}"
        return WrittenModes(files, refused)

    def _is_silent(self, declared: Stream, name: str) -> bool:
        tag = declared.tags.get(name)
        if tag is None or not is_imported(tag):
            return False
        file = tag.position.file
        if file not in self._entries:
            self._entries[file] = entries(self._bytes(file), file, default_namespace(file, self._snapshot.config))
        entry = self._entries[file].get(declared.name.tag(name))
        return entry is not None and not text(mapping(entry.get("importPolicy")).get("importMode"))

    def _bytes(self, file: str) -> bytes:
        return content(self._repository, self._snapshot.files, file) or b""


def is_imported(tag: SpecTag) -> bool:
    """Whether the image of the tag comes from a registry, so that its import mode has a meaning."""
    return tag.source is not None and tag.source.kind is SourceKind.DOCKER_IMAGE and not tag.reference
