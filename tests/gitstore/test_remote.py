"""Fetching and pushing, over file:// and to a git daemon: compare and swap, both references or none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.errors import UnavailableError
from reconciler.gitstore import Fetched, PushOutcome, PushStatus, Repository, Upstream
from tests.gitstore.actor import build, draft, opened, upstream_of
from tests.kit.git import GitFolder, GitKit
from tests.kit.half_taken import half_taken

TIP = "refs/imagestream/tip/main"
MAIN = "refs/heads/main"
DONE = PushOutcome(PushStatus.DONE)


@dataclass(frozen=True)
class Pair:
    """A clone, as the reconciler has it, and its remote."""

    kit: GitKit
    work: GitFolder
    remote: GitFolder

    @property
    def repository(self) -> Repository:
        return opened(self.work.path)

    @property
    def upstream(self) -> Upstream:
        return upstream_of(self.repository)

    def plan(self, old: str, path: str = "history/a.yaml", content: bytes = b"1") -> str:
        return build(self.repository, old, draft(path, content))[0]

    def push(self, old: str | None, new: str, *, move_tip: bool = True) -> PushOutcome:
        return self.repository.push(self.upstream, old, new, move_tip=move_tip)

    def fetch(self) -> Fetched:
        return self.repository.fetch(self.upstream)

    def pushed(self) -> tuple[str, str]:
        """A successful push: the commit it was built on, and the pushed commit."""
        old = self.work.head()
        new = self.plan(old)
        assert self.push(old, new) == DONE
        return old, new


@pytest.fixture(params=["file", "daemon"])
def pair(request: pytest.FixtureRequest, kit: GitKit) -> Iterator[Pair]:
    """The same over both transports."""
    remote = kit.bare()
    if request.param == "file":
        yield Pair(kit, _clone(kit, f"file://{remote.path}"), remote)
        return
    with kit.daemon() as url:
        yield Pair(kit, _clone(kit, f"{url}/remote.git"), remote)


@pytest.fixture
def local(kit: GitKit) -> Pair:
    """Over file:// alone, for tests of hooks and of the host."""
    remote = kit.bare()
    return Pair(kit, _clone(kit, f"file://{remote.path}"), remote)


def _clone(kit: GitKit, url: str) -> GitFolder:
    work = kit.clone(url, "work")
    work.commit({"README.md": "Images\n"}, "Start")
    work.git("push", "--quiet", "origin", "main")
    return work


def test_a_push_moves_branch_and_tip_together_and_remembers_both(pair: Pair) -> None:
    old, new = pair.pushed()
    assert pair.remote.refs() == {MAIN: new, TIP: new}
    assert (pair.work.head(), pair.work.head("origin/main")) == (old, new)
    assert pair.repository.tip("main", new) == new
    assert pair.fetch() == Fetched(new, new)
    assert pair.repository.fast_forward("main", new) is None
    assert (pair.work.head(), pair.repository.tip("main")) == (new, new)
    assert pair.remote.fsck() == ""


def test_a_push_of_the_current_commit_is_done(pair: Pair) -> None:
    old, new = pair.pushed()
    assert pair.push(old, new) == DONE


def test_a_push_can_leave_the_tip_where_it_is(pair: Pair) -> None:
    _, first = pair.pushed()
    second = pair.plan(first, "b")
    assert pair.push(first, second, move_tip=False) == DONE
    assert pair.remote.refs() == {MAIN: second, TIP: first}
    assert pair.fetch() == Fetched(second, first)


def test_the_tip_alone_can_move_and_a_host_that_refuses_it_loses_nothing(pair: Pair) -> None:
    old, new = pair.pushed()
    pair.work.git("push", "--quiet", "--force", "origin", f"{old}:{MAIN}")
    assert pair.fetch() == Fetched(old, new)
    assert pair.repository.push_tip(pair.upstream, old)
    assert pair.remote.refs() == {MAIN: old, TIP: old}
    assert pair.repository.tip("main", old) == old
    pair.remote.hook("update", 'test "${1#refs/imagestream/}" = "$1"')
    assert not pair.repository.push_tip(pair.upstream, new)
    assert pair.remote.refs() == {MAIN: old, TIP: old}
    assert pair.repository.tip("main", old) == old


def test_a_remote_that_moved_on_is_not_overwritten(pair: Pair) -> None:
    old = pair.work.head()
    new = pair.plan(old)
    theirs = pair.kit.clone(f"file://{pair.remote.path}", "theirs")
    commit = theirs.commit({"theirs": "1"})
    theirs.git("push", "--quiet")
    outcome = pair.push(old, new)
    assert outcome == PushOutcome(PushStatus.MOVED, "origin/main moved: stale info. Fetch and plan again.")
    assert pair.remote.refs() == {MAIN: commit}
    assert pair.fetch() == Fetched(commit, None)
    again = pair.plan(commit)
    assert pair.push(commit, again) == DONE


def test_a_rewind_by_another_person_is_not_undone(pair: Pair) -> None:
    start = pair.work.head()
    _, first = pair.pushed()
    second = pair.plan(first, "b")
    pair.remote.git("update-ref", MAIN, start)
    assert pair.push(first, second).status is PushStatus.MOVED
    assert pair.remote.head("main") == start


def test_a_branch_that_another_push_created_first_is_not_overwritten(pair: Pair) -> None:
    pair.remote.git("update-ref", "-d", MAIN)
    assert pair.fetch() == Fetched(None, None)
    (new,) = build(pair.repository, None, draft("a", b"1"))
    theirs = pair.work.head()
    pair.work.git("push", "--quiet", "origin", "main")
    assert pair.push(None, new).status is PushStatus.MOVED
    assert pair.remote.refs() == {MAIN: theirs}


def test_a_branch_that_the_remote_lacks_is_made(pair: Pair) -> None:
    _, first = pair.pushed()
    pair.remote.git("update-ref", "-d", MAIN)
    assert pair.fetch() == Fetched(None, first)
    assert "refs/remotes/origin/main" not in pair.work.refs()
    new = pair.plan(first, "b")
    assert pair.push(None, new) == DONE
    assert pair.remote.refs() == {MAIN: new, TIP: new}


def test_a_branch_can_never_be_forced(pair: Pair) -> None:
    start = pair.work.head()
    old, _ = pair.pushed()
    (stranger,) = build(pair.repository, None, draft("a", b"1"))
    with pytest.raises(ValueError, match=f"^{stranger} does not descend from {old}: the push would be forced$"):
        pair.push(old, stranger)
    pair.work.git("config", "remote.origin.push", "+refs/heads/*:refs/heads/*")
    pair.work.git("config", "push.useForceIfIncludes", "true")
    pair.work.write(".git/info/grafts", f"{stranger} {pair.remote.head('main')}\n")
    pair.work.git("replace", "--graft", stranger, pair.remote.head("main"))
    with pytest.raises(ValueError, match="the push would be forced"):
        pair.push(pair.remote.head("main"), stranger)
    assert pair.push(start, pair.plan(start, "other")).status is PushStatus.MOVED


def test_after_a_rewrite_the_tip_tells_and_moves_back_without_touching_the_rest(pair: Pair) -> None:
    start, first = pair.pushed()
    pair.remote.git("update-ref", MAIN, start)
    fetched = pair.fetch()
    assert fetched == Fetched(start, first)
    assert pair.repository.tip("main", start) == first
    new = pair.plan(start, "b")
    assert pair.push(start, new) == DONE
    assert pair.remote.refs() == {MAIN: new, TIP: new}


def test_a_tip_that_moved_meanwhile_is_not_overwritten(pair: Pair) -> None:
    start, first = pair.pushed()
    second = pair.plan(first, "b")
    pair.remote.git("update-ref", TIP, start)
    assert pair.push(first, second) == PushOutcome(
        PushStatus.MOVED, "origin/main moved: stale info. Fetch and plan again."
    )
    assert pair.remote.refs() == {MAIN: first, TIP: start}
    pair.fetch()
    assert pair.push(first, second) == DONE


def test_commits_pushed_by_hand_count_as_written(pair: Pair) -> None:
    start, first = pair.pushed()
    assert start != first
    pair.repository.fast_forward("main", first)
    second = pair.plan(first, "b")
    pair.repository.publish_local("main", first, second, tip=second)
    assert pair.repository.unpushed("main", pair.upstream) == 1
    assert pair.fetch() == Fetched(first, first)
    pair.work.git("push", "--quiet")
    assert pair.repository.unpushed("main", pair.upstream) == 0
    assert pair.fetch() == Fetched(second, second)


def test_commits_dropped_before_they_were_pushed_do_not_count(pair: Pair) -> None:
    _, first = pair.pushed()
    pair.repository.fast_forward("main", first)
    second = pair.plan(first, "b")
    pair.repository.publish_local("main", first, second, tip=second)
    pair.work.git("reset", "--quiet", "--hard", first)
    assert pair.fetch() == Fetched(first, first)


def test_a_pull_after_a_push_from_elsewhere_needs_no_local_tip(pair: Pair) -> None:
    _, first = pair.pushed()
    pair.work.git("pull", "--quiet", "--ff-only")
    assert pair.repository.tip("main") == first


def test_unpushed_commits_are_counted(pair: Pair) -> None:
    repository, upstream = pair.repository, pair.upstream
    pair.fetch()
    assert repository.unpushed("main", upstream) == 0
    pair.work.commit({"a": "1"})
    pair.work.commit({"a": "2"})
    assert repository.unpushed("main", upstream) == 2
    assert repository.unpushed("nothing", upstream) == 0
    pair.work.git("update-ref", "-d", upstream.tracking)
    assert repository.unpushed("main", upstream) == 3


def test_fetching_leaves_the_users_own_things_alone(pair: Pair) -> None:
    pair.pushed()
    pair.remote.git("tag", "v1", "main")
    pair.fetch()
    assert not (pair.work.path / ".git/FETCH_HEAD").exists()
    assert not any(ref.startswith(("refs/tags/", TIP)) for ref in pair.work.refs())
    assert pair.work.git("status", "--porcelain") == ""


def test_tips_that_the_remote_dropped_are_forgotten(pair: Pair) -> None:
    _, first = pair.pushed()
    pair.remote.git("update-ref", "-d", TIP)
    assert pair.fetch() == Fetched(first, None)


def test_many_commits_go_in_one_push(pair: Pair) -> None:
    old = pair.work.head()
    made = build(pair.repository, old, *(draft(f"history/{number}", b"1") for number in range(200)))
    assert pair.push(old, made[-1]) == DONE
    assert pair.remote.git("rev-list", "--count", "main") == "201"


def test_two_writers_on_one_branch_both_get_through_and_lose_nothing(pair: Pair) -> None:
    url = pair.work.git("remote", "get-url", "origin")
    errors: list[BaseException] = []

    def write(name: str) -> None:
        try:
            repository = opened(pair.kit.clone(url, name).path)
            for number in range(5):
                _write(repository, f"history/{name}{number}")
        except BaseException as error:  # noqa: BLE001 - seen by the test, below
            errors.append(error)

    writers = [threading.Thread(target=write, args=(name,)) for name in ("one", "two", "three")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert errors == []
    assert int(pair.remote.git("rev-list", "--count", "main")) == 16
    assert len(pair.remote.git("ls-tree", "-r", "--name-only", "main", "history/").splitlines()) == 15
    assert pair.remote.head(TIP) == pair.remote.head(MAIN)


def _write(repository: Repository, path: str) -> None:
    upstream = upstream_of(repository)
    for _ in range(50):
        base = repository.fetch(upstream).commit
        assert base is not None
        outcome = repository.push(upstream, base, build(repository, base, draft(path, b"1"))[0])
        if outcome.status is PushStatus.DONE:
            return
        assert outcome.status is PushStatus.MOVED, outcome
    pytest.fail("never got through")


@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_a_hook_that_declines_is_a_refusal_with_its_words(local: Pair, hook: str) -> None:
    old = local.work.head()
    local.remote.hook(hook, "echo 'Not on Fridays, https://ci:token@ci.example.com/rules?key=1' >&2; exit 1")
    outcome = local.push(old, local.plan(old))
    name = "pre-receive hook declined" if hook == "pre-receive" else "hook declined"
    assert outcome == PushOutcome(
        PushStatus.REFUSED,
        f"origin/main: the push was refused: {name} (Not on Fridays, https://ci.example.com/rules)."
        " Ask who may push there.",
    )
    assert local.remote.refs() == {MAIN: old}


def test_a_host_that_refuses_only_our_references_gets_the_branch(local: Pair) -> None:
    old = local.work.head()
    new = local.plan(old)
    local.remote.hook("update", 'case $1 in refs/imagestream/*) echo "no such refs here" >&2; exit 1;; esac')
    assert local.push(old, new) == PushOutcome(
        PushStatus.DONE,
        f"origin took main but not {TIP}: hook declined (no such refs here). Allow pushes to refs/imagestream/ there.",
        tip_refused=True,
    )
    assert local.remote.refs() == {MAIN: new}
    assert local.fetch() == Fetched(new, None)
    local.repository.fast_forward("main", new, tip=new)
    assert local.fetch() == Fetched(new, new)


@pytest.mark.parametrize(
    ("key", "why"),
    [("receive.hideRefs", "deny updating a hidden ref"), ("transfer.hideRefs", "deny updating a hidden ref")],
)
def test_a_host_that_hides_our_references_gets_the_branch(local: Pair, key: str, why: str) -> None:
    old = local.work.head()
    new = local.plan(old)
    local.remote.git("config", key, "refs/imagestream")
    outcome = local.push(old, new)
    assert (outcome.status, outcome.tip_refused, why in outcome.message) == (PushStatus.DONE, True, True)
    assert local.remote.head("main") == new


def test_a_hook_that_looks_at_all_references_at_once_gets_the_branch(local: Pair) -> None:
    old = local.work.head()
    new = local.plan(old)
    local.remote.hook("pre-receive", "! grep -q refs/imagestream")
    outcome = local.push(old, new)
    assert (outcome.status, outcome.tip_refused) == (PushStatus.DONE, True)
    assert local.remote.refs() == {MAIN: new}


def test_a_host_without_atomic_pushes_gets_the_branch_and_then_the_tip(local: Pair) -> None:
    old = local.work.head()
    new = local.plan(old)
    local.remote.git("config", "receive.advertiseAtomic", "false")
    assert local.push(old, new) == DONE
    assert local.remote.refs() == {MAIN: new, TIP: new}
    assert local.fetch() == Fetched(new, new)
    theirs = local.plan(new, "theirs")
    local.work.git("push", "--quiet", "origin", f"{theirs}:{MAIN}")
    assert local.push(new, local.plan(new, "b")).status is PushStatus.MOVED
    assert local.remote.refs() == {MAIN: theirs, TIP: new}


def test_a_host_without_atomic_pushes_that_refuses_the_tip_gets_the_branch(local: Pair) -> None:
    old = local.work.head()
    new = local.plan(old)
    local.remote.git("config", "receive.advertiseAtomic", "false")
    local.remote.hook("update", 'test "${1#refs/imagestream/}" = "$1"')
    assert local.push(old, new) == PushOutcome(
        PushStatus.DONE,
        f"origin took main but not {TIP}: hook declined. Allow pushes to refs/imagestream/ there.",
        tip_refused=True,
    )
    assert local.remote.refs() == {MAIN: new}


@pytest.mark.parametrize("atomic", [True, False])
@pytest.mark.parametrize("before", [True, False])
def test_a_tip_that_a_host_takes_without_its_branch_is_put_back(local: Pair, *, atomic: bool, before: bool) -> None:
    old = local.work.head()
    if before:
        old = local.pushed()[1]
    new = local.plan(old, "b")
    local.remote.git("config", "receive.advertiseAtomic", str(atomic).lower())
    half_taken(local.remote, refused=MAIN)
    assert local.push(old, new) == PushOutcome(
        PushStatus.REFUSED, "origin/main: the push was refused: not on Fridays. Ask who may push there."
    )
    assert local.remote.refs() == {MAIN: old} | ({TIP: old} if before else {})
    assert local.fetch() == Fetched(old, old if before else None)


def test_a_tip_that_was_taken_before_the_connection_broke_is_put_back(local: Pair) -> None:
    old, first = local.pushed()
    assert old != first
    new = local.plan(first, "b")
    local.work.git("push", "--quiet", "origin", f"{new}:refs/heads/spare")
    local.remote.hook("pre-receive", f"env -u GIT_QUARANTINE_PATH git update-ref {TIP} {new}; rm $0; kill -9 $PPID")
    assert local.push(first, new).status is PushStatus.UNAVAILABLE
    assert (local.remote.head(MAIN), local.remote.head(TIP)) == (first, first)


@pytest.mark.parametrize(
    ("branch", "name"), [("main", "main/below"), ("main", "main/below/it"), ("team/main", "team"), ("a/b/c", "a/b")]
)
def test_a_name_that_blocks_the_tip_is_deleted_and_reported(local: Pair, branch: str, name: str) -> None:
    local.work.git("checkout", "--quiet", "-B", branch)
    local.work.git("push", "--quiet", "--set-upstream", "origin", branch)
    old, prefix = local.work.head(), TIP.removesuffix("main")
    local.remote.git("update-ref", f"{prefix}{name}", old)
    upstream = upstream_of(local.repository, branch)
    assert local.repository.fetch(upstream) == Fetched(old, None)
    new = local.plan(old)
    note = (
        f"{prefix}{name} was at origin in the way of {prefix}{branch} and was deleted: "
        "these names are reserved for imagestream."
    )
    assert local.repository.push(upstream, old, new) == PushOutcome(PushStatus.DONE, notes=(note,))
    assert [ref for ref in local.remote.refs() if ref.startswith(prefix)] == [f"{prefix}{branch}"]
    assert local.repository.fetch(upstream) == Fetched(new, new)
    again = local.plan(new, "b")
    assert local.repository.push(upstream, new, again) == DONE


def test_a_name_that_came_after_the_fetch_or_may_not_go_costs_only_the_tip(local: Pair) -> None:
    old = local.work.head()
    new = local.plan(old)
    local.remote.git("update-ref", f"{TIP}/below", old)
    outcome = local.push(old, new)
    assert (outcome.status, outcome.tip_refused, outcome.notes) == (PushStatus.DONE, True, ())
    assert local.remote.head("main") == new
    local.fetch()
    hook = local.remote.hook("update", "case $1$3 in refs/imagestream/*0000) echo stays >&2; exit 1;; esac")
    outcome = local.push(new, local.plan(new, "b"))
    assert (outcome.status, outcome.tip_refused, outcome.notes) == (
        *(PushStatus.DONE, True),
        (
            f"{TIP}/below is at origin in the way of {TIP}, and may not be deleted: hook declined (stays). Delete it there.",
        ),
    )
    hook.unlink()
    commit = local.remote.head("main")
    assert local.repository.push_tip(local.upstream, commit)
    assert local.remote.refs() == {MAIN: commit, TIP: commit}


def test_settings_of_a_person_for_pushes_change_nothing(local: Pair) -> None:
    for key, value in {
        "remote.origin.mirror": "true",
        "remote.origin.push": "refs/heads/nothing:refs/heads/nothing",
        "push.pushOption": "ci.skip",
        "push.default": "nothing",
        "push.followTags": "true",
        "push.gpgSign": "true",
        "push.recurseSubmodules": "on-demand",
        "push.useForceIfIncludes": "true",
        "push.autoSetupRemote": "true",
        "remote.pushDefault": "elsewhere",
        "branch.main.pushRemote": "elsewhere",
        "fetch.prune": "true",
        "fetch.pruneTags": "true",
        "remote.origin.tagOpt": "--tags",
    }.items():
        local.work.git("config", key, value)
    local.work.git("tag", "-a", "-m", "mine", "v1")
    old = local.work.head()
    new = local.plan(old)
    assert local.fetch() == Fetched(old, None)
    assert local.push(old, new) == DONE
    assert local.remote.refs() == {MAIN: new, TIP: new}
    assert local.work.git("tag") == "v1"


def test_a_push_that_git_itself_refuses_is_not_an_outage(local: Pair) -> None:
    old = local.work.head()
    new = local.plan(old)
    local.work.git("config", "remote.origin.pushurl", "nothing::elsewhere")
    outcome = local.push(old, new)
    assert outcome.status is PushStatus.REFUSED
    assert outcome.message.endswith(" Check its settings for this remote with git config --list.")
    assert local.remote.refs() == {MAIN: old}


@pytest.mark.parametrize("kind", ["blob", "tag"])
def test_a_tip_that_points_at_no_commit_is_mended_by_the_next_push(local: Pair, kind: str) -> None:
    old = local.work.head()
    local.remote.git("tag", "-a", "-m", "A tag", "v1", old)
    there = local.remote.git("rev-parse", "main:README.md" if kind == "blob" else "v1")
    local.remote.git("update-ref", TIP, there)
    local.fetch()
    new = local.plan(old)
    assert local.push(old, new) == PushOutcome(PushStatus.DONE)
    assert (local.remote.refs()[MAIN], local.remote.refs()[TIP]) == (new, new)


@pytest.mark.parametrize("deletes", [True, False])
def test_a_host_that_allows_no_rewind_loses_the_tip_and_never_the_branch(local: Pair, *, deletes: bool) -> None:
    start, first = local.pushed()
    local.remote.git("update-ref", MAIN, start)
    may_delete = "exit 0" if deletes else "exit 1"
    local.remote.hook("update", f"case $3 in *[1-9a-f]*) git merge-base --is-ancestor $2 $3;; *) {may_delete};; esac")
    local.fetch()
    new = local.plan(start, "b")
    assert local.push(start, new) == PushOutcome(
        PushStatus.DONE,
        f"origin took main but not {TIP}: hook declined. Allow pushes to refs/imagestream/ there.",
        tip_refused=True,
    )
    assert local.remote.refs() == ({MAIN: new} if deletes else {MAIN: new, TIP: first})
    assert local.fetch() == Fetched(new, None if deletes else first)


def test_a_break_after_the_host_moved_is_found_to_be_done(local: Pair) -> None:
    old = local.work.head()
    new = local.plan(old)
    local.remote.hook("reference-transaction", "test $1 != committed || kill -9 $PPID")
    assert local.push(old, new) == DONE
    assert local.remote.refs() == {MAIN: new, TIP: new}


def test_a_break_before_the_host_moved_is_found_to_be_nothing(local: Pair) -> None:
    old = local.work.head()
    new = local.plan(old)
    local.remote.hook("pre-receive", "kill -9 $PPID")
    outcome = local.push(old, new)
    assert outcome == PushOutcome(
        PushStatus.UNAVAILABLE,
        "origin/main: the push failed and nothing moved: the remote end hung up unexpectedly. Try again later.",
    )
    assert local.remote.refs() == {MAIN: old}


def test_a_break_after_another_push_is_reported_as_moved(local: Pair) -> None:
    old = local.work.head()
    theirs = local.plan(old, "theirs")
    local.work.git("push", "--quiet", "origin", f"{theirs}:refs/heads/spare")
    local.remote.hook("pre-receive", f"env -u GIT_QUARANTINE_PATH git update-ref {MAIN} {theirs}; kill -9 $PPID")
    assert local.push(old, local.plan(old)).status is PushStatus.MOVED


def test_a_break_of_a_host_that_stays_away_has_an_unknown_outcome(local: Pair) -> None:
    old = local.work.head()
    new = local.plan(old)
    away = local.remote.path.with_name("away.git")
    local.remote.hook(
        "reference-transaction", f"test $1 = committed || exit 0; mv '{local.remote.path}' '{away}'; kill -9 $PPID"
    )
    assert local.push(old, new) == PushOutcome(
        PushStatus.UNAVAILABLE,
        "origin/main: the push got no answer: the remote end hung up unexpectedly."
        " Run it again to see whether it arrived.",
    )


def test_a_remote_that_is_away_is_unavailable(local: Pair, tmp_path: Path) -> None:
    old = local.work.head()
    new = local.plan(old)
    local.remote.path.rename(tmp_path / "away.git")
    assert local.push(old, new) == PushOutcome(
        PushStatus.UNAVAILABLE,
        f"origin/main: the push failed and nothing moved: '{local.remote.path}' does not appear to be a git repository."
        " Try again later.",
    )
    with pytest.raises(UnavailableError) as caught:
        local.fetch()
    assert str(caught.value) == (
        f"origin: the remote cannot be reached: '{local.remote.path}' does not appear to be a git repository."
        " Check its URL, the network and the access."
    )
    assert (caught.value.host, caught.value.retryable) == ("origin", True)


def test_a_daemon_that_is_gone_is_unavailable(kit: GitKit) -> None:
    remote = kit.bare()
    with kit.daemon() as url:
        pair = Pair(kit, _clone(kit, f"{url}/remote.git"), remote)
    old = pair.work.head()
    outcome = pair.push(old, pair.plan(old))
    assert outcome.status is PushStatus.UNAVAILABLE
    assert outcome.message.startswith("origin/main: the push failed and nothing moved: unable to connect to 127.0.0.1")
    with pytest.raises(UnavailableError, match="unable to connect to"):
        pair.fetch()


def test_a_daemon_that_takes_no_pushes_refuses(kit: GitKit) -> None:
    remote = kit.bare()
    with kit.daemon() as url:
        pair = Pair(kit, _clone(kit, f"{url}/remote.git"), remote)
        remote.git("config", "daemon.receivepack", "false")
        old = pair.work.head()
        outcome = pair.push(old, pair.plan(old))
    assert outcome.status is PushStatus.REFUSED
    assert "service not enabled" in outcome.message
