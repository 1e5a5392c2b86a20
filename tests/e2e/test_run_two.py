"""Two loops on one branch that both get every event: each image is recorded once, and little work is done twice."""

from __future__ import annotations

import os
import random
import re
import time
from collections import Counter
from pathlib import Path

import pytest

from reconciler.model.name import IstagName
from tests.kit.site import Site, site
from tests.kit.workload import APP, deployment

PAUSE = 0.2
"""Seconds of rest after a move; without it one loop that pushes all the time may starve the other."""


def move_and_check(root: Path, moves: int, tags: int) -> str:
    """Make so many moves beside two loops, and check the result; the returned text counts the work in vain."""
    chance = random.Random(moves)
    with site(root, tags=tags, loops=2) as here:
        follow(here)
        with here.loop(0) as one, here.loop(1) as two:
            one.until_ready()
            two.until_ready()
            pushed: dict[str, list[str]] = {tag: [] for tag in here.tags}
            for _ in range(moves):
                tag = chance.choice(here.tags)
                pushed[tag].append(here.move(tag))
                if chance.random() < 0.7:
                    one.until(lambda tag=tag: here.top(tag) == pushed[tag][-1])  # type: ignore[misc]
                    time.sleep(PAUSE)
                else:
                    time.sleep(chance.uniform(0, 0.05))
            for tag in here.tags:
                one.until(lambda tag=tag: here.top(tag) == (pushed[tag] or [here.top(tag)])[-1])  # type: ignore[misc]
            retries = sum(loop.metric("imagestream_push_retries_total") for loop in (one, two))
            done = sum(loop.metric("imagestream_pushes_total", "done") for loop in (one, two))
            assert sum(loop.metric("imagestream_pushes_total", "failed") for loop in (one, two)) == 0
            one.stop()
            two.stop()
            assert [one.messages("warning"), two.messages("warning")] == [[], []]
        recorded = Counter(here.events())
        check(here, recorded, pushed)
    return f"{moves} moves, {len(recorded)} events, {done:.0f} pushes, {retries:.0f} pushes in vain"


def check(here: Site, recorded: Counter[tuple[str, str]], pushed: dict[str, list[str]]) -> None:
    """Check that every move that was waited for is recorded once, in the order of the pushes, and nothing else is."""
    assert [event for event, count in recorded.items() if count > 1] == []
    assert here.bare.fsck() == ""
    assert here.verify().endswith("no break.\n")
    tops = here.tops()
    assert images(here, "main") == {tag: tops[tag] for tag in here.tags}
    check_each_commit(here)
    for tag, digests in pushed.items():
        history = [image for name, image in here.events() if name == f"team-a/app:{tag}"][::-1][1:]
        places = [digests.index(image) for image in history]
        assert places == sorted(places)


def follow(here: Site) -> None:
    """Push a workload with a container for each tag."""
    istags = {tag: IstagName("team-a", "app", tag) for tag in here.tags}
    here.person.commit({APP: deployment(dict.fromkeys(here.tags, "none"), istags)}, "Add a workload")
    here.person.git("push", "--quiet", "origin", "main")


def images(here: Site, commit: str) -> dict[str, str]:
    """The digests of the workload's containers at a commit."""
    text = here.bare.git("show", f"{commit}:{APP}")
    return {name: digest for digest, name in re.findall(r'image: "[^"@]*@([^"]*)"  # (\S+)', text)}


def check_each_commit(here: Site) -> None:
    """Check that every commit which moved a tag has it in the workload too: no loop parted them."""
    for line in here.bare.git("log", "--format=%H", "--grep=^Tag: ", "main").splitlines():
        for path in here.bare.git("show", "--format=", "--name-only", line, "--", "history").splitlines():
            top = here.bare.git("show", f"{line}:{path}").partition("- image: ")[2][:71]
            assert images(here, line)[path.rpartition("/")[2].removesuffix(".yaml")] == top, line


def test_two_loops_record_a_dozen_moves_once_each(tmp_path: Path) -> None:
    move_and_check(tmp_path, 12, 3)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_two_loops_and_hundreds_of_moves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = move_and_check(tmp_path, int(os.environ.get("IMAGESTREAM_SOAK_MOVES", "500")), 5)
    with capsys.disabled():
        print(f"\ntwo loops: {said}")  # noqa: T201 - the soak's figures
