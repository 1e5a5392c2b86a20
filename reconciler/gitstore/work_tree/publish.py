"""Publishing to a local branch: compare and swap, without losing a person's changes, safe to kill.

The order is: the intention (`refs/imagestream/next/BRANCH`), the branch, the tip reference. After a kill at any moment
the branch is at the old or the new commit, and `tip` finds out which.
"""

from __future__ import annotations

from reconciler.errors import ConflictError
from reconciler.gitstore import name
from reconciler.gitstore.command import Runner
from reconciler.gitstore.lock import repository_lock
from reconciler.gitstore.redaction import complaint, is_locked, lock_complaint
from reconciler.gitstore.tip import delete_conflicting_refs, intention, is_ancestor, references
from reconciler.gitstore.work_tree.checkout import WorkTree, WorkTreeError, checked_out
from reconciler.settings import TIP_PREFIX


class BranchMovedError(ConflictError):
    """The branch is not at the commit that was built on; nothing was written. Plan again."""


def publish(runner: Runner, branch: str, old: str | None, new: str, tip: str | None) -> None:
    """Move a branch from `old` (None: it must not exist) to `new`, and its tip to `tip` (None: keep it).

    BranchMovedError if the branch is elsewhere, WorkTreeError if a work tree cannot follow, ValueError if `new` does
    not descend from `old`.
    """
    name.branch(branch)
    if old is not None and not is_ancestor(runner, old, new):
        raise ValueError(f"{new} does not descend from {old}: the branch would be forced")
    with repository_lock(runner):
        _publish(runner, branch, old, new, tip)


def _publish(runner: Runner, branch: str, old: str | None, new: str, tip: str | None) -> None:
    """Publish under the lock, so that the writes of a live process are not taken for those of a killed one."""
    ref = f"refs/heads/{branch}"
    tree = checked_out(runner, branch)
    if tip is not None:
        delete_conflicting_refs(runner, branch)
        _transact(runner, branch, *intention(runner, branch, tip))
    if tree is None:
        _transact(runner, branch, f"update {ref} {new} {old or '0' * len(new)}", *_tip_order(branch, tip))
        return
    _forward(runner, tree, old, new)
    if tip is not None:
        _transact(runner, branch, *_tip_order(branch, tip))


def fast_forward(runner: Runner, branch: str, to: str, tip: str | None) -> str | None:
    """Move a branch forward if no change is lost. Returns None if it moved, else the reason."""
    ref = f"refs/heads/{name.branch(branch)}"
    commit = references(runner, ref).get(ref)
    if commit == to and tip is None:
        return None
    if commit is not None and not is_ancestor(runner, commit, to):
        return f"{branch}: it has commits that were not pushed. Run git pull --rebase."
    try:
        publish(runner, branch, commit, to, tip)
    except ConflictError as error:
        return str(error)
    return None


def _forward(runner: Runner, tree: WorkTree, old: str | None, new: str) -> None:
    ref = f"refs/heads/{tree.branch}"
    if references(runner, ref).get(ref) != old:
        raise _moved(tree.branch, "it is at another commit than the one that was planned on")
    tree.forward(runner, old, new)


def _tip_order(branch: str, tip: str | None) -> tuple[str, ...]:
    return () if tip is None else (f"update {TIP_PREFIX}{branch} {tip}",)


def _transact(runner: Runner, branch: str, *orders: str) -> None:
    """Move references together, or none. No command deletes, because that would also lock packed-refs."""
    lines = ("start", *orders, "prepare", "commit", "")
    result = runner.run("update-ref", "--no-deref", "--stdin", stdin="\n".join(lines).encode())
    if not result.done and is_locked(result.err):
        raise WorkTreeError(f"{branch}: cannot be moved: {lock_complaint(result.err)}")
    if not result.done:
        raise _moved(branch, complaint(result.err))


def _moved(branch: str, why: str) -> BranchMovedError:
    return BranchMovedError(f"{branch}: the branch was not moved: {why}. Plan again on what is there now.")
