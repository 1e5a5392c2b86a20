"""Positions: the commit after which a sink has to be told, from its cursor.

| the cursor                                 | the position                                          |
| ------------------------------------------ | ----------------------------------------------------- |
| is in the branch                           | the cursor                                            |
| is a commit that the branch does not have  | the merge base of both: people rewrote the branch     |
| is missing, or has nothing in common       | the commit at which this process first saw the sink   |
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.gitstore import Repository, Upstream
from reconciler.provenance.announcement import Place
from reconciler.provenance.shallow_clone import ensure_whole


@dataclass(frozen=True, slots=True)
class Branch:
    """The branch whose changes are told, as git has it here."""

    repository: Repository
    upstream: Upstream | None
    name: str
    """The name of the branch at the remote; without one, the local name."""

    @property
    def place(self) -> Place:
        """Where its commits are, for people."""
        url = self.repository.remote_url(self.upstream) if self.upstream else None
        return Place(url if url is not None and is_address(url) else "", self.name)


def is_address(url: str) -> bool:
    """Whether others can use the address of a repository: a folder of this machine is of no use to them."""
    if "://" in url:
        return not url.startswith("file:")
    host, colon, _ = url.partition(":")
    return bool(colon) and "/" not in host


def position(branch: Branch, cursor: str | None, head: str, seen: str) -> str:
    """The commit after which a sink has to be told of what the branch has at `head`; an ancestor of `head`.

    Raises `UsageError` in a shallow clone that cannot be completed.
    """
    repository = branch.repository
    if cursor is not None and (cursor == head or has(repository, head, cursor)):
        return cursor
    ensure_whole(repository)  # a shallow clone does not know which commits come after another
    if cursor is not None and has(repository, head, cursor):
        return cursor
    base = repository.merge_base(cursor, head) if cursor is not None else None
    if base is not None:
        return base
    return seen if has(repository, head, seen) else head


def has(repository: Repository, head: str, commit: str) -> bool:
    """Whether `commit` is `head` or one of its ancestors; False for one that is missing here."""
    return repository.resolve(commit) is not None and repository.is_ancestor(commit, head)
