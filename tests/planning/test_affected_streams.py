"""Affected streams: a pass over a part of a World decides what a pass over all of it would."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping

from reconciler.model.config import Installation, RegistryRule
from reconciler.model.host import Host
from reconciler.model.name import StreamName
from reconciler.model.observation import Failure, Found, Listed, Listing, Question, Reason
from reconciler.model.stream import Source, SpecTag
from reconciler.planning import lookup
from reconciler.planning.affected_streams import AffectedStreams
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan
from reconciler.planning.scheduled_source import scheduled_sources
from reconciler.planning.subject import Subjects
from reconciler.planning.world import World
from tests.kit.world import NOW, changed, declare, digest, docker, event, follows, istag, made, pins, spec, stack

STREAMS, TAGS, REPOSITORIES, IMAGES = "stuvwqr", "xyz", "abcd", "abc"
AWAY = Failure(Reason.UNREACHABLE, "away.")
INTEGRATED = Installation((RegistryRule("own.example", integrated=True),))

Shelf = Mapping[str, str | None]


def answered(world: World, held: Shelf, scope: PassScope) -> World:
    """The World with an answer to each possible question."""
    listings = {
        Listing(Host("own.example"), f"team-a/{name}"): Listed(("x", "p") if held[f"team-a/{name}"] else ())
        for name in STREAMS
    }
    world = changed(world, listings=listings)
    answers = {
        question: _answer(held, question) for question in lookup.questions(Subjects(world, scope), everything=True)
    }
    return changed(world, answers=answers)


def _answer(held: Shelf, question: Question) -> Found | Failure:
    image = held.get(question.repository)
    return Found(digest(image), None) if image else AWAY


def at_rest(world: World, held: Shelf) -> World:
    """The World after as many passes as change anything."""
    for _ in range(20):
        changes = plan(answered(world, held, PassScope()), NOW, PassScope()).changes
        if not changes:
            return world
        written = {change.tag: change.history for change in changes if change.history is not None}
        world = changed(world, histories={**world.record.histories, **written})
    raise AssertionError("it never comes to rest")


def tags(chance: random.Random) -> dict[str, SpecTag]:
    """Some declared tags: sources in registries, followers, pins, and tags to push to."""
    names = [f"{stream}:{tag}" for stream in STREAMS for tag in TAGS]
    kinds: dict[str, Callable[[], Source | None]] = {
        "docker": lambda: docker(f"quay.io/{chance.choice(REPOSITORIES)}:1"),
        "follows": lambda: follows(chance.choice(names)),
        "pins": lambda: pins(f"{chance.choice(STREAMS)}@{digest(chance.choice(IMAGES))}"),
        "none": lambda: None,
    }
    found = {}
    for name in chance.sample(names, chance.randint(3, len(names))):
        (kind,) = chance.choices(list(kinds), (5, 6, 2, 1))
        found[name] = spec(name.partition(":")[2], kinds[kind](), scheduled=chance.random() < 0.8)
    return found


def shelf(chance: random.Random) -> Shelf:
    """The contents of the registries; some registries are unreachable."""
    names = (*REPOSITORIES, *(f"team-a/{name}" for name in STREAMS))
    return {name: chance.choice((*IMAGES, *IMAGES, None)) for name in names}


def test_a_pass_over_a_part_decides_what_one_over_everything_does() -> None:
    causes: Counter[str] = Counter()
    for seed in range(250):
        chance = random.Random(seed)
        world = at_rest(made(declare(tags(chance)), installation=INTEGRATED), shelf(chance))
        jobs = sorted(scheduled_sources(world), key=str)
        chosen = frozenset(chance.sample(jobs, chance.randint(0, min(4, len(jobs)))))
        scope = PassScope(scheduled=False, due=chosen, resting=frozenset(jobs) - chosen)
        affected, after = AffectedStreams.of(world), shelf(chance)
        part = affected.part(world, affected.around(chosen))
        whole, some = (plan(answered(each, after, scope), NOW, scope) for each in (world, part))
        assert some.changes == whole.changes, seed
        assert set(some.problems) <= set(whole.problems), seed
        asked = [{each for each in planned.problems if each.reason is Reason.UNREACHABLE} for planned in (whole, some)]
        assert asked[0] == asked[1], seed
        causes.update(change.cause for change in whole.changes)
        causes["a part"] += len(part.spec.declarations.streams) < len(world.spec.declarations.streams)
    assert min(causes[each] for each in ("scheduled", "followed", "declared", "pushed", "a part")) > 20, causes


def test_what_is_around_is_what_follows_through_any_step_and_what_those_follow() -> None:
    world = made(
        declare(
            {
                "a:x": spec("x", docker("quay.io/a:1")),
                "b:x": spec("x", follows("a:x")),
                "c:x": spec("x", follows("b:x")),
                "c:y": spec("y", follows("d:x")),
                "d:x": spec("x", follows("e:x")),
                "e:x": spec("x", docker("quay.io/e:1")),
                "f:x": spec("x", follows("e:x")),
                "g:x": spec("x", pins("a@aaaa")),
                "h:x": spec("x", follows("NONSENSE")),
            }
        ),
        histories={istag("a:gone"): stack("a:gone", event(digest("a")))},
    )
    affected = AffectedStreams.of(world)
    streams = affected.around({istag("a:x")})
    assert {each.name for each in streams} == {"a", "b", "c", "d", "e", "g"}
    assert {each.name for each in affected.around({StreamName("team-a", "h")})} == {"h"}
    part = affected.part(world, streams)
    assert {each.name for each in part.spec.declarations.streams} == {each.name for each in streams}
    assert istag("a:gone") in part.record.histories
    assert affected.part(world, ()).record.histories == {}


def test_those_that_follow_each_other_are_around_each_other() -> None:
    world = made(declare({"a:x": spec("x", follows("b:x")), "b:x": spec("x", follows("a:x"))}))
    assert len(AffectedStreams.of(world).around({istag("a:x")})) == 2
