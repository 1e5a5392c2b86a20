"""Who gave image fields the values that they have (design 3.8).

It is the newest commit after which a field has its value and before which it had another one: a person's commit, one of
ours, or a merge that chose what none of its parents has. Fields whose commit is not among the newest versions of their
file have no author.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import Scalar, find
from reconciler.errors import DocumentError
from reconciler.model.config import Config
from reconciler.model.image_field import ImageField
from reconciler.planning.world import FieldAuthor
from reconciler.provenance.log import MAX_PATHS, FileVersion, Log
from reconciler.reading.declare import declare
from reconciler.settings import MAX_FILE_BYTES

MAX_VERSIONS = 100
"""Versions of a file, newest first, in which the commit is looked for."""
MAX_FILES = 1_000
"""Files for whose fields authors are looked for."""
_GROUP = 5
"""Versions of a file whose contents are read in one batch."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """The commit that gave a field its value."""

    author: FieldAuthor
    before: str | None = None
    """The value that the field had before; None if it did not follow its istag before and after, or was paused."""


def find_field_changes(log: Log, config: Config, fields: Iterable[ImageField]) -> dict[str, FieldChange]:
    """What gave each field its value, by the field's name, as of a log's revision."""
    wanted: dict[str, list[ImageField]] = defaultdict(list)
    for field in fields:
        wanted[field.file].append(field)
    paths = sorted(wanted)[:MAX_FILES]
    found: dict[str, FieldChange] = {}
    for start in range(0, len(paths), MAX_PATHS):
        versions: dict[str, list[FileVersion]] = defaultdict(list)
        for version in log.versions(paths[start : start + MAX_PATHS], merges=True):
            versions[version.change.path].append(version)
        for path, each in versions.items():
            found.update(_FieldChanges(log, config, path, wanted[path]).find(each[:MAX_VERSIONS]))
    return found


@dataclass(frozen=True, slots=True)
class _Values:
    """The fields of a file in one of its contents, by name."""

    values: dict[str, str | None] = dataclasses.field(default_factory=dict)
    """The value of each, found as the same field, else at the same path."""
    following: frozenset[str] = frozenset()
    """Those that follow their istag there and are not paused."""


class _FieldChanges:
    """What gave the fields of one file their values."""

    def __init__(self, log: Log, config: Config, path: str, fields: Sequence[ImageField]) -> None:
        self._log = log
        self._config = config
        self._path = path
        self._fields = fields
        self._values: dict[str, _Values] = {}
        """The values in each content."""

    def find(self, versions: Sequence[FileVersion]) -> Iterator[tuple[str, FieldChange]]:
        """The fields' names with their changes; no more versions are read than are needed."""
        waiting = list(self._fields)
        rest = iter(versions)
        while waiting and (group := list(islice(rest, _GROUP))):
            self._load(oid for each in group for oid in (each.change.old_oid, each.change.new_oid))
            for version in group:
                done = [field for field in waiting if self._gives(version, field)]
                waiting = [field for field in waiting if field not in done]
                author = FieldAuthor(version.commit.author, version.commit.id)
                yield from ((field.name, FieldChange(author, self._before(version, field))) for field in done)

    def _before(self, version: FileVersion, field: ImageField) -> str | None:
        old, new = (self._values.get(oid or "", _Values()) for oid in (version.change.old_oid, version.change.new_oid))
        follows = field.name in old.following and field.name in new.following
        return old.values.get(field.name) if follows else None

    def _gives(self, version: FileVersion, field: ImageField) -> bool:
        """Whether the field has its value after a version of the file, and after none of its parents."""
        if not self._has(field, version.change.new_oid) or self._has(field, version.change.old_oid):
            return False
        return not any(self._has(field, oid) for oid in self._other_parents(version))

    def _other_parents(self, version: FileVersion) -> Iterator[str | None]:
        commit, path = version.commit, self._path
        for parent in commit.parents[1:]:
            changed = self._log.repository.changed_paths(parent, commit.id, [path])
            yield changed[path][0] if path in changed else version.change.new_oid

    def _has(self, field: ImageField, oid: str | None) -> bool:
        if oid is None:
            return False
        self._load([oid])
        values = self._values[oid].values
        return field.name in values and values[field.name] == field.value

    def _load(self, oids: Iterable[str | None]) -> None:
        fresh = {oid for oid in oids if oid is not None and oid not in self._values}
        blobs = self._log.repository.read(fresh, MAX_FILE_BYTES) if fresh else {}
        self._values.update((oid, self._read(data)) for oid, data in blobs.items())

    def _read(self, data: bytes | None) -> _Values:
        """The values in one content."""
        if data is None:
            return _Values()
        there = {each.key: each for each in declare({self._path: data}, self._config).fields}
        same = {each.name: there[each.key] for each in self._fields if each.key in there}
        others = _at_paths(data, self._path, [each for each in self._fields if each.key not in there])
        values = {**{name: each.value for name, each in same.items()}, **dict(others)}
        return _Values(values, frozenset(name for name, each in same.items() if not each.paused))


def _at_paths(data: bytes, path: str, fields: Sequence[ImageField]) -> Iterator[tuple[str, str | None]]:
    try:
        documents = read_documents(data, path) if fields else []
    except DocumentError:
        return
    for field in fields:
        if field.document < len(documents):
            node = find(documents[field.document].root, field.path)
            if isinstance(node, Scalar):
                yield field.name, node.value if isinstance(node.value, str) else None
