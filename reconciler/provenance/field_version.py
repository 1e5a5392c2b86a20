"""The versions of the files that have some image fields, newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model.image_field import ImageField
from reconciler.provenance.log import FileVersion, Log
from reconciler.settings import MAX_FILE_BYTES

MAX_VERSIONS = 100
"""Versions of a file, newest first, that are read."""
MAX_FILES = 1_000
"""Files whose versions are read."""

_GROUP = 50
"""Files whose newest contents are read in one batch."""


@dataclass(frozen=True, slots=True)
class FieldFile:
    """One file that has some image fields, with its versions."""

    fields: Sequence[ImageField]
    versions: Sequence[FileVersion]
    blobs: Mapping[str, bytes | None]
    """The contents before and after the newest version, which are often enough; None is one that is too large."""


def versions_of(log: Log, fields: Iterable[ImageField], *, mainline: bool = False) -> Iterator[tuple[str, FieldFile]]:
    """The files of the fields by path, with the versions over all parents of merges, or over first parents only."""
    wanted: dict[str, list[ImageField]] = defaultdict(list)
    for field in fields:
        wanted[field.file].append(field)
    paths = sorted(wanted)[:MAX_FILES]
    found = log.versions_of_each(paths, merges=True, mainline=mainline)
    for start in range(0, len(paths), _GROUP):
        group = paths[start : start + _GROUP]
        newest = [version.change for path in group for version in found[path][:1]]
        oids = {oid for change in newest for oid in (change.old_oid, change.new_oid) if oid is not None}
        blobs = log.repository.read(oids, MAX_FILE_BYTES) if oids else {}
        yield from ((path, FieldFile(wanted[path], found[path], blobs)) for path in group)
