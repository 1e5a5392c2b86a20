"""The image, built once, and its containers, for `make image-test` with podman or docker."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TAG = "localhost/imagestream-reconciler:image-test"
VERSION, REVISION = "9.8.7", "0123456789abcdef"
ANY_USER = "1234567890:0"
"""A user as OpenShift chooses one: without a name, in group 0."""
HARDENED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=host")
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Engine:
    """podman or docker."""

    name: str

    def call(self, *words: str, check: bool = True, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        done = subprocess.run([self.name, *words], capture_output=True, text=True, check=False, timeout=timeout)
        assert done.returncode == 0 or not check, done.stderr + done.stdout
        return done

    def inspect(self, name: str) -> dict[str, Any]:
        """Its description of an image or a container."""
        found: dict[str, Any] = json.loads(self.call("inspect", name).stdout)[0]
        return found


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine that `make image-test` found."""
    return Engine(os.environ["IMAGESTREAM_IMAGE_ENGINE"])


@pytest.fixture(scope="session")
def image(engine: Engine) -> str:
    """The image of this tree."""
    arguments = {"BASE": os.environ["IMAGESTREAM_IMAGE_BASE"], "VERSION": VERSION, "REVISION": REVISION}
    words = [word for key, value in arguments.items() for word in ("--build-arg", f"{key}={value}")]
    words += shlex.split(os.environ.get("IMAGESTREAM_IMAGE_OPTIONS", ""))
    if engine.name == "podman":
        words += ["--format=docker"]  # OCI's format has no health checks
    engine.call("build", *words, "-t", TAG, str(ROOT), timeout=600)
    return TAG


@dataclass(frozen=True, slots=True)
class Container:
    """A running container."""

    engine: Engine
    id: str

    def inside(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program in it."""
        return self.engine.call("exec", self.id, *words, check=check)

    def log(self) -> str:
        """Its standard output and standard error."""
        done = self.engine.call("logs", self.id)
        return done.stdout + done.stderr

    def processes(self) -> list[tuple[int, str, str]]:
        """Each process's parent, state and name, as its PID 1 sees them."""
        script = "for each in /proc/[0-9]*/stat; do cat $each; done 2>/dev/null"
        lines = self.inside("sh", "-c", script, check=False).stdout.splitlines()
        found = []
        for line in lines:
            name, _, rest = line.partition("(")[2].rpartition(") ")
            state, parent = rest.split()[:2]
            found.append((int(parent), state, name))
        return found

    def stop(self) -> tuple[int, float]:
        """Send SIGTERM as a stop does, without a later kill; the exit code, and the seconds that it took."""
        start = time.monotonic()
        self.engine.call("kill", "--signal=TERM", self.id)
        code = int(self.engine.call("wait", self.id).stdout)
        return code, time.monotonic() - start


@contextmanager
def container(engine: Engine, image: str, options: tuple[str, ...], *words: str) -> Iterator[Container]:
    """A container of the image in the background, removed at the end of the context."""
    started = engine.call("run", "--detach", *options, image, *words).stdout.strip()
    try:
        yield Container(engine, started)
    finally:
        engine.call("rm", "--force", "--volumes", started)


def until(true: Callable[[], bool], running: Container) -> None:
    """Wait; fails with the container's log."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, running.log()
        time.sleep(0.1)
