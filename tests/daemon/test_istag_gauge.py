"""How many istags are in which state: what passes said, as long as it stands."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from reconciler.daemon.istag_gauge import STATES, IstagGauge
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Reason
from reconciler.model.plan import Problem
from reconciler.model.stream import FROZEN_ANNOTATION
from reconciler.planning.world import World
from reconciler.query.status import TagState
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
SCHEDULED = {ONE, TWO}


def problem(name: IstagName, reason: Reason) -> Problem:
    return Problem(name, reason, "said")


def after(
    standing: IstagGauge,
    problems: Collection[Problem],
    looked: Collection[IstagName | StreamName],
    world: World = WORLD,
) -> dict[str, float]:
    """The states that some istag is in."""
    found = standing.after(world, problems, looked, SCHEDULED)
    assert list(found) == [str(state) for state in STATES], "all are there, so that an alert sees a zero"
    return {state: count for state, count in found.items() if count}


def test_a_commit_tells_of_those_that_are_recorded_frozen_or_empty() -> None:
    assert after(IstagGauge(), [], SCHEDULED) == {"InSync": 2, "Frozen": 1, "Empty": 1}


def test_what_is_said_of_a_scheduled_tag_stands_until_it_is_looked_at_again() -> None:
    standing = IstagGauge()
    said = [problem(ONE, Reason.UNREACHABLE), problem(TWO, Reason.HELD), problem(NEW, Reason.NOT_FOUND)]
    assert after(standing, said, SCHEDULED) == {"Held": 1, "Frozen": 1, "Failed": 2}
    assert after(standing, [], {TWO}) == {"InSync": 1, "Frozen": 1, "Failed": 1, "Empty": 1}
    assert after(standing, [], {ONE}) == {"InSync": 2, "Frozen": 1, "Empty": 1}


def test_what_only_waits_stands_as_the_commit_tells() -> None:
    waits = dataclasses.replace(problem(NEW, Reason.MISSING_SOURCE), waits=True)
    assert after(IstagGauge(), [waits], SCHEDULED) == {"InSync": 2, "Frozen": 1, "Empty": 1}


def test_a_stream_that_is_looked_at_counts_for_its_istags() -> None:
    standing = IstagGauge()
    after(standing, [problem(ONE, Reason.DENIED)], SCHEDULED)
    assert after(standing, [], {ONE.stream_name}) == {"InSync": 2, "Frozen": 1, "Empty": 1}


def test_what_is_no_longer_declared_is_not_counted() -> None:
    standing = IstagGauge()
    after(standing, [problem(ONE, Reason.DENIED)], SCHEDULED)
    gone = changed(
        WORLD,
        revision="2" * 40,
        declarations=declare({"app:two": spec("two", docker("quay.io/a:2"), scheduled=True)}),
        histories={TWO: stack("app:two", event(A, 1))},
    )
    assert after(standing, [], (), gone) == {"InSync": 1}


def test_a_history_that_cannot_be_read_is_a_failure_and_a_bare_name_one_more() -> None:
    world = changed(WORLD, unreadable={ONE: "it is torn."}, histories={})
    assert after(IstagGauge(), [], (), world) == {"Frozen": 1, "Failed": 1, "Empty": 2}
    other = problem(istag("app:other"), Reason.DIVERGED)
    assert after(IstagGauge(), [other], (), world) == {"Frozen": 1, "Failed": 2, "Empty": 2}
    assert after(IstagGauge(), [Problem(None, Reason.INVALID, "a file")], (), world) == {
        "Frozen": 1,
        "Failed": 1,
        "Empty": 2,
    }


def test_the_states_are_those_of_the_status_command() -> None:
    assert set(TagState) - set(STATES) == {TagState.PENDING, TagState.BEHIND}
