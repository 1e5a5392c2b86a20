"""The earlier commits of a repository: logs, graphs, signatures, old versions of files.

Apart from `Repository`, because only `provenance` may read them (an import contract): whoever reads the past has to ask
who wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from reconciler.gitstore import commit_files, name, tip
from reconciler.gitstore import log as git_log
from reconciler.gitstore.mirror import partial
from reconciler.gitstore.remote import Upstream
from reconciler.gitstore.repository import Repository
from reconciler.gitstore.signing import trust
from reconciler.model.config import Signing

_MOST_SEEN: Final = 1000
"""Entries of a reference's log that are looked at."""


class Ancestry:
    """The commits that a repository has below any of its commits. Holds no process and no cache."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._git = repository.runner

    def log(
        self,
        revision: str,
        *,
        paths: Sequence[str] = (),
        limit: int | None = None,
        merges: bool = False,
        follow_all_parents: bool = True,
        excluding: str | None = None,
    ) -> list[git_log.Commit]:
        """Commits, children before parents; what the words mean is said at `logging.Query`."""
        query = git_log.Query(revision, paths, limit, merges, follow_all_parents, excluding)
        return git_log.log(self._git, query)

    def commits(self, ids: Iterable[str]) -> dict[str, git_log.Commit]:
        """Some commits by their full ids; those that are not here are left out."""
        return git_log.commits(self._git, ids)

    def graph(self, revision: str, paths: Sequence[str], beside: Sequence[str] = ()) -> list[git_log.Commit]:
        """The commits that changed some paths, and the merges that join them, parents before children.

        Their parents are those among them; a merge's files are what differs from its first parent. What other commits
        have below them is there as well, before what `revision` alone has.
        """
        return git_log.graph(self._git, revision, paths, beside)

    def bring_versions(self, revision: str, paths: Sequence[str]) -> None:
        """Have every version of some files here by one request, where they would else come one by one (`partial`)."""
        if partial.is_partial(self._repository.path):
            changes = (change for commit in self.log(revision, paths=paths) for change in commit.files)
            commit_files.bring(self._git, [change.new_oid for change in changes if change.new_oid is not None])

    def commit_at(self, revision: str, before: datetime) -> str | None:
        """The newest commit along first parents that was committed at `before` or earlier."""
        return git_log.commit_at(self._git, revision, before)

    def trusted(self, commits: Iterable[str], signing: Signing) -> set[str]:
        """Those of the commits that a key in `signing.trusted` signed; UsageError where that cannot be read."""
        return trust.trusted(self._git, commits, signing)

    def signed(self, commits: Iterable[str]) -> list[str]:
        """Those of the commits that have any signature, in their order; whose is not asked."""
        return trust.signed(self._git, commits)

    def passes(self, commits: Iterable[str]) -> dict[str, str]:
        """For the commits that say so in their header, the branch whose whole pass they ended; whoever wrote it."""
        return trust.passes(self._git, commits)

    def tips(self, branch: str, upstream: Upstream | None, commit: str) -> tuple[str, ...]:
        """Every commit that some reference gives as what was last written on a branch, the likeliest first.

        Seen from `commit`. Whoever may push references can have moved them: nothing follows from one alone.
        """
        return tip.tips(self._git, name.branch(branch), upstream, commit)

    def was_on(self, branch: str, commit: str) -> bool:
        """Whether this repository itself saw the branch have a commit: here or at its upstream, now or earlier.

        That is what the logs of the references say (git-reflog(1)), and what was written from here, where others push
        to a remote and not into this very repository. Nobody who pushes to the remote can add to it.
        """
        name.branch(branch)
        upstream = self._repository.upstream(branch)
        refs = [f"refs/heads/{branch}", *((upstream.tracking,) if upstream else ())]
        seen = {*(tip.written_here(self._git, branch) if upstream else ())}
        for ref in refs:
            result = self._git.run("log", "--walk-reflogs", f"--max-count={_MOST_SEEN}", "--format=%H", ref, "--")
            seen.update(result.out.decode().split() if result.done else ())
        if not seen:
            return False
        wanted = "\n".join((name.object_id(commit), *(f"^{name.object_id(each)}" for each in seen), ""))
        result = self._git.run("rev-list", "--max-count=1", "--ignore-missing", "--stdin", stdin=wanted.encode())
        return result.done and not result.out.strip()
