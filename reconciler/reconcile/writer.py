"""Writing to a branch: fetch, compose on the tip, push without force, fast-forward; again if the remote moved.

Every command that commits works this way. The commits are composed anew on each tip, so a decision is made again and a
commit is never replayed. Without a remote the commits go onto the local branch and leave uncommitted changes alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.clock import Clock
from reconciler.errors import ConflictError, InputError, RemoteError, UsageError
from reconciler.gitstore import Draft, PushStatus, Repository, Upstream
from reconciler.model.config import Signing
from reconciler.model.person import Person
from reconciler.model.phrase import plural
from reconciler.model.plan import Plan
from reconciler.settings import PUSH_TRIES

_FIRST_PAUSE = 0.2  # seconds; doubles with every try
_LONGEST_PAUSE = 10.0
_TIP_REFUSED = "{target} refuses refs/imagestream/*; what was last written is read from the log."


class Push(StrEnum):
    """The result of the push; the word in `-o json`."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Target:
    """The branch that a writing command works on."""

    branch: str
    upstream: Upstream | None
    push: bool = True
    local: bool = True
    """Whether a local branch follows the pushed commits; a mirror has none."""

    def __str__(self) -> str:
        return f"{self.upstream.remote}/{self.upstream.branch}" if self.upstream else self.branch


def choose_target(repository: Repository, branch: str | None, *, push: bool) -> Target:
    """The named branch, else the checked-out one, with its upstream.

    Raises `UsageError` on a detached HEAD without a named branch, `InputError` if the named branch does not exist.
    """
    chosen = branch or repository.current_branch()
    if chosen is None:
        raise UsageError(f"{repository.path}: HEAD is detached. Name the branch to write to with --branch.")
    if branch is not None and repository.resolve(f"refs/heads/{branch}") is None:
        raise InputError(f"{repository.path} has no branch {branch}. Name one that exists with --branch.")
    return Target(chosen, repository.upstream(chosen), push)


def mirror_target(repository: Repository, branch: str) -> Target:
    """The branch of a mirror. Raises `UsageError` if the mirror has no upstream for it."""
    upstream = repository.upstream(branch)
    if upstream is None:
        raise UsageError(f"{repository.path} is not a mirror of {branch}.")
    return Target(branch, upstream, local=False)


@dataclass(frozen=True, slots=True)
class Composition:
    """The commits to be made on one tip."""

    plan: Plan
    drafts: tuple[Draft, ...] = ()
    draft_numbers: tuple[int, ...] = ()
    """For each change of the plan the index of the draft that contains it."""
    notes: tuple[str, ...] = ()
    passes: bool = False
    """Whether this is a whole pass, after which the tip reference may move to its last commit."""
    tip: str | None = None
    """The commit that the tip reference moves to if there is nothing to write, so that the next pass knows that the
    edits up to it were understood. None if the reference may stay."""
    registries_unreachable: bool = False


Compose = Callable[[str], Composition]


@dataclass(slots=True)
class Result:
    """What was written: the plan, the commit of each change, and the result of the push."""

    plan: Plan
    commits: tuple[str, ...] = ()
    head: str | None = None
    """Where the branch is now as far as known: the last commit that was written, else the one planned on."""
    retries: int = 0
    """How often it was composed again because the remote had moved."""
    push: Push = Push.SKIPPED
    target: Target | None = None
    notes: list[str] = field(default_factory=list)
    """Lines for a person, apart from the changes and problems."""
    error: str | None = None
    """Why the push failed."""
    registries_unreachable: bool = False
    """Whether every registry that was called is unreachable, so that nothing could be done."""
    written: bool = False
    """Whether any commit was made, even one without a change of a history."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes to branches of one repository in one committer's name."""

    repository: Repository
    clock: Clock
    committer: Person
    signing: Signing | None = None
    """How the commits are signed; None if they are not, like a person's own. If signing is configured without a key,
    nothing is written, because the next pass would undo an unsigned commit."""

    def write(self, target: Target, compose: Compose, known: str | None = None) -> Result:
        """Compose on the branch's tip and publish. Raises `ConflictError` or a `RemoteError` if nothing was written.

        `known` is the commit that the upstream was last seen at: the first try uses it without a fetch.
        """
        for attempt in range(PUSH_TRIES):
            if attempt > 1:  # after one lost race there is no need to wait; after two, several writers are active
                self.clock.sleep(self.clock.jitter(min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)))
            result = self._attempt(target, compose, known if attempt == 0 else None)
            if result is not None:
                result.retries = attempt
                return result
        raise RemoteError(
            f"{target}: another push came first, {PUSH_TRIES} times in a row. Nothing was pushed; run it again.",
            retryable=True,
        )

    def base(self, target: Target) -> str:
        """The commit to compose on: the upstream's tip after a fetch, or the local branch's.

        Raises `UsageError` for an empty branch, a missing upstream, or commits that were not pushed yet.
        """
        local = self._local(target)
        if target.upstream is None:
            if local is None:
                raise UsageError(f"branch {target.branch} has no commit yet. Run `imagestream init` and commit first.")
            return local
        fetched = self.repository.fetch(target.upstream)
        if fetched.commit is None:
            raise UsageError(
                f"{target.upstream.remote} has no branch {target.upstream.branch}. "
                f"Push it first: git push -u {target.upstream.remote} {target.branch}"
            )
        ahead = self.repository.unpushed(target.branch, target.upstream) if local else 0
        if local is not None and ahead:
            raise UsageError(self._unpushed(target, ahead, local, fetched.commit))
        return fetched.commit

    def _unpushed(self, target: Target, ahead: int, local: str, there: str) -> str:
        """Why a branch with unpushed commits is refused, and what to do: pushing helps only if it was not rewritten."""
        commits = f"branch {target.branch} has {plural(ahead, 'commit')} that {target} lacks"
        them = "it" if ahead == 1 else "them"
        if self.repository.is_ancestor(there, local):
            return f"{commits}. Push or drop {them} first: git push"
        return f"{commits}, and the other way round. Put {them} on top or drop {them} first: git pull --rebase"

    def _attempt(self, target: Target, compose: Compose, known: str | None) -> Result | None:
        """One try; None if the branch moved meanwhile."""
        base = known or self.base(target)
        composed = compose(base)
        result = Result(
            composed.plan,
            target=target,
            notes=list(composed.notes),
            registries_unreachable=composed.registries_unreachable,
        )
        result.head = base
        if not composed.drafts:
            result.notes += self._follow(target, base, composed.tip)
            return result
        passes = (target.upstream.branch if target.upstream else target.branch) if composed.passes else None
        now = self.clock.now()
        ids = self.repository.build(base, composed.drafts, self.committer, now, self.signing, passes=passes)
        result.commits = tuple(ids[number] for number in composed.draft_numbers)
        result.written, result.head = True, ids[-1]
        tip = ids[-1] if composed.passes else None
        if target.upstream is not None and target.push:
            return self._push(target.upstream, base, ids[-1], result, tip)
        return self._publish(target, base, ids[-1], result, tip)

    def _follow(self, target: Target, base: str, tip: str | None) -> list[str]:
        """With nothing to write, move the local branch, and the tip if needed. Gives notes for a person."""
        if target.upstream is None:
            if tip is not None:
                self.repository.fast_forward(target.branch, base, tip=tip)
            return []
        moves = tip is not None and target.push
        taken = self.repository.push_tip(target.upstream, tip) if moves and tip is not None else True
        if target.local:
            self.repository.fast_forward(target.branch, base, tip=tip if moves else None)
        return [] if taken else [_TIP_REFUSED.format(target=target)]

    def _publish(self, target: Target, base: str, new: str, result: Result, tip: str | None) -> Result | None:
        old = base if target.upstream is None else self._local(target)
        try:
            self.repository.publish_local(target.branch, old, new, tip=tip)
        except ConflictError:
            if self._local(target) != old:
                return None
            raise
        return result

    def _push(self, upstream: Upstream, base: str, new: str, result: Result, tip: str | None) -> Result | None:
        outcome = self.repository.push(upstream, base, new, move_tip=tip is not None)
        if outcome.status is PushStatus.MOVED:
            return None
        result.notes += outcome.notes
        target = result.target
        if target is None or outcome.status is not PushStatus.DONE:
            result.push, result.error, result.commits, result.head = Push.FAILED, outcome.message, (), base
            return result
        result.push = Push.DONE
        if outcome.tip_refused:
            result.notes.append(_TIP_REFUSED.format(target=target))
        left = self.repository.fast_forward(target.branch, new, tip=tip) if target.local else None
        if left is not None:
            result.notes.append(f"The local branch was left where it is. {left} Then run git pull.")
        return result

    def _local(self, target: Target) -> str | None:
        return self.repository.resolve(f"refs/heads/{target.branch}")
