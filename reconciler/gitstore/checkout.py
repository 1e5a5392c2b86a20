"""Where a branch is checked out, and moving it there without losing an uncommitted byte.

A branch that some work tree has checked out is moved by a fast-forward merge in that work tree: files first, the
reference last, so that a kill never leaves a work tree that would revert the commits. git refuses where an uncommitted
change, or a file it does not track (an ignored one too), is in the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.errors import ConflictError
from reconciler.gitstore.command import Answer, Runner
from reconciler.gitstore.redaction import clean, complaint

MAX_NAMED: Final = 5  # files in one message

_MERGE: Final = (
    "merge",
    "--ff-only",
    "--no-overwrite-ignore",
    "--no-autostash",
    "--no-verify-signatures",
    "--no-verify",
    "--no-edit",
    "--no-stat",
    "--no-log",
    "--no-squash",
    "--quiet",
)
_REBASES: Final = ("rebase-merge/head-name", "rebase-apply/head-name")


class WorkTreeError(ConflictError):
    """A work tree that has the branch checked out cannot follow; nothing was written. A person has to act first."""


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A work tree that has the branch checked out."""

    folder: Path
    branch: str

    def forward(self, runner: Runner, new: str) -> None:
        """Move branch, index and files to a descendant of what is checked out; WorkTreeError where that is refused."""
        here = runner.at(self.folder)
        options = ("-c", f"branch.{self.branch}.mergeOptions=")  # the user's may say --no-ff
        answer = here.run(*options, *_MERGE, "--", new)
        if not answer.done and _adopt(here, _in_the_way(answer), new):
            answer = here.run(*options, *_MERGE, "--", new)
        if not answer.done:
            raise self._refusal(answer)

    def _refusal(self, answer: Answer) -> WorkTreeError:
        files = [clean(path) for path in _in_the_way(answer)]
        if not files:
            return WorkTreeError(f"{self.branch}: cannot be moved in {self.folder}: {complaint(answer.err)}.")
        more = f" and {len(files) - MAX_NAMED} more" if len(files) > MAX_NAMED else ""
        named = ", ".join(files[:MAX_NAMED]) + more
        return WorkTreeError(
            f"{self.branch}: uncommitted changes are in the way in {self.folder}: {named}. Commit, stash or move them."
        )


def checked_out(runner: Runner, branch: str) -> WorkTree | None:
    """The work tree that has the branch checked out; WorkTreeError where it cannot be moved safely at all."""
    found = [WorkTree(folder, branch) for folder, ref in _work_trees(runner) if ref == f"refs/heads/{branch}"]
    gone = [tree.folder for tree in found if not tree.folder.is_dir()]
    if gone:
        raise WorkTreeError(
            f"{branch}: is checked out in {gone[0]}, which is not there. Bring it back or run git worktree prune."
        )
    if len(found) > 1:
        raise WorkTreeError(
            f"{branch}: is checked out in more than one work tree. Switch all but one to another branch."
        )
    if _is_rebased(runner, branch):
        raise WorkTreeError(f"{branch}: a rebase of it is under way. Finish it with git rebase --continue or --abort.")
    return found[0] if found else None


def _work_trees(runner: Runner) -> Iterator[tuple[Path, str]]:
    for record in runner.ask("worktree", "list", "--porcelain", "-z").decode("utf-8", "surrogateescape").split("\0\0"):
        words = dict(line.partition(" ")[::2] for line in record.split("\0"))
        if "branch" in words:
            yield Path(words["worktree"]), words["branch"]


def _is_rebased(runner: Runner, branch: str) -> bool:
    common = runner.ask("rev-parse", "--git-common-dir").decode("utf-8", "surrogateescape").removesuffix("\n")
    folder = runner.folder / common
    notes = [path for place in (folder, *folder.glob("worktrees/*")) for path in map(place.joinpath, _REBASES)]
    return any(_text(path) == f"refs/heads/{branch}" for path in notes)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _in_the_way(answer: Answer) -> list[str]:
    """The files that git lists, each on a line of its own after a tab."""
    return [line[1:] for line in answer.err.splitlines() if line.startswith("\t")]


def _adopt(runner: Runner, paths: Sequence[str], new: str) -> bool:
    """Where every file in the way already has the bytes that are to come, put those into the index.

    So a fast-forward that was killed half-way is finished by the next one; nothing can be lost by it.
    """
    if not paths or not all((runner.folder / path).is_file() for path in paths):
        return False
    listed = runner.ask("ls-tree", "-r", "-z", "--full-tree", new, "--", *paths).split(b"\0")[:-1]
    wanted = {line.partition(b"\t")[2].decode("utf-8", "surrogateescape"): line for line in listed}
    hashes = runner.ask(
        "hash-object", "--stdin-paths", stdin="\n".join((*paths, "")).encode("utf-8", "surrogateescape")
    )
    oids = dict(zip(paths, hashes.split(), strict=True))
    if any(path not in wanted or oids[path] not in wanted[path] for path in paths):
        return False
    runner.ask("update-index", "-z", "--index-info", stdin=b"\0".join((*listed, b"")))
    return True
