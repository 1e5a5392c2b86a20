"""Roll back over a remote: forced pushes, merges by `git pull`, copies, squashed and shallow clones (design 3.3)."""

from __future__ import annotations

import shutil

import pytest

from tests.e2e.conftest import Images, Place, stream, tag
from tests.e2e.test_revert_forms import HISTORY, HOLD, held, is_quiet, stack

TIP = "refs/imagestream/tip/main"


@pytest.fixture
def moved(remote: Place, images: Images) -> tuple[Place, str, str]:
    """A tag that moved once, pushed: the repository, and the image before and after."""
    first = images.push("app", "main", "1")
    remote.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "main"), scheduled=True)))
    remote.commit("Declare app")
    remote.git("push", "-q")
    remote.ok("sync")
    second = images.push("app", "main", "2")
    remote.ok("sync")
    return remote, first, second


def tip(place: Place) -> str:
    """The commit of the remote's tip reference."""
    return place.git("ls-remote", "origin", TIP).partition("\t")[0]


def test_what_a_forced_push_drops_is_rolled_back(moved: tuple[Place, str, str]) -> None:
    place, first, second = moved
    place.git("reset", "-q", "--hard", "HEAD~1")
    place.git("push", "-q", "--force")
    assert place.ok("sync").splitlines()[-1] == "pushed to origin/main"
    assert (stack(place), held(place)) == ([first], [second])
    assert tip(place) == place.git("rev-parse", "HEAD").strip()
    assert is_quiet(place)


def test_a_forced_push_releases_nothing(moved: tuple[Place, str, str]) -> None:
    place, first, second = moved
    place.git("revert", "--no-edit", "HEAD")
    place.git("push", "-q")
    place.ok("sync")
    place.git("reset", "-q", "--hard", "HEAD~1")
    place.git("push", "-q", "--force")
    place.ok("sync")
    assert (stack(place), held(place)) == ([first], [second])
    assert is_quiet(place)


def test_after_a_forced_push_that_changed_no_file_the_first_release_by_hand_counts(
    moved: tuple[Place, str, str],
) -> None:
    place, first, second = moved
    place.git("revert", "--no-edit", "HEAD")
    place.git("push", "-q")
    place.ok("sync")
    place.git("commit", "-q", "--amend", "-m", "Reworded")
    place.git("push", "-q", "--force")
    place.ok("sync")
    assert tip(place) == place.git("rev-parse", "HEAD").strip()
    place.git("rm", "-q", HOLD)
    place.commit("Release")
    place.git("push", "-q")
    place.ok("sync")
    assert (stack(place), held(place)) == ([second, first], [])
    assert is_quiet(place)


def test_a_roll_back_that_is_merged_by_git_pull_is_held(moved: tuple[Place, str, str], images: Images) -> None:
    place, first, second = moved
    john = place.clone("john", "John Roe")
    john.git("revert", "--no-edit", "HEAD")
    reverted = john.git("rev-parse", "HEAD").strip()
    images.push("web", "1", "web")
    more = tag("prod", images.name("app", "main"), scheduled=True), tag("web", images.name("web", "1"))
    place.write("imagestreams/app.yaml", stream("app", *more))
    place.commit("Declare web")
    place.git("push", "-q")
    place.ok("sync")
    john.git("pull", "-q", "--no-rebase", "--no-edit")
    john.git("push", "-q")
    place.ok("sync")
    assert (stack(place), held(place)) == ([first], [second])
    assert f"Requested-In: {reverted}\n" in place.git("log", "-1", "--format=%B")
    assert len(stack(place, "web")) == 1
    assert is_quiet(place)


@pytest.mark.parametrize("pull", ["--no-rebase", "--rebase"])
def test_two_people_who_roll_back_at_once_are_one_roll_back(moved: tuple[Place, str, str], pull: str) -> None:
    place, first, second = moved
    john, mary = place.clone("john", "John Roe"), place.clone("mary", "Mary Poe")
    for person in (john, mary):
        person.git("revert", "--no-edit", "HEAD")
    john.git("push", "-q")
    mary.git("pull", "-q", "--no-edit", pull)
    mary.git("push", "-q")
    place.ok("sync")
    assert (stack(place), held(place)) == ([first], [second])
    assert place.subjects().count("Hold team-a/app:prod") == 1
    assert is_quiet(place)


def test_of_two_roll_backs_with_a_pass_between_the_second_adds_nothing(moved: tuple[Place, str, str]) -> None:
    place, first, second = moved
    john, mary = place.clone("john", "John Roe"), place.clone("mary", "Mary Poe")
    for person in (john, mary):
        person.git("revert", "--no-edit", "HEAD")
    john.git("push", "-q")
    place.ok("sync")
    mary.git("pull", "-q", "--no-edit", "--no-rebase")
    mary.git("push", "-q")
    assert place.run("sync", "-o", "json").json["changes"] == []
    assert (stack(place), held(place)) == ([first], [second])
    assert is_quiet(place)


def test_a_clone_and_a_copied_repository_without_the_tip_agree(moved: tuple[Place, str, str]) -> None:
    place, first, second = moved
    place.git("push", "-q", "origin", f":{TIP}")
    copy = place.clone("copy", "John Roe")
    assert copy.run("plan", "-o", "json").json["changes"] == []
    copy.git("revert", "--no-edit", "HEAD")
    copy.git("push", "-q")
    copy.ok("sync")
    assert (stack(copy), held(copy)) == ([first], [second])
    copy.git("push", "-q", "origin", f":{TIP}")
    shutil.rmtree(copy.path)
    again = place.clone("again", "Mary Poe")
    assert is_quiet(again)


def test_a_squashed_copy_takes_the_files_as_they_are_and_goes_on_from_there(
    moved: tuple[Place, str, str], images: Images
) -> None:
    place, first, second = moved
    place.git("revert", "--no-edit", "HEAD")
    place.git("push", "-q")
    place.ok("sync")
    copy = Place(place.root, "squashed")
    shutil.copytree(place.path, copy.path, ignore=shutil.ignore_patterns(".git"))
    copy.git("init", "-q", "--initial-branch=main", ".")
    copy.commit("Everything")
    assert is_quiet(copy)
    third = images.push("app", "main", "3")
    copy.ok("sync")
    copy.git("revert", "--no-edit", "HEAD")
    copy.ok("sync")
    assert (stack(copy), held(copy)) == ([first], [third, second])
    assert is_quiet(copy)


def test_a_shallow_clone_is_deepened_before_anything_is_decided(moved: tuple[Place, str, str]) -> None:
    place, first, second = moved
    place.git("push", "-q", "origin", f":{TIP}")
    place.git("revert", "--no-edit", "HEAD")
    place.git("push", "-q")
    shallow = Place(place.root, "shallow", "John Roe")
    url = place.git("remote", "get-url", "origin").strip()
    place.git("clone", "-q", "--depth", "1", f"file://{url}", str(shallow.path))
    shallow.ok("sync")
    assert (stack(shallow), held(shallow)) == ([first], [second])
    assert shallow.git("rev-parse", "--is-shallow-repository").strip() == "false"
    assert is_quiet(shallow)


def test_a_shallow_clone_that_cannot_be_deepened_is_refused(moved: tuple[Place, str, str]) -> None:
    place, _, _ = moved
    shallow = Place(place.root, "shallow", "John Roe")
    url = place.git("remote", "get-url", "origin").strip()
    place.git("clone", "-q", "--depth", "1", f"file://{url}", str(shallow.path))
    shallow.git("remote", "remove", "origin")
    ran = shallow.run("sync")
    assert ran.code == 2
    assert "is a shallow clone, and the rest of its history cannot be fetched: " in ran.err
    assert ran.err.endswith("Clone it whole (git clone without --depth; fetch-depth: 0 in a workflow).\n")


def test_the_files_are_at_the_paths_of_the_format(moved: tuple[Place, str, str]) -> None:
    place, _, _ = moved
    place.git("revert", "--no-edit", "HEAD")
    place.git("push", "-q")
    place.ok("sync")
    assert place.git("show", "--format=", "--name-only", "HEAD").split() == [HOLD]
    assert place.git("ls-files", "history", "holds").split() == [HISTORY, HOLD]
