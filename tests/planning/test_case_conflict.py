"""Case conflicts: of names that differ only in case one makes an istag, and the others are reported."""

from __future__ import annotations

import dataclasses

import pytest

from reconciler.model.change import ChangeKind
from reconciler.model.config import Installation
from reconciler.model.history import Cause
from reconciler.model.observation import Answer, Found, Reason
from reconciler.model.person import Person
from reconciler.model.plan import Plan
from reconciler.model.stream import SpecTag
from reconciler.planning.pass_scope import PassScope
from tests.kit.undeclared import HERE, HOST, REPOSITORY, passed, pushed, world
from tests.kit.world import (
    A,
    B,
    changed,
    declare,
    docker,
    event,
    istag,
    made,
    spec,
    stack,
)

JANE = Person("Jane Doe", "jane@example.com")
APP = istag("app:x").stream_name


def case(name: str, other: str, why: str, advice: str) -> str:
    """The message about an istag that differs only in case from another."""
    return f"team-a/app:{name} differs only in case from team-a/app:{other}, which {why}. {advice}"


LISTED_CASE = case(
    *("foo", "Foo", "comes first in OpenShift's order"),
    "Delete foo in the registry, or declare it under spec.tags in place of Foo.",
)
RECORDED_CASE = case(
    *("Foo", "foo", "is recorded already"),
    "Delete Foo in the registry, or declare it under spec.tags, after `imagestream tag -d team-a/app:foo`.",
)
DECLARED_CASE = case(
    *("latest", "Latest", "is declared already"), "Delete latest in the registry, or rename the spec tag."
)
JOINED_CASE = case(
    *("latest", "Latest", "is declared already"),
    "It is not moved any more; `imagestream tag -d team-a/app:latest` removes it.",
)
SPEC_CASE = case(
    *("Latest", "latest", "is recorded already"),
    "Rename the spec tag, or take team-a/app:latest away: `imagestream tag -d team-a/app:latest`.",
)


@pytest.mark.parametrize(
    ("tags", "recorded", "moved", "refused", "is_"),
    [
        ({}, [], ["Foo"], "foo", "comes first in OpenShift's order"),
        ({}, ["foo"], [], "Foo", "is recorded already"),
        ({"app:Foo": spec("Foo", docker("quay.io/acme/other:1"))}, [], ["Foo"], "foo", "is declared already"),
        ({"app:fOO": spec("fOO", docker("quay.io/acme/other:1"))}, ["foo"], [], "fOO", "is recorded already"),
    ],
)
@pytest.mark.parametrize("way", ["pushed", "imported"])
def test_of_names_that_differ_only_in_case_one_makes_an_istag_and_the_others_are_reported(
    way: str, tags: dict[str, SpecTag], recorded: list[str], moved: list[str], refused: str, is_: str
) -> None:
    place = f"{HOST}/team-a/app" if way == "pushed" else REPOSITORY
    declarations = declare(tags or {"app:other": spec("other", docker("quay.io/acme/other:1"))})
    stream = dataclasses.replace(declarations.streams[APP], repository=None if way == "pushed" else REPOSITORY)
    source = docker(f"{place}:foo")
    cause = Cause.PUSHED if way == "pushed" else Cause.DECLARED
    planned = made(
        dataclasses.replace(declarations, streams={APP: stream}),
        installation=HERE if way == "pushed" else Installation(),
        histories={
            istag(f"app:{tag}"): stack(f"app:{tag}", event(A, 1, source, cause=cause)) for tag in ("other", *recorded)
        },
    )
    result = passed(
        planned, {f"{place}:{tag}": Found(A) for tag in ("Foo", "foo")} | {"quay.io/acme/other:1": Found(B)}
    )
    assert [
        change.tag.tag
        for change in result.changes
        if change.kind is ChangeKind.MOVE and change.tag.tag.lower() == "foo"
    ] == moved
    twin = (moved or recorded)[0]
    said = f"team-a/app:{refused} differs only in case from team-a/app:{twin}, which {is_}. "
    assert [problem.message for problem in result.problems if problem.message.startswith(said)]


def test_a_tag_that_is_renamed_in_case_only_takes_one_pass() -> None:
    planned = made(
        declare({"app:prod": spec("prod", docker(f"{REPOSITORY}:1"))}),
        histories={istag("app:Prod"): stack("app:Prod", event(A, 1, docker(f"{REPOSITORY}:1")))},
    )
    result = passed(planned, {f"{REPOSITORY}:1": Found(A)})
    assert [(change.kind, change.tag.tag) for change in result.changes] == [
        (ChangeKind.MOVE, "prod"),
        (ChangeKind.REMOVE, "Prod"),
    ]
    assert result.problems == ()


def both(tags: str, *, pushes: bool) -> dict[str, Answer]:
    """Tags of the push repository, or of the imported one."""
    return {pushed(tag) if pushes else f"{REPOSITORY}:{tag}": Found(A) for tag in tags.split()}


def told(result: Plan) -> tuple[list[str], list[tuple[str, Reason, str]]]:
    """The tags that move, and the problems."""
    return [change.tag.tag for change in result.changes], [
        (each.tag.tag, each.reason, each.message) for each in result.problems if each.tag
    ]


@pytest.mark.parametrize("pushes", [True, False])
@pytest.mark.parametrize("tags", ["Foo foo", "foo Foo"])
def test_of_registry_tags_that_differ_only_in_case_the_first_makes_an_istag(tags: str, pushes: bool) -> None:
    planned = world({}, repository=None if pushes else REPOSITORY)
    result = passed(planned, both(f"{tags} other", pushes=pushes))
    assert told(result) == (["Foo", "other"], [("foo", Reason.INVALID, LISTED_CASE)])


@pytest.mark.parametrize("pushes", [True, False])
def test_the_one_that_is_recorded_keeps_its_name(pushes: bool) -> None:
    name = pushed("foo") if pushes else f"{REPOSITORY}:foo"
    top = event(B, 1, docker(name), cause=Cause.PUSHED if pushes else Cause.DECLARED)
    planned = world({}, stack("app:foo", top), repository=None if pushes else REPOSITORY)
    result = passed(planned, both("Foo foo", pushes=pushes))
    assert told(result) == (["foo"], [("Foo", Reason.INVALID, RECORDED_CASE)])


@pytest.mark.parametrize("pushes", [True, False])
@pytest.mark.parametrize("broken", [True, False])
def test_a_spec_tag_rules_out_what_differs_from_it_only_in_case(pushes: bool, broken: bool) -> None:
    planned = world(
        {"app:Latest": spec("Latest", docker("ghcr.io/acme/app:1"))}, repository=None if pushes else REPOSITORY
    )
    if broken:
        declarations = dataclasses.replace(planned.spec.declarations, broken=frozenset({istag("app:Latest")}))
        streams = {name: dataclasses.replace(each, tags={}) for name, each in declarations.streams.items()}
        planned = changed(planned, declarations=dataclasses.replace(declarations, streams=streams))
    result = passed(planned, both("latest", pushes=pushes) | {"ghcr.io/acme/app:1": Found(B)})
    assert told(result) == ([] if broken else ["Latest"], [("latest", Reason.INVALID, DECLARED_CASE)])


@pytest.mark.parametrize("recorded", [True, False])
def test_what_is_recorded_goes_before_a_spec_tag_unless_that_is_recorded_too(recorded: bool) -> None:
    joined = stack("app:latest", event(B, 1, docker(pushed("latest")), cause=Cause.PUSHED))
    own = [stack("app:Latest", event(B, 1, docker("ghcr.io/acme/app:1")))] if recorded else []
    planned = world({"app:Latest": spec("Latest", docker("ghcr.io/acme/app:1"), scheduled=True)}, joined, *own)
    result = passed(planned, both("latest", pushes=True) | {"ghcr.io/acme/app:1": Found(A)})
    said = ("latest", Reason.INVALID, JOINED_CASE) if recorded else ("Latest", Reason.INVALID, SPEC_CASE)
    assert told(result) == (["Latest"] if recorded else ["latest"], [said])
    assert next(each.line for each in result.problems) == (1 if recorded else 10)


def test_a_request_for_the_other_name_is_answered_with_the_reason() -> None:
    top = event(B, 1, docker(pushed("foo")), cause=Cause.PUSHED)
    scope = PassScope(declared=False, scheduled=False, requested=frozenset({istag("app:Foo")}), person=JANE)
    result = passed(world({}, stack("app:foo", top)), both("Foo foo", pushes=True), scope)
    assert told(result) == ([], [("Foo", Reason.INVALID, RECORDED_CASE)])


def test_a_request_for_a_spec_tag_of_the_other_name_is_answered_with_the_reason() -> None:
    joined = stack("app:latest", event(B, 1, docker(pushed("latest")), cause=Cause.PUSHED))
    planned = world({"app:Latest": spec("Latest", docker("ghcr.io/acme/app:1"))}, joined)
    scope = PassScope(declared=False, scheduled=False, requested=frozenset({istag("app:Latest")}), person=JANE)
    result = passed(planned, {"ghcr.io/acme/app:1": Found(A)}, scope)
    assert told(result) == ([], [("Latest", Reason.INVALID, SPEC_CASE)])


def test_the_same_letters_in_another_stream_are_another_name() -> None:
    planned = world({"other:Latest": spec("Latest", docker("ghcr.io/acme/app:1")), "app:dev": spec("dev", None)})
    result = passed(planned, both("latest dev", pushes=True) | {"ghcr.io/acme/app:1": Found(B)})
    assert told(result) == (["latest", "dev", "Latest"], [])
