"""`python -m bench.push`, the second part of `make bench`: from a push of an image to its commit on the remote.

A real registry tells the installed `imagestream run` of each push; the remote is a bare repository, over a path or over
smart HTTP. In turn with it, the same is done by hand on another remote of the same kind: `skopeo inspect`,
`git commit`, `git push`, each a process. Then the loop's git commands are counted and timed by a git in front of the
real one, in a run of its own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.kit.git_server import web_server
from tests.kit.loop import Loop
from tests.kit.site import Site, site

PUSHES = 100
PAUSE = 0.2
"""Seconds between two pushes, so that each is measured alone."""
_PATIENCE = 30.0
_GIT = """\
#!/bin/sh
start=$(date +%s%N)
"{git}" "$@"
status=$?
printf '%s %s %s\\n' "$start" "$(date +%s%N)" "$*" >>"{log}"
exit $status
"""


@dataclass(frozen=True, slots=True)
class Times:
    """The seconds of each repetition."""

    taken: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.taken)

    @property
    def p95(self) -> float:
        """The 95th percentile."""
        return statistics.quantiles(self.taken, n=20)[-1]

    def row(self, what: str) -> str:
        """A row of the table, in milliseconds."""
        shown = (self.median, self.p95, min(self.taken), max(self.taken))
        return f"{what:44}" + "".join(f"{seconds * 1000:10.0f}" for seconds in shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pushes", nargs="?", type=int, default=PUSHES)
    pushes = parser.parse_args().pushes
    print(f"\n{'push to commit, milliseconds':44}{'median':>10}{'p95':>10}{'least':>10}{'most':>10}")
    for transport in ("path", "http"):
        with tempfile.TemporaryDirectory(prefix="imagestream-bench-") as folder, ExitStack() as stack:
            here = stack.enter_context(site(Path(folder)))
            loop, by_hand = measured(here, served(here, stack, transport), pushes)
        print(loop.row(f"imagestream run, remote over {transport}"))
        print(by_hand.row(f"by hand, remote over {transport}"))
        print(f"{'ratio of the medians':44}{by_hand.median / loop.median:10.1f}")
    with tempfile.TemporaryDirectory(prefix="imagestream-bench-") as folder, site(Path(folder)) as here:
        profile(here, pushes)


@dataclass(frozen=True, slots=True)
class Remote:
    """How git reaches the remote."""

    url: str
    words: tuple[str, ...] = ()


def served(here: Site, stack: ExitStack, transport: str) -> Remote:
    """The remote over a path, or behind a web server with a password; the person's clone has a copy of it."""
    here.bare.git("clone", "--quiet", "--bare", ".", str(here.root / "hand.git"))
    if transport == "path":
        here.person.git("remote", "set-url", "origin", f"file://{here.root / 'hand.git'}")
        return Remote(here.url)
    for repository in (here.bare.path, here.root / "hand.git"):
        here.bare.git("-C", str(repository), "config", "http.receivepack", "true")
    server = stack.enter_context(web_server(here.root, here.root / "web"))
    password = here.root / "password"
    password.write_text("s3cret\n", encoding="utf-8")
    here.person.git("remote", "set-url", "origin", f"{server.url.replace('//', '//bot:s3cret@')}/git/hand.git")
    return Remote(f"{server.url}/git/remote.git", ("--git-user", "bot", "--git-password-file", str(password)))


def measured(here: Site, remote: Remote, pushes: int) -> tuple[Times, Times]:
    """Measure the loop and the commands by hand in turn, so that both have the same load."""
    loop_times, hand_times = Times(), Times()
    with here.loop(repo=remote.url, words=remote.words) as loop:
        loop.until_ready()
        for _ in range(pushes):
            loop_times.taken.append(by_loop(here, loop))
            time.sleep(PAUSE)
            hand_times.taken.append(by_hand(here))
            time.sleep(PAUSE)
        loop.stop()
    return loop_times, hand_times


def by_loop(here: Site, loop: Loop) -> float:
    """The seconds from the PUT of the manifest until the branch on the remote has moved."""
    head = here.bare.path / "refs/heads/main"
    before, start = head.read_text(), time.perf_counter()
    pushed = here.move("t0")
    while head.read_text() == before:
        time.sleep(0.0005)
        if time.perf_counter() - start > _PATIENCE:
            raise RuntimeError(loop.said())
    taken = time.perf_counter() - start
    if here.top("t0") != pushed:
        raise RuntimeError(f"{here.top('t0')} is on the remote, {pushed} was pushed")
    return taken


def by_hand(here: Site) -> float:
    """The seconds that a person's script takes after the same PUT, for a tag that the loop does not look up."""
    person, git = here.person, here.person.git
    start = time.perf_counter()
    pushed = here.images.move("acme/hand", "t0")
    inspect = [
        "skopeo",
        "inspect",
        "--tls-verify=false",
        "--format={{.Digest}}",
        f"docker://{here.registry}/acme/hand:t0",
    ]
    shown = subprocess.run(inspect, check=True, capture_output=True, text=True).stdout.strip()
    person.write("hand.txt", f"{shown}\n")
    git("add", "hand.txt")
    git("commit", "--quiet", "--message", f"Move to {shown}")
    git("push", "--quiet")
    taken = time.perf_counter() - start
    if shown != pushed:
        raise RuntimeError(f"skopeo shows {shown}, {pushed} was pushed")
    return taken


def profile(here: Site, pushes: int) -> None:
    """Print the git commands of one push and their times; the git in front makes each some milliseconds slower."""
    folder = here.root / "bin"
    folder.mkdir()
    log = folder / "commands"
    (folder / "git").write_text(_GIT.format(git=shutil.which("git"), log=log), encoding="utf-8")
    (folder / "git").chmod(0o755)
    loop = here.loop()
    loop.environ = {**loop.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    verbs: dict[str, list[float]] = defaultdict(list)
    with loop:
        loop.until_ready()
        for _ in range(min(pushes, 20)):
            time.sleep(PAUSE)
            log.write_text("", encoding="utf-8")
            by_loop(here, loop)
            time.sleep(PAUSE)
            for line in log.read_text(encoding="utf-8").splitlines():
                start, end, *words = line.split()
                verbs[_verb(words)].append((int(end) - int(start)) / 1e9)
        loop.stop()
    rounds = min(pushes, 20)
    print(f"\n{'git commands of one push (path)':44}{'each':>10}{'ms each':>10}{'ms all':>10}")
    for verb, taken in sorted(verbs.items(), key=lambda item: -sum(item[1])):
        shown = (len(taken) / rounds, statistics.mean(taken) * 1000, sum(taken) / rounds * 1000)
        print(f"{verb:44}" + "".join(f"{figure:10.1f}" for figure in shown))


def _verb(words: list[str]) -> str:
    rest = iter(words)
    for word in rest:
        if word in {"-c", "-C"}:
            next(rest)
        elif not word.startswith("-"):
            return word
    return "?"


if __name__ == "__main__":
    main()
