"""A git repository as this project sees it: the entry point of the package.

It holds only a path; processes, files and caches belong to single calls. Every method starts the processes it needs
and ends them. Local failures are `UsageError`, concurrent changes `ConflictError`, and remotes without an answer
`UnavailableError`; a remote's answer to a push is a value.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from reconciler.errors import UsageError
from reconciler.gitstore import commit_files as files_of_commits
from reconciler.gitstore import cursor, name, remote
from reconciler.gitstore import draft as drafting
from reconciler.gitstore import fetch as fetching
from reconciler.gitstore import push as pushing
from reconciler.gitstore import revision as revisions
from reconciler.gitstore import tip as tips
from reconciler.gitstore.access.remote_password import remote_runner
from reconciler.gitstore.command import RemoteCredentials, Runner
from reconciler.gitstore.mirror import mirror as mirrors
from reconciler.gitstore.redaction import complaint
from reconciler.gitstore.signing import sign
from reconciler.gitstore.work_tree import files, publish
from reconciler.model.config import Signing
from reconciler.model.person import Person


class Repository:
    """One repository. `attended` lets git prompt for passwords on the terminal, and waits for the answer.

    `signing` is the installation's setting for signatures; it never comes from the repository.
    """

    def __init__(
        self,
        path: Path,
        *,
        bare: bool,
        attended: bool = False,
        signing: Signing | None = None,
        credentials: RemoteCredentials | None = None,
    ) -> None:
        self.path = path
        self.bare = bare
        self.signing = signing
        self._git = Runner(path, attended, credentials)

    @classmethod
    def discover(cls, path: Path, *, attended: bool = False, signing: Signing | None = None) -> Self:
        """The repository that a folder is in: the top of its work tree, or the bare repository itself."""
        runner = Runner(path.absolute(), attended)
        result = runner.run("rev-parse", "--is-bare-repository", "--is-inside-work-tree")
        if not result.done:
            raise _no_repository(path, complaint(result.err))
        bare, inside = result.out.split()
        if bare != b"true" and inside != b"true":
            raise UsageError(f"{path} is inside a git directory. Go to the work tree.")
        where = runner.output("rev-parse", "--absolute-git-dir" if bare == b"true" else "--show-toplevel")
        return cls(
            Path(os.fsdecode(where.removesuffix(b"\n"))), bare=bare == b"true", attended=attended, signing=signing
        )

    @classmethod
    def mirror(
        cls,
        folder: Path,
        url: str,
        branch: str,
        *,
        signing: Signing | None = None,
        credentials: RemoteCredentials | None = None,
    ) -> Self:
        """A bare mirror of one branch of a remote; created if it does not exist, and created again if it is damaged.

        `credentials` keeps the password for the remote valid. UsageError for an address or a folder that cannot be
        used.
        """
        mirrors.prepare(folder, url, branch)
        return cls(folder, bare=True, signing=signing, credentials=credentials)

    def tidy(self, *, loose: int = mirrors.MAX_LOOSE, packs: int = mirrors.MAX_PACKS) -> None:
        """Let git pack objects if there are many loose ones or many packs."""
        mirrors.tidy(self.path, loose=loose, packs=packs)

    def unlock(self) -> None:
        """Remove the locks that killed git processes left in a mirror; no other process may use it."""
        mirrors.unlock(self.path)

    def is_whole(self) -> bool:
        """Whether no part of the repository is damaged or missing."""
        return mirrors.is_whole(self.path)

    @property
    def runner(self) -> Runner:
        """Runs git here, for the other modules of this package."""
        return self._git

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing, because nothing is held open; callers need not know that."""

    # Branches and revisions.

    def current_branch(self) -> str | None:
        """The branch that is checked out, even one without commits; None on a detached HEAD."""
        result = self._git.run("symbolic-ref", "--quiet", "HEAD")
        ref = result.out.decode("utf-8", "replace").removesuffix("\n")
        return ref.removeprefix("refs/heads/") if result.done and ref.startswith("refs/heads/") else None

    def resolve(self, revision: str) -> str | None:
        """The commit that a revision means, None if there is none; UsageError for text that cannot be one."""
        return revisions.resolve(self._git, revision)

    def commit(self, revision: str) -> str:
        """The commit that a person's revision means; UsageError if it does not mean exactly one."""
        return revisions.commit(self._git, revision)

    def upstream(self, branch: str) -> remote.Upstream | None:
        """The upstream that the branch is pushed to; None if it has none at a remote."""
        return remote.upstream(self._git, branch)

    def author(self) -> Person:
        """The author by git's settings (`git var GIT_AUTHOR_IDENT`); UsageError if they name none."""
        result = self._git.run("var", "GIT_AUTHOR_IDENT")
        who, _, rest = result.out.partition(b" <")
        if not result.done:
            raise UsageError(
                f"git does not know who you are: {complaint(result.err)}."
                " Run git config --global user.name NAME and git config --global user.email ADDRESS."
            )
        return name.person(who, rest.partition(b">")[0])

    def is_shallow(self) -> bool:
        """Whether old history is missing here."""
        return self._git.output("rev-parse", "--is-shallow-repository").strip() == b"true"

    def deepen(self, remote: str) -> None:
        """Fetch the missing history; UnavailableError if the remote does not give it."""
        fetching.deepen(self._git, name.remote(remote))

    # The content of commits and work trees.

    def commit_files(self, commit: str, under: Sequence[str] = ()) -> files_of_commits.CommitFiles:
        """The regular files of a commit, all or those at a few paths and below them."""
        return files_of_commits.list_files(self._git, commit, under)

    def read(self, oids: Iterable[str], limit: int) -> dict[str, bytes | None]:
        """The bytes of blobs; None for one larger than `limit` bytes."""
        return files_of_commits.read(self._git, oids, limit)

    def read_each(self, oids: Iterable[str], limit: int) -> Iterator[tuple[str, bytes | None]]:
        """The bytes of blobs one by one, in the requested order; for more than memory should hold."""
        return files_of_commits.read_each(self._git, oids, limit)

    def changed_paths(self, old: str, new: str, under: Sequence[str] = ()) -> files_of_commits.Differences:
        """The differences between two commits, under all or the given paths: path to (old blob, new blob)."""
        return files_of_commits.changed_paths(self._git, old, new, under)

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `old` is `new` or one of its ancestors."""
        return tips.is_ancestor(self._git, old, new)

    def brings_nothing(self, commit: str, base: str) -> bool:
        """Whether merging `commit` would not change `base`: it was squashed, rebased or cherry-picked there."""
        result = self._git.run("merge-tree", "--write-tree", "--no-messages", base, commit)
        return result.done and result.out.split()[:1] == self._git.output("rev-parse", f"{base}^{{tree}}").split()

    def work_tree_files(self) -> files.FolderFiles:
        """The files of the work tree that git tracks or would track; none in a bare repository."""
        return files.FolderFiles(()) if self.bare else files.work_tree_files(self._git)

    def committed_as(self, path: str) -> str | None:
        """The id of the blob that a commit would make of a file in the work tree; None if it is not a regular file."""
        return files.committed_as(self._git, path)

    def checked_out_as(self, path: str, data: bytes) -> bytes:
        """The bytes that a checkout would write to a file of the work tree for committed bytes."""
        return files.checked_out_as(self._git, path, data)

    # Commits that the reconciler writes.

    def tip(self, branch: str, commit: str | None = None) -> str | None:
        """The last commit that the reconciler wrote on a branch, as seen from `commit`, which is planned on.

        `commit` is the upstream's, right after a fetch, or else the local branch's (the default). None if it is not
        known. It is not an ancestor of `commit` if people rewrote the branch.
        """
        return tips.tip(self._git, name.branch(branch), self.upstream(branch), commit)

    def build(
        self,
        parent: str | None,
        drafts: Sequence[drafting.Draft],
        committer: Person,
        moment: datetime,
        signing: Signing | None = None,
        *,
        passes: str | None = None,
    ) -> list[str]:
        """Turn drafts into commits on top of `parent` and return their ids; no branch moves.

        `moment` is the author and committer date of all, written in UTC. With `signing` every commit is signed, and
        `passes` (if not None) is noted in the last one: the branch whose whole pass it ends. UsageError for a path,
        identity or message that git refuses, for a path that something else blocks, and for an unusable or untrusted
        key; ValueError for removing a file that does not exist.
        """
        made = drafting.build(self._git, parent, drafts, drafting.Committer(committer, moment))
        return sign.sign(self._git, made, signing, passes) if signing else made

    def publish_local(self, branch: str, old: str | None, new: str, *, tip: str | None = None) -> None:
        """Move a local branch and its work tree from `old` to `new`, and its tip to `tip` (None: keep it), or nothing.

        `BranchMovedError` if the branch is not at `old`, `WorkTreeError` if an uncommitted change is in the way.
        """
        publish.publish(self._git, branch, old, new, tip)

    def fast_forward(self, branch: str, to: str, *, tip: str | None = None) -> str | None:
        """Move a local branch forward, and its tip to `tip`, unless that touches an uncommitted change.

        Returns None if it moved, else the reason.
        """
        return publish.fast_forward(self._git, branch, to, tip)

    # The remote.

    def fetch(self, upstream: remote.Upstream) -> fetching.Fetched:
        """Fetch an upstream and return its state; UnavailableError if its remote does not answer."""
        with remote_runner(self._git, upstream) as git:
            return fetching.fetch(git, upstream)

    def push(
        self, upstream: remote.Upstream, old: str | None, new: str, *, move_tip: bool = True
    ) -> pushing.PushOutcome:
        """Push a commit and its tip to an upstream that is at `old`; never forced."""
        with remote_runner(self._git, upstream, push=True) as git:
            return pushing.push(git, upstream, old, new, move_tip=move_tip)

    def push_tip(self, upstream: remote.Upstream, commit: str) -> bool:
        """Move an upstream's tip alone, to a commit of its branch; False if the host refuses it."""
        with remote_runner(self._git, upstream, push=True) as git:
            return pushing.push_tip(git, upstream, commit)

    # How far sinks were told.

    def cursors(self, upstream: remote.Upstream | None, sinks: Iterable[str]) -> dict[str, str]:
        """The commit that each sink was last told of, as of the last fetch; sinks without one are left out."""
        return cursor.read_cursors(self._git, upstream, sinks)

    def fetch_cursors(self, upstream: remote.Upstream) -> None:
        """Bring the remote's cursors here; UnavailableError if it does not answer."""
        with remote_runner(self._git, upstream) as git:
            cursor.fetch_cursors(git, upstream)

    def move_cursors(self, upstream: remote.Upstream | None, moves: Mapping[str, str]) -> cursor.CursorMoves:
        """Move the cursors of some sinks, in one push; without an upstream those of this repository."""
        if upstream is None:
            return cursor.move_cursors(self._git, None, moves)
        with remote_runner(self._git, upstream, push=True) as git:
            return cursor.move_cursors(git, upstream, moves)

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits; None if they have none, or if one of them is missing here."""
        result = self._git.run("merge-base", name.object_id(one), name.object_id(other))
        return result.out.decode().split("\n")[0] or None if result.done else None

    def remote_url(self, upstream: remote.Upstream) -> str | None:
        """The address of an upstream's remote by git's settings, without credentials; None if it has none."""
        return remote.url(self._git, upstream)

    def unpushed(self, branch: str, upstream: remote.Upstream) -> int:
        """The number of commits of a local branch that the upstream did not have at the last fetch."""
        ref = f"refs/heads/{name.branch(branch)}"
        known = tips.references(self._git, ref, upstream.tracking)
        if ref not in known:
            return 0
        without = (f"^{known[upstream.tracking]}",) if upstream.tracking in known else ()
        return int(self._git.output("rev-list", "--count", known[ref], *without, "--"))


def _no_repository(path: Path, why: str) -> UsageError:
    if "not a git repository" in why:
        return UsageError(f"{path} is not a git repository. Run git init there, or name a repository with -C.")
    return UsageError(f"{path} cannot be used as a git repository: {why}.")
