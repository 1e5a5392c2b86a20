"""A loop that a test runs turn by turn: a real remote and mirror, `Shelf` in place of registries, and a test clock.

After every turn, what the loop keeps in memory is compared with what a fresh look at the same commit gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from reconciler.daemon.health import Health
from reconciler.daemon.loop import Dependencies, Loop, Runtime, Settings
from reconciler.daemon.wakeup import Wakeup, Wakeups
from reconciler.daemon.worklist import Worklist
from reconciler.errors import InputError
from reconciler.gitstore import Repository
from reconciler.model.config import Installation
from reconciler.reading.publication import PublishedSnapshot
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.run_pass import Reconciler
from reconciler.reconcile.snapshot_cache import SnapshotCache
from reconciler.reconcile.writer import Writer, mirror_target
from reconciler.telemetry.metrics import Metrics
from tests.kit.branch import BOT, Shelf
from tests.kit.clock import FakeClock
from tests.kit.git import GitFolder, GitKit
from tests.kit.sinks import ScriptedSenders
from tests.kit.world import changed

CONFIG = "apiVersion: reconciler/v1alpha1\nkind: Config\nspec: {{schedule: {{interval: 1h}}, {more}}}\n"


def tag(name: str, source: str, *, scheduled: bool = True, more: str = "") -> str:
    """A spec tag in one line; `source` is a pull spec, or `>` and `stream:tag` of the same namespace."""
    kind = "ImageStreamTag" if source.startswith(">") else "DockerImage"
    policy = ", importPolicy: {scheduled: true}" if scheduled and kind == "DockerImage" else ""
    return f"  - {{name: {name}, from: {{kind: {kind}, name: '{source.removeprefix('>')}'}}{policy}{more}}}\n"


def stream(name: str, *tags: str, more: str = "") -> str:
    """A stream of team-a."""
    head = "apiVersion: image.openshift.io/v1\nkind: ImageStream\n"
    return f"{head}metadata: {{name: {name}, namespace: team-a}}\nspec:\n{more}  tags:\n{''.join(tags)}"


@dataclass
class Turning:
    """A loop, and everything around it."""

    kit: GitKit
    poll: float = 60.0
    shelf: Shelf = field(default_factory=Shelf)
    clock: FakeClock = field(default_factory=FakeClock)
    wakeups: Wakeups = field(default_factory=Wakeups)
    metrics: Metrics = field(default_factory=Metrics)
    installation: Installation = field(default_factory=Installation)
    broken: str = ""
    """The error of the installation's files; empty if they can be read."""
    opened: int = 0
    closed: int = 0
    unwatched: frozenset[str] = frozenset()
    senders: ScriptedSenders = field(default_factory=ScriptedSenders)

    def __post_init__(self) -> None:
        self.remote: GitFolder = self.kit.bare()
        self.work: GitFolder = self.kit.repository()
        self.work.git("remote", "add", "origin", f"file://{self.remote.path}")
        self.health = Health(self.clock.monotonic)
        self.published = PublishedSnapshot()
        self._loop: Loop | None = None
        self._checked: tuple[str, int] | None = None

    @property
    def mirror(self) -> Path:
        """The folder of the mirror."""
        return self.kit.root / "mirror"

    @property
    def loop(self) -> Loop:
        """The loop; it is made at the first use."""
        if self._loop is None:
            self._make_mirror()
            parts = Dependencies(
                self._make_runtime,
                self._make_mirror,
                lambda: self.unwatched,
                self.wakeups,
                self.health,
                self.clock,
                self.metrics,
            )
            target = mirror_target(Repository(self.mirror, bare=True), "main")
            self._loop = Loop(parts, target, Settings(poll=self.poll))
        return self._loop

    def declare(self, *streams: str, more: str = "") -> str:
        """Push streams, each a file, and a Config with an interval of an hour."""
        files = {f"{number}.yaml": text for number, text in enumerate(streams)}
        self.work.commit({"reconciler.yaml": CONFIG.format(more=more), **files}, "Declare")
        return self.push()

    def push(self) -> str:
        """Push the work tree's commits on top of those of the remote."""
        if self.remote.refs():
            self.work.git("fetch", "--quiet", "origin")
            self.work.git("rebase", "--quiet", "origin/main")
        self.work.git("push", "--quiet", "origin", "HEAD:main")
        return self.work.head()

    def start(self) -> None:
        """The first turn."""
        self.turn(Wakeup(branch=True))

    def turn(self, wakeup: Wakeup | None = None) -> None:
        """Take a turn with a wakeup, or with those that wait."""
        self.loop.turn(wakeup or self.wakeups.wait(0))
        self._check()

    def hint(self, *repositories: str) -> None:
        """Take a turn with pushes to `host/path`, or of `host/path:tag`, as from a webhook."""
        named = [(host, *path.partition(":")) for host, _, path in (each.partition("/") for each in repositories)]
        whole = frozenset((host, path) for host, path, _, tag in named if not tag)
        self.turn(Wakeup(repositories=whole, tags=frozenset((host, path, tag) for host, path, _, tag in named if tag)))

    def idle(self) -> float:
        """The seconds until the loop would wake."""
        return max(0.0, self.loop.idle_until() - self.clock.monotonic())

    def sleep(self, longest: float = 1e9) -> float:
        """Sleep as long as the loop would, at most so long, and take a turn; the result is how long."""
        seconds = min(self.idle(), longest)
        self.clock.advance(seconds)
        self.turn()
        return seconds

    def settle(self, seconds: float) -> None:
        """Let so many seconds pass; the loop takes its turns meanwhile."""
        end = self.clock.monotonic() + seconds
        for _ in range(10_000):
            left = end - self.clock.monotonic()
            if left <= 0:
                return
            self.sleep(left)
        raise AssertionError("the loop does not sleep")

    def stack(self, name: str) -> str:
        """The images of a history of team-a on the remote, one letter each, newest first."""
        path = f"history/team-a/{name.replace(':', '/')}.yaml"
        shown = self.remote.raw("show", f"main:{path}", check=False).decode()
        return "".join(line.removeprefix("- image: sha256:")[0] for line in shown.splitlines() if "- image: " in line)

    def subjects(self) -> list[str]:
        """The subjects of the remote's commits, newest first."""
        return self.remote.git("log", "--format=%s", "main").splitlines()

    def value(self, metric: str) -> float:
        """The value of one metric; 0 if there is none."""
        lines = self.metrics.exposition().decode().splitlines()
        return float(next((line.split()[-1] for line in lines if line.startswith(f"{metric} ")), "0"))

    def _make_runtime(self) -> Runtime:
        if self.broken:
            raise InputError(self.broken)
        self.opened += 1
        writer = Writer(Repository(self.mirror, bare=True), self.clock, BOT)
        registries = Registries(self.shelf, self.installation)
        return Runtime(Reconciler(writer, registries, SnapshotCache(self.published)), self._close, self.senders)

    def _close(self) -> None:
        self.closed += 1

    def _make_mirror(self) -> None:
        Repository.mirror(self.mirror, f"file://{self.remote.path}", "main")

    def _check(self) -> None:
        """Compare the memory of the loop with the commit."""
        reconciler, finished = self.loop.reconciler, self.loop.finished
        world, repository = reconciler.snapshots.world, reconciler.writer.repository
        if world is None or finished != world.revision or self._checked == (world.revision, self.opened):
            return
        self._checked = world.revision, self.opened
        anew = SnapshotCache()
        fresh = changed(
            anew.read_world(repository, world.revision, "main"),
            edited_tip_is_current=world.edited.tip_is_current,  # these three are of references, which may be locked
            edited_tip_target=world.edited.tip_target,
            edited_notes=world.edited.notes,
        )
        assert world == fresh
        assert self.published.current == anew.published.current
        worklist = Worklist()
        worklist.read(fresh.with_installation(reconciler.registries.installation), 0.0)
        assert worklist.contents == self.loop.worklist.contents
