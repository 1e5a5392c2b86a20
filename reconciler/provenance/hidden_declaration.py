"""Hidden declarations: what files that cannot be read now declared when they last loaded.

A merge conflict, another encoding or a typing mistake hides from us what a file declares. No command may declare the
same in another file: that would be an error as soon as the first file is corrected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.gitstore import Repository
from reconciler.model.name import IstagName, StreamName
from reconciler.provenance.last_loadable import LastLoadable
from reconciler.reading.committed_file import content
from reconciler.reading.snapshot import Snapshot
from reconciler.reading.snapshot_reader import unreadable_foreign


@dataclass(frozen=True, slots=True)
class HiddenDeclarations:
    """The declarations in files that cannot be read at one commit, each with its file."""

    istags: Mapping[IstagName, str]
    streams: Mapping[StreamName, str]
    never: Mapping[str, bytes]
    """Files without any version that can be read, with their bytes now; templates are not among them."""

    def file_of(self, stream: StreamName) -> str | None:
        """The file that declares the stream, or that may declare it because it contains its name."""
        named = (path for path, data in self.never.items() if _names(data, stream))
        return self.streams.get(stream) or next(named, None)


def find_hidden(repository: Repository, snapshot: Snapshot) -> HiddenDeclarations:
    """Read the earlier versions of every file that does not load at the snapshot's commit."""
    last_loadable = LastLoadable(repository, snapshot.commit, snapshot.config)
    foreign = unreadable_foreign(repository, snapshot)
    istags: dict[IstagName, str] = {}
    streams: dict[StreamName, str] = {}
    never: dict[str, bytes] = {}
    skipped = {each.file for each in snapshot.declarations.skipped}
    for path, last in last_loadable.last_declared({*snapshot.declarations.failed_files, *foreign}).items():
        istags |= dict.fromkeys(last.tags, path)
        streams |= dict.fromkeys(last.streams, path)
        if not last.loaded and path not in {*skipped, *foreign}:
            never[path] = content(repository, snapshot.files, path) or b""
    return HiddenDeclarations(istags, streams, never)


def _names(data: bytes, stream: StreamName) -> bool:
    """Whether a text contains the stream's name as a value of `name`."""
    written = rb"""\bname["']?\s*:\s*["']?%s(?![\w.:/-])""" % re.escape(stream.name.encode())
    return re.search(written, data) is not None
