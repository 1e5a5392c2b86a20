"""A whole pass: which questions it sends, which faults it survives, and what it does if the remote moves meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.demo.registry import DemoRegistry
from reconciler.errors import RemoteError
from reconciler.gitstore import Repository
from reconciler.model.change import ChangeKind
from reconciler.model.config import Installation
from reconciler.model.observation import Answer, KnownImages, ListAnswer, Listing, Question, Reason
from reconciler.model.person import Person
from reconciler.planning.budget import loads
from reconciler.planning.pass_scope import PassScope
from reconciler.query.status import status
from reconciler.query.tag_status import TagState
from reconciler.reconcile.observe import observe, observe_everything, read_world
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.registry_pool import Answers
from reconciler.reconcile.run_pass import Reconciler, run_pass
from reconciler.reconcile.writer import Push, Result, Writer, choose_target
from reconciler.registry.client import RegistryClient
from reconciler.registry.credentials.credential import Credentials
from reconciler.transport.session import Transport
from tests.kit.clock import FakeClock
from tests.kit.faults import EndlessBody, FaultServer, HangBeforeHeaders, Reply, html
from tests.kit.git import GitFolder, GitKit, environment
from tests.kit.world import NOW

CONFIG = "apiVersion: reconciler/v1alpha1\nkind: Config\n"
BOT = Person("imagestream", "imagestream@localhost")


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitKit:
    """Give git a home of its own, in the test and in the code under test."""
    environ = environment(tmp_path / "home")
    for key in list(os.environ):
        if key.startswith("GIT_"):
            monkeypatch.delenv(key)
    for key, value in environ.items():
        monkeypatch.setenv(key, value)
    return GitKit(tmp_path)


@pytest.fixture
def registry() -> Iterator[DemoRegistry]:
    with DemoRegistry() as running:
        yield running


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as closing:
        yield closing


def declared(name: str, tags: dict[str, str]) -> str:
    """A stream with scheduled tags only."""
    lines = ["apiVersion: image.openshift.io/v1", "kind: ImageStream", f"metadata: {{name: {name}, namespace: a}}"]
    lines += ["spec:", "  tags:"]
    for tag, source in tags.items():
        lines += [f"  - name: {tag}", f"    from: {{kind: DockerImage, name: '{source}'}}"]
        lines += ["    importPolicy: {scheduled: true}"]
    return "\n".join(lines) + "\n"


def start(git: GitKit, files: dict[str, str]) -> GitFolder:
    """A checkout with a remote, both at one commit that has these files."""
    remote = git.bare("remote.git")
    folder = git.clone(remote, "work")
    folder.git("checkout", "-q", "-B", "main")
    folder.commit({"reconciler.yaml": CONFIG, **files}, "Declare")
    folder.git("push", "-q", "-u", "origin", "main")
    return folder


class Spying:
    """The real client, with a call before or after each of its answers."""

    def __init__(self, client: RegistryClient, before: Callable[[], None], after: Callable[[], None]) -> None:
        self._client = client
        self._before = before
        self._after = after

    def resolve(self, question: Question, *, known: KnownImages = frozenset()) -> Answer:
        self._before()
        answer = self._client.resolve(question, known=known)
        self._after()
        return answer

    def list_tags(self, listing: Listing) -> ListAnswer:
        self._before()
        return self._client.list_tags(listing)


def nothing() -> None:
    pass


def new_client(stack: ExitStack, clock: FakeClock | None = None) -> RegistryClient:
    """A real client, new and with short timeouts."""
    transport = stack.enter_context(Transport(connect_timeout=2, read_timeout=0.5, request_timeout=1.0))
    return RegistryClient(transport, Credentials(), Installation(), clock or FakeClock())


def run(
    folder: GitFolder,
    stack: ExitStack,
    before: Callable[[], None] = nothing,
    clock: FakeClock | None = None,
    after: Callable[[], None] = nothing,
) -> Result:
    """One pass over the checked-out branch."""
    clock = clock or FakeClock()
    repository = Repository.discover(folder.path)
    registries = Registries(Spying(new_client(stack, clock), before, after), Installation())
    reconciler = Reconciler(Writer(repository, clock, BOT), registries)
    return run_pass(reconciler, choose_target(repository, None, push=True), PassScope())


def states(folder: GitFolder, stack: ExitStack) -> dict[str, tuple[TagState, str | None]]:
    """The state and the live image of each tag, as `status` shows them."""
    repository = Repository.discover(folder.path)
    world = read_world(repository, folder.head(), "main")
    subjects = observe_everything(repository, world, Registries(new_client(stack), Installation()))
    return {row.tag.tag: (row.state, row.live) for row in status(subjects, NOW)}


def test_an_unchanged_world_costs_one_head_a_source_and_no_manifest(
    git: GitKit, stack: ExitStack, registry: DemoRegistry
) -> None:
    registry.push("acme/app", "1")
    source = f"{registry.address}/acme/app:1"
    folder = start(git, {"is.yaml": declared("app", {"one": source, "two": source, "three": source})})
    assert len(run(folder, stack).commits) == 3
    registry.requests.clear()
    result = run(folder, stack)
    assert (result.commits, result.plan.problems) == ((), ())
    assert registry.requests == [("HEAD", "/v2/acme/app/manifests/1")]


def test_a_held_image_costs_one_head_like_any_other(git: GitKit, stack: ExitStack, registry: DemoRegistry) -> None:
    registry.push("acme/app", "1")
    folder = start(git, {"is.yaml": declared("app", {"one": f"{registry.address}/acme/app:1"})})
    run(folder, stack)
    held = registry.push("acme/app", "1", content=b"new")
    run(folder, stack)
    folder.git("revert", "--no-edit", "HEAD")
    folder.git("push", "-q")
    (hold,) = run(folder, stack).plan.changes
    assert hold.kind is ChangeKind.HOLD
    registry.requests.clear()
    result = run(folder, stack)
    assert (result.commits, [each.reason for each in result.plan.problems]) == ((), [Reason.HELD])
    assert states(folder, stack) == {"one": (TagState.HELD, held)}
    assert registry.requests == [("HEAD", "/v2/acme/app/manifests/1")] * 2


def test_status_needs_only_digests_whatever_moved(git: GitKit, stack: ExitStack, registry: DemoRegistry) -> None:
    registry.push("acme/app", "1")
    source = f"{registry.address}/acme/app:1"
    spec = declared("app", {"behind": source}).replace("scheduled: true", "scheduled: false")
    folder = start(git, {"is.yaml": spec})
    run(folder, stack)
    moved = registry.push("acme/app", "1", content=b"new")
    folder.commit({"other.yaml": declared("other", {"pending": source})}, "Declare another")
    registry.requests.clear()
    assert states(folder, stack) == {"behind": (TagState.BEHIND, moved), "pending": (TagState.PENDING, moved)}
    assert registry.requests == [("HEAD", "/v2/acme/app/manifests/1")]


def test_build_times_cost_what_the_request_budget_counts(git: GitKit, stack: ExitStack, registry: DemoRegistry) -> None:
    for number in range(3):
        registry.push("acme/app", f"build-{number}", created=f"2026-11-0{number + 1}T00:00:00Z")
    spec = declared("app", {"prod": f"{registry.address}/acme/app"})
    policy = "    annotations: {reconciler/select: 'newest: true'}\n    importPolicy:"
    folder = start(git, {"is.yaml": spec.replace("    importPolicy:", policy)})
    assert len(run(folder, stack).commits) == 1
    repository = Repository.discover(folder.path)
    registries = Registries(new_client(stack), Installation())
    sent: list[int] = []
    for _ in range(2):
        registry.requests.clear()
        subjects = observe(
            repository, read_world(repository, folder.head(), "main"), PassScope(), registries, Answers()
        )
        sent.append(len(registry.requests))
    world = subjects.world
    (load,) = loads(world.spec.declarations, world.spec.config, Installation(), world.observed.listings)
    assert sent[0] == 1 + 3 * 3 == load.requests * world.spec.config.interval
    assert sent[1] == 1 + 3  # one process requests the labels of an image once


def test_a_build_time_more_than_a_day_ahead_counts_when_it_has_come(
    git: GitKit, stack: ExitStack, registry: DemoRegistry
) -> None:
    clock = FakeClock()
    day = timedelta(days=1)
    registry.push("acme/app", "old", created="2026-11-01T00:00:00Z")
    soon = registry.push("acme/app", "soon", created=(clock.now() + day).isoformat())
    late = registry.push("acme/app", "late", created=(clock.now() + 2 * day).isoformat())
    spec = declared("app", {"prod": f"{registry.address}/acme/app"})
    policy = "    annotations: {reconciler/select: 'newest: true'}\n    importPolicy:"
    folder = start(git, {"is.yaml": spec.replace("    importPolicy:", policy)})
    repository = Repository.discover(folder.path)
    reconciler = Reconciler(Writer(repository, clock, BOT), Registries(new_client(stack, clock), Installation()))
    target = choose_target(repository, None, push=True)
    first = run_pass(reconciler, target, PassScope())
    assert [change.image for change in first.plan.changes] == [soon]
    assert [each.message for each in first.plan.problems] == [
        f"a/app:prod: {registry.address}/acme/app:late says that it was built '2026-11-25T08:00:00+00:00', which is in the "
        "future. It is not compared; leave it out with exclude."
    ]
    clock.advance(day.total_seconds())
    second = run_pass(reconciler, target, PassScope())
    assert ([change.image for change in second.plan.changes], second.plan.problems) == ([late], ())


@pytest.mark.parametrize(
    "behaviour",
    [
        Reply(500),
        Reply(401),
        Reply(403),
        Reply(404),
        Reply(429, {"Retry-After": "3600"}),
        html(),
        HangBeforeHeaders(),
        EndlessBody(),
        Reply(302, {"Location": "http://127.0.0.1:1/elsewhere"}),
    ],
    ids=repr,
)
def test_a_misbehaving_registry_is_reported_once_and_stops_no_other(
    git: GitKit, stack: ExitStack, registry: DemoRegistry, behaviour: object
) -> None:
    good = registry.push("acme/app", "1")
    bad = stack.enter_context(FaultServer({"*": behaviour}))  # type: ignore[dict-item]
    folder = start(
        git,
        {
            "good.yaml": declared("good", {"one": f"{registry.address}/acme/app:1"}),
            "bad.yaml": declared("bad", {"one": f"{bad.address}/acme/app:1"}),
        },
    )
    result = run(folder, stack)
    assert [(str(change.tag), change.image) for change in result.plan.changes] == [("a/good:one", good)]
    assert [str(problem.tag) for problem in result.plan.problems] == ["a/bad:one"]
    assert result.push is Push.DONE


def test_if_the_remote_moves_meanwhile_the_pass_plans_again_and_repeats_no_question(
    git: GitKit, stack: ExitStack, registry: DemoRegistry
) -> None:
    registry.push("acme/app", "1")
    folder = start(git, {"is.yaml": declared("app", {"one": f"{registry.address}/acme/app:1"})})
    other = git.clone(git.folder("remote.git"), "other")
    pushed: list[str] = []

    def push_to_remote() -> None:
        pushed.append(other.commit({"notes.txt": f"{len(pushed)}"}, "Faster"))
        other.git("push", "-q", "origin", "HEAD:main")

    clock = FakeClock()
    result = run(folder, stack, push_to_remote, clock)
    assert result.push is Push.DONE
    assert len(pushed) == 1
    assert clock.pauses == [], "a commit that was not seen yet is no reason to wait"
    assert folder.git("log", "--format=%s").splitlines() == ["Import a/app: 1 tag", "Faster", "Declare"]


def test_what_another_reconciler_heard_later_is_not_taken_back_by_what_this_one_heard_before(
    git: GitKit, stack: ExitStack, registry: DemoRegistry
) -> None:
    registry.push("acme/app", "1", version="1", content=b"1")
    folder = start(git, {"is.yaml": declared("app", {"one": f"{registry.address}/acme/app:1"})})
    run(folder, stack)
    registry.push("acme/app", "1", version="2", content=b"2")
    other = git.clone(git.folder("remote.git"), "other")
    third: list[str] = []

    def it_moves_on_and_another_is_faster() -> None:
        if not third:
            third.append(registry.push("acme/app", "1", version="3", content=b"3"))
            assert run(other, stack).push is Push.DONE

    result = run(folder, stack, after=it_moves_on_and_another_is_faster)
    assert result.plan.changes == ()
    assert folder.git("log", "--format=%s").splitlines() == [
        f"Tag a/app:one as {third[0][:19]}",
        "Import a/app: 1 tag",
        "Declare",
    ]


def test_a_branch_that_always_moves_first_is_given_up_after_ten_tries(
    git: GitKit, stack: ExitStack, registry: DemoRegistry
) -> None:
    registry.push("acme/app", "1")
    folder = start(git, {"is.yaml": declared("app", {"one": f"{registry.address}/acme/app:1"})})
    bare = git.folder("remote.git")
    tries = bare.path / "tries"
    bare.hook("pre-receive", f"echo try >> {tries}; exit 0")
    (bare.path / "refs/heads/main.lock").touch()  # as if another push never ended
    before = bare.head("main")
    clock = FakeClock()
    with pytest.raises(RemoteError) as caught:
        run(folder, stack, clock=clock)
    assert clock.pauses == [0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0, 10.0]
    assert str(caught.value) == (
        "origin/main: another push came first, 10 times in a row. Nothing was pushed; run it again."
    )
    assert len(tries.read_text().splitlines()) == 10
    assert bare.head("main") == before


def test_a_spec_that_changed_meanwhile_is_what_the_commit_is_made_from(
    git: GitKit, stack: ExitStack, registry: DemoRegistry
) -> None:
    registry.push("acme/app", "1", version="1", content=b"1")
    second = registry.push("acme/app", "2", version="2", content=b"2")
    folder = start(git, {"is.yaml": declared("app", {"one": f"{registry.address}/acme/app:1"})})
    other = git.clone(git.folder("remote.git"), "other")
    done: list[str] = []

    def promote_on_remote() -> None:
        if not done:
            done.append(other.commit({"is.yaml": declared("app", {"one": f"{registry.address}/acme/app:2"})}))
            other.git("push", "-q", "origin", "HEAD:main")

    result = run(folder, stack, promote_on_remote)
    assert [change.image for change in result.plan.changes] == [second]
    assert len(result.commits) == 1


def test_the_remote_that_went_away_is_an_error_and_nothing_is_written(
    git: GitKit, stack: ExitStack, registry: DemoRegistry
) -> None:
    registry.push("acme/app", "1")
    folder = start(git, {"is.yaml": declared("app", {"one": f"{registry.address}/acme/app:1"})})
    head = folder.head()
    (git.folder("remote.git").path).rename(folder.path.parent / "gone.git")
    with pytest.raises(RemoteError):
        run(folder, stack)
    assert folder.head() == head


def test_a_legacy_tag_records_one_platform_and_a_preserving_tag_the_index(
    git: GitKit, stack: ExitStack, registry: DemoRegistry
) -> None:
    index = registry.push_index("acme/app", "1", ["linux/arm64", "linux/amd64"])
    text = declared("app", {"index": f"{registry.address}/acme/app:1", "one": f"{registry.address}/acme/app:1"})
    legacy = text.rpartition("{scheduled: true}")
    folder = start(git, {"is.yaml": f"{legacy[0]}{{scheduled: true, importMode: Legacy}}\n"})
    images = {change.tag.tag: change.image for change in run(folder, stack).plan.changes}
    assert images["index"] == index
    assert images["one"] not in {index, None}
    assert run(folder, stack).plan.changes == ()
