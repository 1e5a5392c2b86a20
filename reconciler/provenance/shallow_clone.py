"""Shallow clones: earlier commits are needed to know what the reconciler last wrote, so they are fetched first."""

from __future__ import annotations

from reconciler.errors import ReconcilerError, UsageError
from reconciler.gitstore import Repository

DEFAULT_REMOTE = "origin"


def ensure_whole(repository: Repository) -> None:
    """Fetch the commits that a shallow clone lacks. Raises `UsageError` if that is not possible."""
    if not repository.is_shallow():
        return
    branch = repository.current_branch()
    upstream = repository.upstream(branch) if branch else None
    remote = upstream.remote if upstream else DEFAULT_REMOTE
    try:
        repository.deepen(remote)
    except ReconcilerError as error:
        raise UsageError(
            f"{repository.path} is a shallow clone, and the rest of its history cannot be fetched: {error} "
            "Clone it whole (git clone without --depth; fetch-depth: 0 in a workflow)."
        ) from error
