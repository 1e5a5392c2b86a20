"""What is due: which sources have a schedule, how often they are looked up, and which are not."""

from __future__ import annotations

import pytest

from reconciler.model.config import Config, Installation, RegistryRule
from reconciler.model.history import Cause
from reconciler.model.name import StreamName
from reconciler.model.stream import SpecTag
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.scheduled_source import ScheduledSource, scheduled_sources
from reconciler.planning.subject import Subjects
from tests.kit.world import A, declare, docker, event, follows, istag, made, pins, spec, stack

RULES = (
    RegistryRule("quay.io", interval=60),
    RegistryRule("quay.io/acme/slow", interval=7200),
    RegistryRule("quay.io/acme/plain"),
)
SOURCE = docker("quay.io/acme/app:1")


@pytest.mark.parametrize(
    ("source", "annotation", "interval"),
    [
        ("quay.io/acme/app:1", "5s", 5),
        ("quay.io/acme/app:1", None, 60),
        ("quay.io/acme/app:1", "often", 60),
        ("quay.io/acme/slow:1", None, 7200),
        ("quay.io/acme/slow:1", "5m", 300),
        ("quay.io/acme/plain:1", None, 900),
        ("ghcr.io/acme/app:1", None, 900),
        ("ghcr.io/acme/app:1", "24h", 86_400),
    ],
)
def test_the_tags_own_interval_goes_before_the_registrys_and_that_before_the_configs(
    source: str, annotation: str | None, interval: int
) -> None:
    annotations = {} if annotation is None else {"reconciler/interval": annotation}
    tag = spec("prod", docker(source), scheduled=True, annotations=annotations)
    world = made(declare({"app:prod": tag}), config=Config(interval=900), installation=Installation(RULES))
    assert scheduled_sources(world)[istag("app:prod")].interval == interval


@pytest.mark.parametrize(
    ("tag", "is_there"),
    [
        (spec("prod", SOURCE, scheduled=True), True),
        (spec("prod", SOURCE), False),
        (spec("prod", docker("quay.io/acme/app:2")), True),
        (spec("prod", docker(f"quay.io/acme/app@{A}")), True),
        (spec("prod", docker("NO PULL SPEC")), False),
        (spec("prod", docker("quay.io/acme/app:2"), reference=True), False),
        (spec("prod", follows("app:dev")), False),
        (spec("prod", pins("app@aaaa")), False),
        (spec("prod", None), False),
    ],
)
def test_what_is_scheduled_or_not_resolved_yet_is_looked_at(tag: SpecTag, *, is_there: bool) -> None:
    histories = {istag("app:prod"): stack("app:prod", event(A, source=SOURCE))}
    found = scheduled_sources(made(declare({"app:prod": tag}), histories=histories))
    assert (istag("app:prod") in found) is is_there


def test_a_stream_is_looked_at_for_what_is_pushed_to_it() -> None:
    rules = (RegistryRule("own.example/x", integrated=True, interval=7),)
    world = made(declare({"app:prod": spec("prod", None)}), installation=Installation(rules))
    name = StreamName("team-a", "app")
    at = "own.example", "x/team-a/app", "own.example/x/team-a/app"
    assert scheduled_sources(world) == {name: ScheduledSource(7, *at, is_filled_by_pushes=True)}


def test_a_resting_source_is_not_resolved_unless_a_person_requests_it() -> None:
    name, tag = istag("app:prod"), spec("prod", SOURCE)
    world = made(declare({"app:prod": tag}))
    resting = frozenset({name})

    def cause(scope: PassScope) -> Cause | None:
        (subject,) = Subjects(world, scope).declared()
        return subject.cause

    assert cause(PassScope()) is Cause.DECLARED
    assert cause(PassScope(resting=resting)) is None
    assert cause(PassScope(resting=resting, requested=resting)) is Cause.DECLARED
