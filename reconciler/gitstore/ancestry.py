"""The earlier commits of a repository: logs, graphs, signatures, old versions of files.

They are apart from `Repository` because only `provenance` may read them (an import contract): every reader of earlier
commits has to check who wrote them.
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
"""The maximum number of entries that are read from a reference's log."""


class Ancestry:
    """The ancestors of any commit of a repository. Holds no process and no cache."""

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
        """Commits, children before parents; `log.Query` describes the parameters."""
        query = git_log.Query(revision, paths, limit, merges, follow_all_parents, excluding)
        return git_log.log(self._git, query)

    def with_line(
        self, revision: str, line: str, *, limit: int | None = None, excluding: str | None = None
    ) -> list[git_log.Commit]:
        """The commits with a line of their message that begins with a text, children before parents; no merges."""
        return git_log.log(self._git, git_log.Query(revision, limit=limit, excluding=excluding, line=line))

    def chain(self, old: str, new: str, limit: int) -> list[str]:
        """The first commits after `old` on the line of first parents that leads to `new`, oldest first.

        Those are left out that `old` has among its ancestors. If `old` is not on that line, only `new` is given.
        """
        return git_log.chain(self._git, old, new, limit)

    def commits(self, ids: Iterable[str]) -> dict[str, git_log.Commit]:
        """Some commits by their full ids; commits that the repository does not have are left out."""
        return git_log.commits(self._git, ids)

    def graph(self, revision: str, paths: Sequence[str], beside: Sequence[str] = ()) -> list[git_log.Commit]:
        """The commits that changed some paths, and the merges that join them, parents before children.

        Their `parents` are limited to these commits; a merge's files are those that differ from its first parent. The
        ancestors of the commits in `beside` are included, before those of `revision` alone.
        """
        return git_log.graph(self._git, revision, paths, beside)

    def bring_versions(self, revision: str, paths: Sequence[str]) -> None:
        """Fetch every missing version of some files in one request; otherwise each would need its own (`partial`)."""
        if partial.is_partial(self._repository.path):
            changes = (change for commit in self.log(revision, paths=paths) for change in commit.files)
            commit_files.bring(self._git, [change.new_oid for change in changes if change.new_oid is not None])

    def blobs_at(self, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """The blobs at some paths of some commits, by commit and path; what is not there is left out."""
        return commit_files.blobs_at(self._git, places)

    def below(self, commit: str) -> frozenset[str]:
        """The ids of all commits below one."""
        out = self._git.output("rev-list", f"{name.object_id(commit)}^@", "--")
        return frozenset(out.decode().split())

    def commit_at(self, revision: str, before: datetime) -> str | None:
        """The newest commit along first parents that was committed at `before` or earlier."""
        return git_log.commit_at(self._git, revision, before)

    def trusted(self, commits: Iterable[str], signing: Signing) -> set[str]:
        """Those of the commits that a key in `signing.trusted` signed; UsageError if that file cannot be read."""
        return trust.trusted(self._git, commits, signing)

    def signed(self, commits: Iterable[str]) -> list[str]:
        """Those of the commits that have any signature, in their order; the signer is not checked."""
        return trust.signed(self._git, commits)

    def passes(self, commits: Iterable[str]) -> dict[str, str]:
        """For commits with that header, the branch whose whole pass they end; the writer is not checked."""
        return trust.passes(self._git, commits)

    def tips(self, branch: str, upstream: Upstream | None, commit: str) -> tuple[str, ...]:
        """Every commit that some reference names as the last one written on a branch, the most likely first.

        `commit` is the commit that they are compared with. Anyone who may push references can have moved them, so a
        single one proves nothing.
        """
        return tip.tips(self._git, name.branch(branch), upstream, commit)

    def was_on(self, branch: str, commit: str) -> bool:
        """Whether this repository itself saw the branch at a commit: here or at its upstream, now or earlier.

        The evidence is the log of each reference (git-reflog(1)) and the commits that were written from here, if others
        push to a remote and not into this repository. People who push to the remote cannot add to it.
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
