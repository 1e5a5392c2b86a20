"""What a file declared when it last loaded.

"A file that fails to load holds back the removal of the tags it declared when it last loaded, and of nothing else"
(design 3.2 rule 4). Nothing but git remembers that, so the file's own versions are read, newest first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from reconciler.gitstore import Repository
from reconciler.model.config import Config
from reconciler.model.name import IstagName
from reconciler.model.stream import Declarations
from reconciler.operations.declare import declare
from reconciler.settings import MAX_FILE_BYTES

MAX_VERSIONS = 50
"""How many versions of one file are tried; a file that was broken for longer declared nothing that still stands."""
_KIND = b"ImageStream"


class LastGood:
    """The versions of files that do not load at one commit."""

    def __init__(self, repository: Repository, commit: str, config: Config) -> None:
        self._repository = repository
        self._commit = commit
        self._config = config

    def declared_before(self, paths: Sequence[str]) -> frozenset[str]:
        """Those of the files whose older versions name our kinds."""
        versions = self._versions(paths)
        return frozenset(path for path, blobs in versions.items() if any(_KIND in blob for blob in blobs))

    def tags(self, paths: Collection[str]) -> frozenset[IstagName]:
        """The istags that the files declared, each in its newest version that loads."""
        found: set[IstagName] = set()
        for path, blobs in self._versions(sorted(paths)).items():
            for blob in blobs:
                declared = declare({path: blob}, self._config)
                if path not in declared.failed_files and _KIND in blob:
                    found.update(_names(declared))
                    break
        return frozenset(found)

    def _versions(self, paths: Sequence[str]) -> dict[str, list[bytes]]:
        """The contents each file had, newest first."""
        if not paths:
            return {}
        oids: dict[str, list[str]] = {path: [] for path in paths}
        for commit in self._repository.log(self._commit, paths=paths):
            for change in commit.files:
                kept = oids.get(change.path)
                if kept is not None and change.new_oid is not None and len(kept) < MAX_VERSIONS:
                    kept.append(change.new_oid)
        blobs = self._repository.read({oid for each in oids.values() for oid in each}, MAX_FILE_BYTES)
        return {path: [data for oid in each if (data := blobs[oid]) is not None] for path, each in oids.items()}


def _names(declarations: Declarations) -> set[IstagName]:
    declared = {stream.name.tag(tag) for stream in declarations.streams.values() for tag in stream.tags}
    return declared | declarations.broken
