"""The commits of an adoption, one for each stream.

A commit holds the spec and the histories of its stream together, so that a revert takes the stream out as a whole. Its
trailers make the histories our own (cause `adopted`); its author is the person, who brings the spec.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from reconciler.edit.adopt.adoption import AdoptedStream, AdoptedTag, Adoption
from reconciler.edit.adopt.adoption_planner import plan_adoption
from reconciler.edit.adopt.export import Export
from reconciler.edit.adopt.left_out import LeftOut, left_out
from reconciler.gitstore import Draft
from reconciler.model.change import Change, Move
from reconciler.model.config import CommitStyle
from reconciler.model.history import TagHistory
from reconciler.model.name import IstagName
from reconciler.model.person import Person, Request
from reconciler.model.phrase import plural
from reconciler.model.plan import Plan
from reconciler.model.stream import ImportMode
from reconciler.reading.committed_file import read_committed_config
from reconciler.reconcile.apply import draft
from reconciler.reconcile.writer import Composition, Result, Target, Writer

_LISTED = 50
"""Tags that a message lists."""


@dataclass(slots=True)
class AdoptionResult:
    """The decisions, and the commits that were made."""

    adoption: Adoption
    result: Result
    commits: dict[IstagName, str] = field(default_factory=dict)
    """By istag, the commit that wrote its history."""


def adopt(writer: Writer, target: Target, export: Export, person: Person) -> AdoptionResult:
    """Commit the exported streams. Raises what `Writer.write` does."""
    done: list[Adoption] = []

    def compose(base: str) -> Composition:
        done.append(plan_adoption(writer, base, export))
        return _compose(done[-1], writer, person)

    result = writer.write(target, compose)
    commits = {change.tag: commit for change, commit in zip(result.plan.changes, result.commits, strict=False)}
    return AdoptionResult(done[-1], result, commits)


def preview(writer: Writer, target: Target, export: Export) -> AdoptionResult:
    """The adoption without its commits; nothing is written."""
    adoption = plan_adoption(writer, writer.base(target), export)
    return AdoptionResult(adoption, Result(Plan(adoption.revision, (), adoption.problems), target=target))


def omissions(adoption: Adoption, export: Export) -> tuple[LeftOut, ...]:
    """The parts of an export that were not adopted, counted by reason."""
    counts = Counter(export.left_out)
    counts["refused-stream"] += len(export.streams) - len(adoption.streams)
    counts["refused-tag"] += sum(problem.tag is not None for problem in adoption.problems)
    counts["older-event"] += sum(tag.left_out for stream in adoption.streams for tag in stream.tags)
    return left_out(counts)


def _compose(adoption: Adoption, writer: Writer, person: Person) -> Composition:
    style = read_committed_config(writer.repository, writer.repository.commit_files(adoption.revision)).commit
    drafts: list[Draft] = []
    changes: list[Change] = []
    owners: list[int] = []
    if adoption.modes:
        drafts.append(_mode_draft(adoption, style, person))
    for stream in adoption.streams:
        if stream.writes:
            made = [_change(tag, person) for tag in stream.tags]
            owners.extend(len(drafts) for _ in made)
            changes.extend(made)
            drafts.append(_draft(stream, made, style, writer.committer, person))
    plan = Plan(adoption.revision, tuple(changes), adoption.problems)
    return Composition(plan, tuple(drafts), tuple(owners))


def _change(tag: AdoptedTag, person: Person) -> Change:
    return Move(
        tag=tag.tag,
        history=TagHistory(tag.tag, tag.stack),
        first=True,
        request=Request(person),
    )


def _draft(
    stream: AdoptedStream, changes: list[Change], style: CommitStyle, committer: Person, person: Person
) -> Draft:
    spec: dict[str, bytes | None] = {stream.file: stream.exported.spec} if stream.declares else {}
    if not changes:
        return Draft(files=spec, author=person, message=f"{style.subject_prefix}{_declaration(stream)}")
    made = draft(changes, style, committer)
    return Draft(files={**spec, **made.files}, author=made.author, message=made.message)


def _mode_draft(adoption: Adoption, style: CommitStyle, person: Person) -> Draft:
    """The person's commit that writes the import mode of the cluster into the files."""
    tags = [stream.exported.stream.name.tag(tag) for stream in adoption.streams for tag in stream.modes]
    subject = f"Write importMode: {ImportMode.LEGACY} for {plural(len(tags), 'tag')}"
    why = "The cluster that they come from fills it in where a file leaves it out; here that means PreserveOriginal."
    more = [f"and {len(tags) - _LISTED} more"] if len(tags) > _LISTED else []
    message = f"{style.subject_prefix}{subject}\n\n{why}\n\n{chr(10).join([*map(str, tags[:_LISTED]), *more])}\n"
    return Draft(files=dict(adoption.modes), author=person, message=message)


def _declaration(stream: AdoptedStream) -> str:
    """The message for a stream without a history: a person's commit, without trailers."""
    declared = stream.exported.stream
    tags = plural(len(declared.tags), "tag")
    return f"Adopt {declared.name}: {tags}\n\nNo history came with it; the next pass imports what it can.\n"
