"""What a file declared when it last loaded.

"A file that fails to load holds back the removal of the tags it declared when it last loaded, and of nothing else"
(design 3.2 rule 4). Only git has that, so the versions of the file are read, newest first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from reconciler.documents.read.encoding import mentions
from reconciler.documents.read.path_filter import may_declare
from reconciler.gitstore import Repository
from reconciler.model.config import Config
from reconciler.model.stream import Declarations
from reconciler.provenance.log import Log
from reconciler.reading.declare import declare
from reconciler.reading.tree_declaration import LastDeclared
from reconciler.settings import MAX_FILE_BYTES

_GROUP = 20
"""Versions of a file that are read in one batch; further batches follow until one version loads."""
_KINDS = ("ImageStream",)


class LastLoadable:
    """The last loadable versions of files that cannot be loaded at one commit."""

    def __init__(self, repository: Repository, commit: str, config: Config) -> None:
        self._repository = repository
        self._commit = commit
        self._config = config
        self._known: dict[str, LastDeclared] = {}

    def last_declared(self, paths: Collection[str]) -> Mapping[str, LastDeclared]:
        """What each file declared in its newest version that loads; for the path of a folder, all files that it had."""
        fresh = [path for path in sorted(paths) if path not in self._known]
        self._known.update(dict.fromkeys(fresh, LastDeclared()))
        for file, oids in self._versions(fresh).items():
            owner = next(path for path in _parents(file) if path in self._known)
            self._known[owner] |= self._newest(file, oids)
        return {path: self._known[path] for path in paths}

    def _newest(self, path: str, oids: Sequence[str]) -> LastDeclared:
        """What the newest version that loads declared. If no version names one of our kinds, none is parsed."""
        if not any(mentions(blob, _KINDS) for blob in self._blobs(oids)):
            return LastDeclared()
        loaded = (self._loaded(path, blob) for blob in self._blobs(oids))
        whole = next((found for found, damaged in loaded if found is not None and not damaged), None)
        if whole is not None:
            return whole
        # Every version that loads seems damaged, so the file was always like this: it is not damaged.
        damaged_versions = (self._loaded(path, blob) for blob in self._blobs(oids))
        return next((found for found, _ in damaged_versions if found is not None), LastDeclared())

    def _loaded(self, path: str, blob: bytes) -> tuple[LastDeclared | None, bool]:
        """What a version declared, None if it does not load; and whether it seems damaged (`reading.lost_file`)."""
        declared = declare({path: blob}, self._config)
        if path in declared.failed_files:
            return None, False
        damaged = path in declare({path: blob}, self._config, lambda _: True).failed_files
        return _last_declared(declared), damaged

    def _versions(self, paths: Sequence[str]) -> dict[str, list[str]]:
        """The blob ids of each file at the paths or below them, newest first."""
        oids: dict[str, list[str]] = {}
        for version in Log(self._repository, self._commit).under(paths) if paths else ():
            path, oid = version.change.path, version.change.new_oid
            if oid is not None and may_declare(path, self._config):
                oids.setdefault(path, []).append(oid)
        return oids

    def _blobs(self, oids: Sequence[str]) -> Iterator[bytes]:
        """The contents, in batches; a content that is too large to read is left out."""
        for start in range(0, len(oids), _GROUP):
            group = oids[start : start + _GROUP]
            blobs = self._repository.read(group, MAX_FILE_BYTES)
            yield from (data for oid in group if (data := blobs[oid]) is not None)


def _last_declared(declarations: Declarations) -> LastDeclared:
    streams = declarations.streams.values()
    imported = frozenset(stream.name for stream in streams if stream.repository)
    return LastDeclared(declarations.declared, frozenset(declarations.streams), imported, loaded=True)


def _parents(path: str) -> Iterator[str]:
    """A path and the folders that contain it, innermost first."""
    parts = path.split("/")
    return ("/".join(parts[:length]) for length in range(len(parts), 0, -1))
