"""Properties of decisions that hold for every World."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.change import Change, Hold, Move, Remove, Restore, Rewrite, Unhold
from reconciler.model.config import Config, Installation, RegistryRule
from reconciler.model.history import Cause, HeldImage, TagHistory, TagHold
from reconciler.model.name import IstagName
from reconciler.model.observation import Answer, Failure, Found, ImageMetadata, Listed, Question, Reason
from reconciler.model.person import Person, Request
from reconciler.model.plan import Plan
from reconciler.model.stream import Source, SpecTag
from reconciler.planning import lookup
from reconciler.planning.message import recorded as recorded_by
from reconciler.planning.message import render
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan
from reconciler.planning.question import question
from reconciler.planning.subject import Subjects
from reconciler.planning.trailers import parse
from reconciler.planning.transition import Meaning, classify
from reconciler.planning.world import Restorable, World
from tests.kit.world import NOW, A, B, C, changed, declare, docker, event, follows, istag, made, spec

TAGS = ["app:a", "app:b", "app:c", "web:a", "team-b/base:x"]
IMAGES = [A, B, C]
PULL_SPECS = ["quay.io/acme/app:1", "quay.io/acme/app:2", f"ghcr.io/acme/app@{A}", "nginx"]

sources = st.one_of(
    st.none(),
    st.sampled_from(PULL_SPECS).map(docker),
    st.sampled_from(TAGS).map(lambda text: follows(text.split("/")[-1], "team-b" if "/" in text else "team-a")),
)
spec_tags = st.builds(
    lambda source, scheduled, reference, frozen: spec(
        "x", source, scheduled=scheduled, reference=reference, annotations={"reconciler/frozen": frozen}
    ),
    sources,
    st.booleans(),
    st.booleans(),
    st.sampled_from(["true", "false", "false"]),
)
answer = st.one_of(
    st.sampled_from(IMAGES).map(Found),
    st.sampled_from([Reason.NOT_FOUND, Reason.UNREACHABLE]).map(lambda reason: Failure(reason, "no")),
)


INTEGRATED = Installation(registries=(RegistryRule(prefix="registry.example:5000", integrated=True),))
pushed = st.lists(st.sampled_from(["a", "b", "pushed"]), unique=True).map(tuple)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any mixture of declared and undeclared tags, histories, holds and answers."""
    chosen = draw(st.dictionaries(st.sampled_from(TAGS), spec_tags))
    declarations = declare({text: dataclasses.replace(tag, name=text.split(":")[1]) for text, tag in chosen.items()})
    names = [IstagName.parse(text, "team-a") for text in TAGS]
    histories = {}
    for name in draw(st.lists(st.sampled_from(names), unique=True)):
        images = draw(st.lists(st.sampled_from(IMAGES), min_size=1, max_size=3))
        items = tuple(event(image, len(images) - index) for index, image in enumerate(images))
        histories[name] = TagHistory(name, items)
    held = draw(st.dictionaries(st.sampled_from(names), st.sampled_from(IMAGES), max_size=2))
    holds = {name: TagHold(name, (HeldImage(image, None, "f" * 40, None),)) for name, image in held.items()}
    world = made(declarations, config=Config(history_limit=3), histories=histories, holds=holds)
    if draw(st.booleans()):
        world = changed(world, installation=INTEGRATED)
        world = changed(
            world, listings={each: Listed(draw(pushed)) for each in lookup.listings(Subjects(world, PassScope()))}
        )
    questions = sorted(lookup.questions(Subjects(world, PassScope()), everything=True), key=str)
    answered = {question: draw(answer) for question in questions if draw(st.booleans())}
    return changed(world, answers=answered)


def _tags(world: World) -> dict[IstagName, SpecTag]:
    streams = world.spec.declarations.streams.values()
    return {stream.name.tag(tag.name): tag for stream in streams for tag in stream.tags.values()}


def apply(world: World, planned: Plan) -> World:
    """The World after the plan's commits: what the next pass would read."""
    histories = dict(world.record.histories)
    removed = dict(world.record.restorable)
    for change in planned.changes:
        if change.history is not None and change.history.items:
            histories[change.tag] = change.history
        elif change.history is not None:
            removed[change.tag] = Restorable(histories.pop(change.tag), "9" * 40, world.record.holds.get(change.tag))
    holds = dict(world.record.holds)
    for change in planned.changes:
        if change.hold is not None and change.hold.held:
            holds[change.tag] = change.hold
        elif change.hold is not None:
            holds.pop(change.tag, None)
    return changed(world, histories=histories, holds=holds, restorable=removed)


@given(worlds())
def test_plan_apply_plan_again_is_empty(world: World) -> None:
    assert plan(apply(world, plan(world, NOW)), NOW).changes == ()


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_declarations_histories_and_answers_does_not_matter(world: World, chance: random.Random) -> None:
    def shuffled(entries: dict[Any, Any]) -> dict[Any, Any]:
        items = list(entries.items())
        chance.shuffle(items)
        return dict(items)

    other = changed(
        world,
        histories=shuffled(dict(world.record.histories)),
        answers=shuffled(dict(world.observed.answers)),
        declarations=dataclasses.replace(
            world.spec.declarations, streams=shuffled(dict(world.spec.declarations.streams))
        ),
    )
    assert plan(other, NOW) == plan(world, NOW)


@given(worlds())
def test_a_held_image_is_never_put_on_its_istag(world: World) -> None:
    held = {name: {entry.identity for entry in hold.held} for name, hold in world.record.holds.items()}
    for change in plan(world, NOW).changes:
        told = recorded_by(change)
        held[change.tag] = held.get(change.tag, set()) - set(told.released) | set(told.held)
        assert not isinstance(change, Move) or change.image not in held[change.tag]


@given(worlds())
def test_a_stack_only_grows_on_top_or_is_cut_at_its_old_end(world: World) -> None:
    recorded = dict(world.record.histories)
    for change in plan(world, NOW).changes:
        before = recorded.get(change.tag, TagHistory(change.tag)).items
        if change.history is None or not change.history.items:
            continue
        after = change.history.items
        if isinstance(change, Move):
            assert after[1:] == before[: len(after) - 1]
            assert len(after) == min(len(before) + 1, 3)
            assert after[0].generation == (before[0].generation + 1 if before else 1)
        if isinstance(change, Rewrite):
            assert after[1:] == before[1:]
            assert (after[0].image, after[0].created, after[0].generation) == (
                before[0].image,
                before[0].created,
                before[0].generation,
            )
        recorded[change.tag] = change.history


@given(worlds())
def test_unreachable_registries_never_change_a_history(world: World) -> None:
    down: dict[Question, Answer] = {
        question: Failure(Reason.UNREACHABLE, "down") for question in world.observed.answers
    }
    for change in plan(changed(world, answers=down), NOW).changes:
        tag = world.spec.declarations.tag(change.tag) if change.history is not None else None
        from_registry = tag is not None and question(change.tag, tag, world.spec.installation) is not None
        assert not from_registry


@given(worlds())
def test_frozen_tags_never_move(world: World) -> None:
    for change in plan(world, NOW).changes:
        tag = world.spec.declarations.tag(change.tag)
        assert tag is None or not tag.frozen or change.history is None


text = st.text(max_size=40)
names = st.sampled_from(TAGS).map(lambda each: IstagName.parse(each, "team-a"))
identities = st.sampled_from([A, B, C, "quay.io/acme/app:1"])
people = st.builds(
    Person,
    st.from_regex(r"[A-Za-zÄÖÜß][A-Za-z .'-]{0,20}[a-z]", fullmatch=True),
    st.from_regex(r"[a-z]{1,10}@[a-z]{1,10}\.example", fullmatch=True),
)
commits = st.from_regex(r"[0-9a-f]{40}", fullmatch=True)
requests = st.none() | st.builds(Request, people, st.none() | commits)
shared = {"tag": names, "previous": st.none() | identities, "request": requests}
told_events = st.builds(
    event,
    st.sampled_from([A, B, C, None]),
    st.integers(1, 9),
    st.none() | sources,
    pull_spec=st.sampled_from(["quay.io/acme/app:1", "quay.io/acme/web:2"]),
    cause=st.sampled_from(Cause),
)
told_histories = st.builds(
    TagHistory, st.just(istag("app:prod")), st.lists(told_events, min_size=1, max_size=3).map(tuple)
)
labels = st.builds(
    ImageMetadata,
    created=st.none() | text,
    version=st.none() | text,
    revision=st.none() | text,
    source=st.none() | text,
)
some = st.lists(identities, max_size=2).map(tuple)
recorded_events = shared | {
    "history": told_histories,
    "metadata": st.none() | labels,
    "pusher": st.none() | text,
    "awaited": st.lists(st.from_regex(r"[a-z0-9.-]{1,8}", fullmatch=True), max_size=2).map(tuple),
}
image = {"image": st.none() | identities}
changes = st.one_of(
    st.builds(Move, first=st.booleans(), **recorded_events),
    st.builds(Rewrite, **recorded_events),
    st.builds(Remove, history=st.just(TagHistory(istag("app:prod"))), **shared),
    st.builds(
        Restore,
        history=st.none() | told_histories,
        undoes=st.none() | commits,
        held=some,
        released=some,
        **shared,
        **image,
    ),
    st.builds(Hold, held=some, released=some, **shared, **image),
    st.builds(Unhold, hold=st.just(TagHold(istag("app:prod"))), released=some, **shared, **image),
)


@given(st.lists(changes, min_size=1, max_size=4))
def test_trailers_parse_back_into_the_changes_they_were_rendered_from(several: list[Change]) -> None:
    assert parse(render(several)) == tuple(recorded_by(change) for change in several)


@given(st.text())
def test_any_message_parses_without_an_error(message: str) -> None:
    assert isinstance(parse(message), tuple)


stacks = st.lists(st.sampled_from(IMAGES), max_size=5).map(
    lambda images: tuple(event(image, len(images) - index) for index, image in enumerate(images))
)


@given(stacks, st.integers(min_value=0, max_value=5))
def test_taking_events_off_the_top_is_always_a_decision_that_keeps_the_top_free(
    old: tuple[object, ...], taken: int
) -> None:
    new = old[min(taken, len(old)) :]
    transition = classify(old, new, old)  # type: ignore[arg-type]
    assert transition.meaning is (Meaning.UNCHANGED if new == old else Meaning.DECIDED)
    top = new[0].identity if new else None  # type: ignore[attr-defined]
    assert top not in transition.held


@given(sources.filter(lambda source: source is not None))
def test_a_source_is_the_same_as_itself(source: Source) -> None:
    assert source.same(source, IstagName.parse("app:a", "team-a").stream_name)
