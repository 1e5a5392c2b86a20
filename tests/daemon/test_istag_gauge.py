"""How many istags are in which state, as the commit and the known problems tell."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from reconciler.daemon.istag_gauge import STATES, IstagGauge
from reconciler.model.name import IstagName
from reconciler.model.observation import Reason
from reconciler.model.plan import Problem
from reconciler.model.stream import FROZEN_ANNOTATION
from reconciler.planning.world import World
from reconciler.query.tag_status import TagState
from tests.kit.world import A, changed, declare, docker, event, istag, made, spec, stack

ONE, TWO, ICE, NEW = (istag(f"app:{tag}") for tag in ("one", "two", "ice", "new"))
WORLD = made(
    declare(
        {
            "app:one": spec("one", docker("quay.io/a:1"), scheduled=True),
            "app:two": spec("two", docker("quay.io/a:2"), scheduled=True),
            "app:ice": spec("ice", docker("quay.io/a:3"), annotations={FROZEN_ANNOTATION: "true"}),
            "app:new": spec("new", docker("quay.io/a:4")),
        }
    ),
    histories={name: stack(str(name), event(A, 1)) for name in (ONE, TWO, ICE)},
)


def problem(name: IstagName, reason: Reason) -> Problem:
    return Problem(name, reason, "said")


def count(gauge: IstagGauge, problems: Collection[Problem], world: World = WORLD) -> dict[str, float]:
    """The states that some istag is in."""
    found = gauge.count(world, problems)
    assert list(found) == [str(state) for state in STATES], "all are there, so that an alert sees a zero"
    return {state: count for state, count in found.items() if count}


def test_a_commit_tells_which_istags_are_recorded_frozen_or_empty() -> None:
    assert count(IstagGauge(), []) == {"InSync": 2, "Frozen": 1, "Empty": 1}


def test_a_problem_changes_the_state_of_its_istag_as_long_as_it_is_known() -> None:
    gauge = IstagGauge()
    known = [problem(ONE, Reason.UNREACHABLE), problem(TWO, Reason.HELD), problem(NEW, Reason.NOT_FOUND)]
    assert count(gauge, known) == {"Held": 1, "Frozen": 1, "Failed": 2}
    assert count(gauge, known[:1]) == {"InSync": 1, "Frozen": 1, "Failed": 1, "Empty": 1}
    assert count(gauge, []) == {"InSync": 2, "Frozen": 1, "Empty": 1}


def test_an_istag_that_only_waits_is_as_the_commit_tells() -> None:
    waits = dataclasses.replace(problem(NEW, Reason.MISSING_SOURCE), waits=True)
    assert count(IstagGauge(), [waits]) == {"InSync": 2, "Frozen": 1, "Empty": 1}


def test_an_istag_that_is_no_longer_declared_is_not_counted() -> None:
    gauge = IstagGauge()
    count(gauge, [problem(ONE, Reason.DENIED)])
    gone = changed(
        WORLD,
        revision="2" * 40,
        declarations=declare({"app:two": spec("two", docker("quay.io/a:2"), scheduled=True)}),
        histories={TWO: stack("app:two", event(A, 1))},
    )
    assert count(gauge, [], gone) == {"InSync": 1}


def test_a_history_that_cannot_be_read_is_a_failure_and_a_bare_name_one_more() -> None:
    world = changed(WORLD, unreadable={ONE: "it is torn."}, histories={})
    assert count(IstagGauge(), [], world) == {"Frozen": 1, "Failed": 1, "Empty": 2}
    other = problem(istag("app:other"), Reason.DIVERGED)
    assert count(IstagGauge(), [other], world) == {"Frozen": 1, "Failed": 2, "Empty": 2}
    assert count(IstagGauge(), [Problem(None, Reason.INVALID, "a file")], world) == {
        "Frozen": 1,
        "Failed": 1,
        "Empty": 2,
    }


def test_the_states_are_those_of_the_status_command() -> None:
    assert set(TagState) - set(STATES) == {TagState.PENDING, TagState.BEHIND}
