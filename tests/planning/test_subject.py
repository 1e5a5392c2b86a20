"""What a pass decides about: each istag is worked out once, however many readers there are."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType

from reconciler.model.config import Installation, RegistryRule
from reconciler.model.name import IstagName
from reconciler.planning import due, holding, question
from reconciler.planning.scheduled_source import scheduled_sources
from reconciler.query.status import status
from reconciler.reconcile.observe import observe_everything, read_world
from reconciler.reconcile.registries import Registries
from tests.kit.branch import FOLLOWED, Branch, docker
from tests.kit.world import NOW, A, B, C

WORKED_OUT: tuple[Callable[..., object], ...] = (
    due.cause,
    due.is_resolved,
    holding.entries_after_pass,
    question.question,
)
HERE = Installation((RegistryRule("own.example", integrated=True),))
PINNED = f"""apiVersion: image.openshift.io/v1
kind: ImageStream
metadata: {{name: app, namespace: team-a}}
spec: {{tags: [{{name: pinned, from: {{kind: ImageStreamImage, name: 'app@{A}'}}}}]}}
"""
TAGS = ("prod", "t1", "t2", "t3", "t4")


@contextmanager
def counted() -> Iterator[Counter[tuple[str, str]]]:
    """Counts how often each istag is worked out, by function."""
    codes: dict[CodeType, str] = {each.__code__: each.__name__ for each in WORKED_OUT}
    calls: Counter[tuple[str, str]] = Counter()

    def note(frame: FrameType, what: str, _argument: object) -> None:
        if what == "call" and frame.f_code in codes:
            calls[codes[frame.f_code], str(frame.f_locals["name"])] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def declared(branch: Branch) -> None:
    """Scheduled tags, one that follows, one that pins, one that was rolled back, and one that was pushed."""
    branch.installation = HERE
    tags = {tag: docker(f"registry.example/{tag}:1") for tag in TAGS}
    branch.shelf.images = {f"registry.example/{tag}:1": A for tag in TAGS} | {"own.example/team-a/app:new": C}
    branch.start({**tags, "copy": FOLLOWED})
    branch.git.commit({"pin.yaml": PINNED}, "Pin an image")
    branch.run()
    branch.shelf.images["registry.example/t1:1"] = B
    branch.run()
    branch.roll_back(IstagName.parse("team-a/app:t1", ""))
    branch.run()


def test_a_pass_works_each_istag_out_once(branch: Branch) -> None:
    declared(branch)
    with counted() as calls:
        assert branch.run().plan.changes == ()
    assert len(calls) >= len(TAGS) * len(WORKED_OUT)
    assert set(calls.values()) == {1}


def test_status_works_each_istag_out_once(branch: Branch) -> None:
    declared(branch)
    repository = branch.repository()
    with counted() as calls:
        world = read_world(repository, branch.git.head(), "main")
        rows = status(observe_everything(repository, world, Registries(branch.shelf, HERE)), NOW)
    assert {row.tag.tag: str(row.state) for row in rows} == {
        **dict.fromkeys(TAGS, "InSync"),
        "t1": "Held",
        "copy": "InSync",
        "pinned": "InSync",
        "new": "InSync",
    }
    assert set(calls.values()) == {1}


def test_the_schedule_works_each_istag_out_once(branch: Branch) -> None:
    declared(branch)
    world = read_world(branch.repository(), branch.git.head(), "main").with_installation(HERE)
    with counted() as calls:
        assert {name.tag for name in scheduled_sources(world) if isinstance(name, IstagName)} == set(TAGS)
    assert set(calls.values()) == {1}
