"""Thousands of passes of one process, with moves, failures, webhooks and reloads: it holds no more at the end.

What it holds is looked at when it rests. The first tenth warms up; the second is compared with the last.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.kit.faults import Behaviour, Decide, FaultServer, Reply, html
from tests.kit.loop import Loop
from tests.kit.process import Usage, usage
from tests.kit.signing_sender import bearer
from tests.kit.site import SECRET, Site, site
from tests.kit.webhooks import distribution_event

MIB = 1024 * 1024
RESIDENT = 6 * MIB
"""Bytes of memory that may be added by chance, in addition to a twentieth."""
DESCRIPTORS = 4
"""Connections that the registries and the tests keep open for a while."""
HINTS = 6
"""Events of each round without a new image, in addition to the moves."""
FAULTY = """\
---
apiVersion: image.openshift.io/v1
kind: ImageStream
metadata: {{name: faulty, namespace: team-a}}
spec:
  tags:
    - name: one
      annotations: {{reconciler/interval: 1s}}
      from: {{kind: DockerImage, name: "{address}/acme/faulty:1"}}
      importPolicy: {{scheduled: true}}
"""


@dataclass
class Soak:
    """A loop, the rounds of work for it, and its resources after each round."""

    site: Site
    loop: Loop
    chance: random.Random
    samples: list[Usage] = field(default_factory=list)

    def round(self, number: int) -> None:
        """Some moves, each waited for, and now and then another event."""
        for _ in range(2):
            tag = self.chance.choice(self.site.tags)
            moved = self.site.move(tag)
            self.loop.until(lambda tag=tag, moved=moved: self.site.top(tag) == moved)  # type: ignore[misc]
        for _ in range(HINTS):
            self._hint()
        self.loop.ask("/hooks/registry/hub", b"[" * 100_000, {"content-type": "application/json"})
        self.loop.ask("/hooks/registry/hub", b"{", bearer("a guess"))
        if number % 5 == 0:
            self.loop.hang_up()
        if number % 7 == 0:
            self._a_person_pushes(number)
        if number % 11 == 0:
            with self._away():
                self.loop.hang_up()
                time.sleep(0.1)
            self.loop.hang_up()
        self._rest()

    def _hint(self) -> None:
        """Post an event without a new image, and wait for the pass that it causes."""
        before = self.passes()
        event = json.dumps(distribution_event("push", "acme/app", self.site.tags[0], self.site.registry)).encode()
        self.loop.ask("/hooks/registry/hub", event, bearer(SECRET) | {"content-type": "application/json"})
        self.loop.until(lambda: self.passes() > before)

    def _a_person_pushes(self, number: int) -> None:
        person = self.site.person
        person.git("fetch", "--quiet")
        person.git("reset", "--quiet", "--hard", "origin/main")
        if self.chance.random() < 0.5:
            person.git("revert", "--no-edit", person.git("log", "-1", "--format=%H", "--grep=^Tag "))
        else:
            person.commit({"notes.txt": f"{number}"})
        person.tried("push", "--quiet")
        self.loop.hang_up()

    @contextmanager
    def _away(self) -> Iterator[None]:
        bare = self.site.bare.path
        bare.rename(bare.with_name("away.git"))
        try:
            yield
        finally:
            bare.with_name("away.git").rename(bare)

    def _rest(self) -> None:
        """Note its resources between two passes."""
        seen: list[Usage] = []

        def rests() -> bool:
            seen.append(usage(self.loop.pid))
            return seen[-1].children == 0

        self.loop.until(rests)
        self.samples.append(seen[-1])

    def passes(self) -> int:
        """The number of passes so far."""
        return int(self.loop.metric("imagestream_passes_total"))


def answers(chance: random.Random) -> Behaviour:
    """A registry that fails in several ways, each at once."""
    return Decide(lambda _: chance.choice((Reply(404), Reply(401), html(), Reply(200, {}, b"{"))))


def soak(root: Path, rounds: int) -> tuple[int, list[Usage]]:
    """Run so many rounds; the number of passes, and the resources after each round."""
    chance = random.Random(rounds)
    with site(root, tags=3) as here, FaultServer({"* /v2/": Reply(200), "*": answers(chance)}) as faulty:
        here.declare(more=FAULTY.format(address=faulty.address))
        here.person.commit(message="Declare a tag of a registry that fails")
        here.person.git("push", "--quiet")
        with here.loop() as loop:
            loop.until_ready()
            soaking = Soak(here, loop, chance)
            for number in range(1, rounds + 1):
                soaking.round(number)
            passes = soaking.passes()
            loop.stop()
        assert loop.messages("error") == []
        assert here.bare.fsck() == ""
        assert here.verify().endswith("no break.\n")
    return passes, soaking.samples


def compared(samples: list[Usage]) -> tuple[list[Usage], list[Usage]]:
    """The second tenth, and the last one."""
    tenth = max(3, len(samples) // 10)
    return samples[tenth : 2 * tenth], samples[-tenth:]


def figures(samples: list[Usage]) -> str:
    parts = ("resident", "threads", "descriptors", "children")
    middle = {part: statistics.median(getattr(each, part) for each in samples) for part in parts}
    middle["resident"] = round(middle["resident"] / MIB, 1)
    return ", ".join(f"{part} {value:g}" for part, value in middle.items())


def check(samples: list[Usage]) -> None:
    early, late = compared(samples)
    before, after = (statistics.median(each.resident for each in some) for some in (early, late))
    assert after < before * 1.05 + RESIDENT
    assert max(each.threads for each in late) <= max(each.threads for each in samples[: len(samples) // 2])
    before, after = (statistics.median(each.descriptors for each in some) for some in (early, late))
    assert after <= before + DESCRIPTORS


def test_the_resources_of_a_loop_stay_flat_over_dozens_of_passes(tmp_path: Path) -> None:
    passes, samples = soak(tmp_path, 12)
    assert passes >= 80
    check(samples)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_the_resources_of_a_loop_stay_flat_over_thousands_of_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    passes, samples = soak(tmp_path, int(os.environ.get("IMAGESTREAM_SOAK_ROUNDS", "800")))
    early, late = compared(samples)
    with capsys.disabled():
        print(f"\n{passes} passes; second tenth: {figures(early)}; last tenth: {figures(late)}")  # noqa: T201
    check(samples)
