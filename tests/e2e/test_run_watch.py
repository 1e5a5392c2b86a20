"""`imagestream run` and files that change: the remote on the same disk, the installation, mounted secrets."""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import Images, Place, stream, tag
from tests.e2e.test_run import end, output_of, running, tops, until
from tests.kit.port import free_port
from tests.watch.test_watch import mounted

HOUR = "3600"
HUB = "{name: hub, kind: generic, secret: hub}"
MORE = "{name: more, kind: generic, secret: more}"


@dataclass
class Site:
    """A loop that polls once an hour, and its installation."""

    place: Place
    images: Images
    port: int

    @property
    def words(self) -> tuple[str, ...]:
        return ("--poll", HOUR, "--listen", f"127.0.0.1:{self.port}")

    @property
    def environ(self) -> dict[str, str]:
        return {"IMAGESTREAM_CONFIG": str(self.place.root / "installation.yaml")}

    def install(self, receivers: str) -> None:
        """Write the file of `--config` as an editor does: a new file is renamed over it."""
        fresh = self.place.root / "installation.yaml~"
        fresh.write_text(
            "apiVersion: reconciler/v1alpha1\nkind: Installation\nspec:\n"
            f"  secretsDir: {self.place.root / 'secrets'}\n  receivers: [{receivers}]\n"
        )
        fresh.rename(self.place.root / "installation.yaml")

    def knock(self, receiver: str, secret: str) -> int:
        """Tell a receiver of a push; the status of the answer, 0 if there is none."""
        body = json.dumps({"image": self.images.name("app", "main")}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {secret}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/hooks/registry/{receiver}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0


@pytest.fixture
def site(remote: Place, images: Images) -> Site:
    images.push("app", "main", "1")
    remote.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "main"), scheduled=True)))
    remote.write("reconciler.yaml", (remote.path / "reconciler.yaml").read_text() + "  schedule: {interval: 1h}\n")
    remote.commit("Declare app")
    remote.git("push", "-q")
    mounted(remote.root / "secrets", 0, {"hub": "first", "more": "second"})
    made = Site(remote, images, free_port())
    made.install(HUB)
    return made


def test_a_push_to_a_remote_on_the_same_disk_is_noticed_at_once(site: Site) -> None:
    place = site.place
    with running(place, "--poll", HOUR) as process:
        until(lambda: len(tops(place)) == 1, place)
        for number in range(3):  # the loop pushes in between
            site.images.push(f"more{number}", "main", "1")
            place.git("pull", "-q", "--rebase")
            source = site.images.name(f"more{number}", "main")
            place.write(f"imagestreams/more{number}.yaml", stream(f"more{number}", tag("x", source)))
            place.commit(f"Declare more{number}")
            place.git("push", "-q")
            until(lambda name=number: len(tops(place, f"history/team-a/more{name}/x.yaml")) == 1, place)  # type: ignore[misc]
        end(process, place)


def test_receivers_and_secrets_change_during_a_run_and_a_broken_file_changes_nothing(site: Site) -> None:
    place = site.place
    with running(place, *site.words, environ=site.environ) as process:
        until(lambda: site.knock("hub", "first") == 202, place)
        assert site.knock("more", "second") == 404
        site.install(f"{HUB}, {MORE}")
        until(lambda: site.knock("more", "second") == 202, place)
        site.install("{name: hub, kind: no such kind, secret: hub}")
        until(lambda: "What was read before stays in force." in output_of(place), place)
        process.send_signal(signal.SIGHUP)
        mounted(place.root / "secrets", 1, {"hub": "third", "more": "fourth"})
        until(lambda: site.knock("hub", "third") == 202, place)
        assert site.knock("hub", "first") == 401
        assert site.knock("more", "fourth") == 202
        site.install(MORE)
        until(lambda: site.knock("hub", "third") == 404, place)
        second = site.images.push("app", "main", "2")
        assert site.knock("more", "fourth") == 202
        until(lambda: tops(place)[:1] == [second], place)
        end(process, place)
    assert output_of(place).count("What was read before stays in force.") == 2, "reported, and reported to be over"
    assert output_of(place).count('"level": "warning"') == 1, output_of(place)


def test_reading_the_files_again_and_again_leaves_nothing_open(site: Site) -> None:
    place = site.place

    def used(pid: int) -> list[int]:
        """Descriptors and threads after the files were read ten times more."""
        for number in range(10):
            receivers, status = ((f"{HUB}, {MORE}", 202), (HUB, 404))[number % 2]
            site.install(receivers)
            until(lambda wanted=status: site.knock("more", "second") == wanted, place)  # type: ignore[misc]
        return [len(list(Path(f"/proc/{pid}/{kind}").iterdir())) for kind in ("fd", "task")]

    with running(place, *site.words, environ=site.environ) as process:
        until(lambda: site.knock("hub", "first") == 202, place)
        before = used(process.pid)
        until(lambda: all(now <= then for now, then in zip(used(process.pid), before, strict=True)), place)
        end(process, place)
