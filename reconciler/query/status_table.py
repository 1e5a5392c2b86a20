"""The table of `status`: it compares what is recorded with the plan of the next pass and with the registries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model.change import Change, Hold, Remove, Retarget, Rewrite, Unhold
from reconciler.model.history import identity_of
from reconciler.model.name import IstagName
from reconciler.model.observation import Failure, Found, Reason
from reconciler.model.plan import Problem
from reconciler.model.reference import is_digest, short_digest
from reconciler.model.stream import SpecTag
from reconciler.planning.holding import chosen, held_text
from reconciler.planning.live_image import live_answer
from reconciler.planning.subject import Subject, Subjects
from reconciler.query.tag_status import TagState, TagStatus
from reconciler.query.workload_status import WorkloadStatus

_BY_REASON = {Reason.HELD: TagState.HELD, Reason.FROZEN: TagState.FROZEN}


@dataclass(frozen=True, slots=True)
class StatusTable:
    """The rows of `status` for one World and the plan made from it."""

    subjects: Subjects
    changes: Mapping[IstagName, Sequence[Change]]
    problems: Mapping[IstagName, Sequence[Problem]]
    offline: bool
    workloads: Mapping[IstagName, tuple[WorkloadStatus, ...]] = field(default_factory=dict)

    def row(self, name: IstagName) -> TagStatus:
        """The row of one istag."""
        subject = self.subjects.of(name)
        tag = subject.tag if subject else None
        history = self.subjects.world.record.histories.get(name)
        top = history.top if history else None
        recorded = top.identity if top else None
        live, failure = self._live(name, subject)
        state, message = self._state(name, subject, recorded, live, failure)
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
            workloads=self.workloads.get(name, ()),
        )

    def _state(
        self, name: IstagName, subject: Subject | None, recorded: str | None, live: str | None, failure: Failure | None
    ) -> tuple[TagState, str]:
        tag = subject.tag if subject else None
        problems = self.problems.get(name, ())
        decisive = next((problem for problem in problems if not problem.waits), None)
        if decisive is not None:
            return _BY_REASON.get(decisive.reason, TagState.FAILED), decisive.message
        state, message = (
            self._expected(name, recorded)
            or self._special(name, tag)
            or self._by_git_alone(name, subject)
            or self._awaited(tag, recorded, failure)
            or _compared(recorded, live, failure)
        )
        reasons = " ".join(problem.message for problem in problems)
        return (
            state,
            f"{message}. {reasons}" if reasons and message and state is not TagState.EMPTY else reasons or message,
        )

    def _expected(self, name: IstagName, recorded: str | None) -> tuple[TagState, str] | None:
        """What the next pass does to the istag; None if it leaves it, or only releases a held image."""
        changes = [change for change in self.changes.get(name, ()) if not isinstance(change, Retarget)]
        if not changes or (isinstance(changes[-1], Unhold) and changes[-1].image == recorded):
            return None
        last = changes[-1]
        held = next((change for change in changes if isinstance(change, Hold)), None)
        if held is not None and last.image == recorded:
            return TagState.HELD, _rolled_back(held)
        return TagState.PENDING, _pending(last, recorded)

    def _awaited(
        self, tag: SpecTag | None, recorded: str | None, failure: Failure | None
    ) -> tuple[TagState, str] | None:
        """The state of a spec tag without `from` if the stream's repository lacks that tag; else None."""
        missing = failure is not None and failure.reason is Reason.NOT_FOUND
        if tag is None or not tag.imported or not missing or recorded is not None:
            return None
        return TagState.EMPTY, f"{tag.source.name if tag.source else tag.name} is not there yet, and nothing was pushed"

    def _by_git_alone(self, name: IstagName, subject: Subject | None) -> tuple[TagState, str] | None:
        """The state that git alone shows if no registry was called; None if it shows none."""
        if not self.offline or subject is None:
            return None
        entry = next(iter(self.subjects.entries(name)), None)
        if entry is not None:
            return TagState.HELD, held_text(name, entry, self.subjects.world.record.holders.get((name, entry.identity)))
        if not subject.is_resolved:
            return TagState.PENDING, "its source is not resolved yet; the next pass asks the registry"
        return None

    def _special(self, name: IstagName, tag: SpecTag | None) -> tuple[TagState, str] | None:
        """The state of an istag that cannot, or need not, be compared with its source; else None."""
        if name in self.subjects.world.spec.declarations.broken:
            return TagState.FAILED, "its spec tag has errors; `imagestream validate` shows them"
        if name in self.subjects.world.record.unreadable:
            return TagState.FAILED, self.subjects.world.record.unreadable[name]
        if tag is None:
            return TagState.IN_SYNC, "no spec tag"
        return (TagState.FROZEN, "") if tag.frozen else None

    def _live(self, name: IstagName, subject: Subject | None) -> tuple[str | None, Failure | None]:
        """The image that the source gives now, or why it gives none; a followed istag gives what it will mean."""
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
        return (changes[-1].image if changes else identity_of(self.subjects.world.record.top(name))), None


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
    """The message for a roll back that the next pass will hold; afterwards `held_text` gives it."""
    images = ", ".join(map(_short, change.held)) or "an image"
    by = f" by {change.request.person.name}" if change.request else ""
    where = f" in commit {change.request.commit[:12]}" if change.request and change.request.commit else ""
    return f"{images} was rolled back{by}{where}; the next pass holds it, and {change.tag} stays {_short(change.image)}"


def _short(identity: str | None) -> str:
    if identity is None:
        return "nothing"
    return short_digest(identity) if is_digest(identity) else identity
