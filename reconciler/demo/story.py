"""The story of the demo: declare, first pass, a new image, the next pass, a look back, and a roll back that lasts.

A Deployment follows the tag: it moves in the same commit, and one revert takes both back. A sink is told of both.

It runs on this machine with nothing else installed: a scratch copy of the example repository, a bare repository as its
remote, and a small registry and a sink inside this process. Every command that is shown is run, and its real output is
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

from reconciler.demo.ending import StoryOutput, next_steps
from reconciler.demo.image_set import BEFORE, SECOND, THIRD, push
from reconciler.demo.kept import leave
from reconciler.demo.receiver import DemoReceiver
from reconciler.demo.registry import DemoRegistry
from reconciler.demo.sink_set_up import CONFIG, INSTALLATION, declare_sink, installation
from reconciler.errors import ReconcilerError
from reconciler.model.reference import short_digest
from reconciler.resources import example_repository

PLACEHOLDER = "registry.example.com"
"""The registry in the example; the scratch copy names the registry of the demo."""
WORKLOAD = "workloads/dev/app.yaml"
"""The Deployment that follows app:dev."""


class DemoError(ReconcilerError):
    """A command of the story failed."""


@dataclass(slots=True)
class Story:
    """One run of the story, in a scratch folder that is removed at the end."""

    output: StoryOutput
    environ: Mapping[str, str]
    folder: Path = field(init=False)
    registry: DemoRegistry = field(init=False)
    sink: DemoReceiver = field(init=False)
    _config: str = field(init=False)
    """reconciler.yaml of the example, without the sink."""

    def run(self, *, keep: Path | None = None) -> None:
        """Run the whole story. With `keep` the repository is copied there. Raises `DemoError`."""
        place = tempfile.TemporaryDirectory(prefix="imagestream-demo-")
        with place as scratch, DemoRegistry() as registry, DemoReceiver() as sink:
            self.registry, self.sink = registry, sink
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
            next_steps(self.output, keep)
            if keep is not None:
                self._take_out_the_sink()
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
        self._config = declare_sink(self._repository, self.sink.address)
        (self.folder / INSTALLATION).write_text(installation(self.sink.address), encoding="utf-8")
        self._git("init", "--quiet", "--bare", "--initial-branch=main", str(self.folder / "remote.git"))
        self._git("init", "--quiet", "--initial-branch=main", ".")
        self._git("remote", "add", "origin", str(self.folder / "remote.git"))

    def _take_out_the_sink(self) -> None:
        """A repository that is kept has no sink that ended with the demo."""
        (self._repository / CONFIG).write_text(self._config, encoding="utf-8")
        self._git("commit", "--quiet", "--all", "-m", "Take out the sink, which ended with the demo")
        self._git("push", "--quiet")

    def _declare(self) -> None:
        self.output.heading("1. Declare: image streams are files in git")
        self._show("cat", "imagestreams/team-a/app.yaml")
        self.output.comment("A Deployment follows app:dev; its annotation is the one that OpenShift reads:")
        self._show("cat", WORKLOAD)
        self.output.comment("A sink inside this demo is told of every change:")
        self._show("grep", "-A2", "sinks:", "reconciler.yaml")
        self._show("imagestream", "validate")
        self.output.comment("A person commits and pushes them; the registry was not looked up yet.")
        self._show("git", "add", ".")
        self._show("git", "commit", "--quiet", "-m", "Declare the streams of team-a")
        self._show("git", "push", "--quiet", "-u", "origin", "main")
        self._show("imagestream", "plan")

    def _first_pass(self) -> None:
        self.output.heading("2. First pass: every tag is resolved to a digest, and the commits are pushed")
        self._show("imagestream", "sync", "--yes")
        self._show("cat", "history/team-a/app/dev.yaml")
        self.output.comment("The same commit writes the image into what follows the tags:")
        self._show("git", "log", "-1", "-p", "--format=%s", "--", WORKLOAD)
        self.output.comment(f"The sink was told of {len(self.sink.take())} moves.")

    def _new_image(self) -> None:
        self.output.heading("3. A new image: a build of main is pushed to the registry")
        digest = push(self.registry, SECOND)
        self.output.comment(f"{self.registry.address}/acme/app:main now is {digest}")
        self._show("imagestream", "status")

    def _next_pass(self) -> None:
        self.output.heading("4. The next pass: app:dev moves, app:test follows, one commit each with its workload")
        self._show("imagestream", "sync")
        self.output.comment("The tag and the Deployment are one commit:")
        self._show("git", "show", "--format=Author: %an%nCommitter: %cn%n%n%B", "HEAD~1")
        self._show_told()

    def _look_back(self) -> None:
        self.output.heading("5. Look back: who, what, when, and what to pull")
        self._show("imagestream", "status", "-o", "wide")
        self._show("imagestream", "history", "team-a/app:dev")
        self._show("imagestream", "resolve", "team-a/app:dev")
        self._show("git", "log", "--oneline")
        self.output.comment("A second pass over an unchanged world writes nothing:")
        self._show("imagestream", "sync")

    def _roll_back(self) -> None:
        self.output.heading("6. Roll back: git revert of the commit that moved app:dev")
        moved = self._run(("git", "log", "-1", "--format=%H", "--", "history/team-a/app/dev.yaml")).strip()
        self._show("git", "revert", "--no-edit", moved[:12])
        self._show("git", "show", "--stat", "--format=%s")
        self._show("git", "push", "--quiet")
        self.output.comment("One revert took both back. The next pass holds the image, and app:test follows back:")
        self._show("imagestream", "sync")
        self._show("git", "show", "--format=Author: %an%nCommitter: %cn%n%n%B", "HEAD~1")
        self._show_told()
        self.output.text("")
        self.output.comment("No later pass comes back to it, and everyone can see why:")
        self._show("imagestream", "sync")
        self._show("imagestream", "status", "team-a/app:dev")
        push(self.registry, THIRD)
        self.output.comment("The next good image moves the tag on by itself:")
        self._show("imagestream", "sync")
        self._show("imagestream", "history", "team-a/app:dev")
        self._show("grep", "image:", WORKLOAD)

    def _show_told(self) -> None:
        """Print what the sink got since the last time. Raises `DemoError` if it was told nothing."""
        told = self.sink.take()
        if not told:
            raise DemoError("The sink of the demo was told nothing.")
        self.output.comment("The sink got, as CloudEvents over HTTP:")
        for each in told:
            moved = " -> ".join(short_digest(each[key]) for key in ("previous", "image") if each[key])
            written = f", wrote {', '.join(each['workloads'])}" if each["workloads"] else ""
            self.output.text(f"{each['event']}  {each['tag']}  {moved}{written}")

    def _show(self, *command: str) -> None:
        self.output.command(shlex.join(command))
        printed = self._run(command)
        if printed:
            self.output.text(printed)

    def _git(self, *arguments: str) -> None:
        self._run(("git", *arguments))

    def _run(self, command: Sequence[str]) -> str:
        """The output of a command. `imagestream` is this program."""
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
        """The environment of the caller without the variables of git; the identity in git is a person of the story."""
        mine = {key: value for key, value in self.environ.items() if not key.startswith(("GIT_", "IMAGESTREAM_"))}
        person = {"NAME": "Jane Doe", "EMAIL": "jane@example.com"}
        identity = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in person.items()}
        package = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, [package, mine.get("PYTHONPATH")]))
        return (
            mine
            | identity
            | {
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_PAGER": "cat",
                "IMAGESTREAM_CONFIG": str(self.folder / INSTALLATION),
                "PYTHONPATH": path,
                "NO_COLOR": "1",
            }
        )
