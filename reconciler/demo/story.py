"""The story: declare, first pass, a new image, the next pass, a look back, and a roll back that sticks.

Told on this machine with nothing else installed: a scratch copy of the example repository, a bare repository as its
remote, and a small registry inside this process. Every command shown is really run, and what is printed is what it
printed.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.demo.ending import Teller, next_steps
from reconciler.demo.image_set import BEFORE, SECOND, THIRD, push
from reconciler.demo.kept import leave
from reconciler.demo.registry import DemoRegistry
from reconciler.errors import ReconcilerError
from reconciler.resources import example_repository

PLACEHOLDER = "registry.example.com"
"""The registry that the example names; the scratch copy names the demo's own."""


class DemoError(ReconcilerError):
    """A command of the story failed."""


@dataclass(slots=True)
class Story:
    """One telling, in a scratch folder that is removed afterwards."""

    teller: Teller
    environ: Mapping[str, str]
    folder: Path = field(init=False)
    registry: DemoRegistry = field(init=False)

    def tell(self, *, keep: Path | None = None) -> None:
        """Tell the whole story. With `keep` the scratch repository is left there. Raises `DemoError`."""
        with tempfile.TemporaryDirectory(prefix="imagestream-demo-") as scratch, DemoRegistry() as registry:
            self.registry = registry
            self.folder = Path(scratch)
            self._prepare()
            for chapter in (
                self._declare,
                self._first_pass,
                self._new_image,
                self._next_pass,
                self._look_back,
                self._roll_back,
            ):
                chapter()
            next_steps(self.teller, keep)
            if keep is not None:
                leave(self._repository, self.folder / "remote.git", keep, registry.address)

    @property
    def _repository(self) -> Path:
        return self.folder / "images"

    def _prepare(self) -> None:
        for each in BEFORE:
            push(self.registry, each)
        shutil.copytree(example_repository(), self._repository)
        for path in self._repository.rglob("*.yaml"):
            path.write_text(
                path.read_text(encoding="utf-8").replace(PLACEHOLDER, self.registry.address), encoding="utf-8"
            )
        self._git("init", "--quiet", "--bare", "--initial-branch=main", str(self.folder / "remote.git"))
        self._git("init", "--quiet", "--initial-branch=main", ".")
        self._git("remote", "add", "origin", str(self.folder / "remote.git"))

    def _declare(self) -> None:
        self.teller.heading("1. Declare: image streams are files in git")
        self._show("cat", "imagestreams/team-a/app.yaml")
        self._show("imagestream", "validate")
        self.teller.comment("A person commits and pushes them; nothing has looked at the registry yet.")
        self._show("git", "add", ".")
        self._show("git", "commit", "--quiet", "-m", "Declare the streams of team-a")
        self._show("git", "push", "--quiet", "-u", "origin", "main")
        self._show("imagestream", "plan")

    def _first_pass(self) -> None:
        self.teller.heading("2. First pass: every tag is resolved to a digest, and the commits are pushed")
        self._show("imagestream", "sync", "--yes")
        self._show("cat", "history/team-a/app/dev.yaml")

    def _new_image(self) -> None:
        self.teller.heading("3. A new image: somebody pushes a build of main to the registry")
        digest = push(self.registry, SECOND)
        self.teller.comment(f"{self.registry.address}/acme/app:main now is {digest}")
        self._show("imagestream", "status")

    def _next_pass(self) -> None:
        self.teller.heading("4. The next pass: app:dev moves, app:test follows, one commit each")
        self._show("imagestream", "sync")
        self._show("git", "show", "--format=Author: %an%nCommitter: %cn%n%n%B", "HEAD~1")

    def _look_back(self) -> None:
        self.teller.heading("5. Look back: who, what, when, and what to pull")
        self._show("imagestream", "status")
        self._show("imagestream", "history", "team-a/app:dev")
        self._show("imagestream", "resolve", "team-a/app:dev")
        self._show("git", "log", "--oneline")
        self.teller.comment("A second pass over an unchanged world writes nothing:")
        self._show("imagestream", "sync")

    def _roll_back(self) -> None:
        self.teller.heading("6. Roll back: git revert of the commit that moved app:dev")
        moved = self._run(("git", "log", "-1", "--format=%H", "--", "history/team-a/app/dev.yaml")).strip()
        self._show("git", "revert", "--no-edit", moved[:12])
        self._show("git", "push", "--quiet")
        self.teller.comment("The next pass holds the image, and app:test follows back:")
        self._show("imagestream", "sync")
        self._show("git", "show", "--format=Author: %an%nCommitter: %cn%n%n%B", "HEAD~1")
        self.teller.comment("No later pass comes back to it, and everyone can see why:")
        self._show("imagestream", "sync")
        self._show("imagestream", "status", "team-a/app:dev")
        push(self.registry, THIRD)
        self.teller.comment("The next good image moves the tag on by itself:")
        self._show("imagestream", "sync")
        self._show("imagestream", "history", "team-a/app:dev")

    def _show(self, *command: str) -> None:
        self.teller.command(shlex.join(command))
        said = self._run(command)
        if said:
            self.teller.output(said)

    def _git(self, *arguments: str) -> None:
        self._run(("git", *arguments))

    def _run(self, command: Sequence[str]) -> str:
        """The command's output. `imagestream` is this very program."""
        words = [sys.executable, "-m", "reconciler", *command[1:]] if command[0] == "imagestream" else list(command)
        if shutil.which(words[0]) is None:
            raise DemoError(f"{words[0]} is not on the PATH. The demo needs git.")
        done = subprocess.run(  # noqa: S603 - fixed commands of the story
            words,
            cwd=self._repository,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DemoError(f"`{' '.join(command)}` failed in the demo: {done.stdout.strip()}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        """The caller's environment without git's variables, with a person of the story as git's identity."""
        mine = {key: value for key, value in self.environ.items() if not key.startswith(("GIT_", "IMAGESTREAM_"))}
        person = {"NAME": "Jane Doe", "EMAIL": "jane@example.com"}
        identity = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in person.items()}
        package = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, [package, mine.get("PYTHONPATH")]))
        return (
            mine | identity | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_PAGER": "cat", "PYTHONPATH": path, "NO_COLOR": "1"}
        )
