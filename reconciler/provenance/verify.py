"""Verify: proves the rules of history (design 3.2, 3.3) over every transition of every history and hold of a branch.

Each change is one of these, or a break:

    | who                | what it is                                   | judged by                          |
    | ------------------ | -------------------------------------------- | ---------------------------------- |
    | an own commit      | a step the reconciler could have taken there | `planning.step`, and `trust`       |
    | anybody            | a person's decision, or the same content     | `planning.transition`              |
    | anybody, a merge   | what one of the parents has                  | nobody's edit                      |
    | below the beginning| files from before the first own commit       | taken as they stood there, said    |

An own step may moreover not fight a revert: an image that people took off since the last own commit is not put back. A
break that a later commit undid is reported with that commit; it is undone only while the branch's newest commit is
free of it, and a limit that cuts the wrong event off undoes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from reconciler.errors import InputError
from reconciler.gitstore import Commit, FileChange, Repository
from reconciler.model.history import Cause, HeldImage, TagEvent
from reconciler.model.name import IstagName, istag_of_path
from reconciler.model.person import Person
from reconciler.model.reference import is_digest, short_digest
from reconciler.planning.own_step import is_step
from reconciler.planning.trailers import Recorded
from reconciler.planning.transition import Meaning, classify, classify_hold
from reconciler.provenance.branch_walk import Step, Tree, walk_branch
from reconciler.provenance.log import Log
from reconciler.provenance.parsed_file import Held, Stack
from reconciler.provenance.shallow_clone import ensure_whole

_MARK = "own:"
"""Before a history's path in a tree: the content that the reconciler last wrote or accepted."""
_HOLDING = frozenset({"rolled-back", "released"})

RULES = {
    "invented": "puts an event into the stack that was never recorded: {what}",
    "reordered": "puts recorded events in an order they never had",
    "unreadable": "leaves a file that is no TagHistory any more",
    "held": "puts an image on top that was held: {what}",
    "rolled-back": "puts an image back on top that people had taken off: {what}",
    "unsigned": "records an event as the reconciler does, without a trusted signature: {what}",
    "hold-invented": "holds an image that was never rolled back: {what}",
    "hold-unreadable": "leaves a file that is no TagHold any more",
}
"""Every rule that a change can break, and what the commit does that breaks it."""


@dataclass(slots=True)
class Break:
    """A change that no rule allows."""

    tag: IstagName
    commit: str
    author: Person
    rule: str
    message: str
    undone_by: str | None = None
    """The commit after which nothing of it is left."""


@dataclass(slots=True)
class Verdict:
    """What was looked at, and what was found."""

    commits: int = 0
    breaks: list[Break] = field(default_factory=list)
    taken: list[tuple[IstagName, Commit]] = field(default_factory=list)
    """Files that were there before the reconciler's first commit: nothing proves them, so they are said."""
    istags: set[IstagName] = field(default_factory=set)
    warning: str | None = None
    """Why all of this proves less than it should: signing is configured, and nothing in sight is signed."""

    @property
    def open_breaks(self) -> list[Break]:
        """The breaks that no commit undid."""
        return [each for each in self.breaks if each.undone_by is None]


def verify(repository: Repository, revision: str) -> Verdict:
    """Judge every change of every history and hold below a commit. One git log; each content is parsed once."""
    ensure_whole(repository)
    log = Log(repository, revision)
    log.trust.load(log.graph())
    auditor = Auditor(log)
    step = None
    for step in walk_branch(log):
        auditor.judge(step)
    _ensure_complete(repository, revision, step.after() if step is not None else {})
    if step is not None:
        auditor.close(step)
    auditor.verdict.warning = log.trust.warning()
    return auditor.verdict


def _ensure_complete(repository: Repository, revision: str, tree: Tree) -> None:
    """Refuse a past whose changes do not lead to what stands there now: some of them were hidden (InputError)."""
    entries = repository.commit_files(revision).entries
    there = {path: entry.oid for path, entry in entries.items() if istag_of_path(path)}
    told = {path: oid for path, oid in tree.items() if istag_of_path(path)}
    hidden = sorted(path for path in {*there, *told} if there.get(path) != told.get(path))
    if hidden:
        raise InputError(
            f"commit {revision[:12]} has something else at {hidden[0]} than the changes below it lead to, so nothing "
            "is proved: one of them has a tree with a path twice or out of order. git fsck names it."
        )


@dataclass(slots=True)
class _OpenBreak:
    """A break, and whether a content of the file still shows it; None: the file cannot be read."""

    path: str
    found: Break
    shows: Callable[[Stack | Held | None], bool]


@dataclass(frozen=True, slots=True)
class _AuditedChange:
    """One change of one file of one istag."""

    step: Step
    name: IstagName
    change: FileChange
    said: Recorded | None
    """What the commit's trailers say of the istag, vouched for or not."""
    vouched: bool

    @property
    def own(self) -> Recorded | None:
        """What the trailers say, where they count."""
        return self.said if self.vouched else None


class Auditor:
    """One walk: what was recorded so far, and what was found."""

    def __init__(self, log: Log) -> None:
        self.verdict = Verdict()
        self._log = log
        self._parsed = log.parsed
        self._events: dict[IstagName, set[TagEvent]] = {}
        self._entries: dict[IstagName, set[HeldImage]] = {}
        self._open: list[_OpenBreak] = []

    def judge(self, step: Step) -> None:
        """Judge one commit; what it leaves behind is marked for the commits above."""
        named = [(change, name) for change in step.commit.files if (name := istag_of_path(change.path))]
        self._join(step)
        if not named:
            return
        self.verdict.commits += 1
        recorded = () if step.is_merge else self._log.claimed_trailers(step.commit)
        vouched = bool(recorded) and bool(self._log.trailers(step.commit))
        said = {each.tag: each for each in reversed(recorded)}
        for change, name in named:
            self.verdict.istags.add(name)
            case = _AuditedChange(step, name, change, said.get(name), vouched)
            if change.path == name.history_path:
                self._judge_history(case)
            else:
                self._judge_hold(case)

    def close(self, last: Step) -> None:
        """A break that the newest commit still shows was not undone, whatever came between."""
        tree = last.after()
        for each in self._open:
            if each.shows(self._content(each.found.tag, each.path, tree.get(each.path))):
                each.found.undone_by = None

    # Histories

    def _judge_history(self, case: _AuditedChange) -> None:
        name, change = case.name, case.change
        old, new = (self._parsed.stack(name, oid) for oid in (change.old_oid, change.new_oid))
        self._undo(case, new, moved=case.own is not None and case.own.cause not in {*_HOLDING, "restored", "removed"})
        if case.step.is_taken_over(change):
            return
        known = self._events.setdefault(name, set(self._log.baseline.stack(name)))
        own = case.own is not None and self._is_own(case, case.own, old, new)
        if own and case.own is not None and new is not None:
            self._check_own(case, case.own, old, new, known)
            known.update(event for event in new if event not in (old or ()))
        elif self._is_early(case) and new is not None:
            self._take(case)
            known.update(() if self._log.trust.has_begun else new)
        else:
            self._check_person(case, old, new, known)
            return
        self._mark(case, change.new_oid)

    def _is_early(self, case: _AuditedChange) -> bool:
        """Whether a change is from before the branch's beginning; all are, on a branch that has none."""
        return not self._log.trust.has_begun or self._log.trust.is_below(case.step.commit.id)

    def _is_own(self, case: _AuditedChange, said: Recorded, old: Stack | None, new: Stack | None) -> bool:
        known: Collection[TagEvent] = self._events.get(case.name, ())
        if said.cause == "restored" and new is not None and self._log.trust.is_trusted(case.step.commit.id):
            known = new
        if new is None or old is None:
            return said.cause == "restored" and new is not None and set(new) <= set(known)
        if said.cause == Cause.ADOPTED and not self._is_first(case, new):
            return False
        return is_step(said, old, new, self._held_before(case), known)

    def _is_first(self, case: _AuditedChange, new: Stack) -> bool:
        """Whether nothing was recorded of the istag before: not on this line of history, nothing else on another."""
        return not self._last_written(case) and self._events.get(case.name, set()) <= set(new)

    def _check_own(
        self, case: _AuditedChange, said: Recorded, old: Stack | None, new: Stack, known: set[TagEvent]
    ) -> None:
        if said.cause == "restored":
            # What a trusted key signed as brought back may have been recorded on a line that people dropped.
            known.update(new if self._log.trust.is_trusted(case.step.commit.id) else ())
            if classify((), new, known).meaning is Meaning.REORDERED:
                self._report_stack(case, str(Meaning.REORDERED), new, known)
        elif said.cause not in {*_HOLDING, "removed"} and new and new[0] not in (old or ()):
            gone = classify(self._last_written(case), old or (), known).held
            if new[0].identity in gone and (not old or new[0].identity != old[0].identity):
                self._report_events(case, "rolled-back", new[:1])

    def _check_person(self, case: _AuditedChange, old: Stack | None, new: Stack | None, known: set[TagEvent]) -> None:
        old = self._last_written(case) if old is None else old
        ever = {*known, *(event for tree in case.step.parents for event in self._events_of(case.name, tree))}
        meaning = classify(old, new, ever).meaning
        if meaning not in {Meaning.UNCHANGED, Meaning.DECIDED}:
            self._report_stack(case, str(meaning), new, {*ever, *old})

    def _report_stack(self, case: _AuditedChange, rule: str, new: Stack | None, known: Iterable[TagEvent]) -> None:
        if new is None:
            self._report(case, "unreadable", "", lambda content: content is None)
        elif rule == Meaning.REORDERED:
            self._report(case, "reordered", "", _is_reordered)
        else:
            self._report_events(case, self._rule(case, new), [event for event in new if event not in set(known)])

    def _rule(self, case: _AuditedChange, new: Stack) -> str:
        """What is wrong with an event nobody recorded, where the commit's trailers say that it was."""
        if case.said is not None and new and new[0].identity in self._held_before(case):
            return "held"
        return "unsigned" if case.said is not None and not case.vouched else "invented"

    def _report_events(self, case: _AuditedChange, rule: str, events: Iterable[TagEvent]) -> None:
        bad = frozenset(events)
        self._report(
            case,
            rule,
            ", ".join(sorted({_short(event.identity) for event in bad})),
            lambda content: content is None or any(event in bad for event in content),
        )

    # Holds

    def _judge_hold(self, case: _AuditedChange) -> None:
        name, change = case.name, case.change
        old, new = (self._parsed.held(name, oid) for oid in (change.old_oid, change.new_oid))
        self._undo(case, new, moved=False)
        self._mark(case, self._history_after(case))
        if case.step.is_taken_over(change):
            return
        known = self._entries.setdefault(name, set(self._log.baseline.held(name)))
        if case.own is not None and new is not None and self._is_own_hold(case, case.own, old or (), new, known):
            known.update(new)
        elif self._is_early(case) and new is not None:
            self._take(case)
            known.update(() if self._log.trust.has_begun else new)
        elif new is None or not self._is_derived(case, old or (), new):
            self._check_hold(case, old or (), new, known)

    def _is_own_hold(self, case: _AuditedChange, said: Recorded, old: Held, new: Held, known: set[HeldImage]) -> bool:
        trusted = said.cause == "restored" and self._log.trust.is_trusted(case.step.commit.id)
        return trusted or said.could_leave(old, new, known)

    def _check_hold(self, case: _AuditedChange, old: Held, new: Held | None, known: set[HeldImage]) -> None:
        meaning = classify_hold(old, new, known, rewritten=False).meaning
        if meaning is Meaning.UNREADABLE:
            self._report(case, "hold-unreadable", "", lambda content: content is None)
        elif meaning is Meaning.INVENTED and new is not None:
            self._report_entries(case, [entry for entry in new if entry not in {*known, *old}] or new)

    def _is_derived(self, case: _AuditedChange, old: Held, new: Held) -> bool:
        """Whether the hold is what a roll back in the same commit leads to, whoever wrote it down."""
        fresh = {entry.identity for entry in new if entry not in old}
        kept = [entry for entry in new if entry in old]
        return bool(fresh) and fresh <= self._rolled_back_here(case) and set(kept) <= set(old)

    def _rolled_back_here(self, case: _AuditedChange) -> set[str]:
        """What the same commit took off the stack."""
        path = case.name.history_path
        change = next((each for each in case.step.commit.files if each.path == path), None)
        if change is None:
            return set()
        old, new = (self._parsed.stack(case.name, oid) for oid in (change.old_oid, change.new_oid))
        known = self._events.get(case.name, set())
        return set(classify(old or (), new, known).held)

    def _report_entries(self, case: _AuditedChange, entries: Iterable[HeldImage]) -> None:
        bad = frozenset(entries)
        self._report(
            case,
            "hold-invented",
            ", ".join(sorted({_short(entry.identity) for entry in bad})),
            lambda content: content is None or any(entry in bad for entry in content),
        )

    # What is remembered

    def _take(self, case: _AuditedChange) -> None:
        self.verdict.taken.append((case.name, case.step.commit))

    def _mark(self, case: _AuditedChange, oid: str | None) -> None:
        case.step.marks[_MARK + case.name.history_path] = oid or ""

    def _join(self, step: Step) -> None:
        """A merge: where it has another parent's stack, it has what was last written there too."""
        for tree in step.parents[1:]:
            for key, oid in tree.items():
                if key.startswith(_MARK) and step.before.get(key) != oid:
                    path = key.removeprefix(_MARK)
                    there = next(
                        (each.new_oid for each in step.commit.files if each.path == path), step.before.get(path)
                    )
                    if (there or "") == oid or key not in step.before:
                        step.marks[key] = oid
        if step.is_merge:
            self._undo_by_merge(step)

    def _undo_by_merge(self, step: Step) -> None:
        """A merge may take the side that does not have what is wrong."""
        waiting = [each for each in self._open if each.found.undone_by is None]
        tree = step.after() if waiting else {}
        for each in waiting:
            tag, path = each.found.tag, each.path
            shown = any(each.shows(self._content(tag, path, parent.get(path))) for parent in step.parents)
            if shown and not each.shows(self._content(tag, path, tree.get(path))):
                each.found.undone_by = step.commit.id

    def _undo(self, case: _AuditedChange, content: Stack | Held | None, *, moved: bool) -> None:
        for each in self._open:
            if each.path == case.change.path and each.found.undone_by is None and not moved and not each.shows(content):
                each.found.undone_by = case.step.commit.id

    def _report(self, case: _AuditedChange, rule: str, what: str, shows: Callable[[Stack | Held | None], bool]) -> None:
        commit = case.step.commit
        text = f"{case.name}: commit {commit.id[:12]} by {commit.author.name} {RULES[rule].format(what=what)}."
        found = Break(case.name, commit.id, commit.author, rule, text)
        self.verdict.breaks.append(found)
        self._open.append(_OpenBreak(case.change.path, found, shows))

    def _content(self, name: IstagName, path: str, oid: str | None) -> Stack | Held | None:
        return self._parsed.stack(name, oid) if path == name.history_path else self._parsed.held(name, oid)

    def _events_of(self, name: IstagName, tree: Tree) -> Stack:
        return self._parsed.stack(name, tree.get(name.history_path)) or ()

    def _last_written(self, case: _AuditedChange) -> Stack:
        return self._parsed.stack(case.name, case.step.before.get(_MARK + case.name.history_path) or None) or ()

    def _held_before(self, case: _AuditedChange) -> set[str]:
        held = self._parsed.held(case.name, case.step.before.get(case.name.hold_path))
        return {entry.identity for entry in held or ()}

    def _history_after(self, case: _AuditedChange) -> str | None:
        path = case.name.history_path
        changed = next((each for each in case.step.commit.files if each.path == path), None)
        return changed.new_oid if changed else case.step.before.get(path)


def _is_reordered(content: Stack | Held | None) -> bool:
    if content is None:
        return True
    events = [event for event in content if isinstance(event, TagEvent)]
    return any(upper.generation <= lower.generation for upper, lower in pairwise(events))


def _short(identity: str) -> str:
    return short_digest(identity) if is_digest(identity) else identity
