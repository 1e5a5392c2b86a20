"""Merging the objects of all files into streams, with the contradictions between them as findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from reconciler.model.excerpt import bare
from reconciler.model.finding import Finding, Position, Severity
from reconciler.model.imported import filled, imported_from
from reconciler.model.name import IstagName, StreamName
from reconciler.model.stream import SpecTag, Stream
from reconciler.reading.stream_object import DeclaredTag, StreamObject
from reconciler.rules.follow import edges, follow
from reconciler.rules.merge import Clash, clashing_tags, clashing_values
from reconciler.rules.table import severity


@dataclass(frozen=True, slots=True)
class Merged:
    """The streams of all files, and what is wrong between them."""

    streams: dict[StreamName, Stream]
    broken: frozenset[IstagName]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Places:
    """Every object and tag that declares one stream, in file order."""

    objects: list[Stream] = field(default_factory=list)
    tags: dict[str, list[DeclaredTag]] = field(default_factory=dict)


def merge(files: Sequence[Sequence[StreamObject]]) -> Merged:
    """The streams, the tags that are declared but cannot be used, and the findings that compare several objects.

    Members of a cycle stay in their streams: the planner refuses them and gives its own reason.
    """
    places = _places(files)
    findings: list[Finding] = []
    spoilt: set[IstagName] = set()
    for name, each in places.items():
        paths = _paths(each)
        for clash in _clashes(name, each):
            path = paths.get(clash.position, "") if clash.tag is not None else ""
            findings.append(Finding(clash.position, severity(clash.rule), clash.rule, path, clash.message))
            if clash.tag is not None and severity(clash.rule) is Severity.ERROR:
                spoilt.add(name.tag(clash.tag))
    declared = {name.tag(tag): found[0] for name, each in places.items() for tag, found in each.tags.items()}
    broken = spoilt | {name for name, tag in declared.items() if not tag.usable}
    usable = {name: tag for name, tag in declared.items() if name not in broken}
    streams = {name: _stream(name, each, usable) for name, each in places.items()}
    importing = {name for name, stream in streams.items() if imported_from(stream) is not None}
    findings.extend(_follow(usable, broken, importing))
    return Merged(streams, frozenset(broken), tuple(findings))


def _places(files: Sequence[Sequence[StreamObject]]) -> dict[StreamName, _Places]:
    found: dict[StreamName, _Places] = {}
    for done in (each for objects in files for each in objects):
        if done.stream is None:
            continue
        place = found.setdefault(done.stream.name, _Places())
        place.objects.append(done.stream)
        for tag in done.tags:
            place.tags.setdefault(tag.spec.name, []).append(tag)
    return found


def _clashes(name: StreamName, places: _Places) -> Iterator[Clash]:
    alike = {tag for tag, found in places.tags.items() if _are_alike(found)}
    yield from clashing_tags(name, {tag: _positions(found) for tag, found in places.tags.items()}, alike)
    repositories = [(each.repository, each.positions[0]) for each in places.objects if each.repository]
    yield from clashing_values("contradiction", f"dockerImageRepository of {name}", repositories)
    annotations: dict[str, list[tuple[str, Position]]] = {}
    for each in places.objects:
        for key, value in each.annotations.items():
            annotations.setdefault(key, []).append((value, each.positions[0]))
    for key, values in annotations.items():
        yield from clashing_values("conflicting-annotation", f"annotation {bare(key)} of {name}", values)


def _are_alike(tags: Sequence[DeclaredTag]) -> bool:
    """Whether several files declare a tag once each, all in the same way and without errors."""
    files = {tag.spec.position.file for tag in tags}
    same = all(replace(tag.spec, position=tags[0].spec.position) == tags[0].spec for tag in tags)
    return len(files) == len(tags) > 1 and same and all(tag.usable for tag in tags)


def _positions(tags: Sequence[DeclaredTag]) -> list[Position]:
    """The place of each declaration of one name: the name, or the entry if several entries share it by a YAML alias."""
    names = Counter(tag.name_position for tag in tags)
    return [tag.name_position if names[tag.name_position] == 1 else tag.spec.position for tag in tags]


def _paths(places: _Places) -> dict[Position, str]:
    """The field, such as `spec.tags[2].name`, of each place where a tag is declared."""
    tags = places.tags.values()
    return {where: f"{tag.path}.name" for found in tags for tag, where in zip(found, _positions(found), strict=True)}


def _follow(
    usable: dict[IstagName, DeclaredTag], broken: set[IstagName], importing: set[StreamName]
) -> Iterator[Finding]:
    graph = edges({name: tag.spec for name, tag in usable.items()})
    for name, hit in follow(graph, broken, importing):
        tag = usable[name]
        yield Finding(tag.source_position, severity(hit.rule), hit.rule, f"{tag.path}.from.name", hit.message)


def _stream(name: StreamName, places: _Places, usable: dict[IstagName, DeclaredTag]) -> Stream:
    """The stream as all its objects declare it; if two declare the same field, the first decides."""
    first = places.objects[0]
    annotations: dict[str, str] = {}
    for each in reversed(places.objects):
        annotations |= each.annotations
    repositories = {each.repository for each in places.objects if each.repository}
    tags: dict[str, SpecTag] = {tag: usable[name.tag(tag)].spec for tag in places.tags if name.tag(tag) in usable}
    merged = replace(
        first,
        tags=tags,
        positions=tuple(position for each in places.objects for position in each.positions),
        repository=next(iter(repositories)) if len(repositories) == 1 else None,
        annotations=annotations,
        local_lookup=any(each.local_lookup for each in places.objects),
    )
    return filled(merged)
