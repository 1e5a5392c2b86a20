"""Failures around a loop: the git host, the disk, the clock. Each is reported once, nothing is lost, work goes on."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from reconciler.app.options import Options
from reconciler.app.run_app import RunApp
from reconciler.clock import SystemClock
from reconciler.daemon.remote import Remote
from reconciler.daemon.wakeup import Wakeup
from reconciler.gitstore import GitAccess
from tests.kit.git_server import web_server
from tests.kit.loop import PATIENCE, Loop, until
from tests.kit.relay import Relay
from tests.kit.site import Site, site

UNREACHABLE = "origin: the remote cannot be reached: "
SLOW = "[http]\n\tlowSpeedLimit = 1000\n\tlowSpeedTime = 1\n"
"""Git's setting for connections that stop; without it the limit of the loop ends them after two minutes."""


@dataclass(frozen=True)
class Served:
    """A site whose remote is behind a web server, which is behind a relay."""

    site: Site
    relay: Relay
    loop: Loop


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with (
        site(tmp_path, interval="1s") as here,
        web_server(tmp_path, tmp_path / "web") as server,
        Relay(urlsplit(server.url).port or 0) as relay,
    ):
        here.bare.git("config", "http.receivepack", "true")
        (tmp_path / "password").write_text("s3cret\n")
        (tmp_path / "gitconfig").write_text(SLOW)
        words = ("--poll", "1", "--git-user", "bot", "--git-password-file", str(tmp_path / "password"))
        loop = here.loop(repo=f"http://127.0.0.1:{relay.port}/git/remote.git", words=words)
        loop.environ = {**loop.environ, "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig")}
        yield Served(here, relay, loop)


def push_something_large(here: Site) -> None:
    """A file that is larger than any buffer on the way."""
    here.person.git("pull", "--quiet", "--rebase")
    here.person.commit({"large.bin": random.Random(1).randbytes(1_000_000)}, "Add something large")
    here.person.git("push", "--quiet")


@pytest.mark.parametrize(
    "fault", ["refuses", "stops in the middle of a pack", pytest.param("says nothing", marks=pytest.mark.soak)]
)
def test_a_git_host_that_fails_during_a_fetch_is_reported_once_and_waited_for(served: Served, fault: str) -> None:
    here, relay = served.site, served.relay
    with served.loop as loop:
        loop.until_ready()
        relay.refuses = fault == "refuses"
        relay.stall(down=0 if fault == "says nothing" else 300_000)
        push_something_large(here)
        loop.until(lambda: loop.messages("warning") != [])
        moved = here.move("t0")
        assert loop.ask("/readyz")[0] == 503
        assert loop.ask("/healthz")[0] == 200
        assert relay.stalled or fault == "refuses"
        relay.resume()
        loop.until(lambda: here.top("t0") == moved)
        loop.until(lambda: loop.ask("/readyz")[0] == 200)
        loop.stop()
    (said,) = loop.messages("warning")
    assert said.startswith(UNREACHABLE)
    assert said.endswith(". Check its URL, the network and the access.")
    assert loop.messages("info").count(f"no longer: {said}") == 1
    assert "s3cret" not in loop.output()


def test_a_git_host_that_stops_during_a_push_has_all_of_it_or_nothing(served: Served) -> None:
    here, relay = served.site, served.relay
    with served.loop as loop:
        loop.until_ready()
        before = here.bare.head("main")
        relay.stall(up=1_200)  # the request for the references goes through, the pack does not
        moved = here.move("t0")
        loop.until(lambda: loop.messages("warning") != [])
        assert here.bare.head("main") == before
        assert here.bare.fsck() == ""
        relay.resume()
        loop.until(lambda: here.top("t0") == moved)
        loop.stop()
    assert relay.stalled
    assert here.bare.git("rev-list", "--count", f"{before}..main") == "1"


REFUSALS = {
    "GitHub": (
        "error: GH006: Protected branch update failed for refs/heads/main.",
        "GH006: Protected branch update failed for refs/heads/main",
    ),
    "GitLab": (
        "GitLab: You are not allowed to push code to protected branches on this project.",
        "GitLab: You are not allowed to push code to protected branches on this project",
    ),
}


@pytest.mark.parametrize("host", ["GitHub", pytest.param("GitLab", marks=pytest.mark.soak)])
def test_a_git_host_that_refuses_pushes_is_reported_once_and_pushed_to_later(tmp_path: Path, host: str) -> None:
    with site(tmp_path, interval="1s") as here, here.loop() as loop:
        loop.until_ready()
        before = here.bare.head("main")
        hook = here.bare.hook("pre-receive", f"echo '{REFUSALS[host][0]}' >&2; exit 1")
        here.move("t0")
        loop.until(lambda: loop.metric("imagestream_pushes_total", "failed") >= 2)
        assert here.bare.head("main") == before
        hook.unlink()
        moved = here.move("t0")
        loop.until(lambda: here.top("t0") == moved)
        loop.stop()
    (said,) = loop.messages("warning")
    assert said == (
        f"origin/main: the push was refused: pre-receive hook declined ({REFUSALS[host][1]}). Ask who may push there."
    )
    assert loop.messages("info").count(f"no longer: {said}") == 1


def test_a_full_disk_is_reported_once_and_used_again_when_there_is_room(tmp_path: Path) -> None:
    with site(tmp_path, interval="1s") as here:
        loop = here.loop(words=("--poll", "1"))
        loop.mirror.mkdir(parents=True)
        mount = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'
        alone = ("--mount",) if os.geteuid() == 0 else ("--mount", "--map-root-user")
        loop.wrapper = ("unshare", *alone, "sh", "-c", mount, str(loop.mirror))
        with loop:
            loop.until_ready()
            filling = Path(f"/proc/{loop.pid}/root{loop.mirror}/filling")
            with suppress(OSError), filling.open("wb", buffering=0) as file:
                while file.write(b"x" * 4096):
                    pass
            here.move("t0")
            loop.until(lambda: loop.metric("imagestream_passes_total", "failed") >= 2)
            filling.unlink()
            moved = here.move("t0")
            loop.until(lambda: here.top("t0") == moved)
            loop.stop()
        (said,) = loop.messages("warning")
        assert said == f"git fast-import failed in {loop.mirror}: the disk is full. Make room there."
        assert loop.messages("info").count(f"no longer: {said}") == 1
        assert here.bare.fsck() == ""


FAR = """\
---
apiVersion: image.openshift.io/v1
kind: ImageStream
metadata: {{name: far, namespace: team-a}}
spec:
  tags:
    - name: one
      from: {{kind: DockerImage, name: "127.0.0.1:{port}/acme/app:t0"}}
      importPolicy: {{scheduled: true}}
"""


@pytest.mark.parametrize(
    ("fault", "says"),
    [("refuses", "image 127.0.0.1:{port}/acme/app:t0: "), ("hangs", "127.0.0.1:{port} has not answered in time; ")],
)
def test_an_unreachable_registry_is_reported_once_and_stops_no_other(tmp_path: Path, fault: str, says: str) -> None:
    with site(tmp_path, interval="1s") as here, Relay(int(here.registry.rpartition(":")[2])) as relay:
        here.declare(more=FAR.format(port=relay.port))
        here.person.commit(message="Declare a tag of a registry that is far away")
        here.person.git("push", "--quiet")
        with here.loop() as loop:
            loop.until_ready()
            loop.until(lambda: "one" in here.tops())
            relay.refuses = fault == "refuses"
            relay.stall(down=0)
            relay.break_off()
            moved = here.move("t0")
            loop.until(lambda: here.top("t0") == moved, patience=200)
            loop.until(lambda: loop.messages("warning") != [], patience=200)
            assert here.tops()["one"] != moved
            relay.resume()
            moved = here.move("t0")
            loop.until(lambda: here.tops() == {"t0": moved, "one": moved}, patience=200)
            loop.stop()
        (said,) = loop.messages("warning")
        assert said.startswith(says.format(port=relay.port))
        assert loop.messages("info").count(f"no longer: {said}") == 1


class JumpingClock(SystemClock):
    """The machine's clock, except for the time of day, which the test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta()

    def now(self) -> datetime:
        """The time of day that the test sets."""
        return datetime.now(UTC) + self.ahead


@contextmanager
def in_this_process(here: Site, clock: JumpingClock) -> Iterator[None]:
    """A loop whose clock the test sets."""
    with RunApp(Options(config_file=here.root / "installation.yaml"), clock) as app:
        remote = Remote(here.url, "main", here.root / "mirror", 1.0, GitAccess())
        loop, wakeups = app.loop(remote)
        thread = threading.Thread(target=loop.run)
        thread.start()
        try:
            yield
        finally:
            wakeups.wake(Wakeup(stop=True))
            thread.join(PATIENCE)


def test_a_clock_that_jumps_changes_only_the_dates(tmp_path: Path) -> None:
    clock = JumpingClock()
    with site(tmp_path, interval="1s") as here, in_this_process(here, clock):
        until(lambda: here.top("t0") != "")
        years = {}
        for year in (1970, 2036, 2001):
            clock.ahead = datetime(year, 6, 1, tzinfo=UTC) - datetime.now(UTC)
            moved = here.move("t0")
            until(lambda moved=moved: here.top("t0") == moved)  # type: ignore[misc]
            years[moved] = year
        text = here.bare.git("show", "main:history/team-a/app/t0.yaml")
    lines = [line.split()[-1].strip('"') for line in text.splitlines() if line.startswith(("- image:", "  created:"))]
    assert {
        image: int(created[:4]) for image, created in zip(lines[::2], lines[1::2], strict=True)
    }.items() >= years.items()
    assert [line.split()[-1] for line in text.splitlines() if "generation:" in line] == ["4", "3", "2", "1"]
    assert here.verify().endswith("no break.\n")
