"""The worklist: what a pass looks at, and which known problems it looks at again."""

from __future__ import annotations

import pytest

from reconciler.daemon.worklist import Batch, Worklist
from reconciler.model.config import Installation, RegistryRule
from reconciler.model.name import IstagName
from reconciler.model.observation import Reason
from reconciler.model.plan import Plan, Problem
from reconciler.planning.world import World
from tests.kit.world import A, declare, docker, event, istag, made, spec, stack

ONE, TWO = istag("one:prod"), istag("two:prod")
WORLD = made(
    declare(
        {f"{each}:prod": spec("prod", docker(f"registry.example/{each}:1"), scheduled=True) for each in ("one", "two")}
    ),
    histories={
        ONE: stack("one:prod", event(A, 1, docker("registry.example/one:1"))),
        TWO: stack("two:prod", event(A, 1, docker("registry.example/two:1"))),
    },
)
FAILED = Problem(ONE, Reason.UNREACHABLE, "registry.example is away.")
HELD = Problem(ONE, Reason.HELD, "it is held.")


def run_pass_over_all(worklist: Worklist, world: World = WORLD) -> Batch:
    """A pass over everything."""
    worklist.read(world, 0.0)
    batch = worklist.batch(0.0, whole=True)
    assert batch is not None
    worklist.finish(batch, Plan("1" * 40), 0.0)
    return batch


def pushed(worklist: Worklist, *repositories: str) -> Batch:
    """The batch after a push to these repositories."""
    worklist.pushed([("registry.example", each) for each in repositories], (), 1.0)
    batch = worklist.batch(1.0, whole=False)
    assert batch is not None
    return batch


def test_a_pass_over_everything_looks_at_every_problem_again() -> None:
    worklist = Worklist()
    batch = run_pass_over_all(worklist)
    assert batch.scope.due == {ONE, TWO}
    assert all(worklist.covers(batch, each) for each in (FAILED, HELD, Problem(None, Reason.INVALID, "a file")))


@pytest.mark.parametrize(("name", "covered"), [("one", True), ("two", False)])
def test_a_problem_is_looked_at_again_only_with_its_istag(name: str, *, covered: bool) -> None:
    worklist = Worklist()
    run_pass_over_all(worklist)
    batch = pushed(worklist, name)
    assert batch.scope.due == {istag(f"{name}:prod")}
    assert [worklist.covers(batch, each) for each in (FAILED, HELD)] == [covered, covered]


def test_a_problem_of_a_pushed_istag_is_looked_at_again_with_its_stream() -> None:
    world = made(
        declare({"one:prod": spec("prod", None), "two:prod": spec("prod", None)}),
        installation=Installation(registries=(RegistryRule("registry.example", integrated=True),)),
    )
    for name, covered in (("one", True), ("two", False)):
        worklist = Worklist()
        run_pass_over_all(worklist, world)
        batch = pushed(worklist, f"team-a/{name}")
        assert batch.scope.due == {istag(f"{name}:prod").stream_name}
        assert worklist.covers(batch, FAILED) is covered


def test_there_is_no_batch_until_something_is_due() -> None:
    worklist = Worklist()
    run_pass_over_all(worklist)
    assert worklist.batch(0.0, whole=False) is None
    names: set[IstagName] = {ONE, TWO}
    assert worklist.knows(names)
    assert not worklist.knows({istag("three:prod")})
