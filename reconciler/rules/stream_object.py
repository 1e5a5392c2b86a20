"""The rules for one ImageStream object: every finding beyond its schema, in the order of the object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.model.plain import items, mapping, text_map
from reconciler.model.reference import TAG_RE
from reconciler.model.stream import SELECT_ANNOTATION, Stream
from reconciler.rules import annotation, name, selection, source
from reconciler.rules.field import fields
from reconciler.rules.table import Hit, Path


@dataclass(frozen=True, slots=True)
class Written:
    """What only the text of an object shows, by the index of the entry in `spec.tags`."""

    ambiguous_names: Mapping[int, str] = field(default_factory=dict)
    """Names without quotes that YAML 1.1 readers take for another type than text, as they are written."""
    selection_problems: Mapping[int, str] = field(default_factory=dict)
    """Why the value of the annotation `reconciler/select` cannot be read."""


def stream_object(plain: object, stream: Stream, written: Written) -> Iterator[Hit]:
    """What the rules find in an ImageStream; `stream` is what the object says of itself, without its tags."""
    yield from fields(plain)
    yield from annotation.stream_annotations(mapping(plain).get("metadata"))
    if stream.name.name:
        yield from name.stream_name(stream.name)
    spec = mapping(mapping(plain).get("spec"))
    yield from source.repository(spec.get("dockerImageRepository"), ("spec", "dockerImageRepository"))
    for index, entry in enumerate(items(spec.get("tags"))):
        path: Path = ("spec", "tags", index)
        yield from _name(entry, stream, path, written.ambiguous_names.get(index))
        yield from source.source(entry, stream.name, path, imports=stream.repository is not None)
        yield from annotation.tag_annotations(entry, path)
        if SELECT_ANNOTATION in text_map(mapping(entry).get("annotations")):
            yield from selection.selection(entry, path, written.selection_problems.get(index))


def _name(entry: object, stream: Stream, path: Path, ambiguous: str | None) -> Iterator[Hit]:
    tag, where = mapping(entry).get("name"), (*path, "name")
    if not isinstance(tag, str):
        return
    yield from name.tag_name(tag, where)
    if not TAG_RE.fullmatch(tag):
        return
    warning = name.windows(stream.name.tag(tag))
    if warning is not None:
        yield Hit("windows-name", where, warning)
    if ambiguous is not None:
        yield name.ambiguous(ambiguous, where)
