"""Worlds for planner tests: declared tags, histories and answers in a few words."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

from reconciler.model.change import Change
from reconciler.model.config import Installation
from reconciler.model.finding import Position
from reconciler.model.history import Cause, TagEvent, TagHistory
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Answer, Question
from reconciler.model.stream import Declarations, Source, SourceKind, SpecTag, Stream
from reconciler.planning.question import question
from reconciler.planning.world import Edited, Observed, Record, Spec, World

Kind = TypeVar("Kind", bound=Change)

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NOW_TEXT = "2026-11-23T08:00:00Z"
FILE = "imagestreams/app.yaml"


def digest(seed: str) -> str:
    """A digest that begins with the seed's hex digits."""
    return "sha256:" + (seed * 64)[:64]


A, B, C, D = (digest(char) for char in "abcd")


def istag(text: str) -> IstagName:
    """`[team-a/]stream:tag`."""
    return IstagName.parse(text, "team-a")


def docker(name: str) -> Source:
    """A DockerImage source."""
    return Source(SourceKind.DOCKER_IMAGE, name)


def follows(name: str, namespace: str = "team-a") -> Source:
    """An ImageStreamTag source."""
    return Source(SourceKind.ISTAG, name, namespace)


def pins(name: str, namespace: str = "team-a") -> Source:
    """An ImageStreamImage source."""
    return Source(SourceKind.ISIMAGE, name, namespace)


def spec(name: str, source: Source | None, line: int = 10, **fields: object) -> SpecTag:
    """A spec tag."""
    return SpecTag(name, source, Position(FILE, line, 5), **fields)  # type: ignore[arg-type]


def declare(tags: Mapping[str, SpecTag]) -> Declarations:
    """Declarations from `[namespace/]stream:tag` to spec tags."""
    streams: dict[StreamName, dict[str, SpecTag]] = {}
    for text, tag in tags.items():
        name = istag(text)
        streams.setdefault(name.stream_name, {})[name.tag] = tag
    return Declarations({name: Stream(name, each, (Position(FILE, 1, 1),)) for name, each in streams.items()})


def event(image: str | None, generation: int = 1, source: Source | None = None, **fields: object) -> TagEvent:
    """An event of `quay.io/acme/app`."""
    values: dict[str, object] = {
        "image": image,
        "pull_spec": f"quay.io/acme/app@{image}" if image else "quay.io/acme/app:1",
        "created": f"2026-11-0{generation}T00:00:00Z",
        "generation": generation,
        "source": source or docker("quay.io/acme/app:1"),
        "cause": Cause.DECLARED,
    }
    return TagEvent(**(values | fields))  # type: ignore[arg-type]


def stack(text: str, *events: TagEvent) -> TagHistory:
    """A history, newest event first."""
    return TagHistory(istag(text), events)


def made(declarations: Declarations | None = None, **fields: object) -> World:
    """A World of these declarations; `changed` sets the other fields."""
    return changed(World("0" * 40, Spec(declarations or Declarations())), **fields)


def changed(world: World, **fields: object) -> World:
    """The World with other values, by the names of fields in its groups; `edited_` comes before those of `edited`."""
    groups = {"spec": Spec, "record": Record, "observed": Observed, "edited": Edited}
    for group, kind in groups.items():
        prefix = "edited_" if kind is Edited else ""
        known = {f"{prefix}{each.name}": each.name for each in dataclasses.fields(kind)}
        mine = {known[name]: fields.pop(name) for name in known.keys() & fields.keys()}
        world = dataclasses.replace(world, **{group: dataclasses.replace(getattr(world, group), **mine)})
    return dataclasses.replace(world, **fields)  # type: ignore[arg-type]


def of_kind(change: Change, kind: type[Kind]) -> Kind:
    """The change; raises AssertionError for another kind."""
    assert isinstance(change, kind)
    return change


def answers(declarations: Declarations, given: Mapping[str, Answer]) -> dict[Question, Answer]:
    """Answers by pull spec, for the questions that the declared tags ask."""
    found: dict[Question, Answer] = {}
    for stream in declarations.streams.values():
        for tag in stream.tags.values():
            asked = question(stream.name.tag(tag.name), tag, Installation())
            if asked is not None and tag.source is not None and tag.source.name in given:
                found[asked] = given[tag.source.name]
    return found
