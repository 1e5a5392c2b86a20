"""A whole installation on loopback: a bare remote, a person's clone, a real registry, and the options of a loop."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.kit.command import command, environment
from tests.kit.git import GitFolder, GitKit
from tests.kit.images import Series
from tests.kit.loop import Loop
from tests.kit.port import free_port
from tests.kit.real_registry import Notify, RealRegistry

SECRET = "the registry's secret"
STREAM = "team-a/app"
_REPOSITORY = "acme/app"


@dataclass(frozen=True)
class Site:
    """One installation. Its stream `team-a/app` has the tags `t0`, `t1` …, each from the registry tag of that name."""

    root: Path
    bare: GitFolder
    person: GitFolder
    registry: str
    """`HOST:PORT`."""
    ports: tuple[int, ...]
    """The ports at which the registry tells loops of pushes."""
    images: Series
    tags: tuple[str, ...]

    @property
    def url(self) -> str:
        """The URL of the remote, with git's protocol for files."""
        return f"file://{self.bare.path}"

    def loop(self, number: int = 0, *, repo: str = "", words: Sequence[str] = ()) -> Loop:
        """A loop that the registry tells of pushes; it looks at the branch when it is woken, and every hour."""
        config = {"IMAGESTREAM_CONFIG": str(self.root / "installation.yaml")}
        poll = () if "--poll" in words else ("--poll", "3600")
        return Loop(self.root / f"loop{number}", repo or self.url, (*poll, *words), config, port=self.ports[number])

    def move(self, tag: str) -> str:
        """Push another image under a registry tag; the result is its digest."""
        return self.images.move(_REPOSITORY, tag)

    def declare(self, *tags: str, more: str = "") -> None:
        """Write the stream's spec into the clone, without a commit."""
        self.person.write("imagestreams/app.yaml", stream(self.registry, tags or self.tags) + more)

    def tops(self) -> dict[str, str]:
        """The image of each tag on the remote."""
        paths = self.bare.git("ls-tree", "-r", "--name-only", "main", "history").splitlines()
        found = {}
        for path in paths:
            text = self.bare.git("show", f"main:{path}")
            images = [line.split()[-1] for line in text.splitlines() if line.startswith("- image:")]
            found[Path(path).stem] = images[0] if images else ""
        return found

    def top(self, tag: str) -> str:
        """The image of one tag on the remote; empty if it has no history."""
        text = self.bare.raw("show", f"main:history/{STREAM}/{tag}.yaml", check=False).decode()
        return next((line.split()[-1] for line in text.splitlines() if line.startswith("- image:")), "")

    def events(self) -> list[tuple[str, str]]:
        """The tag and image of every event on the branch, newest first, from the trailers of its commits."""
        found = []
        for message in self.bare.git("log", "--format=%B%x00", "--committer=imagestream", "main").split("\0"):
            for block in message.split("\nTag: ")[1:]:
                fields = dict(line.split(": ", 1) for line in f"Tag: {block}".splitlines() if ": " in line)
                if fields["Cause"] in {"scheduled", "declared"}:
                    found.append((fields["Tag"], fields["Image"]))
        return found

    def verify(self) -> str:
        """The output of `imagestream verify` for the branch of the remote, in the person's clone."""
        self.person.git("fetch", "--quiet")
        self.person.git("reset", "--quiet", "--hard", "origin/main")
        done = subprocess.run(
            [*command(), "verify"],
            cwd=self.person.path,
            env={**environment(), "HOME": str(self.root)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr


def stream(registry: str, tags: Sequence[str]) -> str:
    """The spec of the stream: scheduled tags of one repository."""
    head = "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: app, namespace: team-a}\n"
    lines = [
        f"    - name: {tag}\n      from: {{kind: DockerImage, name: '{registry}/{_REPOSITORY}:{tag}'}}\n"
        "      importPolicy: {scheduled: true}\n"
        for tag in tags
    ]
    return f"{head}spec:\n  tags:\n{''.join(lines)}"


@contextmanager
def site(root: Path, *, tags: int = 1, loops: int = 1, interval: str = "1h") -> Iterator[Site]:
    """Set up an installation; its registry ends with the context."""
    kit = GitKit(root)
    bare = kit.bare("remote.git")
    person = kit.clone(bare, "person")
    ports = tuple(free_port() for _ in range(loops))
    (root / "secrets").mkdir()
    (root / "secrets" / "hub").write_text(f"{SECRET}\n", encoding="utf-8")
    (root / "secrets" / "forge").write_text(f"{SECRET}\n", encoding="utf-8")
    notify = tuple(Notify(f"http://127.0.0.1:{port}/hooks/registry/hub", f"Bearer {SECRET}") for port in ports)
    with RealRegistry(notify=notify) as registry, Series(registry.address) as images:
        (root / "installation.yaml").write_text(
            "apiVersion: reconciler/v1alpha1\nkind: Installation\nspec:\n"
            f"  secretsDir: {root / 'secrets'}\n"
            "  receivers: [{name: hub, kind: distribution, secret: hub}]\n"
            "  gitReceivers: [{name: forge, kind: github, secret: forge}]\n",
            encoding="utf-8",
        )
        made = Site(root, bare, person, registry.address, ports, images, tuple(f"t{each}" for each in range(tags)))
        for tag in made.tags:
            made.move(tag)
        config = f"apiVersion: reconciler/v1alpha1\nkind: Config\nspec:\n  schedule: {{interval: {interval}}}\n"
        person.write("reconciler.yaml", config)
        made.declare()
        person.commit(message="Declare app")
        person.git("push", "--quiet", "-u", "origin", "main")
        yield made
