"""Plans for planner tests: a World in a few words, and the one change or problem of its plan."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.change import Change
from reconciler.model.history import TagHistory
from reconciler.model.observation import Answer
from reconciler.model.plan import Problem
from reconciler.model.stream import SpecTag
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan
from reconciler.planning.world import World
from tests.kit.world import (
    NOW,
    answers,
    declare,
    made,
)


def world(
    tags: Mapping[str, SpecTag],
    *histories: TagHistory,
    given: Mapping[str, Answer] | None = None,
    **fields: object,
) -> World:
    """A World of these spec tags and histories, with the answers in `given` by pull spec; `changed` sets the rest."""
    declarations = declare(tags)
    return made(
        declarations,
        histories={history.name: history for history in histories},
        answers=answers(declarations, given or {}),
        **fields,
    )


def only_change(planned: World, scope: PassScope | None = None) -> Change:
    """The one change of the plan, which has no problem."""
    result = plan(planned, NOW, scope)
    assert result.problems == ()
    assert len(result.changes) == 1
    return result.changes[0]


def only_problem(planned: World, scope: PassScope | None = None) -> Problem:
    """The one problem of the plan, which changes nothing."""
    result = plan(planned, NOW, scope)
    assert result.changes == ()
    assert len(result.problems) == 1
    return result.problems[0]
