"""Who gave image fields the values that they have (design 3.8).

It is the newest commit after which a field has its value and before which it had another one: a person's commit, one of
ours, or a merge that chose what none of its parents has. Fields whose commit is not among the newest versions of their
file have no author.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from reconciler.model.config import Config
from reconciler.model.image_field import ImageField
from reconciler.planning.world import FieldAuthor
from reconciler.provenance.field_content import FieldContents
from reconciler.provenance.field_version import MAX_VERSIONS, versions_of
from reconciler.provenance.log import FileVersion, Log

_GROUP = 5
"""Versions of a file whose contents are read in one batch."""


def find_field_authors(log: Log, config: Config, fields: Iterable[ImageField]) -> dict[str, FieldAuthor]:
    """The author of the value of each field by the field's name, as of a log's revision."""
    found: dict[str, FieldAuthor] = {}
    for path, file in versions_of(log, fields):
        contents = FieldContents(log.repository, config, path, file)
        found.update(_FileAuthors(log, contents, path, file.fields).find(file.versions[:MAX_VERSIONS]))
    return found


class _FileAuthors:
    """The authors of the fields of one file."""

    def __init__(self, log: Log, contents: FieldContents, path: str, fields: Sequence[ImageField]) -> None:
        self._log = log
        self._contents = contents
        self._path = path
        self._fields = fields

    def find(self, versions: Sequence[FileVersion]) -> Iterator[tuple[str, FieldAuthor]]:
        """The fields' names with their authors; no more versions are read than are needed."""
        waiting = list(self._fields)
        rest = iter(versions)
        size = 1  # the newest version is often enough, and its contents are known
        while waiting and (group := list(islice(rest, size))):
            size = _GROUP
            self._contents.load(oid for each in group for oid in (each.change.old_oid, each.change.new_oid))
            for version in group:
                done = [field for field in waiting if self._gives(version, field)]
                waiting = [field for field in waiting if field not in done]
                author = FieldAuthor(version.commit.author, version.commit.id)
                yield from ((field.name, author) for field in done)

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
        values = self._contents.at(oid).values
        return field.name in values and values[field.name] == field.value
