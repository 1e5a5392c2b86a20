"""UndeclaredTag istags: those that no spec tag names, because somebody pushed them or a whole repository is imported.

- The registry that the installation marks `integrated` is a source of every declared stream: its repositories are named
  `namespace/stream`, its tags are the istags. A push makes an istag, or fills a spec tag without `from`; a spec tag
  that has one is never touched by a push: what people declared is not changed by who may push.
- `spec.dockerImageRepository` imports the tags of a repository once, the first fifty in OpenShift's order; tags with a
  spec tag win (one without `from` has the repository's tag as its source, see `model.imported`). What was listed and
  did not come is asked for again in every pass until it does (`outstanding`); what the repository
  gets later, only on request.
- Of names that differ only in case one makes an istag (`namesake`).

Each is decided as if it had a spec tag, which is made here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from reconciler.model.config import Installation
from reconciler.model.history import Cause, TagEvent, TagHistory
from reconciler.model.imported import imported_from, imported_source, imported_tag, is_insecure
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Listed, Listing, Question
from reconciler.model.phrase import some
from reconciler.model.reference import TAG_RE, Reference
from reconciler.model.stream import SpecTag, Stream
from reconciler.planning.case_conflict import Standing, passed_over
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.question import listing_of, question, question_about, version_of
from reconciler.planning.tag_order import IMPORT_LIMIT, prioritised
from reconciler.planning.world import World

EVERY_TAG = "*"
"""In place of the tags that did not come, where nobody knows which there are. No tag is named so."""
_MOST_NAMES = 5
"""How many tags one note names."""


@dataclass(frozen=True, slots=True)
class UndeclaredTag:
    """One istag without a spec tag, and why it is looked at."""

    name: IstagName
    tag: SpecTag
    """Without a source for what is pushed; else with the repository's tag."""
    cause: Cause


def wanted(world: World, ask: PassScope) -> Iterator[UndeclaredTag]:
    """The istags without a spec tag that this pass looks at, by name; as far as the lists are there."""
    found = _found(world, ask)
    barred = passed_over(found, _standing(found, world))
    yield from (each for name, each in found.items() if name not in barred)


def namesakes(world: World, ask: PassScope) -> dict[IstagName, str]:
    """The istags that another name rules out because they differ only in case, with what a person is told.

    Those that a pass would make, spec tags among them; a pass over everything also says it of what is recorded already.
    """
    names = {*_found(world, ask)}
    declared = _declared(world) if ask.declared else ask.requested
    names |= {name for name in declared if world.spec.tag(name) is not None and name not in world.record.histories}
    if ask.scheduled:
        names |= {name for name, history in world.record.histories.items() if _has_joined(name, history, world)}
    return passed_over(names, _standing(names, world))


def listings(world: World, ask: PassScope) -> Iterator[Listing]:
    """The lists that it takes."""
    for stream in world.spec.declarations.streams.values():
        yield from (listing for listing, _ in lists_of(stream, world, ask))


def lists_of(stream: Stream, world: World, ask: PassScope) -> Iterator[tuple[Listing, bool]]:
    """The lists of one stream, and whether each is of what was pushed to it."""
    for listing, pushed in ((_push_listing(stream, world, ask), True), (_import_listing(stream, world, ask), False)):
        if listing is not None:
            yield listing, pushed


def push_question(name: IstagName, tag: SpecTag, world: World) -> Question | None:
    """What to ask about an istag that is filled by pushes; None where the integrated registry does not list it."""
    reference = pushed_to(name.stream_name, world.spec.installation)
    if reference is None:
        return None
    listed = world.observed.listings.get(listing_of(reference, name, world.spec.installation, insecure=False))
    if not isinstance(listed, Listed) or name.tag not in listed.tags:
        return None
    return question_about(version_of(reference, name.tag), name, tag, world.spec.installation)


def asked_question(name: IstagName, tag: SpecTag, world: World) -> Question | None:
    """What to ask about a spec tag without a choice to make: the image that it names, or what was pushed to it."""
    pushed = push_question(name, tag, world) if _takes_pushes(tag) else None
    if pushed is not None or (tag.source is None and not tag.reference):
        return pushed
    return question(name, tag, world.spec.installation)


def pushed_to(stream: StreamName, installation: Installation) -> Reference | None:
    """The repository of a stream in the integrated registry; None where there is none. The first rule counts."""
    rule = next((rule for rule in installation.registries if rule.integrated), None)
    if rule is None:
        return None
    spelling = f"{rule.prefix.rstrip('/')}/{stream}"
    return Reference(spelling, rule.where.host, spelling.partition("/")[2], None, None)


def awaited(stream: Stream, world: World) -> Reference | None:
    """The repository that the stream imports as a whole and that was not imported yet, or not as a whole."""
    complete = stream.name in world.record.imported and not _still_out(stream, world)
    return None if complete else imported_from(stream)


def recorded(world: World) -> Iterator[tuple[IstagName, SpecTag]]:
    """The istags without a spec tag that came from a repository which their streams still import."""
    for name, history in world.record.histories.items():
        stream = world.spec.declarations.streams.get(name.stream_name)
        if stream is None or stream.repository is None or history.top is None or not _is_free(name, world):
            continue
        tag = imported_tag(stream, name.tag)
        if tag is not None and tag.source == history.top.source:
            yield name, tag


def unknown(world: World, ask: PassScope) -> Iterator[tuple[IstagName, str]]:
    """The istags that a person asked for and that neither a spec nor a registry has, with what the person is told."""
    found = _found(world, ask)
    for name in sorted(ask.requested):
        stream = world.spec.declarations.streams.get(name.stream_name)
        if stream is None or name in found or name in world.record.histories or not _is_free(name, world):
            continue
        listing = _push_listing(stream, world, ask)
        if listing is not None and isinstance(world.observed.listings.get(listing), Listed):
            yield name, f"{name}: no spec tag has that name, and {listing} has no tag {name.tag}. Push or declare it."


def stays(name: IstagName, top: TagEvent, world: World) -> bool:
    """Whether an istag stays without a spec tag: it was pushed, or imported with a whole repository.

    What is there of the repository that the stream imports came from it, whoever recorded it. An adopted event without
    a source is one that had been pushed.
    """
    stream = world.spec.declarations.streams.get(name.stream_name)
    if stream is None:
        return False
    source = imported_source(stream, name.tag)
    if is_pushed(top) or (source is not None and source == top.source):
        return True
    return world.record.recorded_without_spec.get(name, stream.repository is not None)


def is_pushed(event: TagEvent) -> bool:
    """Whether somebody pushed the image to the istag, here or where the stream was adopted from."""
    return event.cause is Cause.PUSHED or (event.cause is Cause.ADOPTED and event.source is None)


def left_out(stream: Stream, world: World, ask: PassScope) -> tuple[str, ...]:
    """The tags of the repository beyond the limit, where it is imported in this pass."""
    listing = _import_listing(stream, world, ask)
    listed = world.observed.listings.get(listing) if listing else None
    return tuple(prioritised(listed.tags)[IMPORT_LIMIT:]) if isinstance(listed, Listed) else ()


def left_out_notes(world: World, ask: PassScope) -> Iterator[str]:
    """What is said of the tags beyond the limit (OpenShift's `additionalTags`)."""
    for stream in sorted(world.spec.declarations.streams.values(), key=lambda each: each.name):
        tags = left_out(stream, world, ask)
        if tags:
            yield (
                f"{stream.name}: of {stream.repository} the first {IMPORT_LIMIT} tags are imported, not "
                f"{some(tags, _MOST_NAMES)}. Declare those that are needed under spec.tags."
            )


def _found(world: World, ask: PassScope) -> dict[IstagName, UndeclaredTag]:
    """What the lists have that no spec tag names, by name."""
    found: dict[IstagName, UndeclaredTag] = {}
    for stream in sorted(world.spec.declarations.streams.values(), key=lambda each: each.name):
        pushed = {each.name: each for each in _pushed(stream, world, ask)}
        imported = {
            each.name: each for each in _imported(stream, world, ask, pushed.keys()) if _is_free(each.name, world)
        }
        each = {name: one for name, one in pushed.items() if _is_open(name, world)} | imported
        found |= {name: each[name] for name in sorted(each)}
    return found


def _standing(names: Collection[IstagName], world: World) -> dict[IstagName, Standing]:
    """What is declared or recorded in the streams of some istags, but for what is about to be removed."""
    if not names:
        return {}
    streams = {name.stream_name for name in names}
    declared = {*_declared(world), *world.spec.declarations.broken, *world.spec.protected}
    joined = {name for name, history in world.record.histories.items() if _has_joined(name, history, world)}
    recorded = {*world.record.histories, *world.record.holds, *world.record.unreadable}
    found = dict.fromkeys(declared - recorded, Standing.SPEC) | dict.fromkeys(joined - declared, Standing.RECORDED)
    found |= dict.fromkeys(declared & recorded, Standing.RECORDED_SPEC)
    return {name: each for name, each in found.items() if name.stream_name in streams}


def _declared(world: World) -> Iterator[IstagName]:
    """The istags whose spec tags can be used."""
    for stream in world.spec.declarations.streams.values():
        yield from map(stream.name.tag, stream.tags)


def _has_joined(name: IstagName, history: TagHistory, world: World) -> bool:
    """Whether a recorded istag stays although no spec tag names it."""
    return history.top is not None and _is_free(name, world) and stays(name, history.top, world)


def _pushed(stream: Stream, world: World, ask: PassScope) -> Iterator[UndeclaredTag]:
    listing = _push_listing(stream, world, ask)
    listed = world.observed.listings.get(listing) if listing else None
    for tag in listed.tags if isinstance(listed, Listed) and stream.positions else ():
        name = stream.name.tag(tag)
        if ask.awaits_tag(name) or _is_requested(name, ask):
            declared = stream.tags.get(tag)
            empty = SpecTag(tag, None, stream.positions[0])
            place = dataclasses.replace(declared, source=None) if declared else empty
            yield UndeclaredTag(name, place, Cause.PUSHED)


def _imported(stream: Stream, world: World, ask: PassScope, pushed: Collection[IstagName]) -> Iterator[UndeclaredTag]:
    listing = _import_listing(stream, world, ask)
    listed = world.observed.listings.get(listing) if listing else None
    cause = Cause.REQUESTED if stream.name in ask.streams else Cause.DECLARED
    for each in prioritised(listed.tags)[:IMPORT_LIMIT] if isinstance(listed, Listed) else ():
        tag = imported_tag(stream, each)
        if tag is not None:
            yield UndeclaredTag(stream.name.tag(each), tag, cause)
    alone = dict.fromkeys(_awaited(stream, world, ask), Cause.DECLARED)
    alone |= dict.fromkeys(_requested(stream, world, ask, pushed), Cause.REQUESTED)
    for name, why in alone.items():
        tag = imported_tag(stream, name.tag)
        if tag is not None:
            yield UndeclaredTag(name, tag, why)


def _awaited(stream: Stream, world: World, ask: PassScope) -> Iterator[IstagName]:
    """What did not come when the repository was imported."""
    if ask.declared and stream.name not in ask.resting and stream.name in world.record.imported:
        for name in map(stream.name.tag, _still_out(stream, world)):
            top = world.record.histories[name].top if name in world.record.histories else None
            if top is None or not is_pushed(top):
                yield name


def _requested(stream: Stream, world: World, ask: PassScope, pushed: Collection[IstagName]) -> Iterator[IstagName]:
    """The tags that a person asked for by name; what was pushed under that name, and never imported, is meant first."""
    for name in ask.requested:
        if name.stream_name == stream.name and (name not in pushed or name in world.record.histories):
            yield name


def _still_out(stream: Stream, world: World) -> tuple[str, ...]:
    return tuple(sorted(name.tag for name in world.record.awaited if name.stream_name == stream.name))


def _is_open(name: IstagName, world: World) -> bool:
    """Whether a push makes the istag, or fills a spec tag that names no source."""
    tag = world.spec.tag(name)
    return _is_free(name, world) or (tag is not None and tag.imported)


def _takes_pushes(tag: SpecTag) -> bool:
    return (tag.source is None and not tag.reference) or tag.imported


def _is_free(name: IstagName, world: World) -> bool:
    """Whether no spec tag names the istag, not even one that cannot be used now."""
    return not world.spec.declares(name) and TAG_RE.fullmatch(name.tag) is not None


def _push_listing(stream: Stream, world: World, ask: PassScope) -> Listing | None:
    named = (name.stream_name for name in (*ask.requested, *ask.pushed))
    requested = stream.name in ask.streams or stream.name in named
    reference = pushed_to(stream.name, world.spec.installation) if ask.awaits(stream.name) or requested else None
    return listing_of(reference, stream.name.tag(""), world.spec.installation, insecure=False) if reference else None


def _import_listing(stream: Stream, world: World, ask: PassScope) -> Listing | None:
    open_ = ask.declared and stream.name not in world.record.imported and stream.name not in ask.resting
    due = stream.name in ask.streams or open_
    reference = imported_from(stream) if due else None
    if reference is None:
        return None
    return listing_of(reference, stream.name.tag(""), world.spec.installation, insecure=is_insecure(stream))


def _is_requested(name: IstagName, ask: PassScope) -> bool:
    return name in ask.requested or name.stream_name in ask.streams
