"""The image as in production: read-only, without rights, as a user without a name; a push becomes a commit."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.demo.image import TinyImage
from tests.container.conftest import ANY_USER, HARDENED, REVISION, VERSION, Container, Engine, container, until
from tests.kit.git import GitFolder, GitKit
from tests.kit.git_server import ssh_server, web_server
from tests.kit.images import Pusher
from tests.kit.real_registry import Notify, RealRegistry

pytestmark = pytest.mark.image

SECRET = "a secret of the registry's"
HISTORY = "history/team-a/app/prod.yaml"
PROBE = ("python3", "-m", "reconciler.server.http.probe")
_STREAM = """\
apiVersion: image.openshift.io/v1
kind: ImageStream
metadata:
  name: app
  namespace: team-a
spec:
  tags:
    - name: prod
      from:
        kind: DockerImage
        name: {source}
      importPolicy:
        scheduled: true
"""
_INSTALLATION = """\
apiVersion: reconciler/v1alpha1
kind: Installation
spec:
  secretsDir: /run/secrets/imagestream
  receivers: [{name: hub, kind: distribution, secret: hub}]
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Site:
    """A registry that sends events, and a bare repository with a stream that follows it."""

    registry: RealRegistry
    remote: GitFolder
    folder: Path
    port: int

    def push(self, version: str) -> str:
        return Pusher(self.registry.address).image("acme/app", "main", TinyImage(content=version.encode()))

    def top(self) -> str:
        shown = self.remote.raw("show", f"main:{HISTORY}", check=False).decode()
        return next((line[9:] for line in shown.splitlines() if line.startswith("- image: ")), "")

    def options(self, user: str, *more: str) -> tuple[str, ...]:
        """The options of the container: on loopback, with nothing that it does not need."""
        mounts = [f"{self.folder}/installation.yaml:/config/installation.yaml:ro"]
        mounts += [f"{self.folder}/secrets:/run/secrets/imagestream:ro"]
        environ = {"LISTEN": f"127.0.0.1:{self.port}", "POLL": "3600"}
        words = [f"--env=IMAGESTREAM_RUN_{key}={value}" for key, value in environ.items()]
        words += ["--env=IMAGESTREAM_CONFIG=/config/installation.yaml"]
        return (*HARDENED, f"--user={user}", *(f"--volume={mount}" for mount in mounts), *words, *more)


@pytest.fixture
def site(tmp_path: Path, image: str) -> Iterator[Site]:
    assert image
    port = free_port()
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o755)
    for name, text in {"hub": SECRET, "git": "s3cret"}.items():
        (secrets / name).write_text(f"{text}\n")
    (tmp_path / "installation.yaml").write_text(_INSTALLATION)
    kit = GitKit(tmp_path / "git")
    remote = kit.bare("images.git")
    remote.git("config", "http.receivepack", "true")
    with RealRegistry(notify=Notify(f"http://127.0.0.1:{port}/hooks/registry/hub", f"Bearer {SECRET}")) as registry:
        work = kit.clone(remote, "work")
        work.commit(
            {
                "reconciler.yaml": "apiVersion: reconciler/v1alpha1\nkind: Config\n",
                "app.yaml": _STREAM.format(source=f"{registry.address}/acme/app:main"),
            }
        )
        work.git("push", "--quiet", "origin", "HEAD:main")
        yield Site(registry, remote, tmp_path, port)


def zombies(running: Container) -> list[str]:
    return [name for _, state, name in running.processes() if state == "Z"]


def test_the_image_has_labels_and_runs_as_any_user(engine: Engine, image: str) -> None:
    found = engine.inspect(image)
    config = found["Config"]
    assert config["User"] == "10001:0"
    assert config["Entrypoint"] == ["tini", "-s", "--", "imagestream"]
    assert config["Cmd"] == ["run"]
    assert set(config["Volumes"]) == {"/data", "/tmp"}  # noqa: S108 - the image's
    healthcheck = found.get("Healthcheck") or config["Healthcheck"]  # podman's place, docker's place
    assert healthcheck["Test"] == ["CMD", *PROBE]
    prefix = "org.opencontainers.image."
    assert {key.removeprefix(prefix): value for key, value in config["Labels"].items() if key.startswith(prefix)} == {
        "title": "imagestream-reconciler",
        "description": "OpenShift image streams for everyone with a git repository and a container registry.",
        "licenses": "Apache-2.0",
        "version": VERSION,
        "revision": REVISION,
        "base.name": os.environ["IMAGESTREAM_IMAGE_BASE"],
    }


def test_a_push_to_the_registry_is_a_commit_on_the_remote(engine: Engine, image: str, site: Site) -> None:
    first = site.push("1")
    with web_server(site.folder / "git", site.folder / "web") as server:
        environ = {
            "REPO": f"{server.url}/git/images.git",
            "GIT_USER": "bot",
            "GIT_PASSWORD_FILE": "/run/secrets/imagestream/git",
        }
        words = [f"--env=IMAGESTREAM_RUN_{key}={value}" for key, value in environ.items()]
        with container(engine, image, site.options(ANY_USER, *words)) as running:
            until(lambda: site.top() == first, running)
            assert running.inside("id", "-u").stdout.strip() == ANY_USER.partition(":")[0]
            assert running.inside("touch", "/opt/imagestream/x", check=False).returncode != 0
            second = site.push("2")
            until(lambda: site.top() == second, running)
            assert running.inside(*PROBE).stderr == ""
            assert zombies(running) == []
            log = running.log()
            code, seconds = running.stop()
    assert (code, seconds < 10) == (0, True), log
    assert '"message": "move team-a/app:prod to ' in log
    assert SECRET not in log
    assert "Traceback" not in log


def test_what_other_programs_leave_behind_is_reaped(engine: Engine, image: str, site: Site) -> None:
    volume = f"--volume={site.remote.path}:/srv/images.git"
    with container(engine, image, site.options("0:0", volume, "--env=IMAGESTREAM_RUN_REPO=/srv/images.git")) as running:
        running.inside("sh", "-c", "sleep 0.1 & sleep 0.1 & exit 0")
        until(lambda: "sleep" not in [name for _, _, name in running.processes()], running)
        assert (0, "tini") in [(parent, name) for parent, _, name in running.processes()]


def test_a_mounted_repository_may_belong_to_another_user(engine: Engine, image: str, site: Site) -> None:
    digest = site.push("1")
    site.remote.git("config", "--global", "--add", "safe.directory", "*")  # for this test's own git
    for path in [site.remote.path, *site.remote.path.rglob("*")]:
        os.chown(path, 4711, 0)
        path.chmod(0o777 if path.is_dir() else 0o666)
    volume = f"--volume={site.remote.path}:/srv/images.git"
    with container(
        engine, image, site.options(ANY_USER, volume, "--env=IMAGESTREAM_RUN_REPO=/srv/images.git")
    ) as running:
        until(lambda: site.top() == digest, running)


def test_a_deploy_key_is_used_with_pinned_hosts(engine: Engine, image: str, site: Site) -> None:
    digest = site.push("1")
    with ssh_server(site.folder / "git", site.folder / "ssh") as server:
        server.key.chmod(0o644)
        environ = {
            "REPO": f"{server.url.replace('ssh://', 'ssh://root@')}/images.git",
            "GIT_KEY_FILE": "/ssh/key",
            "GIT_KNOWN_HOSTS_FILE": "/ssh/known",
        }
        words = [f"--env=IMAGESTREAM_RUN_{key}={value}" for key, value in environ.items()]
        words += [f"--volume={server.key}:/ssh/key:ro", f"--volume={server.known_hosts}:/ssh/known:ro"]
        with container(engine, image, site.options("10001:0", *words)) as running:
            until(lambda: site.top() == digest, running)


def test_a_container_that_does_not_answer_is_not_healthy(engine: Engine, image: str) -> None:
    environ = f"--env=IMAGESTREAM_RUN_LISTEN=127.0.0.1:{free_port()}"
    done = engine.call("run", "--rm", *HARDENED, environ, "--entrypoint=python3", image, *PROBE[1:], check=False)
    assert done.returncode == 1
    assert "does not answer" in done.stderr


def test_every_command_is_there(engine: Engine, image: str) -> None:
    done = engine.call("run", "--rm", *HARDENED, f"--user={ANY_USER}", image, "demo", timeout=180)
    assert "is held" in done.stdout
