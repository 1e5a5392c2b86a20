"""The parsed contents of history and hold files, old and new, each read and parsed once."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.documents.render.history_reader import read_rendered
from reconciler.errors import DocumentError
from reconciler.gitstore import FileChange, Repository
from reconciler.model.history import HeldImage, TagEvent
from reconciler.model.name import IstagName, istag_of_path
from reconciler.reading.owned_file import read_history, read_hold
from reconciler.settings import MAX_FILE_BYTES

Stack = tuple[TagEvent, ...]
"""The events of one history, newest first; empty without a file."""
Held = tuple[HeldImage, ...]
"""The entries of one hold, newest first; empty without a file."""


class ParsedFiles:
    """The parsed contents of histories and holds, by istag and blob."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._stacks: dict[tuple[str, str], Stack | None] = {}
        self._entries: dict[tuple[str, str], Held | None] = {}

    def load(self, changes: Iterable[FileChange]) -> None:
        """Read the contents before and after some changes in one batch. A known content is not read again."""
        self.load_blobs((change.path, oid) for change in changes for oid in (change.old_oid, change.new_oid))

    def load_blobs(self, blobs: Iterable[tuple[str, str | None]]) -> None:
        """Read some blobs, each as the content of its path, in one batch."""
        wanted = {
            (path, oid)
            for path, oid in blobs
            if oid is not None and (path, oid) not in self._stacks and (path, oid) not in self._entries
        }
        data = self._repository.read({oid for _, oid in wanted}, MAX_FILE_BYTES) if wanted else {}
        for path, oid in wanted:
            name = istag_of_path(path)
            if name is not None and path == name.history_path:
                self._stacks[path, oid] = _stack(name, data[oid])
            elif name is not None:
                self._entries[path, oid] = _held(name, data[oid])

    def stack(self, name: IstagName, oid: str | None) -> Stack | None:
        """The events of a blob; empty for a missing file (`oid` is None), None if the blob is unreadable."""
        if oid is None:
            return ()
        self.load_blobs([(name.history_path, oid)])
        return self._stacks[name.history_path, oid]

    def held(self, name: IstagName, oid: str | None) -> Held | None:
        """The entries of a blob; empty for a missing file (`oid` is None), None if the blob is unreadable."""
        if oid is None:
            return ()
        self.load_blobs([(name.hold_path, oid)])
        return self._entries[name.hold_path, oid]


def _stack(name: IstagName, data: bytes | None) -> Stack | None:
    if data is None:
        return None
    try:
        quick = read_rendered(data, name)
        return quick.items if quick is not None else read_history(data, name.history_path, name).items
    except DocumentError:
        return None


def _held(name: IstagName, data: bytes | None) -> Held | None:
    try:
        return read_hold(data, name.hold_path, name).held if data is not None else None
    except DocumentError:
        return None
