"""Reconcile: one pass, from the tip of the branch to commits on it, here or on a remote.

With an upstream the pass fetches, plans on the upstream's tip, pushes without force and then fast-forwards the local
branch. When the remote moved meanwhile it fetches and plans again: the decision is replayed, never the commits. Without
a remote the commits go onto the local branch, past nobody's uncommitted change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.clock import Clock
from reconciler.errors import ConflictError, InputError, RemoteError, UsageError
from reconciler.gitstore import PushStatus, Repository, Upstream
from reconciler.model.change import Person, Plan
from reconciler.model.name import IstagName
from reconciler.model.observation import Failure, Reason
from reconciler.operations.apply import Committed, Push, commit
from reconciler.operations.observe import Answers, Registries, look, observe
from reconciler.operations.state import read_state
from reconciler.planning.due import question
from reconciler.planning.follow import chain
from reconciler.planning.plan import plan
from reconciler.planning.world import Ask
from reconciler.settings import PUSH_TRIES

_FIRST_PAUSE = 0.2  # seconds; doubles with every try
_LONGEST_PAUSE = 10.0

Confirm = Callable[[Plan], bool]


@dataclass(frozen=True, slots=True)
class Target:
    """The branch that a writing command works on."""

    branch: str
    upstream: Upstream | None
    push: bool = True

    def __str__(self) -> str:
        return f"{self.upstream.remote}/{self.upstream.branch}" if self.upstream else self.branch


@dataclass(slots=True)
class Result:
    """What a pass did: its plan, the commit of each change, and what became of the push."""

    plan: Plan
    commits: tuple[str, ...] = ()
    push: Push = Push.SKIPPED
    target: Target | None = None
    notes: list[str] = field(default_factory=list)
    """Lines for a person, beside the changes and problems."""
    error: str | None = None
    """Why the push failed."""
    stranded: bool = False
    """Whether every registry that was asked is unreachable, so that nothing could be done."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """One pass over one branch; built by the composition root, used once or many times."""

    repository: Repository
    registries: Registries
    clock: Clock
    committer: Person

    def run(self, target: Target, scope: Ask, *, confirm: Confirm | None = None) -> Result:
        """Run the pass. Raises `ConflictError` or a `RemoteError` when nothing could be written."""
        answers: Answers = {}
        for attempt in range(PUSH_TRIES):
            if attempt:
                self.clock.sleep(self.clock.jitter(min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)))
            result = self._attempt(target, scope, answers, confirm)
            if result is not None:
                return result
        raise RemoteError(
            f"{target}: somebody else pushed first, {PUSH_TRIES} times in a row. Nothing was pushed; run it again.",
            retryable=True,
        )

    def import_(self, target: Target, text: str, person: Person) -> Result:
        """Look at one istag's source now; an istag that follows others is followed to the last (as `oc import-image`).

        Raises `InputError` when there is nothing to look at.
        """
        base = self._base(target)
        state = read_state(self.repository, base)
        name = IstagName.parse(text, state.config.default_namespace)
        final = chain(name, state.declarations)[-1]
        tag = state.declarations.tag(final)
        if tag is None:
            raise InputError(f"{final} has no spec tag. Declare it, or name one of `imagestream status`.")
        if question(tag) is None:
            raise InputError(f"{final} has no registry source to look at.")
        scope = Ask(declared=False, scheduled=False, requested=frozenset({final}), person=person)
        return self.run(target, scope)

    def _attempt(self, target: Target, scope: Ask, answers: Answers, confirm: Confirm | None) -> Result | None:
        """One try; None when the branch moved meanwhile."""
        base = self._base(target)
        world = look(self.repository, base, _tip_branch(target))
        world = observe(self.repository, world, scope, self.registries, answers)
        moment = self.clock.now()
        planned = plan(world, moment, scope)
        if not planned.changes:
            self._catch_up(target, base)
            return Result(planned, target=target, stranded=_is_stranded(answers))
        if confirm is not None and not world.histories and not confirm(planned):
            return Result(planned, target=target, notes=["Nothing was written."])
        made = commit(self.repository, planned, world.config.commit, self.committer, moment)
        if made is None:
            return Result(planned, target=target)
        return self._publish(target, planned, made)

    def _base(self, target: Target) -> str:
        """The commit to plan on: the upstream's tip after a fetch, or the local branch."""
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
        if ahead:
            raise UsageError(
                f"branch {target.branch} has {ahead} commit{'' if ahead == 1 else 's'} that {target} lacks. "
                f"Push or drop {'it' if ahead == 1 else 'them'} first: git push"
            )
        return fetched.commit

    def _catch_up(self, target: Target, base: str) -> None:
        """With an upstream, bring the local branch to what is there anyway."""
        if target.upstream is not None:
            self.repository.fast_forward(target.branch, base)

    def _publish(self, target: Target, planned: Plan, made: Committed) -> Result | None:
        result = Result(planned, made.by_change, target=target)
        if target.upstream is not None and target.push:
            return self._push(target, target.upstream, made, result)
        old = planned.revision if target.upstream is None else self._local(target)
        try:
            self.repository.publish_local(target.branch, old, made.newest, tip=made.newest)
        except ConflictError:
            if self._local(target) != old:
                return None
            raise
        return result

    def _local(self, target: Target) -> str | None:
        return self.repository.resolve(f"refs/heads/{target.branch}")

    def _push(self, target: Target, upstream: Upstream, made: Committed, result: Result) -> Result | None:
        outcome = self.repository.push(upstream, result.plan.revision, made.newest)
        if outcome.status is PushStatus.MOVED:
            return None
        if outcome.status is not PushStatus.DONE:
            result.push, result.error = Push.FAILED, outcome.message
            result.commits = ()
            return result
        result.push = Push.DONE
        if outcome.tip_refused:
            result.notes.append(f"{target} refuses refs/imagestream/*; what was last written is read from the log.")
        if not self.repository.fast_forward(target.branch, made.newest, tip=made.newest):
            result.notes.append(
                f"The local branch {target.branch} was left where it is: uncommitted changes are in the way. "
                "Run git pull when they are committed."
            )
        return result


def _is_stranded(answers: Answers) -> bool:
    failures = [answer for answer in answers.values() if isinstance(answer, Failure)]
    return (
        bool(answers)
        and len(failures) == len(answers)
        and all(failure.reason is Reason.UNREACHABLE for failure in failures)
    )


def _tip_branch(target: Target) -> str:
    return target.upstream.branch if target.upstream else target.branch


def choose_target(repository: Repository, branch: str | None, *, push: bool) -> Target:
    """The checked-out branch, or the one that was named, with its upstream.

    Raises `UsageError` on a detached HEAD without a named branch.
    """
    chosen = branch or repository.current_branch()
    if chosen is None:
        raise UsageError(f"{repository.path}: HEAD is detached. Name the branch to write to with --branch.")
    if branch is not None and repository.resolve(f"refs/heads/{branch}") is None:
        raise InputError(f"{repository.path} has no branch {branch}. Name one that exists with --branch.")
    return Target(chosen, repository.upstream(chosen), push)
