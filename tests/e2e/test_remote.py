"""With a remote: fetch, plan on its tip, push without force, fast-forward; and the refusals."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.conftest import Images, Place, stream, tag


def declare(place: Place, images: Images, *, name: str = "app") -> None:
    place.write(f"imagestreams/{name}.yaml", stream(name, tag("prod", images.name("app", "1"), scheduled=True)))
    place.commit(f"Declare {name}")
    place.git("push", "--quiet")


def test_a_pass_pushes_and_fast_forwards_the_checkout(remote: Place, images: Images) -> None:
    images.push("app", "1")
    declare(remote, images)
    assert remote.ok("sync").splitlines()[-1] == "pushed to origin/main"
    assert remote.git("rev-parse", "HEAD") == remote.git("ls-remote", "origin", "refs/heads/main").split()[0] + "\n"
    assert (
        remote.git("ls-remote", "origin", "refs/imagestream/tip/main").split()[0]
        == remote.git("rev-parse", "HEAD").strip()
    )
    assert (remote.path / "history/team-a/app/prod.yaml").exists()
    assert remote.git("status", "--porcelain") == ""


def test_a_pass_plans_on_the_tip_of_the_remote_not_on_an_old_checkout(remote: Place, images: Images) -> None:
    images.push("app", "1")
    other = remote.clone("other", "John Roe")
    declare(remote, images)
    assert other.ok("sync").splitlines()[-1] == "pushed to origin/main"
    assert (other.path / "history/team-a/app/prod.yaml").exists()


def test_a_branch_with_unpushed_commits_is_refused(remote: Place, images: Images) -> None:
    images.push("app", "1")
    declare(remote, images)
    remote.write("notes.txt", "mine")
    remote.commit("Mine")
    ran = remote.run("sync")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == ("error: branch main has 1 commit that origin/main lacks. Push or drop it first: git push\n")


def test_an_uncommitted_change_is_never_lost_with_a_remote(remote: Place, images: Images) -> None:
    images.push("app", "1")
    declare(remote, images)
    remote.write("history/team-a/app/prod.yaml", "mine, not committed\n")
    ran = remote.run("sync")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "pushed to origin/main"
    assert "uncommitted changes are in the way" in ran.err
    assert (remote.path / "history/team-a/app/prod.yaml").read_text() == "mine, not committed\n"


def test_an_uncommitted_change_in_the_way_stops_a_pass_without_a_remote(place: Place, images: Images) -> None:
    images.push("app", "1")
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"))))
    head = place.commit("Declare app")
    place.write("history/team-a/app/prod.yaml", "mine, not committed\n")
    ran = place.run("sync")
    assert ran.code == 1
    assert "history/team-a/app/prod.yaml" in ran.err
    assert (place.path / "history/team-a/app/prod.yaml").read_text() == "mine, not committed\n"
    assert place.git("rev-parse", "HEAD").strip() == head


def test_an_uncommitted_change_elsewhere_stays_while_the_pass_commits(place: Place, images: Images) -> None:
    images.push("app", "1")
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"))))
    place.commit("Declare app")
    place.write("imagestreams/app.yaml", "not: committed\n")
    place.ok("sync")
    assert (place.path / "imagestreams/app.yaml").read_text() == "not: committed\n"
    assert place.git("status", "--porcelain") == " M imagestreams/app.yaml\n"


def test_no_push_commits_here_and_shows_how_to_push(remote: Place, images: Images) -> None:
    images.push("app", "1")
    declare(remote, images)
    assert remote.ok("sync", "--no-push").splitlines()[-1] == "NOT pushed: git push origin main:main"
    assert remote.git("rev-list", "--count", "origin/main..HEAD").strip() == "1"
    remote.git("push", "--quiet")
    assert remote.ok("sync") == "No changes.\n"


def test_a_remote_that_is_away_is_exit_code_4(remote: Place, images: Images) -> None:
    images.push("app", "1")
    declare(remote, images)
    (remote.root / "remote.git").rename(remote.root / "away.git")
    ran = remote.run("sync")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1


def test_a_hook_that_declines_is_a_clear_failure_and_changes_nothing(remote: Place, images: Images) -> None:
    images.push("app", "1")
    declare(remote, images)
    hook = remote.root / "remote.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'only on Fridays' >&2\nexit 1\n")
    hook.chmod(0o755)
    before = remote.git("rev-parse", "HEAD")
    ran = remote.run("sync", "-o", "json")
    assert ran.code == 1
    assert json.loads(ran.out)["push"] == "failed"
    assert remote.git("rev-parse", "HEAD") == before
    text = remote.run("sync")
    assert text.out.splitlines()[-1] == "NOT pushed: git push origin main:main"


def test_a_host_that_refuses_the_tip_ref_still_gets_the_commits(remote: Place, images: Images) -> None:
    images.push("app", "1")
    declare(remote, images)
    hook = remote.root / "remote.git/hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncase $1 in refs/imagestream/*) echo "no such refs here" >&2; exit 1;; esac\n')
    hook.chmod(0o755)
    ran = remote.run("sync")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[-1] == "pushed to origin/main"
    assert remote.ok("sync") == "No changes.\n"


def test_a_fresh_clone_without_the_tip_ref_agrees_with_what_was_written(remote: Place, images: Images) -> None:
    images.push("app", "1")
    declare(remote, images)
    remote.ok("sync")
    fresh = remote.clone("fresh", "John Roe")
    assert fresh.run("plan", "-o", "json").json["changes"] == []
    fresh.git("rm", "--quiet", "history/team-a/app/prod.yaml")
    fresh.commit("Roll everything back")
    changes = fresh.run("plan", "-o", "json").json["changes"]
    assert [(change["tag"], change["change"]) for change in changes] == [("team-a/app:prod", "hold")]


def test_a_detached_head_needs_a_branch(remote: Place, images: Images) -> None:
    images.push("app", "1")
    declare(remote, images)
    remote.git("checkout", "--quiet", "--detach")
    ran = remote.run("sync")
    assert ran.code == 2
    assert "HEAD is detached. Name the branch to write to with --branch." in ran.err
    assert remote.ok("sync", "--branch", "main").splitlines()[-1] == "pushed to origin/main"


def test_hooks_and_git_variables_of_the_caller_do_not_reach_the_store(place: Place, images: Images) -> None:
    images.push("app", "1")
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"))))
    place.commit("Declare app")
    hook = place.path / ".git/hooks/post-merge"
    hook.write_text(f"#!/bin/sh\ntouch {place.root}/hook-ran\n")
    hook.chmod(0o755)
    elsewhere = {"GIT_DIR": str(place.root / "nowhere"), "GIT_INDEX_FILE": str(place.root / "index")}
    ran = place.run("sync", environ=elsewhere)
    assert ran.code == 0, ran.err
    assert not Path(place.root / "hook-ran").exists()
    assert not Path(place.root / "index").exists()


def test_a_checkout_that_has_parted_from_its_remote_is_told_to_rebase_not_to_push(
    remote: Place, images: Images
) -> None:
    images.push("app", "1")
    declare(remote, images)
    other = remote.clone("other", "John Roe")
    other.write("notes.txt", "theirs")
    other.commit("Theirs")
    other.git("push", "--quiet")
    remote.write("notes.txt", "mine")
    remote.commit("Mine")
    ran = remote.run("sync")
    assert (ran.code, ran.err) == (
        2,
        "error: branch main has 1 commit that origin/main lacks, and the other way round. "
        "Put it on top or drop it first: git pull --rebase\n",
    )
