"""What a file declared when it last loaded.

"A file that fails to load holds back the removal of the tags it declared when it last loaded, and of nothing else"
(design 3.2 rule 4). Nothing but git remembers that, so the file's own versions are read, newest first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from reconciler.gitstore import Repository
from reconciler.gitstore.ancestry import Ancestry
from reconciler.model.config import Config
from reconciler.model.name import IstagName
from reconciler.model.stream import Declarations
from reconciler.reading.declare import declare
from reconciler.settings import MAX_FILE_BYTES

_GROUP = 20
"""How many versions of a file are read at a time; reading goes on until one loads."""
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
        return frozenset(path for path in paths if any(_KIND in blob for blob in self._blobs(versions[path])))

    def tags(self, paths: Collection[str]) -> frozenset[IstagName]:
        """The istags that the files declared, each in its newest version that loads."""
        return frozenset(name for _, declared in self.declarations(paths) if declared for name in names(declared))

    def declarations(self, paths: Collection[str]) -> Iterator[tuple[str, Declarations | None]]:
        """What each file declared in its newest version that loads; None where none ever did."""
        versions = self._versions(sorted(paths))
        for path in sorted(paths):
            blobs = (blob for blob in self._blobs(versions[path]) if _KIND in blob)
            declared = (declare({path: blob}, self._config) for blob in blobs)
            yield path, next((each for each in declared if path not in each.failed_files), None)

    def _versions(self, paths: Sequence[str]) -> dict[str, list[str]]:
        """The ids of the contents each file had, newest first."""
        oids: dict[str, list[str]] = {path: [] for path in paths}
        for commit in Ancestry(self._repository).log(self._commit, paths=paths) if paths else ():
            for change in commit.files:
                if change.path in oids and change.new_oid is not None:
                    oids[change.path].append(change.new_oid)
        return oids

    def _blobs(self, oids: Sequence[str]) -> Iterator[bytes]:
        """The contents, a few at a time; those that are too large to read are passed over."""
        for start in range(0, len(oids), _GROUP):
            group = oids[start : start + _GROUP]
            blobs = self._repository.read(group, MAX_FILE_BYTES)
            yield from (data for oid in group if (data := blobs[oid]) is not None)


def names(declarations: Declarations) -> set[IstagName]:
    """The istags that are declared, those with errors included."""
    declared = {stream.name.tag(tag) for stream in declarations.streams.values() for tag in stream.tags}
    return declared | declarations.broken
