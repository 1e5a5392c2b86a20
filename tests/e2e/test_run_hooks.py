"""`imagestream run --listen`: pushes to a real registry or to the remote become commits at once; probes and metrics."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.demo.image import TinyImage
from tests.e2e.conftest import Place, stream, tag
from tests.e2e.test_run import end, output_of, running, tops, until
from tests.kit.images import Pusher
from tests.kit.port import free_port
from tests.kit.real_registry import BASIC, Notify, RealRegistry

SECRET = "a secret of the registry's"
HISTORY = "history/team-a/app/prod.yaml"


@dataclass
class Site:
    """A loop that listens, its remote, and a registry that tells it of pushes."""

    place: Place
    registry: RealRegistry
    port: int
    config: Path

    def push(self, repository: str, name: str, version: str) -> str:
        return Pusher(self.registry.address, self.registry.push_headers()).image(
            repository, name, TinyImage(content=version.encode())
        )

    def ask(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers or {})
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
                return response.status, response.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    @property
    def environ(self) -> dict[str, str]:
        login = json.dumps({"auths": {self.registry.address: {"auth": BASIC.removeprefix("Basic ")}}})
        return {"IMAGESTREAM_CONFIG": str(self.config), "DOCKER_AUTH_CONFIG": login}

    @property
    def words(self) -> tuple[str, ...]:
        return ("--listen", f"127.0.0.1:{self.port}", "--poll", "3600")


@pytest.fixture
def site(remote: Place) -> Iterator[Site]:
    with opened(remote, users=False) as found:
        yield found


@contextmanager
def opened(remote: Place, *, users: bool) -> Iterator[Site]:
    port = free_port()
    notify = Notify(f"http://127.0.0.1:{port}/hooks/registry/hub", f"Bearer {SECRET}")
    secrets = remote.root / "secrets"
    secrets.mkdir()
    (secrets / "hub").write_text(f"{SECRET}\n")
    (secrets / "gh").write_text("git secret\n")
    with RealRegistry(notify=notify, users=users) as registry:
        config = remote.root / "installation.yaml"
        config.write_text(
            "apiVersion: reconciler/v1alpha1\nkind: Installation\nspec:\n"
            f"  registries: [{{prefix: '{registry.address}', integrated: true}}]\n"
            f"  secretsDir: {secrets}\n"
            "  receivers: [{name: hub, kind: distribution, secret: hub}]\n"
            "  gitReceivers: [{name: forge, kind: github, secret: gh}]\n"
        )
        found = Site(remote, registry, port, config)
        found.push("acme/app", "main", "1")
        remote.write(
            "imagestreams/app.yaml",
            stream(
                "app",
                tag("prod", f"{registry.address}/acme/app:main", scheduled=True),
                tag("other", "app:prod", "ImageStreamTag"),
            ),
        )
        remote.commit("Declare app")
        remote.git("push", "-q")
        yield found


def test_pushes_to_a_registry_are_commits_at_once(site: Site) -> None:
    place = site.place
    with running(place, *site.words, environ={"IMAGESTREAM_CONFIG": str(site.config)}) as process:
        until(lambda: site.ask("/readyz")[0] == 200 if listening(site) else False, place)
        assert len(tops(place)) == 1
        second = site.push("acme/app", "main", "2")
        until(lambda: tops(place)[:1] == [second], place)
        pushed = site.push("team-a/app", "fresh", "3")
        until(lambda: tops(place, "history/team-a/app/fresh.yaml") == [pushed], place)
        assert "  cause: pushed\n" in place.git("show", "origin/main:history/team-a/app/fresh.yaml")
        until(lambda: 'imagestream_istags{state="InSync"} 3.0' in site.ask("/metrics")[1], place)
        metrics = site.ask("/metrics")[1]
        assert 'imagestream_changes_total{change="move"} 5.0' in metrics
        assert 'imagestream_hooks_total{receiver="hub",result="accepted"}' in metrics
        assert f'imagestream_registry_requests_total{{code="200",host="{site.registry.address}"}}' in metrics
        assert site.ask("/healthz") == (200, "ok\n")
        end(process, place)
    assert SECRET not in output_of(place)


def test_the_pusher_is_a_claim_in_the_message_and_not_the_author(remote: Place) -> None:
    with opened(remote, users=True) as site, running(remote, *site.words, environ=site.environ) as process:
        until(lambda: site.ask("/readyz")[0] == 200 if listening(site) else False, remote)
        recorded(site, "team-a/app", "fresh", "history/team-a/app/fresh.yaml")
        message = remote.git("log", "-1", "--format=%an%n%B", "origin/main", "--", "history/team-a/app/fresh.yaml")
        assert message.startswith("imagestream\n")
        assert "\nPushed by alice, says the registry.\n" in message
        assert "\nCause: pushed\nPushed-By: alice\n" in message
        recorded(site, "acme/app", "main", HISTORY)  # also by alice, but a scheduled tag moves
        assert "alice" not in remote.git("log", "-1", "--format=%B", "origin/main", "--", HISTORY)
        end(process, remote)
    assert remote.run("verify").out.endswith("no break.\n")


def test_an_event_of_a_git_host_counts_only_with_its_signature(site: Site) -> None:
    place = site.place
    with running(place, *site.words, environ={"IMAGESTREAM_CONFIG": str(site.config)}) as process:
        until(lambda: site.ask("/readyz")[0] == 200 if listening(site) else False, place)
        place.git("pull", "-q")
        place.git("revert", "--no-edit", "HEAD")
        place.git("push", "-q")
        body = json.dumps({"ref": "refs/heads/main", "after": place.git("rev-parse", "HEAD").strip()}).encode()
        headers = {"Content-Type": "application/json", "X-GitHub-Event": "push"}
        assert site.ask("/hooks/git/forge", body, headers)[0] == 401
        assert site.ask("/hooks/git/none", body, headers)[0] == 404
        signature = hmac.new(b"git secret", body, hashlib.sha256).hexdigest()
        assert site.ask("/hooks/git/forge", body, headers | {"X-Hub-Signature-256": f"sha256={signature}"})[0] == 202
        until(lambda: len(tops(place, "holds/team-a/app/prod.yaml")) == 1, place)
        assert tops(place) == []
        end(process, place)


def recorded(site: Site, repository: str, name: str, path: str) -> None:
    """Push until it is recorded: the registry may tell of a push before it moves the tag."""
    until(lambda: tops(site.place, path)[:1] == [site.push(repository, name, "new")], site.place)


def listening(site: Site) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", site.port)) == 0
