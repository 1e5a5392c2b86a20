"""Undeclared istags: those that no spec tag names, because they were pushed or a whole repository is imported.

- The registry that the installation marks `integrated` is a source of every declared stream: its repositories are named
  `namespace/stream`, its tags are the istags. A push makes an istag, or fills a spec tag without `from`. A push never
  touches a spec tag that has a `from`: only commits change what people declared.
- A stream's `dockerImageRepository` imports the tags of a repository (`repository_list`). A spec tag wins over a tag of
  the repository; one without `from` takes the repository's tag as its source (`model.imported`).

Each undeclared istag is decided as if it had a spec tag, which is made here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from reconciler.model.history import Cause, TagEvent
from reconciler.model.imported import imported_source, imported_tag
from reconciler.model.name import IstagName
from reconciler.model.observation import Listed
from reconciler.model.reference import TAG_RE
from reconciler.model.stream import SpecTag, Stream
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.repository_list import awaited, import_listing, push_listing
from reconciler.planning.tag_order import IMPORT_LIMIT, prioritised
from reconciler.planning.world import World


@dataclass(frozen=True, slots=True)
class UndeclaredTag:
    """One istag without a spec tag, and why a pass looks it up."""

    name: IstagName
    tag: SpecTag
    """Without a source for what is pushed; else with the repository's tag."""
    cause: Cause


def listed_tags(world: World, scope: PassScope) -> dict[IstagName, UndeclaredTag]:
    """What the lists of whole repositories have and no spec tag names, by name."""
    found: dict[IstagName, UndeclaredTag] = {}
    for stream in sorted(world.spec.declarations.streams.values(), key=lambda each: each.name):
        pushed = {each.name: each for each in _pushed(stream, world, scope)}
        imported = {
            each.name: each for each in _imported(stream, world, scope, pushed.keys()) if _is_free(each.name, world)
        }
        each = {name: one for name, one in pushed.items() if _is_open(name, world)} | imported
        found |= {name: each[name] for name in sorted(each)}
    return found


def recorded(world: World) -> Iterator[tuple[IstagName, SpecTag]]:
    """The istags without a spec tag that came from a repository which their streams still import."""
    for name, history in world.record.histories.items():
        stream = world.spec.declarations.streams.get(name.stream_name)
        if stream is None or stream.repository is None or history.top is None or not _is_free(name, world):
            continue
        tag = imported_tag(stream, name.tag)
        if tag is not None and tag.source == history.top.source:
            yield name, tag


def unknown(world: World, scope: PassScope, listed: Collection[IstagName]) -> Iterator[tuple[IstagName, str]]:
    """The istags that a person requested and that neither a spec nor a registry has, with the message about each."""
    for name in sorted(scope.requested):
        stream = world.spec.declarations.streams.get(name.stream_name)
        if stream is None or name in listed or name in world.record.histories or not _is_free(name, world):
            continue
        listing = push_listing(stream, world, scope)
        if listing is not None and isinstance(world.observed.listings.get(listing), Listed):
            yield name, f"{name}: no spec tag has that name, and {listing} has no tag {name.tag}. Push or declare it."


def stays(name: IstagName, top: TagEvent, world: World) -> bool:
    """Whether an istag stays without a spec tag: it was pushed, or imported with a whole repository.

    Every recorded image of the imported repository counts as imported, even if a person recorded it.
    """
    stream = world.spec.declarations.streams.get(name.stream_name)
    if stream is None:
        return False
    source = imported_source(stream, name.tag)
    if is_pushed(top) or (source is not None and source == top.source):
        return True
    return world.record.recorded_without_spec.get(name, stream.repository is not None)


def has_joined(name: IstagName, world: World) -> bool:
    """Whether the istag is recorded and stays although no spec tag names it."""
    top = world.record.top(name)
    return top is not None and _is_free(name, world) and stays(name, top, world)


def is_pushed(event: TagEvent) -> bool:
    """Whether the image was pushed to the istag: here, or (adopted without a source) in the cluster it came from."""
    return event.cause is Cause.PUSHED or (event.cause is Cause.ADOPTED and event.source is None)


def _pushed(stream: Stream, world: World, scope: PassScope) -> Iterator[UndeclaredTag]:
    listing = push_listing(stream, world, scope)
    listed = world.observed.listings.get(listing) if listing else None
    for tag in listed.tags if isinstance(listed, Listed) and stream.positions else ():
        name = stream.name.tag(tag)
        if scope.awaits_tag(name) or scope.requests(name):
            declared = stream.tags.get(tag)
            empty = SpecTag(tag, None, stream.positions[0])
            place = dataclasses.replace(declared, source=None) if declared else empty
            yield UndeclaredTag(name, place, Cause.PUSHED)


def _imported(stream: Stream, world: World, scope: PassScope, pushed: Collection[IstagName]) -> Iterator[UndeclaredTag]:
    listing = import_listing(stream, world, scope)
    listed = world.observed.listings.get(listing) if listing else None
    cause = Cause.REQUESTED if stream.name in scope.streams else Cause.DECLARED
    whole = prioritised(listed.tags)[:IMPORT_LIMIT] if isinstance(listed, Listed) else ()
    alone = dict.fromkeys(_awaited(stream, world, scope), Cause.DECLARED)
    alone |= dict.fromkeys(_requested(stream, world, scope, pushed), Cause.REQUESTED)
    for text, why in (*((each, cause) for each in whole), *alone.items()):
        tag = imported_tag(stream, text)
        if tag is not None:
            yield UndeclaredTag(stream.name.tag(text), tag, why)


def _awaited(stream: Stream, world: World, scope: PassScope) -> Iterator[str]:
    """The tags that did not come when the repository was imported."""
    if scope.declared and stream.name not in scope.resting and stream.name in world.record.imported:
        for tag in awaited(stream, world):
            top = world.record.top(stream.name.tag(tag))
            if top is None or not is_pushed(top):
                yield tag


def _requested(stream: Stream, world: World, scope: PassScope, pushed: Collection[IstagName]) -> Iterator[str]:
    """The tags that a person requested by name. One that was pushed and never imported means the pushed image."""
    for name in scope.requested:
        if name.stream_name == stream.name and (name not in pushed or name in world.record.histories):
            yield name.tag


def _is_open(name: IstagName, world: World) -> bool:
    """Whether a push makes the istag, or fills a spec tag that names no source."""
    tag = world.spec.tag(name)
    return _is_free(name, world) or (tag is not None and tag.imported)


def _is_free(name: IstagName, world: World) -> bool:
    """Whether the istag has no spec tag, usable or unusable."""
    return not world.spec.declares(name) and TAG_RE.fullmatch(name.tag) is not None
