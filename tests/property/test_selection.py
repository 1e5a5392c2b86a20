"""Properties of selections: pushes, deletions, cut lists and failures never make them go backwards."""

from __future__ import annotations

import random
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.history import HeldImage, TagHistory, TagHold
from reconciler.model.observation import Failure, Listed, Reason
from reconciler.model.selection import Rank
from reconciler.model.stream import SpecTag
from reconciler.planning.holding import chosen
from reconciler.planning.plan import plan
from reconciler.planning.world import World
from tests.kit.selecting import APP, HOLD, PROD, Policy, Warehouse, observed, passed, selecting, world
from tests.kit.world import NOW, changed, digest

VERSIONS = ["1.3.0", "1.4.0-rc.1", "1.4.0", "v1.4.1", "1.10.0", "2.0.0", "build-7", "build-12", "latest"]
LETTERS = "abcdef"
POLICIES: list[Policy] = [
    {"semver": ">=1.3 <2"},
    {"semver": ">=1.0.0-0"},
    {"regex": "^build-([0-9]+)$", "order": "number"},
    {"regex": ".*", "order": "text", "exclude": "latest"},
    {"newest": "true"},
]
BUILT = {letter: f"2026-11-0{number}T00:00:00Z" for number, letter in enumerate("aabbcd", 1) if letter != "d"}
FAILURE = Failure(Reason.UNREACHABLE, "down")

versions = st.sampled_from(VERSIONS)
letters = st.sampled_from(LETTERS)


def push(version: str, letter: str) -> Callable[[Warehouse], None]:
    return lambda shelf: shelf.images.update({version: letter})


def delete(version: str, _: str) -> Callable[[Warehouse], None]:
    def act(shelf: Warehouse) -> None:
        shelf.images.pop(version, None)

    return act


def cut(version: str, _: str) -> Callable[[Warehouse], None]:
    return lambda shelf: shelf.unlisted.symmetric_difference_update({version})


def fail(version: str, letter: str) -> Callable[[Warehouse], None]:
    def act(shelf: Warehouse) -> None:
        if letter == "a":
            shelf.listing = None if shelf.listing else FAILURE
        elif version in shelf.failures:
            del shelf.failures[version]
        else:
            shelf.failures[version] = FAILURE

    return act


events = st.builds(
    lambda act, version, letter: act(version, letter),
    st.sampled_from([push, push, push, delete, cut, fail]),
    versions,
    letters,
)


def rank(tag: SpecTag, top: TagHistory | None, shelf: Warehouse) -> Rank | None:
    """The rank of the recorded choice; by build time if the policy orders by it."""
    version = chosen(tag, top.top.source) if top and top.top else None
    if version is None or tag.selection is None or top is None or top.top is None:
        return None
    if str(tag.selection) == "newest":
        letter = (top.top.image or "").removeprefix("sha256:")[0]
        return Rank(shelf.built.get(letter, ""))
    return tag.selection.rank(version)


def after(planned: World, shelf: Warehouse) -> World:
    """The World after a pass."""
    result = passed(planned, shelf)
    history = next((change.history for change in result.changes if change.history), planned.record.histories.get(PROD))
    return changed(planned, histories={PROD: history} if history else {})


@given(st.sampled_from(POLICIES), st.lists(st.lists(events, max_size=4), max_size=6))
def test_a_selection_never_goes_backwards_by_itself(
    policy: Policy, story: list[list[Callable[[Warehouse], None]]]
) -> None:
    tag, shelf = selecting(policy), Warehouse(built=dict(BUILT))
    planned = world(tag)
    for happened in story:
        for act in happened:
            act(shelf)
        before, planned = planned, after(planned, shelf)
        old, new = before.record.histories.get(PROD), planned.record.histories.get(PROD)
        was, now = rank(tag, old, shelf), rank(tag, new, shelf)
        assert was is None or (now is not None and now >= was)
        if old is not None and new is not None and was == now and str(tag.selection) != "newest":
            assert old.items[0].image == new.items[0].image
        assert after(planned, shelf).record.histories == planned.record.histories


@given(st.sampled_from(POLICIES), st.lists(events, max_size=12), st.integers(0, 2))
def test_a_selection_never_comes_back_to_a_held_image_nor_below_what_a_person_left(
    policy: Policy, happened: list[Callable[[Warehouse], None]], steps: int
) -> None:
    tag, shelf = selecting(policy), Warehouse(built=dict(BUILT))
    planned = world(tag)
    for act in happened:
        act(shelf)
        planned = after(planned, shelf)
    stack = planned.record.histories[PROD].items if PROD in planned.record.histories else ()
    gone, left = stack[:steps], stack[steps:]
    top = left[0].image if left else None
    taken = dict.fromkeys(event.image for event in gone if event.image != top)
    hold = TagHold(PROD, tuple(HeldImage(image, None, HOLD, APP) for image in taken))
    histories = {PROD: TagHistory(PROD, left)} if left else {}
    planned = changed(planned, histories=histories, holds={PROD: hold} if taken else {})
    once = after(planned, shelf)
    now = once.record.histories.get(PROD)
    assert now is None or now.items[0].image not in taken
    was, is_now = rank(tag, planned.record.histories.get(PROD), shelf), rank(tag, now, shelf)
    assert was is None or (is_now is not None and is_now >= was)
    if not left and now is not None and str(tag.selection) != "newest":
        there = [event for event in gone if _is_listed(chosen(tag, event.source), event.image, shelf)]
        ranks = [rank(tag, TagHistory(PROD, (event,)), shelf) for event in there]
        assert all(each is None or (is_now is not None and is_now > each) for each in ranks)


def _is_listed(version: str | None, image: str | None, shelf: Warehouse) -> bool:
    """Whether a pass can see that the version still has that image."""
    letter = shelf.images.get(version or "")
    return letter is not None and digest(letter) == image and version not in shelf.unlisted | shelf.failures.keys()


@given(st.sampled_from(POLICIES), st.lists(events, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_a_list_and_of_its_answers_does_not_matter(
    policy: Policy, happened: list[Callable[[Warehouse], None]], chance: random.Random
) -> None:
    tag, shelf = selecting(policy), Warehouse(built=dict(BUILT))
    for act in happened:
        act(shelf)
    full = observed(world(tag), shelf)
    answers = list(full.observed.answers.items())
    chance.shuffle(answers)
    lists = {}
    for listing, reply in full.observed.listings.items():
        tags = list(reply.tags) if isinstance(reply, Listed) else []
        chance.shuffle(tags)
        lists[listing] = Listed(tuple(tags)) if isinstance(reply, Listed) else reply
    assert plan(changed(full, answers=dict(answers), listings=lists), NOW) == plan(full, NOW)


@given(st.sampled_from(POLICIES), st.lists(events, max_size=8), versions, letters)
def test_registries_that_are_down_change_nothing(
    policy: Policy, happened: list[Callable[[Warehouse], None]], version: str, letter: str
) -> None:
    tag, shelf = selecting(policy), Warehouse(built=dict(BUILT))
    for act in happened:
        act(shelf)
    planned = after(world(tag), shelf)
    shelf.images[version] = letter
    shelf.failures = dict.fromkeys([*VERSIONS, *map(digest, LETTERS)], FAILURE)
    assert passed(planned, shelf).changes == ()
