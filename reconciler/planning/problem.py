"""Problems that no decision about one istag comes to: of files, of whole lists, of names that nobody has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from reconciler.model.finding import Severity
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Failure, Reason
from reconciler.model.plan import Problem
from reconciler.model.stream import Declarations
from reconciler.planning import undeclared
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.world import World

_CYCLE = "cycle"  # a finding that the plan says itself, for each istag


def broken_files(world: World) -> Iterator[Problem]:
    """Error findings as problems: a tag that cannot be used is said in every pass, in the words of `validate`."""
    for finding in world.spec.declarations.findings:
        if finding.severity is Severity.ERROR and finding.rule != _CYCLE:
            line = finding.position.line or None
            yield Problem(None, Reason.INVALID, finding.message, finding.position.file, line)


def concerning(
    problems: Iterable[Problem], ask: PassScope, declarations: Declarations, kept: Collection[IstagName]
) -> Iterator[Problem]:
    """The problems of what a person asked for: of these istags and streams, and of the files that spoil them."""
    streams = {*ask.streams, *(name.stream_name for name in ask.requested)}
    spoilt = {name.stream_name for name in (*declarations.broken, *kept)}
    files = _files_of(ask.streams & spoilt, declarations)
    for problem in problems:
        if problem.tag is not None:
            concerned = problem.tag in ask.requested or problem.tag.stream_name in ask.streams
        else:
            concerned = problem.stream in streams if problem.stream else problem.file in files
        if concerned:
            yield problem


def _files_of(streams: Collection[StreamName], declarations: Declarations) -> set[str]:
    """The files that declare some of these streams, or did when they last loaded."""
    declared = declarations.streams
    files = {position.file for name in streams if name in declared for position in declared[name].positions}
    return files | (declarations.failed_files if streams else frozenset())


def failed_lists(world: World, ask: PassScope) -> Iterator[Problem]:
    """Lists of whole repositories that could not be had, each text once; what was never pushed to is none."""
    said: set[str] = set()
    for stream in sorted(world.spec.declarations.streams.values(), key=lambda each: each.name):
        for listing, pushed in undeclared.lists_of(stream, world, ask):
            answer = world.observed.listings.get(listing)
            empty = pushed and isinstance(answer, Failure) and answer.reason is Reason.NOT_FOUND
            if isinstance(answer, Failure) and not empty and answer.message not in said:
                said.add(answer.message)
                position = stream.positions[0] if stream.positions else None
                file, line = (position.file, position.line or None) if position else (None, None)
                yield Problem(None, answer.reason, f"{stream.name}: {answer.message}", file, line, stream.name)


def passed_over(world: World, namesakes: Mapping[IstagName, str]) -> Iterator[Problem]:
    """Istags that are not made, or not moved, because another differs from them only in case."""
    for name, text in sorted(namesakes.items()):
        stream, tag = world.spec.declarations.streams.get(name.stream_name), world.spec.tag(name)
        position = tag.position if tag else next(iter(stream.positions if stream else ()), None)
        file, line = (position.file, position.line or None) if position else (None, None)
        yield Problem(name, Reason.INVALID, text, file, line)


def unknown(world: World, ask: PassScope) -> Iterator[Problem]:
    """Istags that a person asked for and that neither a spec nor a registry has."""
    for name, text in undeclared.unknown(world, ask):
        yield Problem(name, Reason.NOT_FOUND, text)
