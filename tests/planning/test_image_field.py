"""Image fields in a plan: which change writes which field, and what stays (design 3.8)."""

from __future__ import annotations

import dataclasses

import pytest

from reconciler.model.change import Change, Hold, Move, Retarget, Rewrite
from reconciler.model.config import Config
from reconciler.model.finding import Position
from reconciler.model.history import HeldImage, TagHold
from reconciler.model.image_field import ImageField, Part, Via, WriteStyle
from reconciler.model.observation import Found, Reason
from reconciler.model.person import Person
from reconciler.model.plan import Plan
from reconciler.model.stream import Source
from reconciler.planning.image_field import differing
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan
from reconciler.planning.transition import Meaning, Transition
from reconciler.planning.world import EditedHistory, FieldAuthor, World
from tests.kit.world import (
    NOW,
    A,
    B,
    C,
    answers,
    changed,
    declare,
    docker,
    event,
    follows,
    istag,
    made,
    pins,
    spec,
    stack,
)

PROD = istag("app:prod")
OLD, NEW = f"quay.io/acme/app@{A}", f"quay.io/acme/app@{B}"
SOURCE = docker("quay.io/acme/app:1")
JANE = Person("Jane Doe", "jane@example.com")


def field(value: str | None = OLD, file: str = "app.yaml", **fields: object) -> ImageField:
    path = ("spec", "containers", 0, "image")
    values: dict[str, object] = {"path": path, "istag": PROD, "position": Position(file, 7, 9), "value": value}
    return ImageField(file=file, document=0, **(values | fields))  # type: ignore[arg-type]


def world(*fields: ImageField, moves: bool = True, **more: object) -> World:
    """`app:prod` means A; if it moves, its scheduled source gives B."""
    declarations = declare({"app:prod": spec("prod", SOURCE, scheduled=True)})
    declarations = dataclasses.replace(declarations, fields=fields)
    given = answers(declarations, {SOURCE.name: Found(B if moves else A)})
    values = {"histories": {PROD: stack("app:prod", event(A, 1, SOURCE))}, "answers": given}
    return made(declarations, **(values | more))


def written(change: Change) -> dict[str, str]:
    return {edit.field.name: edit.value for edit in change.edits}


def only(planned: Plan) -> Change:
    (change,) = planned.changes
    return change


def test_a_move_writes_every_field_of_its_istag_in_the_same_change() -> None:
    other = field(file="other.yaml", istag=istag("app:dev"))
    planned = plan(world(field(), field(file="b.yaml"), other), NOW)
    change = only(planned)
    assert isinstance(change, Move)
    assert written(change) == {
        "app.yaml#spec.containers[0].image": NEW,
        "b.yaml#spec.containers[0].image": NEW,
    }
    assert change.files == ("history/team-a/app/prod.yaml", "app.yaml", "b.yaml")
    assert planned.problems == ()


def test_a_move_also_writes_what_a_person_had_changed() -> None:
    assert written(only(plan(world(field("nginx:1.25")), NOW))) == {"app.yaml#spec.containers[0].image": NEW}


def test_a_field_that_has_the_image_already_is_not_written() -> None:
    assert only(plan(world(field(NEW)), NOW)).edits == ()


def test_a_paused_field_is_never_written() -> None:
    assert only(plan(world(field(paused=True)), NOW)).edits == ()
    there = field("nginx", paused=True)
    assert plan(world(there, moves=False, edited_new_fields=frozenset({there.name})), NOW).changes == ()


def test_a_new_field_is_written_by_a_change_of_its_own() -> None:
    there = field("nginx:1.25")
    change = only(plan(world(there, moves=False, edited_new_fields=frozenset({there.name})), NOW))
    assert isinstance(change, Retarget)
    assert (change.image, change.previous, change.cause) == (A, A, "retargeted")
    assert written(change) == {there.name: OLD}


@pytest.mark.parametrize("value", [None, "", " "])
def test_a_placeholder_is_not_an_image_that_a_person_chose(value: str | None) -> None:
    assert isinstance(only(plan(world(field(value), moves=False), NOW)), Retarget)


def test_what_a_person_wrote_stays_and_is_reported() -> None:
    there = field("nginx:1.25")
    authors = {there.name: FieldAuthor(JANE, "1f0c" * 10)}
    planned = plan(world(there, moves=False, edited_field_authors=authors), NOW)
    assert planned.changes == ()
    (problem,) = planned.problems
    assert (problem.reason, problem.file, problem.line, problem.is_failure) == (Reason.DIVERGED, "app.yaml", 7, False)
    assert problem.message == (
        "team-a/app:prod: app.yaml#spec.containers[0].image has 'nginx:1.25', which is not what the istag means. "
        "Jane Doe wrote it in commit 1f0c1f0c1f0c. It stays until the next event of team-a/app:prod; "
        "`imagestream sync --retarget` writes it now."
    )


def test_retarget_writes_what_a_person_wrote_in_the_name_of_who_asks() -> None:
    change = only(plan(world(field("nginx:1.25"), moves=False), NOW, PassScope(retarget=True, person=JANE)))
    assert isinstance(change, Retarget)
    assert change.request is not None
    assert change.request.person == JANE
    assert written(change) == {field().name: OLD}


def test_an_import_of_some_tags_retargets_nothing() -> None:
    there = field("nginx:1.25")
    scope = PassScope(declared=False, scheduled=False)
    planned = plan(world(there, moves=False, edited_new_fields=frozenset({there.name})), NOW, scope)
    assert (planned.changes, planned.problems) == ((), ())


def test_a_frozen_tag_writes_nothing() -> None:
    there = field("nginx:1.25")
    frozen = spec("prod", SOURCE, scheduled=True, annotations={"reconciler/frozen": "true"})
    declarations = dataclasses.replace(declare({"app:prod": frozen}), fields=(there,))
    planned = plan(
        changed(world(there), declarations=declarations, edited_new_fields=frozenset({there.name})),
        NOW,
    )
    assert planned.changes == ()
    assert {problem.reason for problem in planned.problems} == {Reason.FROZEN}
    assert any("app:prod is frozen, so app.yaml#spec.containers[0].image" in each.message for each in planned.problems)


def test_a_held_tag_writes_nothing() -> None:
    there = field("nginx:1.25")
    holds = {PROD: TagHold(PROD, (HeldImage(B, None, "c" * 40, SOURCE),))}
    planned = plan(world(there, holds=holds, edited_new_fields=frozenset({there.name})), NOW)
    assert planned.changes == ()
    assert {problem.reason for problem in planned.problems} == {Reason.HELD}


def test_a_roll_back_by_hand_takes_the_workloads_along() -> None:
    old = stack("app:prod", event(B, 2, SOURCE), event(A, 1, SOURCE))
    edit = EditedHistory(Transition(Meaning.DECIDED, (B,), (A,)), old, "d" * 40, JANE)
    change = only(plan(world(field(NEW), edited_histories={PROD: edit}), NOW))
    assert isinstance(change, Hold)
    assert written(change) == {field().name: OLD}


def test_a_roll_back_that_took_the_workload_back_writes_nothing_more() -> None:
    old = stack("app:prod", event(B, 2, SOURCE), event(A, 1, SOURCE))
    edit = EditedHistory(Transition(Meaning.DECIDED, (B,), (A,)), old, "d" * 40, JANE)
    assert only(plan(world(field(OLD), edited_histories={PROD: edit}), NOW)).edits == ()


def test_a_decision_that_leaves_nothing_to_record_still_turns_the_workloads() -> None:
    old = stack("app:prod", event(B, 2, SOURCE), event(A, 1, SOURCE))
    edit = EditedHistory(Transition(Meaning.DECIDED, (), ()), old, "d" * 40, JANE)
    change = only(plan(world(field(NEW), moves=False, edited_histories={PROD: edit}), NOW))
    assert isinstance(change, Retarget)
    assert written(change) == {field().name: OLD}


def test_a_rewrite_writes_what_followed_and_leaves_what_a_person_wrote() -> None:
    declarations = declare({"app:prod": spec("prod", docker("quay.io/acme/other:1"))})
    declarations = dataclasses.replace(declarations, fields=(field(OLD), field("nginx", file="hand.yaml")))
    given = answers(declarations, {"quay.io/acme/other:1": Found(A)})
    planned = plan(changed(world(), declarations=declarations, answers=given), NOW)
    change = only(planned)
    assert isinstance(change, Rewrite)
    assert written(change) == {field().name: f"quay.io/acme/other@{A}"}
    assert [problem.file for problem in planned.problems] == ["hand.yaml"]


def test_a_tag_that_follows_takes_its_workloads_along() -> None:
    declarations = declare(
        {"app:dev": spec("dev", SOURCE, scheduled=True), "app:prod": spec("prod", follows("app:dev"))}
    )
    declarations = dataclasses.replace(declarations, fields=(field(),))
    histories = {
        istag("app:dev"): stack("app:dev", event(A, 1, SOURCE)),
        PROD: stack("app:prod", event(A, 1, follows("app:dev"))),
    }
    given = answers(declarations, {SOURCE.name: Found(B)})
    planned = plan(made(declarations, histories=histories, answers=given), NOW)
    assert [written(change) for change in planned.changes] == [{}, {field().name: NEW}]


def test_fields_wait_until_every_istag_that_they_require_has_an_image() -> None:
    waits = field("nginx", requires=frozenset({PROD, istag("other:1")}))
    assert only(plan(world(waits), NOW)).edits == ()


def test_a_name_that_is_looked_up_is_written_at_once() -> None:
    assert isinstance(only(plan(world(field("app:prod", via=Via.LOOKUP), moves=False), NOW)), Retarget)


@pytest.mark.parametrize(
    ("part", "style", "value"),
    [
        (Part.NAME, WriteStyle.PULL_SPEC, "quay.io/acme/app"),
        (Part.TAG, WriteStyle.PULL_SPEC, "1"),
        (Part.DIGEST, WriteStyle.PULL_SPEC, B),
        (Part.PULL_SPEC, WriteStyle.PULL_SPEC, NEW),
        (Part.PULL_SPEC, WriteStyle.TAG_AND_DIGEST, f"quay.io/acme/app:1@{B}"),
    ],
)
def test_a_field_holds_its_part_of_the_pull_spec(part: Part, style: WriteStyle, value: str) -> None:
    there = world(field("x", part=part), config=Config(write=style))
    assert written(only(plan(there, NOW))) == {field().name: value}


@pytest.mark.parametrize(
    ("name", "source"), [("prod", follows("app:dev")), ("prod", pins(f"app@{A}")), ("a-first", pins(f"app@{A}"))]
)
def test_the_version_of_a_followed_or_pinned_tag_is_that_of_its_image(name: str, source: Source) -> None:
    pinned = istag(f"app:{name}")
    declarations = dataclasses.replace(
        declare({"app:dev": spec("dev", SOURCE), f"app:{name}": spec(name, source)}),
        fields=(field("x", part=Part.TAG, istag=pinned),),
    )
    histories = {
        istag("app:dev"): stack("app:dev", event(A, 1, SOURCE)),
        pinned: stack(f"app:{name}", event(A, 1, source)),
    }
    (edit,) = only(plan(made(declarations, histories=histories), NOW, PassScope(retarget=True))).edits
    assert edit.value == "1"


def test_a_version_that_no_source_names_is_a_problem_unless_a_digest_is_beside_it() -> None:
    pinned = docker(f"quay.io/acme/app@{A}")
    tag = field("x", part=Part.TAG)
    digest = field("y", part=Part.DIGEST, path=("spec", "containers", 0, "digest"))
    histories = {PROD: stack("app:prod", event(A, 1, pinned))}
    for fields, problems in (((tag,), 1), ((tag, digest), 0)):
        declarations = dataclasses.replace(declare({"app:prod": spec("prod", pinned)}), fields=fields)
        planned = plan(made(declarations, histories=histories), NOW, PassScope(retarget=True))
        assert len(planned.problems) == problems
        assert [written(change) for change in planned.changes] == ([{digest.name: A}] if len(fields) > 1 else [])


def test_differing_fields_are_those_that_do_not_have_what_their_istag_means() -> None:
    same, other, empty = field(OLD), field("x", file="b.yaml"), field("x", istag=istag("none:1"), file="c.yaml")
    assert differing(world(same, other, empty)) == [other]


def test_the_same_image_in_the_other_form_is_no_difference_and_is_written_on_request() -> None:
    changed = world(field(f"quay.io/acme/app:1@{A}"), moves=False)
    assert differing(changed) == []
    planned = plan(changed, NOW)
    assert (planned.changes, planned.problems) == ((), ())
    (change,) = plan(changed, NOW, PassScope(retarget=True)).changes
    assert list(written(change).values()) == [OLD]
    other = world(field(f"quay.io/acme/app:9@{A}"), moves=False)
    assert [each.reason for each in plan(other, NOW).problems] == [Reason.DIVERGED]


def test_a_field_of_a_stream_is_not_touched_by_the_move_of_another() -> None:
    assert only(plan(world(field("x", istag=istag("b:1"))), NOW)).edits == ()
    assert C not in str(plan(world(field()), NOW))
