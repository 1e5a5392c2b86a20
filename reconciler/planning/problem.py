"""Problems of a plan: the messages about files, lists and istags that are not as declared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from reconciler.model.excerpt import excerpt
from reconciler.model.finding import Severity
from reconciler.model.history import HeldImage, TagEvent
from reconciler.model.image_field import ImageField, Part
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Failure, Reason
from reconciler.model.plan import Problem
from reconciler.model.stream import Declarations, SpecTag
from reconciler.planning import undeclared
from reconciler.planning.holding import held_text
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.repository_list import lists_of
from reconciler.planning.resolution import Refusal
from reconciler.planning.subject import Subjects
from reconciler.planning.transition import Meaning
from reconciler.planning.world import EditedHistory, EditedHold, FieldAuthor, World

_CYCLE = "cycle"  # a finding that the plan reports itself, for each istag
_UNDONE_HISTORY: Mapping[Meaning, str] = {
    Meaning.INVENTED: "added an event to its history that was never recorded",
    Meaning.REORDERED: "put the events of its history into another order",
    Meaning.UNREADABLE: "made its history unreadable",
}
_UNDONE_HOLD: Mapping[Meaning, str] = {
    Meaning.INVENTED: "added an entry to its hold that was never recorded",
    Meaning.UNREADABLE: "made its hold unreadable",
}


def broken_files(world: World) -> Iterator[Problem]:
    """Error findings as problems: every pass reports the tags that cannot be used, with the messages of `validate`."""
    for finding in world.spec.declarations.findings:
        if finding.severity is Severity.ERROR and finding.rule != _CYCLE:
            line = finding.position.line or None
            yield Problem(None, Reason.INVALID, finding.message, finding.position.file, line)


def concerning(
    problems: Iterable[Problem], scope: PassScope, declarations: Declarations, kept: Collection[IstagName]
) -> Iterator[Problem]:
    """The problems of the requested istags and streams, and of the files that keep them from being used."""
    streams = {*scope.streams, *(name.stream_name for name in scope.requested)}
    unusable = {name.stream_name for name in (*declarations.broken, *kept)}
    files = _files_of(scope.streams & unusable, declarations)
    for problem in problems:
        if problem.tag is not None:
            concerned = problem.tag in scope.requested or problem.tag.stream_name in scope.streams
        else:
            concerned = problem.stream in streams if problem.stream else problem.file in files
        if concerned:
            yield problem


def _files_of(streams: Collection[StreamName], declarations: Declarations) -> set[str]:
    """The files that declare some of these streams, or declared them when they last loaded."""
    declared = declarations.streams
    files = {position.file for name in streams if name in declared for position in declared[name].positions}
    return files | (declarations.failed_files if streams else frozenset())


def failed_lists(world: World, scope: PassScope) -> Iterator[Problem]:
    """Lists of whole repositories that could not be fetched, each message once; an empty push repository is not one."""
    reported: set[str] = set()
    for stream in sorted(world.spec.declarations.streams.values(), key=lambda each: each.name):
        for listing, pushed in lists_of(stream, world, scope):
            answer = world.observed.listings.get(listing)
            empty = pushed and isinstance(answer, Failure) and answer.reason is Reason.NOT_FOUND
            if isinstance(answer, Failure) and not empty and answer.message not in reported:
                reported.add(answer.message)
                position = stream.positions[0] if stream.positions else None
                file, line = (position.file, position.line or None) if position else (None, None)
                yield Problem(None, answer.reason, f"{stream.name}: {answer.message}", file, line, stream.name)


def case_conflicts(subjects: Subjects) -> Iterator[Problem]:
    """Istags that are not made, or not moved, because another differs from them only in case."""
    spec = subjects.world.spec
    for name, text in sorted(subjects.case_conflicts.items()):
        stream, tag = spec.declarations.streams.get(name.stream_name), spec.tag(name)
        position = tag.position if tag else next(iter(stream.positions if stream else ()), None)
        file, line = (position.file, position.line or None) if position else (None, None)
        yield Problem(name, Reason.INVALID, text, file, line)


def unknown(subjects: Subjects) -> Iterator[Problem]:
    """Istags that a person requested and that neither a spec nor a registry has."""
    for name, text in undeclared.unknown(subjects.world, subjects.scope, subjects.listed):
        yield Problem(name, Reason.NOT_FOUND, text)


def unreadable(name: IstagName, reason: str) -> Problem:
    """A file of ours that cannot be read, of an istag that no spec tag names."""
    return Problem(name, Reason.INVALID, f"{name}: {reason}", name.history_path)


def refused(name: IstagName, refusal: Refusal, tag: SpecTag) -> Problem:
    """Why an istag does not move, at its spec tag."""
    file, line = tag.position.file, tag.position.line or None
    return Problem(name, refusal.reason, refusal.message, file, line, waits=refusal.waits)


def not_moved(name: IstagName, reason: str) -> Refusal:
    """An istag whose files cannot be read."""
    return Refusal(Reason.INVALID, f"{name} is not moved: {reason}")


def follows_itself(name: IstagName, cycle: str) -> Refusal:
    """An istag in a cycle."""
    return Refusal(Reason.CYCLE, f"{name} follows itself: {cycle}. Give one of them another source.")


def frozen(name: IstagName) -> Refusal:
    """An istag that would move, and is frozen."""
    text = f"{name} is frozen and does not move. `imagestream unfreeze {name}` lets it."
    return Refusal(Reason.FROZEN, text)


def held(name: IstagName, entry: HeldImage, world: World) -> Refusal:
    """An istag whose source gives a held image."""
    return Refusal(Reason.HELD, held_text(name, entry, world.record.holders.get((name, entry.identity))))


def undone_history(name: IstagName, edited: EditedHistory) -> Problem:
    """An edit of a history that the pass undoes."""
    what = _UNDONE_HISTORY[edited.transition.meaning]
    text = f"{name}: {edited.who} {what}. The pass undoes the change."
    return Problem(name, Reason.DIVERGED, text, name.history_path)


def undone_hold(name: IstagName, edited: EditedHold) -> Problem:
    """An edit of a hold that the pass undoes."""
    what = _UNDONE_HOLD[edited.transition.meaning]
    text = f"{name}: {edited.who} {what}. The pass undoes the change."
    return Problem(name, Reason.DIVERGED, text, name.hold_path)


def removed_again(name: IstagName, edited: EditedHistory) -> Problem:
    """A history that people brought back although no spec tag declares it."""
    text = (
        f"{name} has no spec tag, but {edited.who} brought its "
        "history back. It is removed again; declare the tag to keep it."
    )
    return Problem(name, Reason.DIVERGED, text, name.history_path)


def diverged(field: ImageField, author: FieldAuthor | None) -> Problem:
    """An image field that a person changed: it stays until the next event of its istag."""
    by = f"{author.person.name} wrote it in commit {author.commit[:12]}. " if author else ""
    value = "nothing" if field.value is None else excerpt(field.value)
    text = (
        f"{field.istag}: {field.name} has {value}, which is not what the istag means. {by}It stays until the next "
        f"event of {field.istag}; `imagestream sync --retarget` writes it now."
    )
    return _at(field, Reason.DIVERGED, text, waits=True)


def not_retargeted(field: ImageField, reason: Reason) -> Problem:
    """A new image field of an istag that people froze or held."""
    text = (
        f"{field.istag} is {reason.value.lower()}, so {field.name} is not written. The next event of the istag writes "
        "it; `imagestream sync --retarget` writes it now."
    )
    return _at(field, reason, text, waits=True)


def without_part(field: ImageField, event: TagEvent) -> Problem:
    """An image field for which the event of its istag has nothing."""
    what = "no version that a source names" if field.part is Part.TAG else f"no {field.part}"
    text = f"{field.istag} is {event.pull_spec}, which has {what}, so {field.name} stays. Follow the digest there."
    return _at(field, Reason.INVALID, text)


def _at(field: ImageField, reason: Reason, text: str, *, waits: bool = False) -> Problem:
    return Problem(field.istag, reason, text, field.file, field.position.line or None, field=field.name, waits=waits)
