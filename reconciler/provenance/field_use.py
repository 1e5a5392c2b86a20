"""Whether image fields were ever used: whether one had what its istag gave, before it got the value that it has now.

A field that was used and has another value is a person's decision. One that never was is still to be written, however
long ago its trigger was added: its istag may have been frozen, or the trigger paused (design 3.8). It counts from the
commit after which the field follows its istag without a pause. Only first parents are followed: they are the states
that the branch had.

A field that came from another file, or by a merge, was perhaps used there; nothing is said of it. The same holds for a
field that its file alone does not make, such as one with a local lookup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from reconciler.gitstore import Commit
from reconciler.model.config import Config
from reconciler.model.image_field import ImageField, Place
from reconciler.provenance.field_content import FieldContents
from reconciler.provenance.field_version import MAX_VERSIONS, versions_of
from reconciler.provenance.log import FileVersion, Log
from reconciler.reading.declare import FileReadings
from reconciler.reading.snapshot_reader import fields_at

MAX_ORIGINS = 5
"""Commits that brought fields, of whose parents all fields are read."""

Gives = Callable[[ImageField, str], bool]
"""Whether a value is one that the istag of a field gives."""


def find_field_use(
    log: Log, config: Config, fields: Iterable[ImageField], gives: Gives, readings: FileReadings
) -> dict[str, bool]:
    """Whether each field was used, by its name, as of a log's revision; no entry where that is not known."""
    found: dict[str, bool] = {}
    origins = _Origins(log, config, readings)
    for path, file in versions_of(log, fields, mainline=True):
        contents = FieldContents(log.repository, config, path, file)
        for field in file.fields:
            used = _FieldUse(log, contents, field, gives, origins).find(file.versions)
            if used is not None:
                found[field.name] = used
    return found


class _Origins:
    """The fields before the commits that brought some."""

    def __init__(self, log: Log, config: Config, readings: FileReadings) -> None:
        self._log = log
        self._config = config
        self._readings = readings
        self._known: dict[str, frozenset[tuple[str, Place]]] = {}

    def is_new(self, field: ImageField, commit: Commit) -> bool | None:
        """Whether no file had the field before the commit that brought it; None if that is not known."""
        if len(commit.parents) > 1:
            return None
        if not commit.parents:
            return True
        (parent,) = commit.parents
        if parent not in self._known:
            if len(self._known) == MAX_ORIGINS:
                return None
            there = fields_at(self._log.repository, parent, self._config, self._readings)
            self._known[parent] = frozenset((each.file, each.place) for each in there)
        return not any(place == field.place and file != field.file for file, place in self._known[parent])


class _FieldUse:
    """The past of one field."""

    def __init__(self, log: Log, contents: FieldContents, field: ImageField, gives: Gives, origins: _Origins) -> None:
        self._log = log
        self._contents = contents
        self._field = field
        self._gives = gives
        self._origins = origins

    def find(self, versions: Sequence[FileVersion]) -> bool | None:
        """Whether the field was used, from the versions of its file, newest first."""
        if not versions or not self._follows(versions[0].change.new_oid):
            return None
        for version in versions[:MAX_VERSIONS]:
            if self._wrote(version.commit):
                return True
            before = self._contents.at(version.change.old_oid)
            if not before.is_readable:
                continue
            if self._field.name not in before.following:
                brought = self._origins.is_new(self._field, version.commit)
                return False if brought else None
            value = before.values[self._field.name]
            if value is not None and value != self._field.value and self._gives(self._field, value):
                return True
        return None

    def _follows(self, oid: str | None) -> bool:
        return self._field.name in self._contents.at(oid).following

    def _wrote(self, commit: Commit) -> bool:
        """Whether a commit of ours wrote the field."""
        return any(self._field.name in claim.workloads for claim in self._log.trailers(commit))
