"""The versions of the files that have some image fields, newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from reconciler.model.image_field import ImageField
from reconciler.provenance.log import MAX_PATHS, FileVersion, Log

MAX_VERSIONS = 100
"""Versions of a file, newest first, that are read."""
MAX_FILES = 1_000
"""Files whose versions are read."""

FieldVersions = dict[str, tuple[list[ImageField], list[FileVersion]]]
"""By path the fields of a file and its versions."""


def versions_of(log: Log, fields: Iterable[ImageField], *, mainline: bool = False) -> FieldVersions:
    """The fields by file, with the versions of the files over all parents of merges, or over first parents only."""
    wanted: dict[str, list[ImageField]] = defaultdict(list)
    for field in fields:
        wanted[field.file].append(field)
    paths = sorted(wanted)[:MAX_FILES]
    found: FieldVersions = {path: (wanted[path], []) for path in paths}
    for start in range(0, len(paths), MAX_PATHS):
        for version in log.versions(paths[start : start + MAX_PATHS], merges=True, mainline=mainline):
            found[version.change.path][1].append(version)
    return found
