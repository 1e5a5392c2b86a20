"""Selections in planner tests: one istag that selects, a repository of versions, and passes without git."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.history import Cause, HeldImage, TagHistory, TagHold
from reconciler.model.observation import (
    Answer,
    Failure,
    Found,
    ImageMetadata,
    ListAnswer,
    Listed,
    Listing,
    Question,
    Reason,
)
from reconciler.model.plan import Plan
from reconciler.model.selection import Selection
from reconciler.model.stream import SpecTag
from reconciler.planning import lookup
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan
from reconciler.planning.subject import Subjects
from reconciler.planning.world import World
from tests.kit.world import NOW, changed, declare, digest, docker, event, istag, made, spec

REPOSITORY = "quay.io/acme/app"
APP = docker(REPOSITORY)
PROD = istag("app:prod")
HOLD = "f" * 40

Policy = Mapping[str, str | tuple[str, ...]]


def selecting(policy: Policy, **fields: object) -> SpecTag:
    """A scheduled spec tag that selects from the repository."""
    values: dict[str, object] = {"scheduled": True, "selection": Selection.of(policy)}
    return spec("prod", APP, 10, **(values | fields))


@dataclass
class Warehouse:
    """One repository: by version, a letter for its image."""

    images: dict[str, str] = field(default_factory=dict)
    built: dict[str, str] = field(default_factory=dict)
    """The build time of the image of each letter."""
    unlisted: set[str] = field(default_factory=set)
    """Versions that exist but are missing from the list."""
    listing: ListAnswer | None = None
    """The answer in place of the list."""
    failures: dict[str, Failure] = field(default_factory=dict)
    """The answer in place of the image of a version."""
    requested: list[str] = field(default_factory=list)

    def list(self) -> ListAnswer:
        """The tags, or the failure."""
        return self.listing or Listed(tuple(tag for tag in self.images if tag not in self.unlisted))

    def answer(self, question: Question) -> Answer:
        """The answer for a tag, or for an image by its digest."""
        self.requested.append(question.identifier)
        if question.identifier in self.failures:
            return self.failures[question.identifier]
        by_digest = {digest(letter): letter for letter in self.images.values()}
        letter = self.images.get(question.identifier) or by_digest.get(question.identifier)
        if letter is None:
            return Failure(Reason.NOT_FOUND, f"{question} is not there.")
        built = self.built.get(letter)
        if built is None:
            return Found(digest(letter))
        metadata = ImageMetadata(created=built)
        to_come = metadata.built is not None and metadata.built > NOW
        return Found(digest(letter), dataclasses.replace(metadata, premature=to_come))


def observed(world: World, warehouse: Warehouse, scope: PassScope | None = None, *, everything: bool = False) -> World:
    """The World with the answers to its questions, as `reconcile.observe` makes it."""
    lists: dict[Listing, ListAnswer] = {}
    answers: dict[Question, Answer] = {}
    for _ in range(100):
        world = changed(world, listings=dict(lists), answers=dict(answers))
        new = lookup.listings(Subjects(world, scope or PassScope()), everything=everything) - lists.keys()
        questions = (
            lookup.questions(Subjects(world, scope or PassScope()), everything=everything).keys() - answers.keys()
        )
        if not new and not questions:
            return world
        lists |= {each: warehouse.list() for each in new}
        answers |= {each: warehouse.answer(each) for each in sorted(questions, key=str)}
    raise AssertionError("it asks without end")


def recorded(*versions: str) -> TagHistory:
    """A stack, newest first, of `VERSION=LETTER`."""
    pairs = [text.partition("=") for text in versions]
    events = (
        event(digest(letter), len(pairs) - index, docker(f"{REPOSITORY}:{version}"), cause=Cause.SCHEDULED)
        for index, (version, _, letter) in enumerate(pairs)
    )
    return TagHistory(PROD, tuple(events))


def held(*letters: str) -> TagHold:
    """Holds of images that people rolled back under the same spec."""
    return TagHold(PROD, tuple(HeldImage(digest(letter), None, HOLD, APP) for letter in letters))


def world(tag: SpecTag, history: TagHistory | None = None, hold: TagHold | None = None) -> World:
    """The World before any question."""
    return made(
        declare({"app:prod": tag}),
        histories={PROD: history} if history else {},
        holds={PROD: hold} if hold else {},
    )


def passed(planned: World, warehouse: Warehouse, scope: PassScope | None = None) -> Plan:
    """The plan of a pass."""
    return plan(observed(planned, warehouse, scope), NOW, scope)


def moved(result: Plan) -> str | None:
    """`VERSION=LETTER` of the only change; None without a change."""
    assert len(result.changes) <= 1, result.changes
    if not result.changes:
        return None
    change = result.changes[0]
    assert change.source is not None
    assert change.image is not None
    return f"{change.source.name.removeprefix(REPOSITORY + ':')}={change.image.removeprefix('sha256:')[0]}"
