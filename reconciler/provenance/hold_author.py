"""Holders: who rolled back the images that are held, and in which commit, as far as git has the commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.errors import DocumentError
from reconciler.gitstore import Repository
from reconciler.model.history import HeldImage, TagHold
from reconciler.model.name import IstagName
from reconciler.planning.world import Holder
from reconciler.provenance.log import Log
from reconciler.reading.committed_file import content
from reconciler.reading.owned_file import read_hold
from reconciler.settings import HOLDS_DIR

HeldKey = tuple[IstagName, str]
"""An istag, and the identity of an image that is held for it."""


def find_holders(log: Log, holds: Mapping[IstagName, TagHold]) -> dict[HeldKey, Holder]:
    """Who rolled back each held image, as of a log's revision. Two git processes, for any number of images."""
    entries = {(name, entry.identity): entry for name, hold in holds.items() for entry in hold.held}
    named = {held: entry.commit for held, entry in entries.items() if not entry.is_by_this_commit}
    commits = log.ancestry.commits(sorted(set(named.values())))
    found = {held: Holder(commits[oid].author, oid) for held, oid in named.items() if oid in commits}
    return found | dict(_by_command(log, entries))


def hold_at(repository: Repository, revision: str, name: IstagName) -> TagHold:
    """The hold of an istag at a commit; empty if there is none, or if it cannot be read."""
    data = content(repository, repository.commit_files(revision), name.hold_path)
    try:
        return read_hold(data, name.hold_path, name) if data is not None else TagHold(name)
    except DocumentError:
        return TagHold(name)


def _by_command(log: Log, entries: Mapping[HeldKey, HeldImage]) -> Iterator[tuple[HeldKey, Holder]]:
    """The holders of the entries that name no other commit: the newest own commit that held the image."""
    waiting = {held for held, entry in entries.items() if entry.is_by_this_commit}
    for version in log.versions({name.hold_path for name, _ in waiting}, folders=[HOLDS_DIR]):
        for recorded in log.trailers(version.commit):
            for held in {(recorded.tag, identity) for identity in recorded.held} & waiting:
                waiting.discard(held)
                yield held, Holder(version.commit.author, version.commit.id)
