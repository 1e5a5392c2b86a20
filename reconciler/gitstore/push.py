"""Pushing a branch together with its tip reference: one atomic push, never forced, with a definite outcome.

The branch is pushed with a lease on the commit that the plan was made on, so that a concurrent rewind is not
overridden. A lease alone would allow a forced update, so the new commit must descend from that commit; this is checked
on the objects, which never change. The tip reference may move to any commit, under a lease on its last fetched value:
after people rewrote the branch it has to go back.

A host that accepts the branch but not the tip reference gets the branch alone. A host without atomic pushes gets the
branch, and then the tip. A tip that was accepted without its branch is restored at once, because it would name commits
that do not exist there. If the connection breaks before the host answers, the remote's references are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.errors import UnavailableError
from reconciler.gitstore.command import GitResult, Runner
from reconciler.gitstore.fetch import remote_objects
from reconciler.gitstore.push_messages import PushStatus
from reconciler.gitstore.push_report import PushReport, RefUpdate, read_report
from reconciler.gitstore.remote import Upstream
from reconciler.gitstore.tip import conflicting_tips, is_ancestor, pointed_at
from reconciler.model.phrase import some
from reconciler.settings import TIP_PREFIX

_COMMAND: Final = ("push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no")
_MESSAGES: Final = {
    PushStatus.DONE: "",
    PushStatus.MOVED: "{upstream} moved: {why}. Fetch and plan again.",
    PushStatus.REFUSED: "{upstream}: the push was refused: {why}. Ask who may push there.",
    PushStatus.UNAVAILABLE: "{upstream}: the push failed and nothing moved: {why}. Try again later.",
}
_UNSENT: Final = "{upstream}: git did not push: {why}. Check its settings for this remote with git config --list."
_UNKNOWN: Final = "{upstream}: the push got no answer: {why}. Run it again to see whether it arrived."


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """How a push ended; the message is one line for a person, empty if everything succeeded."""

    status: PushStatus
    message: str = ""
    tip_refused: bool = False
    """Whether the host accepted the branch but not the tip reference; the message has the reason."""
    notes: tuple[str, ...] = ()
    """Other lines for a person."""


def push(runner: Runner, upstream: Upstream, old: str | None, new: str, *, move_tip: bool) -> PushOutcome:
    """Move the remote's branch from `old` (None: it must not exist) to `new`, and its tip reference with it.

    Every outcome at the remote is a value. ValueError if `new` does not descend from `old`, which would be a forced
    push.
    """
    if old is not None and not is_ancestor(runner, old, new):
        raise ValueError(f"{new} does not descend from {old}: the push would be forced")
    branch = RefUpdate(f"refs/heads/{upstream.branch}", old, new)
    if not move_tip:
        return _outcome(runner, upstream, _send(runner, upstream, (branch,)), None)
    notes = delete_conflicting_refs(runner, upstream)
    outcome = _push_both(runner, upstream, branch, _tip_update(runner, upstream, new))
    return replace(outcome, notes=notes)


def _push_both(runner: Runner, upstream: Upstream, branch: RefUpdate, tip: RefUpdate) -> PushOutcome:
    report = _send(runner, upstream, (branch, tip))
    if report.no_atomic:
        return _push_in_turn(runner, upstream, branch, tip)
    refusal = None
    for updates in _fallbacks(runner, branch, tip):
        if report.status is not PushStatus.REFUSED:
            break
        refusal = refusal or report
        report = _send(runner, upstream, updates)
    return _outcome(runner, upstream, report, refusal)


def _push_in_turn(runner: Runner, upstream: Upstream, branch: RefUpdate, tip: RefUpdate) -> PushOutcome:
    """Push the branch, then the tip. In between, the tip is only out of date; the other order would make it wrong."""
    report = _send(runner, upstream, (branch,))
    if report.status is not PushStatus.DONE:
        return _outcome(runner, upstream, report, None)
    tip_report = _send(runner, upstream, (tip,))
    return _outcome(runner, upstream, report, tip_report if tip_report.status is PushStatus.REFUSED else None)


def delete_conflicting_refs(runner: Runner, upstream: Upstream) -> tuple[str, ...]:
    """Delete references that block the tip: one name cannot be both a file and a folder. Returns notes for a person.

    The names are reserved for the reconciler. If such references stayed, every push would fail.
    """
    found = [RefUpdate(TIP_PREFIX + there, oid, None) for there, oid in conflicting_tips(runner, upstream)]
    if not found:
        return ()
    tip = TIP_PREFIX + upstream.branch
    result = push_refs(runner, upstream, found)
    deleted = [each for each in found if (line := read_report(result, (each,)).branch) is not None and line.done]
    commands = [f"delete {upstream.tips}{each.ref.removeprefix(TIP_PREFIX)}" for each in deleted]
    runner.run("update-ref", "--no-deref", "--stdin", stdin="\n".join((*commands, "")).encode())
    where = f"at {upstream.remote} in the way of {tip}"
    if len(deleted) < len(found):
        left = next(each.ref for each in found if each not in deleted)
        return (f"{left} is {where}, and may not be deleted: {read_report(result, (found[0],)).why}. Delete it there.",)
    named = some([each.ref for each in found], 1)
    return (f"{named} was {where} and was deleted: these names are reserved for imagestream.",)


def push_tip(runner: Runner, upstream: Upstream, commit: str) -> bool:
    """Move the tip reference alone, to any commit; False if it did not move."""
    delete_conflicting_refs(runner, upstream)
    update = _tip_update(runner, upstream, commit)
    line = read_report(push_refs(runner, upstream, (update,)), (update,)).branch
    moved = line is not None and line.done
    if moved:
        runner.run("update-ref", "--no-deref", upstream.tip, commit)
    return moved


def _tip_update(runner: Runner, upstream: Upstream, new: str) -> RefUpdate:
    return RefUpdate(TIP_PREFIX + upstream.branch, pointed_at(runner, upstream.tip), new)


def _fallbacks(runner: Runner, branch: RefUpdate, tip: RefUpdate) -> Iterator[tuple[RefUpdate, ...]]:
    """Further attempts after a refusal.

    A tip that may not go back is deleted, because a wrong one is worse than none.
    """
    if tip.old is not None and tip.new is not None and not _follows(runner, tip.old, tip.new):
        yield branch, replace(tip, new=None)
    yield (branch,)


def _follows(runner: Runner, old: str, new: str) -> bool:
    """Whether `new` is a commit after `old`; False if the tip points at an object that is not a commit."""
    kind = runner.output("cat-file", "-t", old).strip()
    return kind == b"commit" and is_ancestor(runner, old, new)


def push_refs(runner: Runner, upstream: Upstream, updates: Sequence[RefUpdate], *flags: str) -> GitResult:
    """Push some references, under their leases, whatever the user's push settings for this remote are."""
    leases, refspecs = zip(*(update.words for update in updates), strict=True)
    plain = ("-c", f"remote.{upstream.remote}.mirror=false") if "=" not in upstream.remote else ()
    return runner.talk(*plain, *_COMMAND, *flags, *leases, "--", upstream.remote, *refspecs)


def _send(runner: Runner, upstream: Upstream, updates: tuple[RefUpdate, ...]) -> PushReport:
    atomic = ("--atomic",) if len(updates) > 1 else ()
    report = read_report(push_refs(runner, upstream, updates, *atomic), updates)
    if report.status is PushStatus.DONE:
        _remember(runner, upstream, report)
    elif report.tip is not None and report.tip.moved:
        restore_tip(runner, upstream, updates[1])
    return report


def restore_tip(runner: Runner, upstream: Upstream, tip: RefUpdate) -> None:
    """Restore a tip that a host accepted without its branch; delete it if it may not go back.

    If the host refuses both, later passes ignore the tip, because its commit is on no branch.
    """
    for there in dict.fromkeys((tip.old, None)):
        back = RefUpdate(tip.ref, tip.new, there)
        line = read_report(push_refs(runner, upstream, (back,)), (back,)).branch
        if line is not None and line.done:
            break


def _remember(runner: Runner, upstream: Upstream, report: PushReport) -> None:
    """Note the remote's new references here. The next fetch would do so too, so a failure has no effect."""
    both = zip((upstream.tracking, upstream.tip), (report.branch, report.tip), report.updates, strict=False)
    moved = [(ref, update.new) for ref, line, update in both if line is not None and line.done]
    commands = [f"update {ref} {commit}" if commit else f"delete {ref}" for ref, commit in moved]
    runner.run("update-ref", "--no-deref", "--stdin", stdin="\n".join((*commands, "")).encode())


def _outcome(runner: Runner, upstream: Upstream, report: PushReport, refusal: PushReport | None) -> PushOutcome:
    if report.status is None:
        return _outcome_without_answer(runner, upstream, report)
    if report.status is PushStatus.DONE and report.tip is not None and not report.tip.done:
        refusal = report  # a hidden reference is refused without failing the others, atomic or not
    if report.status is PushStatus.DONE and refusal is not None:
        ref = TIP_PREFIX + upstream.branch
        text = f"{upstream.remote} took {upstream.branch} but not {ref}: {refusal.why}."
        return PushOutcome(PushStatus.DONE, f"{text} Allow pushes to refs/imagestream/ there.", tip_refused=True)
    return PushOutcome(report.status, _MESSAGES[report.status].format(upstream=upstream, why=report.why))


def _outcome_without_answer(runner: Runner, upstream: Upstream, report: PushReport) -> PushOutcome:
    """The outcome if the host broke off: it is read from the remote's references."""
    branch, *tips = report.updates
    try:
        there = remote_objects(runner, upstream, *(update.ref for update in report.updates))
    except UnavailableError:
        return PushOutcome(PushStatus.UNAVAILABLE, _UNKNOWN.format(upstream=upstream, why=report.why))
    commit = there.get(branch.ref)
    if commit != branch.new and any(there.get(tip.ref) == tip.new for tip in tips):
        restore_tip(runner, upstream, tips[0])
    status = {branch.new: PushStatus.DONE, branch.old: PushStatus.UNAVAILABLE}.get(commit, PushStatus.MOVED)
    if status is PushStatus.UNAVAILABLE and report.is_gits_own:
        return PushOutcome(PushStatus.REFUSED, _UNSENT.format(upstream=upstream, why=report.why))
    return PushOutcome(status, _MESSAGES[status].format(upstream=upstream, why=report.why))
