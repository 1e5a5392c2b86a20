"""Status: for each istag its source, the recorded image, the live image and what lies between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.errors import UnknownNameError
from reconciler.model.change import Change, Hold, Remove, Rewrite, Unhold
from reconciler.model.history import TagHistory
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Failure, Found, Reason
from reconciler.model.plan import Problem
from reconciler.model.reference import is_digest, short_digest
from reconciler.model.stream import Source, SpecTag
from reconciler.planning.due import is_resolved
from reconciler.planning.holding import chosen, held_text
from reconciler.planning.live_image import live_answer
from reconciler.planning.plan import plan_pass
from reconciler.planning.subject import Subject, Subjects


class TagState(StrEnum):
    """How an istag stands; the `state` of `status -o json`."""

    IN_SYNC = "InSync"
    BEHIND = "Behind"
    """The registry moved; nobody asked us to follow."""
    PENDING = "Pending"
    """The next pass moves it."""
    HELD = "Held"
    FROZEN = "Frozen"
    FAILED = "Failed"
    EMPTY = "Empty"


@dataclass(frozen=True, slots=True)
class TagStatus:
    """One row of `status`."""

    tag: IstagName
    source: Source | None
    recorded: str | None
    """The image that the top of the history records; for a reference tag its pull spec."""
    live: str | None
    """What the source gives now; None where it is not known."""
    state: TagState
    message: str = ""
    selection: str | None = None
    """What selects among the source's versions."""
    version: str | None = None
    """The tag that a selection chose for what is recorded."""
    created: str | None = None
    """When what is recorded was, UTC; None where nothing is."""


_BY_REASON = {Reason.HELD: TagState.HELD, Reason.FROZEN: TagState.FROZEN}


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """Istags that are asked for: all of a namespace, of one stream, or one."""

    namespace: str
    stream: str | None = None
    tag: str | None = None

    @classmethod
    def parse(cls, text: str, default_namespace: str) -> Scope:
        """`NAMESPACE/`, `[NAMESPACE/]STREAM` or `[NAMESPACE/]STREAM:TAG`; raises `InvalidNameError`."""
        if text.endswith("/"):
            return cls(StreamName.parse(f"{text}x", "").namespace)
        if ":" not in text:
            stream = StreamName.parse(text, default_namespace)
            return cls(stream.namespace, stream.name)
        name = IstagName.parse(text, default_namespace)
        return cls(name.namespace, name.stream, name.tag)

    def has(self, name: IstagName) -> bool:
        """Whether the istag is one of those."""
        return name.namespace == self.namespace and self.stream in {None, name.stream} and self.tag in {None, name.tag}

    def __str__(self) -> str:
        if self.stream is None:
            return f"{self.namespace}/"
        return f"{self.namespace}/{self.stream}" + (f":{self.tag}" if self.tag is not None else "")


def status(
    subjects: Subjects, now: datetime, only: Collection[Scope] = (), *, offline: bool = False
) -> list[TagStatus]:
    """The status of every declared or recorded istag, or of those asked for, sorted by name.

    The World must hold an answer for every source (`observe_everything`). Where it is `offline` and has none, the
    states are what git alone knows: what is held, and sources that were never resolved.
    """
    world, planned = subjects.world, plan_pass(subjects, now)
    changes: dict[IstagName, list[Change]] = {}
    for change in planned.changes:
        changes.setdefault(change.tag, []).append(change)
    problems: dict[IstagName, list[Problem]] = {}
    for problem in planned.problems:
        if problem.tag:
            problems.setdefault(problem.tag, []).append(problem)
    declared = {stream.name.tag(tag) for stream in world.spec.declarations.streams.values() for tag in stream.tags}
    names = (
        declared
        | set(changes)
        | set(world.record.histories)
        | set(world.record.unreadable)
        | world.spec.declarations.broken
    )
    streams = {Scope(stream.namespace, stream.name) for stream in world.spec.declarations.streams}
    unknown = sorted(scope for scope in {*only} - streams if not any(map(scope.has, names)))
    if unknown:
        why = f"{unknown[0]} is neither declared nor recorded."
        raise UnknownNameError(str(unknown[0]), why, "`imagestream status` lists all that are.")
    table = StatusTable(subjects, changes, problems, offline)
    return [table.row(name) for name in sorted(names) if not only or any(scope.has(name) for scope in only)]


@dataclass(frozen=True, slots=True)
class StatusTable:
    """The rows of `status` for one World and the plan made from it."""

    subjects: Subjects
    changes: Mapping[IstagName, Sequence[Change]]
    problems: Mapping[IstagName, Sequence[Problem]]
    offline: bool

    def row(self, name: IstagName) -> TagStatus:
        """The row of one istag."""
        subject = self.subjects.of(name)
        tag = subject.tag if subject else None
        history = self.subjects.world.record.histories.get(name)
        top = history.top if history else None
        recorded = top.identity if top else None
        live, failure = self._live(name, subject)
        state, message = self._state(name, tag, recorded, live, failure)
        return TagStatus(
            tag=name,
            source=tag.source if tag else None,
            recorded=recorded,
            live=None if self.offline else live,
            state=state,
            message=message,
            selection=str(tag.selection) if tag and tag.selection else None,
            version=chosen(tag, top.source) if tag and tag.selection and top else None,
            created=top.created if top else None,
        )

    def _state(
        self, name: IstagName, tag: SpecTag | None, recorded: str | None, live: str | None, failure: Failure | None
    ) -> tuple[TagState, str]:
        problems = self.problems.get(name, ())
        decisive = next((problem for problem in problems if not problem.waits), None)
        if decisive is not None:
            return _BY_REASON.get(decisive.reason, TagState.FAILED), decisive.message
        state, message = (
            self._expected(name, recorded)
            or self._special(name, tag)
            or self._unasked(name, tag)
            or self._unfilled(tag, recorded, failure)
            or _compared(recorded, live, failure)
        )
        said = " ".join(problem.message for problem in problems)
        return state, f"{message}. {said}" if said and message and state is not TagState.EMPTY else said or message

    def _expected(self, name: IstagName, recorded: str | None) -> tuple[TagState, str] | None:
        """What the next pass does about the istag; None where it leaves it, or only lets it come back to something."""
        changes = self.changes.get(name, ())
        if not changes or (isinstance(changes[-1], Unhold) and changes[-1].image == recorded):
            return None
        last = changes[-1]
        held = next((change for change in changes if isinstance(change, Hold)), None)
        if held is not None and last.image == recorded:
            return TagState.HELD, _rolled_back(held)
        return TagState.PENDING, _pending(last, recorded)

    def _unfilled(
        self, tag: SpecTag | None, recorded: str | None, failure: Failure | None
    ) -> tuple[TagState, str] | None:
        """The state of a spec tag without `from` that its stream's repository does not have."""
        missing = failure is not None and failure.reason is Reason.NOT_FOUND
        if tag is None or not tag.imported or not missing or recorded is not None:
            return None
        return TagState.EMPTY, f"{tag.source.name if tag.source else tag.name} is not there yet, and nothing was pushed"

    def _unasked(self, name: IstagName, tag: SpecTag | None) -> tuple[TagState, str] | None:
        """What git alone knows of an istag whose registry was not asked; None where that is nothing."""
        if not self.offline or tag is None:
            return None
        entry = next(iter(self.subjects.entries(name)), None)
        if entry is not None:
            return TagState.HELD, held_text(name, entry, self.subjects.world.record.holders.get((name, entry.identity)))
        record = self.subjects.world.record
        if not is_resolved(name, tag, record.histories.get(name), record.holds.get(name)):
            return TagState.PENDING, "its source is not resolved yet; the next pass asks the registry"
        return None

    def _special(self, name: IstagName, tag: SpecTag | None) -> tuple[TagState, str] | None:
        """The state of an istag that cannot, or need not, be compared with its source."""
        if name in self.subjects.world.spec.declarations.broken:
            return TagState.FAILED, "its spec tag has errors; `imagestream validate` shows them"
        if name in self.subjects.world.record.unreadable:
            return TagState.FAILED, self.subjects.world.record.unreadable[name]
        if tag is None:
            return TagState.IN_SYNC, "no spec tag"
        return (TagState.FROZEN, "") if tag.frozen else None

    def _live(self, name: IstagName, subject: Subject | None) -> tuple[str | None, Failure | None]:
        """What the source gives now, as far as it was asked; a followed istag gives what it will mean."""
        if subject is None:
            return None, None
        answer = live_answer(subject, self.subjects)
        if isinstance(answer, Found):
            return answer.image, None
        if isinstance(answer, Failure):
            return None, answer
        if subject.tag.source is None:
            return None, None
        changes = self.changes.get(name)
        return (changes[-1].image if changes else _top(self.subjects.world.record.histories.get(name))), None


def _compared(recorded: str | None, live: str | None, failure: Failure | None) -> tuple[TagState, str]:
    if failure is not None:
        return TagState.FAILED, failure.message
    if recorded is None:
        return TagState.EMPTY, "nothing was ever imported or pushed"
    if live is not None and live != recorded:
        return TagState.BEHIND, f"the registry has {_short(live)}; `imagestream import` or a schedule would follow it"
    return TagState.IN_SYNC, ""


def _pending(change: Change, recorded: str | None) -> str:
    if isinstance(change, Remove):
        return "no longer declared; the next pass removes it"
    if change.image != recorded:
        return f"the next pass records {_short(change.image)}"
    if isinstance(change, Rewrite) and change.source is not None:
        return f"the next pass records that it comes from {change.source.target(change.tag.stream_name)}"
    return "the next pass brings its files back to what was recorded"


def _rolled_back(change: Hold) -> str:
    """As `held_text` says it once the pass has written the hold."""
    images = ", ".join(map(_short, change.held)) or "an image"
    by = f" by {change.request.person.name}" if change.request else ""
    where = f" in commit {change.request.commit[:12]}" if change.request and change.request.commit else ""
    return f"{images} was rolled back{by}{where}; the next pass holds it, and {change.tag} stays {_short(change.image)}"


def _short(identity: str | None) -> str:
    if identity is None:
        return "nothing"
    return short_digest(identity) if is_digest(identity) else identity


def _top(history: TagHistory | None) -> str | None:
    return history.top.identity if history and history.top else None
