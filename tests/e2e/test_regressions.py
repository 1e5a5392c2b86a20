"""Bugs that were found by attacking the program, each as a user would meet it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Images, Place, command, stream, tag

HISTORY = "history/team-a/app/prod.yaml"


def declare(place: Place, images: Images, *names: str) -> None:
    for name in names:
        images.push(name, "1")
        place.write(f"imagestreams/{name}.yaml", stream(name, tag("prod", images.name(name, "1"), scheduled=True)))
    place.commit("Declare")


def test_two_passes_at_once_in_one_checkout_leave_it_clean(place: Place, images: Images) -> None:
    declare(place, images, "app", "web", "api")
    for round_ in range(4):
        running = [
            subprocess.Popen([*command(), "sync"], cwd=place.path, env=place.environ(), stdout=subprocess.DEVNULL)
            for _ in range(2)
        ]
        assert {process.wait(60) for process in running} <= {0, 1}
        assert place.git("status", "--porcelain") == ""
        assert place.run("sync").out == "No changes.\n"
        images.push("app", "1", f"{round_ + 2}")
        images.push("web", "1", f"{round_ + 2}")


def test_a_file_that_was_broken_for_long_removes_nothing(place: Place, images: Images) -> None:
    declare(place, images, "app")
    place.ok("sync")
    for number in range(60):
        place.write("imagestreams/app.yaml", f"a: [ {number}\n")
        place.git("commit", "--quiet", "--all", "-m", "Break it further")
    assert place.run("sync").code == 1
    assert (place.path / HISTORY).exists()


@pytest.mark.parametrize("obstacle", ["a file for a folder", "a symbolic link"])
def test_a_file_in_the_way_of_one_history_stops_that_istag_alone(place: Place, images: Images, obstacle: str) -> None:
    declare(place, images, "app", "web")
    if obstacle == "a symbolic link":
        (place.path / HISTORY).parent.mkdir(parents=True)
        (place.path / HISTORY).symlink_to("/etc/passwd")
        where = HISTORY
    else:
        place.write("history/team-a/app", "mine\n")
        where = "history/team-a/app"
    place.commit("Be in the way")
    ran = place.run("sync")
    assert ran.code == 1
    assert (
        f"team-a/app:prod is not moved: {HISTORY} cannot be written: {where} exists and is not a history "
        "or hold file. Move it elsewhere."
    ) in ran.err
    assert (place.path / "history/team-a/web/prod.yaml").exists()


def test_the_installation_can_come_from_the_environment(place: Place) -> None:
    ran = place.run("status", environ={"IMAGESTREAM_CONFIG": "/nowhere.yaml"})
    assert (ran.code, ran.err) == (2, "error: --config /nowhere.yaml cannot be read: No such file or directory.\n")


def test_a_stack_that_only_a_merge_made_is_shown_without_a_name(place: Place, images: Images) -> None:
    declare(place, images, "app")
    place.ok("sync")
    place.git("checkout", "--quiet", "-b", "side")
    images.push("app", "1", "2")
    place.ok("sync")
    place.git("checkout", "--quiet", "main")
    place.git("merge", "--quiet", "--no-ff", "--no-commit", "side")
    text = (place.path / HISTORY).read_text().replace("generation: 2", "generation: 3")
    place.write(HISTORY, text)
    place.commit("Merge and meddle")
    out = place.ok("history", "team-a/app:prod")
    assert "<unknown>" in out


@pytest.mark.parametrize("content", ["not utf-8", "a folder"])
def test_init_names_a_file_that_it_cannot_add_to_and_writes_nothing(place: Place, content: str) -> None:
    (place.path / "CODEOWNERS").unlink()
    (place.path / "reconciler.yaml").unlink()
    if content == "a folder":
        (place.path / "CODEOWNERS").mkdir()
        ran = place.run("init")
        assert ran.code == 2
        assert ran.err.endswith("CODEOWNERS cannot be read: Is a directory. Move it away and run it again.\n")
        assert not (place.path / "reconciler.yaml").exists()
    else:
        (place.path / "CODEOWNERS").write_bytes(b"\xff\n")
        place.ok("init")
        assert (place.path / "CODEOWNERS").read_bytes().startswith(b"\xff\n#")


def test_a_file_with_an_unreadable_name_is_reported_and_removes_nothing(place: Place, images: Images) -> None:
    declare(place, images, "app")
    place.ok("sync")
    place.path.joinpath("imagestreams/app.yaml").rename(
        os.fsdecode(os.fsencode(place.path) + b"/imagestreams/app\xff.yaml")
    )
    place.commit("Rename it badly")
    ran = place.run("sync")
    assert ran.code == 1
    assert "1 file with a name that is not UTF-8 or has control characters cannot be read." in ran.err
    assert (place.path / HISTORY).exists()


def test_an_unreadable_history_of_an_undeclared_istag_is_failed(place: Place, images: Images) -> None:
    declare(place, images, "app")
    place.ok("sync")
    place.write("history/team-a/app/copy.yaml", (place.path / HISTORY).read_text())
    place.commit("Copy a history")
    rows = {row["tag"]: row["state"] for row in place.run("status", "-o", "json").json["tags"]}
    assert rows["team-a/app:copy"] == "Failed"


def test_a_stream_may_be_called_token(place: Place) -> None:
    ran = place.run("resolve", "team-a/token:latest")
    assert "team-a/token:latest means nothing at" in ran.err


def test_a_revision_can_be_validated_in_a_bare_repository(remote: Place) -> None:
    bare = Place(remote.root, "remote.git")
    assert bare.ok("validate", "--revision", "main") == "0 streams, 0 tags: 0 errors, 0 warnings\n"


def test_an_import_of_a_follower_reaches_it(place: Place, images: Images) -> None:
    images.push("app", "1")
    place.write(
        "imagestreams/app.yaml",
        stream("app", tag("dev", images.name("app", "1")), tag("test", "app:dev", "ImageStreamTag")),
    )
    place.commit("Declare")
    place.ok("import", "team-a/app:test")
    assert (place.path / "history/team-a/app/test.yaml").exists()


def test_an_unknown_istag_is_an_error_of_status(place: Place) -> None:
    ran = place.run("status", "team-a/nosuch:tag")
    assert (ran.code, ran.err) == (
        1,
        "error: team-a/nosuch:tag is neither declared nor recorded. `imagestream status` lists all that are.\n",
    )


def test_a_folder_that_is_not_there_is_wrong_usage(place: Place) -> None:
    ran = place.run("-C", "/nonexistent", "validate")
    assert (ran.code, ran.err) == (2, "error: -C /nonexistent is not a folder. Name the repository to work in.\n")


def test_a_demo_without_git_reports_that_git_is_missing(place: Place, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    (empty / "cat").symlink_to("/bin/cat")
    ran = place.run("demo", environ={"PATH": str(empty)})
    assert (ran.code, ran.err) == (1, "error: git is not on the PATH. The demo needs git.\n")


def test_help_shows_examples_on_lines_of_their_own(place: Place) -> None:
    assert "\n  Example:\n    imagestream -C my-images sync\n" in place.ok("sync", "--help")
    assert "\n  Start here:\n    imagestream demo " in place.ok("--help")
