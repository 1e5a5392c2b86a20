"""Selection by build time: the newest build, and what is not known to be newer."""

from __future__ import annotations

import pytest

from reconciler.model.observation import Failure, Reason
from reconciler.model.person import Person
from reconciler.model.plan import Problem
from reconciler.planning.pass_scope import PassScope
from tests.kit.selecting import (
    PROD,
    REPOSITORY,
    Warehouse,
    held,
    moved,
    passed,
    recorded,
    selecting,
    world,
)
from tests.kit.world import FILE, docker

JANE = Person("Jane Doe", "jane@example.com")
IMPORT = PassScope(declared=False, scheduled=False, requested=frozenset({PROD}), person=JANE)
DOWN = Failure(Reason.UNREACHABLE, "quay.io cannot be reached.")
NEWEST = {"newest": "true", "exclude": "^tmp-"}
BUILT = {"a": "2026-11-01T00:00:00Z", "b": "2026-11-02T00:00:00.123456789Z", "c": "2026-11-03T01:00:00+01:00"}
FUTURE = BUILT | {"f": "2099-01-01T00:00:00Z", "e": "2100-01-01T00:00:00Z"}
YET = "says that it was built '2099-01-01T00:00:00Z', which is in the future"


def only_problem(problems: tuple[Problem, ...], reason: Reason) -> str:
    assert [(each.tag, each.reason, each.file, each.line) for each in problems] == [(PROD, reason, FILE, 10)]
    return problems[0].message


def test_the_newest_build_is_taken_whatever_it_is_called() -> None:
    shelf = Warehouse({"zeta": "a", "beta": "b", "alpha": "c", "tmp-1": "d"}, BUILT)
    assert moved(passed(world(selecting(NEWEST)), shelf)) == "alpha=c"
    assert "tmp-1" not in shelf.requested


def test_an_older_build_is_never_taken_by_itself() -> None:
    shelf = Warehouse({"one": "a", "two": "b"}, BUILT)
    result = passed(world(selecting(NEWEST), recorded("two=b")), shelf)
    assert (result.changes, result.problems) == ((), ())


def test_a_tag_that_moves_to_a_newer_build_is_followed() -> None:
    shelf = Warehouse({"main": "b"}, BUILT | {"a": BUILT["a"]})
    shelf.images["old"] = "a"
    assert moved(passed(world(selecting(NEWEST), recorded("main=a")), shelf)) == "main=b"


def test_a_tag_that_moves_to_an_older_build_is_not_followed() -> None:
    shelf = Warehouse({"main": "a", "old": "b"}, BUILT)
    result = passed(world(selecting(NEWEST | {"match": "^main$"}), recorded("main=b")), shelf)
    assert result.changes == ()
    assert only_problem(result.problems, Reason.MISMATCH) == (
        "team-a/app:prod: quay.io/acme/app:main was sha256:bbbbbbbbbbbb and now is sha256:aaaaaaaaaaaa, which is not "
        "newer. It is not followed; `imagestream import team-a/app:prod` takes it."
    )


def test_a_version_that_moved_is_not_followed_by_build_time_either() -> None:
    shelf = Warehouse({"1.4.1": "b", "older": "a"}, BUILT)
    result = passed(world(selecting(NEWEST), recorded("1.4.1=a")), shelf)
    assert result.changes == ()
    assert "but a version never moves" in only_problem(result.problems, Reason.MISMATCH)


def test_if_the_recorded_image_is_gone_nothing_is_known_to_be_newer_until_a_person_requests_it() -> None:
    shelf = Warehouse({"two": "b"}, BUILT)
    result = passed(world(selecting(NEWEST), recorded("one=a")), shelf)
    assert result.changes == ()
    assert only_problem(result.problems, Reason.MISMATCH) == (
        "team-a/app:prod: it is unknown when the recorded image was built, so it is unknown what is newer. "
        "`imagestream import team-a/app:prod` takes the newest of quay.io/acme/app."
    )
    assert moved(passed(world(selecting(NEWEST), recorded("one=a")), shelf, IMPORT)) == "two=b"


def test_a_tag_that_may_be_the_newest_but_cannot_be_looked_at_stops_the_choice() -> None:
    shelf = Warehouse({"one": "a", "two": "b", "three": "c"}, BUILT, failures={"two": DOWN})
    result = passed(world(selecting(NEWEST), recorded("one=a")), shelf)
    assert result.changes == ()
    assert only_problem(result.problems, Reason.UNREACHABLE) == (
        "quay.io cannot be reached. It may be the newest, so nothing is chosen; exclude leaves a tag out."
    )


def test_an_image_without_a_build_time_is_not_a_candidate() -> None:
    shelf = Warehouse({"one": "a", "chart": "d", "odd": "e"}, BUILT | {"e": "yesterday"})
    assert moved(passed(world(selecting(NEWEST)), shelf)) == "one=a"
    result = passed(world(selecting(NEWEST)), Warehouse({"chart": "d"}))
    assert only_problem(result.problems, Reason.NOT_FOUND) == (
        "team-a/app:prod: no tag of quay.io/acme/app says when it was built (newest). Push one that does, or "
        "change what is selected."
    )


@pytest.mark.parametrize(
    ("images", "more"), [({"odd": "f"}, ""), ({"odd": "f", "other": "e", "third": "e"}, " (and so do 2 more)")]
)
def test_a_build_time_in_the_future_orders_nothing_and_is_reported(images: dict[str, str], more: str) -> None:
    shelf = Warehouse({"one": "a", "two": "b"} | images, FUTURE)
    said = f"team-a/app:prod: quay.io/acme/app:odd {YET}{more}. It is not compared; leave it out with exclude."
    for history, expected in ((None, "two=b"), (recorded("one=a"), "two=b"), (recorded("two=b"), None)):
        result = passed(world(selecting(NEWEST), history), shelf)
        assert moved(result) == expected
        assert only_problem(result.problems, Reason.MISMATCH) == said


def test_if_every_build_time_is_in_the_future_nothing_is_chosen_and_the_recorded_image_stays() -> None:
    shelf = Warehouse({"odd": "f"}, FUTURE)
    for history in (None, recorded("odd=f")):
        result = passed(world(selecting(NEWEST), history), shelf)
        assert moved(result) is None
        assert only_problem(result.problems, Reason.MISMATCH).startswith(
            f"team-a/app:prod: quay.io/acme/app:odd {YET}."
        )


@pytest.mark.parametrize("images", [{"odd": "f", "two": "b"}, {"odd": "a", "two": "b", "moved": "f"}])
def test_a_recorded_image_with_a_build_time_in_the_future_pins_nothing_once_a_person_requests_it(
    images: dict[str, str],
) -> None:
    shelf = Warehouse(images, FUTURE)
    result = passed(world(selecting(NEWEST), recorded("odd=f")), shelf)
    assert moved(result) is None
    assert only_problem(result.problems, Reason.MISMATCH) == (
        f"team-a/app:prod: the recorded image {YET}, so it is unknown what is newer. "
        "`imagestream import team-a/app:prod` takes the newest of quay.io/acme/app."
    )
    assert moved(passed(world(selecting(NEWEST), recorded("odd=f")), shelf, IMPORT)) == "two=b"


def test_too_many_builds_are_not_compared() -> None:
    shelf = Warehouse({f"build-{number}": "a" for number in range(51)}, BUILT)
    result = passed(world(selecting(NEWEST)), shelf)
    assert only_problem(result.problems, Reason.INVALID) == (
        "team-a/app:prod: 51 tags of quay.io/acme/app are to be compared by build time, 50 at most can be. "
        "Narrow them with match and exclude."
    )
    assert shelf.requested == []


def test_a_held_build_is_passed_over_for_one_that_is_newer_than_the_recorded() -> None:
    shelf = Warehouse({"one": "a", "two": "b", "three": "c"}, BUILT)
    assert moved(passed(world(selecting(NEWEST), recorded("one=a"), held("c")), shelf)) == "two=b"


def test_a_build_that_is_named_is_that_build() -> None:
    shelf = Warehouse({"1.0.0_up1": "a", "1.0.0_up2": "b"})
    (change,) = passed(world(selecting({"semver": "1.0.0+up1"})), shelf).changes
    assert change.source == docker(f"{REPOSITORY}:1.0.0_up1")
