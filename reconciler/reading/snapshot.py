"""The snapshot of one commit: its Config, declarations, histories and holds. It cannot be changed once it is made.

The loop decides on it. Every other reader takes it from `reading.publication`; any thread may read it without a lock.
Only what is committed counts: the work tree is never read.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.documents.render.history import render_history
from reconciler.gitstore import CommitFiles, FileEntry
from reconciler.model.config import Config
from reconciler.model.frozen import freeze
from reconciler.model.history import TagHistory, TagHold
from reconciler.model.name import IstagName
from reconciler.model.stream import Declarations
from reconciler.reading.tree_declaration import TreeDeclarations


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that is read of one commit. Equal commits and equal earlier commits give equal snapshots."""

    files: CommitFiles
    """Every regular file with the id of its content."""
    config: Config
    tree: TreeDeclarations
    """What the files that may declare streams declare."""
    histories: Mapping[IstagName, TagHistory] = field(default_factory=dict)
    holds: Mapping[IstagName, TagHold] = field(default_factory=dict)
    unreadable: Mapping[IstagName, str] = field(default_factory=dict)
    """Istags whose history or hold cannot be loaded or written, each with the reason."""
    protected: frozenset[IstagName] = frozenset()
    """Undeclared istags whose removal is held back: a file that cannot be loaded now declared them (design 3.2)."""

    def __post_init__(self) -> None:
        freeze(self, "histories", "holds", "unreadable")

    @property
    def commit(self) -> str:
        """The id of the commit."""
        return self.files.commit

    @property
    def declarations(self) -> Declarations:
        """The declared streams."""
        return self.tree.declarations

    def with_histories(self, commit: str, written: Mapping[IstagName, TagHistory]) -> Snapshot:
        """The snapshot of a commit that differs only in the files of these histories, as the reconciler writes them.

        The commit is not read: the ids that git gives the files are computed from their contents.
        """
        blobs = {name.history_path: _blob_id(render_history(each), len(commit)) for name, each in written.items()}
        entries = {path: FileEntry("100644", "blob", oid) for path, oid in blobs.items()}
        ordered = dict(sorted({**self.files.entries, **entries}.items()))  # git's order
        files = dataclasses.replace(self.files, commit=commit, entries=ordered)
        return dataclasses.replace(self, files=files, histories={**self.histories, **written})


def _blob_id(data: bytes, size: int) -> str:
    """The object id of a content, of `size` hex digits. A wrong id would only cause the file to be read again."""
    text = b"blob %d\0" % len(data) + data
    long = hashlib.sha256(text)
    return (long if size == long.digest_size * 2 else hashlib.sha1(text, usedforsecurity=False)).hexdigest()
