"""The installed command, a real registry and a real git, as a user has them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.demo.image import TinyImage
from tests.kit.command import command as command  # noqa: PLC0414 - the tests beside it take it from here
from tests.kit.images import Pusher
from tests.kit.real_registry import RealRegistry


@dataclass(frozen=True)
class Ran:
    """The result of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - a parsed document
        return json.loads(self.out)


@dataclass
class Place:
    """A folder of the test with a checkout, and a home of its own."""

    root: Path
    name: str = "images"
    person: str = "Jane Doe"

    @property
    def path(self) -> Path:
        return self.root / self.name

    def environ(self) -> dict[str, str]:
        kept = {key: os.environ[key] for key in ("PATH", "COVERAGE_PROCESS_START") if key in os.environ}
        email = f"{self.person.split()[0].lower()}@example.com"
        return kept | {
            "HOME": str(self.root / "home"),
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_NAME": self.person,
            "GIT_AUTHOR_EMAIL": email,
            "GIT_COMMITTER_NAME": self.person,
            "GIT_COMMITTER_EMAIL": email,
            "PYTHONPATH": str(Path(__file__).parents[2]) if command()[0] == sys.executable else "",
        }

    def run(self, *arguments: str, environ: dict[str, str] | None = None) -> Ran:
        """Run `imagestream` in the checkout."""
        done = subprocess.run(
            [*command(), *arguments],
            cwd=self.path,
            env=self.environ() | (environ or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert "Traceback" not in done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments: str) -> str:
        """Run `imagestream` and expect success."""
        ran = self.run(*arguments)
        assert ran.code == 0, ran.err + ran.out
        return ran.out

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=self.environ(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def write(self, path: str, text: str) -> None:
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def commit(self, message: str = "A person's commit") -> str:
        self.git("add", "--all", ".")
        self.git("commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def subjects(self, revision: str = "HEAD") -> list[str]:
        return self.git("log", "--format=%s", revision).splitlines()

    def clone(self, name: str, person: str) -> Place:
        """Another person's clone of the same remote."""
        other = Place(self.root, name, person)
        remote = self.git("remote", "get-url", "origin").strip()
        self.git("clone", "--quiet", remote, str(other.path))
        return other


@pytest.fixture(scope="session")
def registry() -> Iterator[RealRegistry]:
    with RealRegistry() as running:
        yield running


@dataclass
class Images:
    """The part of the registry for one test: repositories below a unique name."""

    registry: RealRegistry
    prefix: str

    def name(self, repository: str, tag: str) -> str:
        return f"{self.registry.address}/{self.prefix}/{repository}:{tag}"

    def push(self, repository: str, tag: str, version: str = "1") -> str:
        label = "org.opencontainers.image."
        labels = {f"{label}version": version, f"{label}revision": "1f0c9d2e7a"}
        image = TinyImage(labels=labels, content=version.encode())
        return Pusher(self.registry.address).image(f"{self.prefix}/{repository}", tag, image)


@pytest.fixture
def images(registry: RealRegistry, tmp_path: Path) -> Images:
    return Images(registry, tmp_path.name.replace("_", "-").lower().strip("-"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A new repository of image streams without a remote."""
    here = Place(tmp_path)
    (tmp_path / "home").mkdir()
    here.path.mkdir()
    here.git("init", "--quiet", "--initial-branch=main", ".")
    here.ok("init")
    here.commit("Start")
    return here


@pytest.fixture
def remote(place: Place) -> Place:
    """The same with a bare repository as its remote."""
    bare = place.root / "remote.git"
    place.git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    place.git("remote", "add", "origin", str(bare))
    place.git("push", "--quiet", "-u", "origin", "main")
    return place


@pytest.fixture(scope="session")
def skopeo() -> str:
    found = shutil.which("skopeo")
    assert found, "install skopeo: the tests check with it what resolve prints"
    return found


def stream(name: str, *tags: str, namespace: str = "team-a") -> str:
    """An ImageStream file; `tag` makes its entries."""
    head = (
        f"apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata:\n  name: {name}\n  namespace: {namespace}\n"
    )
    return f"{head}spec:\n  tags:\n{''.join(tags)}"


def tag(name: str, source: str, kind: str = "DockerImage", *, scheduled: bool = False, more: str = "") -> str:
    """One entry of `spec.tags`."""
    policy = "      importPolicy:\n        scheduled: true\n" if scheduled else ""
    return f'    - name: "{name}"\n      from:\n        kind: {kind}\n        name: "{source}"\n{policy}{more}'


def run_script(place: Place, text: str, programs: Mapping[str, str] | None = None) -> str:
    """Run a script with `imagestream` on its PATH, and programs that are given as shell text; its output."""
    folder = place.root / "bin"
    folder.mkdir()
    words = " ".join(f"'{word}'" for word in command())
    for name, body in {"imagestream": f'exec {words} "$@"', **(programs or {})}.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    done = subprocess.run(
        ["sh", "-eu", "-c", text],
        cwd=place.path,
        env=place.environ() | {"PATH": f"{folder}:{os.environ['PATH']}", "GIT_PAGER": "cat"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout
