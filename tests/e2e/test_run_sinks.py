"""`imagestream run` and a real HTTP sink that fails, hangs and dies, while loops are killed: every change is told."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from reconciler.model.name import IstagName
from reconciler.model.notification import notification_id
from tests.kit.http_sink import HttpSink, Post
from tests.kit.loop import Loop, until
from tests.kit.site import Site, site

REF = "refs/imagestream/sinks/ci"


@contextmanager
def telling(root: Path, *, tags: int = 1, loops: int = 1) -> Iterator[tuple[Site, HttpSink]]:
    """An installation whose branch has the sink `ci`."""
    with site(root, tags=tags, loops=loops) as made, HttpSink() as sink:
        installation = made.root / "installation.yaml"
        installation.write_text(installation.read_text() + '  allowPrivate: ["127.0.0.1"]\n')
        declare(made, sink)
        yield made, sink


def declare(made: Site, *sinks: HttpSink) -> None:
    """Push a Config with these sinks: `ci`, then `s1` and so on."""
    names = ["ci", *(f"s{number}" for number in range(1, len(sinks)))]
    entries = ", ".join(f"{{name: {name}, url: '{sink.url}'}}" for name, sink in zip(names, sinks, strict=False))
    head = "apiVersion: reconciler/v1alpha1\nkind: Config\nspec:\n  schedule: {interval: 1h}\n"
    made.person.git("pull", "--quiet", "--rebase")
    made.person.commit({"reconciler.yaml": f"{head}  sinks: [{entries}]\n"}, "Tell sinks")
    made.person.git("push", "--quiet")


def expected(made: Site, since: str = "") -> list[str]:
    """The ids of all changes on the branch after a commit, oldest first."""
    span = f"{since}..main" if since else "main"
    found = []
    for text in made.bare.git("log", "--reverse", "--format=%H%n%B%x00", "--committer=imagestream", span).split("\0"):
        commit, _, message = text.strip().partition("\n")
        names = [line.removeprefix("Tag: ") for line in message.splitlines() if line.startswith("Tag: ")]
        found += [notification_id(commit, IstagName.parse(name, "")) for name in names]
    return found


def cursor(made: Site, name: str = "ci") -> str:
    """The cursor of a sink at the remote."""
    return made.bare.refs().get(f"refs/imagestream/sinks/{name}", "")


def move(made: Site, loop: Loop, tag: str = "t0") -> None:
    """Move a tag, and wait until it is on the branch."""
    image = made.move(tag)
    loop.until(lambda: made.top(tag) == image)


def test_a_sink_is_told_of_every_change_by_a_real_request(tmp_path: Path) -> None:
    with telling(tmp_path) as (made, sink):
        start = made.bare.head("main")
        with made.loop() as loop:
            loop.until_ready()
            move(made, loop)
            loop.until(lambda: sink.ids == expected(made, start))
            assert sink.taken[-1].subject == "team-a/app:t0"
            loop.until(lambda: cursor(made) == made.bare.head("main"))
            loop.until(lambda: loop.metric("imagestream_notifications_total", 'result="delivered"') == 2)
            loop.stop()
            assert "sink ci was told of 1 change" in loop.messages()


def test_a_sink_that_hangs_or_is_down_delays_no_pass_and_no_other_sink(tmp_path: Path) -> None:
    with telling(tmp_path) as (made, sink), HttpSink() as other:
        declare(made, sink, other)
        start = made.bare.head("main")
        sink.hang()
        with made.loop() as loop:
            loop.until_ready()
            for _ in range(3):
                move(made, loop)
            loop.until(lambda: other.ids == expected(made, start))
            assert sink.taken == []
            sink.die()
            sink.go_on()
            move(made, loop)
            loop.until(lambda: other.ids == expected(made, start))
            sink.start()
            loop.until(lambda: set(sink.ids) == set(expected(made, start)))
            loop.until(lambda: cursor(made) == cursor(made, "s1") == made.bare.head("main"))
            loop.stop()


def test_a_loop_ends_in_time_although_a_sink_hangs(tmp_path: Path) -> None:
    with telling(tmp_path) as (made, sink):
        with made.loop() as loop:
            loop.until_ready()
            loop.until(lambda: bool(sink.taken))
            sink.hang()
            move(made, loop)
            loop.until(lambda: len(sink.seen) > len(sink.taken))
            loop.stop()
            sink.go_on()
        with made.loop() as loop:
            loop.until(lambda: set(sink.ids) >= set(expected(made)))


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_lose_nothing_and_invent_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with telling(tmp_path, tags=2) as (made, sink):
        start = made.bare.head("main")
        posted = threading.Event()

        def note(_: Post) -> None:
            posted.set()

        sink.on_post = note
        for _ in range(4):
            sink.status = chance.choice([204, 204, 500, 429])
            with made.loop() as loop:
                if chance.random() < 0.3:
                    sink.die()
                loop.until_ready()
                move(made, loop, chance.choice(made.tags))
                if sink.status == 204 and chance.random() < 0.7:
                    posted.clear()
                    posted.wait(2)
                loop.kill(whole=False)  # the remote is a folder: its own git must not die too
            sink.die()
            sink.start()
        sink.status = 204
        with made.loop() as loop:
            loop.until(lambda: set(sink.ids) >= set(expected(made, start)))
            loop.until(lambda: cursor(made) == made.bare.head("main"))
            loop.stop()
        wanted = expected(made, start)
        assert set(sink.ids) == set(wanted)
        for name in made.tags:
            mine = [post.id for post in sink.taken if post.subject.endswith(name)]
            assert list(dict.fromkeys(mine)) == [each for each in wanted if each in mine]


def test_two_loops_on_one_branch_lose_nothing(tmp_path: Path) -> None:
    with telling(tmp_path, loops=2) as (made, sink), ExitStack() as stack:
        start = made.bare.head("main")
        loops = [stack.enter_context(made.loop(number, words=("--poll", "1"))) for number in range(2)]
        for loop in loops:
            loop.until_ready()
        for _ in range(3):
            move(made, loops[0])
        until(lambda: set(sink.ids) == set(expected(made, start)))
        until(lambda: cursor(made) == made.bare.head("main"))
        for loop in loops:
            loop.stop()
        assert set(sink.ids) == set(expected(made, start))


def test_a_sink_that_is_added_while_a_loop_runs_begins_there(tmp_path: Path) -> None:
    with telling(tmp_path) as (made, sink), HttpSink() as late, made.loop(words=("--poll", "1")) as loop:
        loop.until_ready()
        move(made, loop)
        declare(made, sink, late)
        added = made.bare.head("main")
        loop.until(lambda: cursor(made, "s1") == added)
        move(made, loop)
        loop.until(lambda: late.ids == expected(made, added))
        loop.stop()
