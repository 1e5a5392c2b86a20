"""New image fields: those that were not there when the reconciler last wrote, or followed another istag then.

What it last wrote is the commit at the tip (`tip`), else the newest own commit of the branch. Without both, every field
is new. A field that was paused then is new as soon as it is not paused any more. A field that moved to another file is
not new: a value that a person gave it stays (design 3.8).

The fields of that commit are read from all its files under its own Config, because another file may decide about a
field: a stream with a local lookup, a kustomization that uses the file as a patch. `FileReadings` hold what is the same
in both commits, so only the files that differ are parsed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable

from reconciler.documents.read.path_filter import is_read
from reconciler.errors import InputError, UsageError
from reconciler.gitstore import Repository
from reconciler.model.config import CommitStyle, Config
from reconciler.model.image_field import ImageField, WriteStyle
from reconciler.provenance.log import Log
from reconciler.provenance.tip import Tip
from reconciler.reading.committed_file import read_committed_config
from reconciler.reading.declare import FileReadings
from reconciler.reading.snapshot import Snapshot
from reconciler.reading.snapshot_reader import fields_at
from reconciler.settings import CONFIG_FILE


def find_new_fields(log: Log, snapshot: Snapshot, tip: Tip, readings: FileReadings | None = None) -> frozenset[str]:
    """The names of the new image fields of a snapshot. `readings` are those of its files, if they were kept."""
    fields = snapshot.declarations.fields
    if not fields:
        return frozenset()
    base = tip.commit or _newest_own(log)
    if base is None:
        return frozenset(field.name for field in fields)
    changed = log.repository.changed_paths(base, snapshot.commit) if base != snapshot.commit else {}
    config = _config_at(log.repository, base, snapshot) if CONFIG_FILE in changed else snapshot.config
    if config == snapshot.config and not any(is_read(path, config) for path in changed):
        return frozenset()
    then = fields_at(log.repository, base, config, readings or FileReadings())
    found = frozenset(_new(fields, then, snapshot.files.entries.keys()))
    return found - _written_since(log, tip) if found else found


def _written_since(log: Log, tip: Tip) -> frozenset[str]:
    """The fields that own commits above the tip wrote: those of commands, which leave the tip where it is."""
    since = log.own(excluding=tip.commit) if tip.commit is not None else ()
    return frozenset(name for commit in since for claim in log.trailers(commit) for name in claim.workloads)


def _newest_own(log: Log) -> str | None:
    commit = log.newest_own()
    return commit.id if commit is not None else None


def _config_at(repository: Repository, commit: str, snapshot: Snapshot) -> Config:
    """The Config of a commit; the snapshot's if both decide the same about fields, or if that commit has none."""
    try:
        then = read_committed_config(repository, repository.commit_files(commit))
    except (InputError, UsageError):
        return snapshot.config
    return snapshot.config if _deciding(then) == _deciding(snapshot.config) else then


def _deciding(config: Config) -> Config:
    """A Config without what does not matter for the istag of a field."""
    return dataclasses.replace(
        config,
        history_limit=0,
        interval=0,
        commit=CommitStyle(),
        quiet=0,
        at_most_every=0,
        write=WriteStyle.PULL_SPEC,
        sinks=(),
    )


def _new(now: Iterable[ImageField], then: Iterable[ImageField], files: Collection[str]) -> Iterable[str]:
    """The names of the fields of now that did not follow their istag then, in this file or in one that they left."""
    fields = list(now)
    followed = {field.key: field.paused for field in then}
    kept = {field.key for field in fields}
    left = {
        field.place: field.paused
        for field in then
        if field.key not in kept and (field.owner or field.file not in files)
    }
    for field in fields:
        was_paused = followed.get(field.key, left.get(field.place))
        if was_paused is None or (was_paused and not field.paused):
            yield field.name
