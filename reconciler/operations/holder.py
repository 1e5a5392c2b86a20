"""Holders: who rolled back the images that are held, and in which commit, as far as git still knows."""

from __future__ import annotations

from reconciler.errors import DocumentError
from reconciler.gitstore import Commit, Repository
from reconciler.model.history import HELD_BY_THIS_COMMIT, HeldImage, TagHold
from reconciler.model.name import IstagName
from reconciler.operations.recorded import read_hold
from reconciler.planning.message import parse
from reconciler.planning.world import Holder
from reconciler.settings import MAX_FILE_BYTES


def holder(repository: Repository, revision: str, name: IstagName, entry: HeldImage) -> Holder | None:
    """Who rolled back one held image, seen from a revision; None where this repository lacks the commit."""
    commit = _commit(repository, revision, name, entry)
    return Holder(commit.author, commit.id) if commit is not None else None


def hold_at(repository: Repository, revision: str, name: IstagName) -> TagHold:
    """The hold of an istag at a commit; empty where there is none, or none that can be read."""
    entry = repository.snapshot(revision).entries.get(name.hold_path)
    data = repository.read([entry.oid], MAX_FILE_BYTES)[entry.oid] if entry else None
    try:
        return read_hold(data, name.hold_path, name) if data is not None else TagHold(name)
    except DocumentError:
        return TagHold(name)


def _commit(repository: Repository, revision: str, name: IstagName, entry: HeldImage) -> Commit | None:
    if entry.commit != HELD_BY_THIS_COMMIT:
        known = repository.resolve(entry.commit) == entry.commit
        return repository.log(entry.commit, limit=1, merges=True)[0] if known else None
    for commit in repository.log(revision, paths=[name.hold_path]):
        if any(said.tag == name and entry.identity in said.held for said in parse(commit.message)):
            return commit
    return None
