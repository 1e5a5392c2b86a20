"""The auditor: it judges the commits of a branch one by one, parents first.

Each change of a history or a hold is one of these, or a break:

    | who                  | what it is                                     | judged by                          |
    | -------------------- | ---------------------------------------------- | ---------------------------------- |
    | an own commit        | a step the reconciler could have taken there   | `planning.own_step`, and `trust`   |
    | anyone               | a person's decision, or the same content       | `planning.transition`              |
    | anyone, in a merge   | what one of the parents has                    | nothing: it is not an edit         |
    | below the beginning  | a file from before the first own commit        | taken as it is, and reported       |

An own step may also not work against a revert: an image that people took off since the last own commit is not put back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import pairwise

from reconciler.gitstore import Commit
from reconciler.model.history import Cause, HeldImage, TagEvent
from reconciler.model.name import IstagName, istag_of_path
from reconciler.model.reference import is_digest, short_digest
from reconciler.planning.own_step import is_step
from reconciler.planning.trailers import RecordedChange
from reconciler.planning.transition import Meaning, classify, classify_hold
from reconciler.provenance.audited_change import OWN_MARK, AuditedChange
from reconciler.provenance.branch_walk import Step
from reconciler.provenance.break_log import BreakLog, Content
from reconciler.provenance.log import Log
from reconciler.provenance.parsed_file import Held, Stack

_HOLDING = frozenset({"rolled-back", "released"})
"""Causes of own commits that hold or release images: they record no new image."""


class Auditor:
    """One walk over a branch: what was recorded so far, and what was found."""

    def __init__(self, log: Log) -> None:
        self.commits = 0
        self.istags: set[IstagName] = set()
        self.accepted_as_is: list[tuple[IstagName, Commit]] = []
        self.breaks = BreakLog(log.parsed)
        self._log = log
        self._events: dict[IstagName, set[TagEvent]] = {}
        self._entries: dict[IstagName, set[HeldImage]] = {}

    def judge(self, step: Step) -> None:
        """Judge one commit. What the reconciler last wrote is marked in its tree, for the commits above."""
        named = [(change, name) for change in step.commit.files if (name := istag_of_path(change.path))]
        self._join(step)
        if not named:
            return
        self.commits += 1
        claims = () if step.is_merge else self._log.claimed_trailers(step.commit)
        vouched = bool(claims) and bool(self._log.trailers(step.commit))
        claimed = {each.tag: each for each in reversed(claims)}
        for file_change, name in named:
            self.istags.add(name)
            change = AuditedChange(step, name, file_change, claimed.get(name), vouched, self._log.parsed)
            if file_change.path == name.history_path:
                self._judge_history(change)
            else:
                self._judge_hold(change)

    def _join(self, step: Step) -> None:
        """Take over marks in a merge: where it has another parent's stack, it has that parent's mark too."""
        for tree in step.parents[1:]:
            for key, oid in tree.items():
                if key.startswith(OWN_MARK) and step.before.get(key) != oid:
                    path = key.removeprefix(OWN_MARK)
                    changed = (each.new_oid for each in step.commit.files if each.path == path)
                    there = next(changed, step.before.get(path))
                    if (there or "") == oid or key not in step.before:
                        step.marks[key] = oid
        if step.is_merge:
            self.breaks.undo_by_merge(step)

    def _is_early(self, change: AuditedChange) -> bool:
        """Whether a change is from before the branch's beginning; all are, on a branch that has none."""
        return not self._log.trust.has_begun or self._log.trust.is_below(change.commit)

    # Histories

    def _judge_history(self, change: AuditedChange) -> None:
        old, new = change.stacks()
        if change.own is None or change.own.cause in {*_HOLDING, "restored", "removed"}:
            self.breaks.undo(change, new)
        if change.step.is_taken_over(change.change):
            return
        known = self._events.setdefault(change.name, set(self._log.baseline.stack(change.name)))
        if change.own is not None and new is not None and self._is_own(change, change.own, old, new):
            self._check_own(change, change.own, old, new, known)
            known.update(event for event in new if event not in (old or ()))
        elif self._is_early(change) and new is not None:
            self.accepted_as_is.append((change.name, change.step.commit))
            known.update(() if self._log.trust.has_begun else new)
        else:
            self._check_person(change, old, new, known)
            return
        change.mark_own(change.change.new_oid)

    def _is_own(self, change: AuditedChange, own: RecordedChange, old: Stack | None, new: Stack) -> bool:
        known: Collection[TagEvent] = self._events.get(change.name, ())
        if own.cause == "restored" and self._log.trust.is_trusted(change.commit):
            known = new
        if old is None:
            return own.cause == "restored" and set(new) <= set(known)
        if own.cause == Cause.ADOPTED and not self._is_first(change, new):
            return False
        return is_step(own, old, new, change.held_before(), known)

    def _is_first(self, change: AuditedChange, new: Stack) -> bool:
        """Whether nothing was recorded of the istag before: not on this line of history, nothing else on another."""
        return not change.last_written() and self._events.get(change.name, set()) <= set(new)

    def _check_own(
        self, change: AuditedChange, own: RecordedChange, old: Stack | None, new: Stack, known: set[TagEvent]
    ) -> None:
        if own.cause == "restored":
            # What a trusted key signed as brought back may have been recorded on a line that people dropped.
            known.update(new if self._log.trust.is_trusted(change.commit) else ())
            if classify((), new, known).meaning is Meaning.REORDERED:
                self.breaks.report(change, "reordered", "", _is_reordered)
        elif own.cause not in {*_HOLDING, "removed"} and new and new[0] not in (old or ()):
            gone = classify(change.last_written(), old or (), known).held
            if new[0].identity in gone and (not old or new[0].identity != old[0].identity):
                self._report_events(change, "rolled-back", new[:1])

    def _check_person(self, change: AuditedChange, old: Stack | None, new: Stack | None, known: set[TagEvent]) -> None:
        old = change.last_written() if old is None else old
        ever = {*known, *(event for tree in change.step.parents for event in change.events_in(tree))}
        meaning = classify(old, new, ever).meaning
        if meaning in {Meaning.UNCHANGED, Meaning.DECIDED}:
            return
        if new is None:
            self.breaks.report(change, "unreadable", "", lambda content: content is None)
        elif meaning is Meaning.REORDERED:
            self.breaks.report(change, "reordered", "", _is_reordered)
        else:
            invented = [event for event in new if event not in {*ever, *old}]
            self._report_events(change, _rule(change, new), invented)

    def _report_events(self, change: AuditedChange, rule: str, events: Iterable[TagEvent]) -> None:
        bad = frozenset(events)
        what = ", ".join(sorted({_short(event.identity) for event in bad}))
        self.breaks.report(change, rule, what, _shows_any(bad))

    # Holds

    def _judge_hold(self, change: AuditedChange) -> None:
        old, new = change.entries()
        self.breaks.undo(change, new)
        change.mark_history_own()
        if change.step.is_taken_over(change.change):
            return
        known = self._entries.setdefault(change.name, set(self._log.baseline.held(change.name)))
        if change.own is not None and new is not None and self._is_own_hold(change, change.own, old or (), new):
            known.update(new)
        elif self._is_early(change) and new is not None:
            self.accepted_as_is.append((change.name, change.step.commit))
            known.update(() if self._log.trust.has_begun else new)
        elif new is None or not self._is_derived(change, old or (), new):
            self._check_hold(change, old or (), new, known)

    def _is_own_hold(self, change: AuditedChange, own: RecordedChange, old: Held, new: Held) -> bool:
        trusted = own.cause == "restored" and self._log.trust.is_trusted(change.commit)
        return trusted or own.could_leave(old, new, self._entries[change.name])

    def _check_hold(self, change: AuditedChange, old: Held, new: Held | None, known: set[HeldImage]) -> None:
        meaning = classify_hold(old, new, known, rewritten=False).meaning
        if meaning is Meaning.UNREADABLE:
            self.breaks.report(change, "hold-unreadable", "", lambda content: content is None)
        elif meaning is Meaning.INVENTED and new is not None:
            self._report_entries(change, [entry for entry in new if entry not in {*known, *old}] or new)

    def _is_derived(self, change: AuditedChange, old: Held, new: Held) -> bool:
        """Whether the hold is the result of a roll back in the same commit; anyone may write it."""
        fresh = {entry.identity for entry in new if entry not in old}
        kept = [entry for entry in new if entry in old]
        return bool(fresh) and fresh <= self._rolled_back_here(change) and set(kept) <= set(old)

    def _rolled_back_here(self, change: AuditedChange) -> set[str]:
        """What the same commit took off the stack."""
        history = change.history_change()
        if history is None:
            return set()
        old, new = (self._log.parsed.stack(change.name, oid) for oid in (history.old_oid, history.new_oid))
        return set(classify(old or (), new, self._events.get(change.name, set())).held)

    def _report_entries(self, change: AuditedChange, entries: Iterable[HeldImage]) -> None:
        bad = frozenset(entries)
        what = ", ".join(sorted({_short(entry.identity) for entry in bad}))
        self.breaks.report(change, "hold-invented", what, _shows_any(bad))


def _rule(change: AuditedChange, new: Stack) -> str:
    """The rule that is broken by an event that was never recorded, although trailers may claim that it was."""
    if change.claimed is not None and new and new[0].identity in change.held_before():
        return "held"
    return "unsigned" if change.claimed is not None and not change.vouched else "invented"


def _shows_any(bad: Collection[TagEvent | HeldImage]) -> Callable[[Content], bool]:
    """Tells of a content whether it has one of these events or entries; one that cannot be read may have them."""
    return lambda content: content is None or any(each in bad for each in content)


def _is_reordered(content: Content) -> bool:
    if content is None:
        return True
    events = [event for event in content if isinstance(event, TagEvent)]
    return any(upper.generation <= lower.generation for upper, lower in pairwise(events))


def _short(identity: str) -> str:
    return short_digest(identity) if is_digest(identity) else identity
