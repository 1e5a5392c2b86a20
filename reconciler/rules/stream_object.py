"""The rules for one ImageStream object: every finding that its schema does not have.

A rule is a row of `table.RULES` and a function that is named in one of the two tables below. The functions are called
in the order of the tables: first those of the object, then those of each tag.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.model.plain import items, mapping
from reconciler.model.stream import Stream
from reconciler.rules.annotation import stream_annotations, tag_annotations
from reconciler.rules.field import fields
from reconciler.rules.name import ambiguous_name, stream_name, tag_name, windows_name
from reconciler.rules.selection import selection
from reconciler.rules.source import repository, source
from reconciler.rules.subject import StreamSubject, TagSubject
from reconciler.rules.table import Hit

STREAM_RULES: Final[tuple[Callable[[StreamSubject], Iterator[Hit]], ...]] = (
    fields,
    stream_annotations,
    stream_name,
    repository,
)
TAG_RULES: Final[tuple[Callable[[TagSubject], Iterator[Hit]], ...]] = (
    tag_name,
    windows_name,
    ambiguous_name,
    source,
    tag_annotations,
    selection,
)


@dataclass(frozen=True, slots=True)
class Written:
    """What only the text of an object shows, by the index of the entry in `spec.tags`."""

    ambiguous_names: Mapping[int, str] = field(default_factory=dict)
    """As `TagSubject.ambiguous_name`."""
    selection_problems: Mapping[int, str] = field(default_factory=dict)
    """As `TagSubject.selection_problem`."""


def stream_object(plain: object, stream: Stream, written: Written) -> Iterator[Hit]:
    """The hits of all rules in an ImageStream; `stream` is the stream that the object declares, without its tags."""
    subject = StreamSubject(mapping(plain), stream)
    for stream_rule in STREAM_RULES:
        yield from stream_rule(subject)
    for index, entry in enumerate(items(subject.spec.get("tags"))):
        ambiguous, problem = written.ambiguous_names.get(index), written.selection_problems.get(index)
        tag = TagSubject(mapping(entry), ("spec", "tags", index), stream, ambiguous, problem)
        for tag_rule in TAG_RULES:
            yield from tag_rule(tag)
