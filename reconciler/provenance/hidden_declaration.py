"""What files that cannot be read now declared when they last could: nothing may declare it a second time elsewhere.

A merge conflict, another encoding or a slip hides what a file declares, from us and not from the people who keep it. A
second declaration in another file would be an error as soon as the first is mended.
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
    """What is hidden in files that cannot be read at one commit, and in which file."""

    istags: Mapping[IstagName, str]
    streams: Mapping[StreamName, str]
    never: Mapping[str, bytes]
    """Files of which no version could ever be read, with their bytes now; templates are not among them."""

    def file_of(self, stream: StreamName) -> str | None:
        """The file that declares the stream, or that names it so that it may."""
        named = (path for path, data in self.never.items() if _names(data, stream))
        return self.streams.get(stream) or next(named, None)


def find_hidden(repository: Repository, state: Snapshot) -> HiddenDeclarations:
    """Read the earlier versions of every file that does not load at the state's commit."""
    last_good = LastLoadable(repository, state.commit, state.config)
    foreign = unreadable_foreign(repository, state)
    istags: dict[IstagName, str] = {}
    streams: dict[StreamName, str] = {}
    never: dict[str, bytes] = {}
    skipped = {each.file for each in state.declarations.skipped}
    for path, remains in last_good.last_declared({*state.declarations.failed_files, *foreign}).items():
        istags |= dict.fromkeys(remains.tags, path)
        streams |= dict.fromkeys(remains.streams, path)
        if not remains.loaded and path not in {*skipped, *foreign}:
            never[path] = content(repository, state.files, path) or b""
    return HiddenDeclarations(istags, streams, never)


def _names(data: bytes, stream: StreamName) -> bool:
    """Whether a text has the stream's name as a value of `name`."""
    written = rb"""\bname["']?\s*:\s*["']?%s(?![\w.:/-])""" % re.escape(stream.name.encode())
    return re.search(written, data) is not None
