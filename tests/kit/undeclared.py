"""Undeclared istags in planner tests: an integrated registry, a whole repository, and passes without git."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from reconciler.model.config import Installation, RegistryRule
from reconciler.model.history import TagHistory
from reconciler.model.observation import Answer, Failure, Found, ListAnswer, Listed, Listing, Question, Reason
from reconciler.model.plan import Plan
from reconciler.model.stream import SpecTag
from reconciler.planning import lookup
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan
from reconciler.planning.subject import Subjects
from reconciler.planning.world import World
from tests.kit.world import (
    NOW,
    A,
    changed,
    declare,
    docker,
    event,
    istag,
    made,
    spec,
    stack,
)

HOST = "registry.example:5000"
REPOSITORY = "quay.io/acme/app"
HERE = Installation(registries=(RegistryRule(prefix="quay.io"), RegistryRule(prefix=HOST, integrated=True)))
GONE = Failure(Reason.NOT_FOUND, "it is not there.")
DOWN = Failure(Reason.UNREACHABLE, "registry.example:5000 cannot be reached.")


def observed(planned: World, images: Mapping[str, Answer], scope: PassScope | None = None) -> World:
    """The World with the answers to its questions; images that are not in `images` do not exist."""
    lists: dict[Listing, ListAnswer] = {}
    answers: dict[Question, Answer] = {}
    while True:
        planned = changed(planned, listings=dict(lists), answers=dict(answers))
        new = lookup.listings(Subjects(planned, scope or PassScope())) - lists.keys()
        questions = lookup.questions(Subjects(planned, scope or PassScope())).keys() - answers.keys()
        if not new and not questions:
            return planned
        for listing in new:
            tags = tuple(name.rpartition(":")[2] for name in images if name.rpartition(":")[0] == str(listing))
            lists[listing] = images.get(str(listing)) or (Listed(tags) if tags else GONE)  # type: ignore[assignment]
        answers |= {each: images.get(str(each), GONE) for each in questions}


def passed(planned: World, images: Mapping[str, Answer], scope: PassScope | None = None) -> Plan:
    """The plan of a pass; images that are not in `images` do not exist."""
    return plan(observed(planned, images, scope), NOW, scope)


def world(
    tags: Mapping[str, SpecTag], *histories: TagHistory, repository: str | None = None, **fields: object
) -> World:
    """A World of these spec tags and histories under the integrated registry, with a repository to import."""
    declarations = declare(tags or {"app:none": spec("none", docker("quay.io/acme/none"), reference=True)})
    streams = {
        name: dataclasses.replace(stream, repository=repository) for name, stream in declarations.streams.items()
    }
    known = {history.name: history for history in histories}
    if not tags:
        known[istag("app:none")] = stack(
            "app:none", event(None, 1, docker("quay.io/acme/none"), pull_spec="quay.io/acme/none")
        )
    base = made(dataclasses.replace(declarations, streams=streams), installation=HERE, histories=known)
    return changed(base, **fields)


def moves(result: Plan) -> list[tuple[str, str, str | None, str]]:
    """Tag, kind, source and cause of each change."""
    return [
        (change.tag.tag, str(change.kind), change.source.name if change.source else None, change.cause)
        for change in result.changes
    ]


def pushed(tag: str) -> str:
    """The pull spec of a tag that was pushed."""
    return f"{HOST}/team-a/app:{tag}"


def repository(*tags: str) -> dict[str, Answer]:
    """Answers for some tags of the repository, with one image."""
    return {f"{REPOSITORY}:{tag}": Found(A) for tag in tags}
