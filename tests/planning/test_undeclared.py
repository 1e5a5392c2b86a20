"""Istags that no spec tag names: what is pushed to the integrated registry, and what a whole repository gives."""

from __future__ import annotations

import dataclasses

import pytest

from reconciler.model.change import ChangeKind, Move
from reconciler.model.config import Installation, RegistryRule
from reconciler.model.history import Cause, HeldImage, TagHistory, TagHold
from reconciler.model.host import Host
from reconciler.model.observation import Found, Listing, Reason
from reconciler.model.person import Person, Request
from reconciler.planning import lookup
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan
from reconciler.planning.repository_list import left_out
from reconciler.planning.subject import Subjects
from reconciler.planning.tag_order import IMPORT_LIMIT, prioritised
from reconciler.planning.world import Restorable
from tests.kit.undeclared import DOWN, GONE, HOST, REPOSITORY, moves, observed, passed, pushed, repository, world
from tests.kit.world import (
    FILE,
    NOW,
    A,
    B,
    C,
    changed,
    docker,
    event,
    follows,
    istag,
    of_kind,
    spec,
    stack,
)

JANE = Person("Jane Doe", "jane@example.com")
APP = istag("app:x").stream_name
ORDER = [
    *("latest", "5.1", "5.1-rc1", "1.10", "1.2", "v1.2", "1.2-rc1"),
    *("3.11.59-2", "1.10.0", "1.2.3", "v1.2.3", "1.2.3-alpine"),
    *("1", "1.2.3.4", "10", "2", "2024.01.02", "alpine", "stable", "v2", "zeta"),
]
CLAIMS = {
    (Host(HOST), "team-a/app", "new"): "alice",
    (Host(HOST), "team-a/app", "prod"): "bob",
    (Host(HOST), "team-a/app", "dev"): "eve",
}
# OpenShift's PrioritizeTags, as observed on the real one.


# The integrated registry.


def test_a_push_fills_a_tag_without_from_and_makes_an_istag_that_no_spec_tag_names() -> None:
    planned = world({"app:dev": spec("dev", None)})
    result = passed(planned, {pushed("dev"): Found(A), pushed("new"): Found(B)})
    assert moves(result) == [("new", "move", pushed("new"), "pushed"), ("dev", "move", pushed("dev"), "pushed")]
    assert result.changes[1].history is not None
    assert result.changes[1].history.items[0].pull_spec == f"{HOST}/team-a/app@{A}"
    assert result.problems == ()


def test_a_second_push_is_a_second_event_and_the_same_image_none() -> None:
    top = event(A, 1, docker(pushed("new")), cause=Cause.PUSHED, pull_spec=f"{HOST}/team-a/app@{A}")
    planned = world({}, stack("app:new", top))
    assert moves(passed(planned, {pushed("new"): Found(A)})) == []
    (change,) = passed(planned, {pushed("new"): Found(B)}).changes
    assert change.history is not None
    assert [item.image for item in change.history.items] == [B, A]


def test_followers_of_a_pushed_istag_move_in_the_same_pass() -> None:
    result = passed(world({"app:prod": spec("prod", follows("app:new"))}), {pushed("new"): Found(A)})
    assert [(change.tag.tag, change.cause) for change in result.changes] == [("new", "pushed"), ("prod", "declared")]


def test_a_push_never_touches_a_spec_tag_that_has_a_source() -> None:
    planned = world({"app:prod": spec("prod", docker("quay.io/acme/app:1"))})
    result = passed(planned, {pushed("prod"): Found(B), "quay.io/acme/app:1": Found(A)})
    assert moves(result) == [("prod", "move", "quay.io/acme/app:1", "declared")]
    assert (
        passed(planned, {pushed("prod"): Found(B), "quay.io/acme/app:1": Found(A)}, PassScope(declared=False)).changes
        == ()
    )


@pytest.mark.parametrize("state", ["broken", "kept"])
def test_a_push_never_touches_a_tag_that_is_declared_but_cannot_be_read(state: str) -> None:
    planned = world({})
    name = istag("app:prod")
    if state == "broken":
        declarations = dataclasses.replace(planned.spec.declarations, broken=frozenset({name}))
        planned = changed(planned, declarations=declarations)
    else:
        planned = changed(planned, protected=frozenset({name}))
    assert passed(planned, {pushed("prod"): Found(A)}).changes == ()


def test_only_declared_streams_are_listed_and_each_once() -> None:
    planned = world({"app:a": spec("a", None), "app:b": spec("b", None), "team-b/web:a": spec("a", None)})
    assert {str(each) for each in lookup.listings(Subjects(planned, PassScope()))} == {
        f"{HOST}/team-a/app",
        f"{HOST}/team-b/web",
    }
    assert lookup.listings(Subjects(changed(planned, installation=Installation()), PassScope())) == frozenset()


def test_pushes_are_not_looked_for_without_a_schedule_or_a_request() -> None:
    planned = world({"app:dev": spec("dev", None)})
    assert lookup.listings(Subjects(planned, PassScope(scheduled=False))) == frozenset()
    asked = PassScope(declared=False, scheduled=False, requested=frozenset({istag("app:dev")}), person=JANE)
    result = passed(planned, {pushed("dev"): Found(A), pushed("new"): Found(B)}, asked)
    assert moves(result) == [("dev", "move", pushed("dev"), "pushed")]
    assert result.changes[0].request == Request(JANE)


def test_a_stream_without_pushes_is_not_a_problem() -> None:
    result = passed(world({"app:dev": spec("dev", None)}), {})
    assert (result.changes, result.problems) == ((), ())


def test_a_tag_that_is_gone_from_the_registry_stays_where_it_was() -> None:
    top = event(A, 1, docker(pushed("new")), cause=Cause.PUSHED)
    result = passed(world({}, stack("app:new", top)), {pushed("other"): GONE})
    assert (result.changes, result.problems) == ((), ())


def test_a_registry_that_cannot_be_listed_is_reported_once_and_changes_nothing() -> None:
    planned = world({"app:a": spec("a", None), "team-b/web:a": spec("a", None)})
    result = passed(planned, {f"{HOST}/team-a/app": DOWN, f"{HOST}/team-b/web": DOWN})
    assert result.changes == ()
    assert [(each.tag, each.reason, each.message, each.file) for each in result.problems] == [
        (None, Reason.UNREACHABLE, "team-a/app: registry.example:5000 cannot be reached.", FILE)
    ]


def test_one_pushed_image_that_cannot_be_looked_at_stops_no_other() -> None:
    result = passed(world({}), {pushed("a"): DOWN, pushed("b"): Found(B)})
    assert moves(result) == [("b", "move", pushed("b"), "pushed")]
    assert [(str(each.tag), each.reason) for each in result.problems] == [("team-a/app:a", Reason.UNREACHABLE)]


def test_a_pushed_image_that_was_rolled_back_is_held() -> None:
    top = event(A, 1, docker(pushed("new")), cause=Cause.PUSHED)
    hold = TagHold(istag("app:new"), (HeldImage(B, None, "f" * 40, None),))
    result = passed(world({}, stack("app:new", top), holds={hold.name: hold}), {pushed("new"): Found(B)})
    assert result.changes == ()
    assert [each.reason for each in result.problems] == [Reason.HELD]


def test_the_registry_may_be_below_a_path() -> None:
    below = Installation(registries=(RegistryRule(prefix=f"{HOST}/images/", integrated=True),))
    planned = changed(world({"app:dev": spec("dev", None)}), installation=below)
    result = passed(planned, {f"{HOST}/images/team-a/app:dev": Found(A)})
    assert moves(result) == [("dev", "move", f"{HOST}/images/team-a/app:dev", "pushed")]


# What people removed.


def removed(images: str, held: str = "") -> dict[str, object]:
    letters = {"a": A, "b": B, "c": C}
    events = [
        event(
            letters[letter],
            len(images) - index,
            docker(pushed("new")),
            cause=Cause.PUSHED,
            pull_spec=f"{HOST}/team-a/app@{letters[letter]}",
        )
        for index, letter in enumerate(images)
    ]
    name = istag("app:new")
    hold = TagHold(name, tuple(HeldImage(letters[letter], None, "f" * 40, None) for letter in held)) if held else None
    return {"restorable": {name: Restorable(TagHistory(name, tuple(events)), "9" * 40, hold)}}


def test_what_a_person_removed_stays_away_while_the_registry_has_the_same_image() -> None:
    assert passed(world({}, **removed("ba")), {pushed("new"): Found(B)}).changes == ()  # type: ignore[arg-type]


def test_what_a_person_removed_comes_back_with_its_history_after_a_new_push() -> None:
    result = passed(world({}, **removed("ba")), {pushed("new"): Found(C)})  # type: ignore[arg-type]
    assert [change.kind for change in result.changes] == [ChangeKind.RESTORE, ChangeKind.MOVE]
    assert result.changes[1].history is not None
    assert [item.image for item in result.changes[1].history.items] == [C, B, A]


def test_what_was_held_when_a_person_removed_the_istag_brings_nothing_back() -> None:
    assert passed(world({}, **removed("a", "b")), {pushed("new"): Found(B)}).changes == ()  # type: ignore[arg-type]


def test_a_requested_istag_comes_back_after_its_removal() -> None:
    scope = PassScope(declared=False, scheduled=False, requested=frozenset({istag("app:new")}), person=JANE)
    result = passed(world({}, **removed("ba")), {pushed("new"): Found(B)}, scope)  # type: ignore[arg-type]
    assert [change.kind for change in result.changes] == [ChangeKind.RESTORE]


# Whole repositories.


def test_tags_are_taken_in_openshifts_order() -> None:
    assert list(prioritised(tuple(sorted(ORDER)))) == ORDER
    assert list(prioritised(tuple(reversed(ORDER)))) == ORDER


def test_a_repository_is_imported_when_it_is_declared() -> None:
    result = passed(world({}, repository=REPOSITORY), repository("2", "latest"))
    assert moves(result) == [
        ("2", "move", f"{REPOSITORY}:2", "declared"),
        ("latest", "move", f"{REPOSITORY}:latest", "declared"),
    ]


def test_what_was_imported_is_not_looked_at_by_schedule() -> None:
    planned = world({}, repository=REPOSITORY, imported=frozenset({APP}), installation=Installation())
    assert lookup.listings(Subjects(planned, PassScope())) == frozenset()
    assert passed(planned, repository("2")).changes == ()


def test_a_spec_tag_wins_over_the_repository() -> None:
    planned = world({"app:latest": spec("latest", docker("ghcr.io/acme/app:1"))}, repository=REPOSITORY)
    result = passed(planned, repository("latest", "1") | {"ghcr.io/acme/app:1": Found(B)})
    assert moves(result) == [
        ("1", "move", f"{REPOSITORY}:1", "declared"),
        ("latest", "move", "ghcr.io/acme/app:1", "declared"),
    ]


def test_fifty_tags_are_imported_and_the_rest_can_be_told() -> None:
    planned = observed(world({}, repository=REPOSITORY), repository(*(f"1.{number}" for number in range(60))))
    result = plan(planned, NOW)
    assert len(result.changes) == IMPORT_LIMIT
    assert min(int(change.tag.tag[2:]) for change in result.changes) == 10
    (stream,) = planned.spec.declarations.streams.values()
    assert left_out(stream, planned, PassScope()) == tuple(f"1.{number}" for number in range(9, -1, -1))


def test_a_request_imports_the_stream_again_in_the_name_of_the_person() -> None:
    scope = PassScope(declared=False, scheduled=False, streams=frozenset({APP}), person=JANE)
    planned = world({}, repository=REPOSITORY, imported=frozenset({APP}))
    (change,) = passed(planned, repository("2"), scope).changes
    assert (change.cause, change.request) == ("requested", Request(JANE))


def test_one_imported_tag_can_be_requested_alone() -> None:
    scope = PassScope(declared=False, scheduled=False, requested=frozenset({istag("app:2")}), person=JANE)
    top = event(A, 1, docker(f"{REPOSITORY}:2"))
    planned = world({}, stack("app:2", top), repository=REPOSITORY, imported=frozenset({APP}))
    result = passed(planned, {f"{REPOSITORY}:2": Found(B), f"{REPOSITORY}:3": Found(C)}, scope)
    assert moves(result) == [("2", "move", f"{REPOSITORY}:2", "requested")]


def test_a_repository_that_cannot_be_listed_is_reported() -> None:
    result = passed(world({}, repository=REPOSITORY, installation=Installation()), {REPOSITORY: GONE})
    assert [(each.reason, each.message) for each in result.problems] == [
        (Reason.NOT_FOUND, "team-a/app: it is not there.")
    ]


def test_the_streams_own_annotation_makes_its_import_insecure() -> None:
    planned = world({}, repository=REPOSITORY)
    streams = {
        name: dataclasses.replace(stream, annotations={"openshift.io/image.insecureRepository": "true"})
        for name, stream in planned.spec.declarations.streams.items()
    }
    planned = changed(planned, declarations=dataclasses.replace(planned.spec.declarations, streams=streams))
    assert Listing(Host("quay.io"), "acme/app", insecure=True) in lookup.listings(Subjects(planned, PassScope()))


@pytest.mark.parametrize("text", ["quay.io/acme/app:1", "http://quay.io/acme/app", f"quay.io/acme/app@{A}"])
def test_a_text_that_is_not_a_repository_is_not_imported(text: str) -> None:
    assert (
        lookup.listings(Subjects(world({}, repository=text, installation=Installation()), PassScope())) == frozenset()
    )


@pytest.mark.parametrize(("unspecified", "kinds"), [(True, []), (False, [ChangeKind.REMOVE])])
def test_what_came_with_a_repository_stays_and_what_came_with_a_spec_tag_goes(
    unspecified: bool,
    kinds: list[ChangeKind],
) -> None:
    top = event(A, 1, docker(f"{REPOSITORY}:2"))
    planned = world(
        {}, stack("app:2", top), installation=Installation(), recorded_without_spec={istag("app:2"): unspecified}
    )
    assert [change.kind for change in passed(planned, {}).changes] == kinds


def test_a_claim_is_believed_only_of_a_push_to_the_very_tag() -> None:
    planned = world(
        {
            "app:prod": spec("prod", None),
            "app:copy": spec("copy", follows("app:prod")),
            "app:dev": spec("dev", docker(pushed("dev")), scheduled=True),
        }
    )
    images = {pushed(tag): Found(image) for tag, image in {"prod": A, "new": B, "other": C, "dev": B}.items()}
    changes = passed(planned, images, PassScope(claims=CLAIMS)).changes
    moved = [of_kind(change, Move) for change in changes]
    assert {str(change.tag): (change.cause, change.pusher) for change in moved} == {
        "team-a/app:prod": ("pushed", "bob"),
        "team-a/app:copy": ("declared", None),
        "team-a/app:dev": ("declared", None),
        "team-a/app:new": ("pushed", "alice"),
        "team-a/app:other": ("pushed", None),
    }


def test_a_claim_about_another_registry_is_not_believed() -> None:
    planned = world({"app:prod": spec("prod", None)})
    scope = PassScope(
        claims={(Host("quay.io"), "team-a/app", "prod"): "eve", (Host(HOST), "team-b/app", "prod"): "eve"}
    )
    (change,) = passed(planned, {pushed("prod"): Found(A)}, scope).changes
    assert (change.cause, of_kind(change, Move).pusher) == ("pushed", None)
