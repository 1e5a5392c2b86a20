"""A loop that is killed again and again, while images move and a person pushes: nothing is lost, doubled or in the way.

Each round kills it at a random moment, or right when it runs a git of a kind that is drawn. Over HTTP everything that
it started is killed with it, as a container is; over a path it is killed alone, and its git goes on beside the next one.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.kit.git import GitFolder
from tests.kit.git_server import web_server
from tests.kit.loop import Loop
from tests.kit.site import Site, site

STARTING = ("config", "config", "fsck", "fetch")
PASSING = ("fast-import", "fast-import", "push", "push", "update-ref", "update-ref", "merge-base")
AIMS = ("", "", "", *STARTING, *PASSING)
"""The git command to wait for before a kill, at the start or in a pass; an empty one means a random moment."""
PATIENCE = 2.0
"""Seconds to wait for it; after them the kill comes anyway."""
KILLS = 6
TURNS = 2
"""Actions of the person between two kills."""


@dataclass
class Tally:
    """Counts of the states that the kills met."""

    kills: int = 0
    during: Counter[str] = field(default_factory=Counter)
    """The commands of the gits that were running."""
    inside: int = 0
    """Kills while a git was running."""
    built: int = 0
    """Kills that left unpushed commits."""
    locks: Counter[str] = field(default_factory=Counter)
    """Lock files that stayed in the mirror."""

    def __str__(self) -> str:
        during = ", ".join(f"{verb} {count}" for verb, count in self.during.most_common())
        locks = ", ".join(f"{name} {count}" for name, count in self.locks.most_common()) or "none"
        return (
            f"{self.kills} kills, {self.inside} while a git ran ({during}); "
            f"{self.built} left commits that were built and not pushed; locks left: {locks}"
        )


@dataclass
class Person:
    """A person who edits the spec, reverts events and pushes, while the loop works."""

    site: Site
    chance: random.Random
    commits: list[str] = field(default_factory=list)
    """The commits that were pushed."""
    turns: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Actions that are left. It has a limit, because endless pushes that are faster than a pass starve the loop."""
    _number: int = 0

    def act(self) -> None:
        """Change something and push it; if the loop pushed first, rebase, or give up."""
        git = self.site.person
        git.git("fetch", "--quiet")
        git.git("reset", "--quiet", "--hard", "origin/main")
        if not (self._revert() if self.chance.random() < 0.4 else self._edit()):
            return
        for _ in range(3):
            if git.tried("push", "--quiet"):
                self.commits.append(git.head())
                return
            if not git.tried("pull", "--quiet", "--rebase"):
                git.git("rebase", "--abort")
                return

    def _revert(self) -> bool:
        """Revert the newest event; False if newer ones conflict."""
        git = self.site.person
        newest = git.git("log", "-1", "--format=%H", "--committer=imagestream", "--grep=^Tag ")
        if newest and git.tried("revert", "--no-edit", newest):
            return True
        git.tried("revert", "--abort")
        return False

    def _edit(self) -> bool:
        self._number += 1
        self.site.declare(more=f"# {self._number}\n")
        self.site.person.commit(message=f"Edit {self._number}")
        return True

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Act again and again, while the block runs."""
        done = threading.Event()
        failures: list[BaseException] = []

        def work() -> None:
            try:
                while not done.wait(self.chance.uniform(0.05, 0.5)):
                    if self.turns.acquire(timeout=0.1):
                        self.act()
            except AssertionError as failure:
                failures.append(failure)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
        assert not failures


@dataclass
class Killing:
    """The rounds over one installation."""

    site: Site
    loop: Loop
    chance: random.Random
    whole: bool
    tally: Tally = field(default_factory=Tally)
    _left: set[str] = field(default_factory=set)
    """Commits in the mirror that were never pushed."""

    def round(self) -> None:
        """Start, let images move, kill."""
        aim = self.chance.choice(AIMS)
        if self.chance.random() < 0.5:
            self.move()
        self.loop.start()
        if aim not in STARTING and self.chance.random() < 0.8:
            self.loop.until_ready()
        moved = time.monotonic()
        self.move()
        if aim:
            after = self.chance.choice((0.0, self.chance.uniform(0, 0.02)))
            while not self.loop.seize(aim, after) and time.monotonic() < moved + PATIENCE:
                time.sleep(0.002)
        else:
            time.sleep(self.chance.uniform(0, 0.4))
        self.count(self.loop.kill(whole=self.whole))

    def move(self) -> None:
        """Move some tags."""
        for tag in self.chance.sample(self.site.tags, self.chance.randint(1, len(self.site.tags))):
            self.site.move(tag)

    def count(self, verbs: list[str]) -> None:
        """Count what the kill met, and check that the remote's branch is whole."""
        tally, mirror = self.tally, GitFolder(self.loop.mirror, self.site.bare.environ)
        tally.kills += 1
        tally.inside += bool(verbs)
        tally.during.update(verbs)
        if (mirror.path / "objects").is_dir():
            tally.locks.update(str(each.relative_to(mirror.path)) for each in mirror.path.rglob("*.lock"))
            left = _commits(mirror) - _commits(self.site.bare)
            tally.built += bool(left - self._left)
            self._left |= left
        self.site.bare.git("rev-list", "--objects", "--quiet", "main")

    def finish(self) -> dict[str, str]:
        """Start once more; the result is the new image of each tag, which the remote has on return."""
        self.loop.start()
        self.loop.until_ready()
        moved = {tag: self.site.move(tag) for tag in self.site.tags}
        self.loop.until(lambda: self.site.tops() == moved)
        self.loop.stop()
        return moved


def _commits(repository: GitFolder) -> set[str]:
    """Every commit of a repository, with or without a reference to it."""
    lines = repository.raw(
        "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)", "--unordered", check=False
    )
    return {line.split()[1] for line in lines.decode().splitlines() if line.startswith("commit ")}


def kill_and_check(tmp_path: Path, kills: int, seed: int, *, http: bool) -> Tally:
    """Run so many rounds, and check the result."""
    chance = random.Random(seed)
    with site(tmp_path, tags=4) as here, web_server(tmp_path, tmp_path / "web") as server:
        here.bare.git("config", "http.receivepack", "true")
        (tmp_path / "password").write_text("s3cret\n")
        access = ("--git-user", "bot", "--git-password-file", str(tmp_path / "password"))
        url = f"{server.url}/git/remote.git" if http else here.url
        loop = here.loop(repo=url, words=("--poll", "1", *(access if http else ())))
        person, killing = Person(here, random.Random(seed + 1)), Killing(here, loop, chance, whole=http)
        with ExitStack() as stack:
            stack.push(loop.__exit__)  # ends what is running, also after a failure
            stack.enter_context(person.acting())
            for _ in range(kills):
                person.turns.release(TURNS)
                killing.round()
        assert here.bare.fsck() == ""
        with ExitStack() as stack:
            stack.push(loop.__exit__)
            killing.finish()
        assert "Traceback" not in loop.output()
        assert here.bare.fsck() == ""
        recorded = Counter(here.events())
        assert [event for event, count in recorded.items() if count > 1] == []
        main, tip = here.bare.head("main"), here.bare.head("refs/imagestream/tip/main")
        for commit in (tip, *person.commits):
            here.bare.git("merge-base", "--is-ancestor", commit, main)
        assert here.bare.git("log", "--format=%s", "--committer=imagestream", f"{tip}..main") == ""
        assert person.commits
        assert here.verify().endswith("no break.\n")
    return killing.tally


@pytest.mark.parametrize("http", [True, False])
def test_a_loop_that_is_killed_at_any_moment_loses_and_doubles_nothing(tmp_path: Path, *, http: bool) -> None:
    assert kill_and_check(tmp_path, KILLS, 20261124, http=http).kills == KILLS


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("http", [True, False])
def test_hundreds_of_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str], *, http: bool) -> None:
    kills = int(os.environ.get("IMAGESTREAM_SOAK_KILLS", "300")) // 2
    seed = int(os.environ.get("IMAGESTREAM_SOAK_SEED", "1"))
    tally = kill_and_check(tmp_path, kills, seed, http=http)
    with capsys.disabled():
        print(f"\n{'http' if http else 'path'}: {tally}")  # noqa: T201 - the soak's figures
    assert tally.inside * 4 >= tally.kills, "the kills have to meet passes"
