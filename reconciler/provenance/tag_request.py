"""Requests: whose commit declared the source of a spec tag that is resolved for the first time.

The author of the commit that changed the spec tag is the author of the event (design 3.5). The versions of the file are
compared, newest first, until the source differs. A file with a single version needs no comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.gitstore import Commit, Repository
from reconciler.model.config import Config
from reconciler.model.imported import lookup_tag
from reconciler.model.name import IstagName
from reconciler.model.person import Request
from reconciler.model.stream import SpecTag
from reconciler.provenance.log import MAX_PATHS, FileVersion, Log
from reconciler.reading.declare import declare
from reconciler.settings import MAX_FILE_BYTES

MAX_VERSIONS = 30
"""Versions of a file that are compared; if none of them differs, the newest commit counts as the request."""


def find_requests(log: Log, config: Config, tags: Sequence[tuple[IstagName, SpecTag]]) -> dict[IstagName, Request]:
    """Who declared each of these spec tags of a log's revision; an istag whose commit is not known is left out."""
    versions = _versions(log, {tag.position.file for _, tag in tags})
    found: dict[IstagName, Request] = {}
    for file, wanted in _by_file(tags).items():
        history = _File(log.repository, config, file, versions.get(file, []))
        for name, commit in history.requests(wanted):
            found[name] = Request(commit.author, commit.id)
    return found


def _by_file(tags: Sequence[tuple[IstagName, SpecTag]]) -> dict[str, dict[IstagName, SpecTag]]:
    files: dict[str, dict[IstagName, SpecTag]] = {}
    for name, tag in tags:
        files.setdefault(tag.position.file, {})[name] = tag
    return files


def _versions(log: Log, files: set[str]) -> dict[str, list[FileVersion]]:
    """The versions of each file, newest first."""
    found: dict[str, list[FileVersion]] = {file: [] for file in files}
    if files:
        log.ancestry.bring_versions(log.revision, sorted(files) if len(files) <= MAX_PATHS else [])
    for version in log.versions(files):
        if version.change.new_oid is not None:
            found[version.change.path].append(version)
    return found


@dataclass(frozen=True, slots=True)
class _File:
    """One declaring file and its versions, newest first."""

    repository: Repository
    config: Config
    path: str
    versions: Sequence[FileVersion]

    def requests(self, wanted: Mapping[IstagName, SpecTag]) -> Iterable[tuple[IstagName, Commit]]:
        """For each istag the commit that gave it its current source."""
        waiting = dict(wanted)
        for index, newer in enumerate(self.versions[:MAX_VERSIONS]):
            older = self.versions[index + 1] if index + 1 < len(self.versions) else None
            before = self._declared(older, waiting) if older else {}
            for name, tag in list(waiting.items()):
                if not _same(name, tag, before.get(name)):
                    yield name, newer.commit
                    del waiting[name]
            if not waiting:
                return
        if self.versions:
            yield from ((name, self.versions[0].commit) for name in waiting)

    def _declared(self, version: FileVersion, names: Iterable[IstagName]) -> dict[IstagName, SpecTag]:
        """The spec tags of some istags in a version; without one, the tag of the repository that the stream imports."""
        oid = version.change.new_oid or ""
        data = self.repository.read([oid], MAX_FILE_BYTES)[oid]
        declared = declare({self.path: data}, self.config)
        found: dict[IstagName, SpecTag] = {}
        for name in names:
            tag = lookup_tag(declared, name)
            if tag is not None:
                found[name] = tag
        return found


def _same(name: IstagName, tag: SpecTag, before: SpecTag | None) -> bool:
    if before is None or tag.source is None:
        return False
    same_way = (tag.reference, tag.import_mode, tag.selection) == (
        before.reference,
        before.import_mode,
        before.selection,
    )
    return same_way and tag.source.same(before.source, name.stream_name)
