"""Validate: every finding of the work tree, of a revision, or of any folder, in file order.

The only use case that reads the work tree, and that works outside git.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from reconciler.documents.find import wanted
from reconciler.errors import DocumentError
from reconciler.gitstore import Repository, walk
from reconciler.model.config import Config, Installation
from reconciler.model.finding import Finding
from reconciler.model.name import StreamName, istag_of_path
from reconciler.model.stream import Declarations, Stream
from reconciler.planning.budget import loads
from reconciler.reading.declare import declare
from reconciler.reading.recorded import read_config, read_history, read_hold, unreadable
from reconciler.rules.table import severity
from reconciler.settings import CONFIG_FILE, HISTORY_DIR, MAX_FILE_BYTES

Files = Mapping[str, bytes | None]


def validate_folder(
    folder: Path, repository: Repository | None, installation: Installation, only: Collection[str] = ()
) -> Declarations:
    """All findings of the files that lie in a folder now; `only` keeps those of some files or folders below it."""
    paths = repository.work_tree_files() if repository else walk(folder)
    files = {path: _content(folder / path) for path in sorted(paths) if _may_be_ours(path)}
    return _validate(files, installation, only)


def validate_revision(
    repository: Repository, revision: str, installation: Installation, only: Collection[str] = ()
) -> Declarations:
    """All findings of the files of a commit. Raises `UsageError` if there is no such commit."""
    snapshot = repository.snapshot(repository.commit(revision))
    entries = {path: entry for path, entry in snapshot.entries.items() if _may_be_ours(path)}
    blobs = repository.read({entry.oid for entry in entries.values()}, MAX_FILE_BYTES)
    return _validate({path: blobs[entry.oid] for path, entry in sorted(entries.items())}, installation, only)


def _may_be_ours(path: str) -> bool:
    return path.endswith((".yaml", ".yml", ".json"))


def _content(path: Path) -> bytes | None:
    """The file's bytes; None if it is larger than the limit. Never through a symlink, even one that came just now."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError:
        return b""
    return data if len(data) <= MAX_FILE_BYTES else None


def _validate(files: Files, installation: Installation, only: Collection[str]) -> Declarations:
    config, findings = _config(files)
    declared = declare({path: data for path, data in files.items() if wanted(path, config)}, config)
    everything = [*findings, *declared.findings, *_recorded(files), *_budget(declared, config, installation)]
    kept = [finding for finding in everything if _is_under(finding.position.file, only)]
    return dataclasses.replace(
        declared,
        streams=dict(_under(declared.streams.values(), only)),
        findings=tuple(sorted(kept, key=lambda finding: finding.position)),
        notes=tuple(note for note in declared.notes if _is_under(note.position.file, only)),
        skipped=tuple(skipped for skipped in declared.skipped if _is_under(skipped.file, only)),
    )


def _config(files: Files) -> tuple[Config, Iterable[Finding]]:
    """The folder's Config; the defaults where it has none or a broken one, whose findings say so."""
    data = files.get(CONFIG_FILE)
    if data is None:
        return Config(), ()
    config, findings = read_config(data, CONFIG_FILE)
    return config or Config(), findings


def _budget(declared: Declarations, config: Config, installation: Installation) -> Iterable[Finding]:
    """Registries that would be asked more often than they take, at the first tag that asks them."""
    rule = "request-budget"
    for load in loads(declared, config, installation):
        if load.exceeds:
            yield Finding(load.first, severity(rule), rule, "", load.warning)


def _recorded(files: Files) -> Iterable[Finding]:
    """Histories and holds that cannot be read: a merge conflict left in one stops its istag."""
    for path, data in files.items():
        name = istag_of_path(path)
        if name is None or data is None:
            continue
        read = read_history if path.startswith(f"{HISTORY_DIR}/") else read_hold
        try:
            read(data, path, name)
        except DocumentError as error:
            yield unreadable(error, path)


def _under(streams: Iterable[Stream], only: Collection[str]) -> Iterable[tuple[StreamName, Stream]]:
    """What some files declare of the streams, which may be spread over more."""
    for stream in streams:
        tags = {name: tag for name, tag in stream.tags.items() if _is_under(tag.position.file, only)}
        if any(_is_under(place.file, only) for place in stream.positions):
            yield stream.name, dataclasses.replace(stream, tags=tags)


def _is_under(path: str, only: Collection[str]) -> bool:
    return not only or any(path == each or path.startswith(f"{each.rstrip('/')}/") for each in only)
