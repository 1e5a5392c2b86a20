"""`imagestream run` as a process: a real registry, a real remote, and people who push too."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler import __version__
from tests.e2e.conftest import Images, Place, command, stream, tag

HISTORY, HOLD = "history/team-a/app/prod.yaml", "holds/team-a/app/prod.yaml"
PATIENCE = 60.0


@pytest.fixture
def declared(remote: Place, images: Images) -> Place:
    """A tag with an interval of one second, declared and pushed but never imported."""
    images.push("app", "main", "1")
    remote.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "main"), scheduled=True)))
    remote.write("reconciler.yaml", (remote.path / "reconciler.yaml").read_text() + "  schedule: {interval: 1s}\n")
    remote.commit("Declare app")
    remote.git("push", "-q")
    return remote


@contextmanager
def running(place: Place, *words: str, environ: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """The loop over the place's remote; it ends with the context."""
    url = place.git("remote", "get-url", "origin").strip()
    data = str(place.root / "mirror")
    with (place.root / "run.log").open("w") as log:
        process = subprocess.Popen(
            [*command(), "run", "--repo", url, "--data", data, "--poll", "1", *words],
            env=place.environ() | (environ or {}),
            cwd=place.root,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            text=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert "Traceback" not in output_of(place)


def output_of(place: Place) -> str:
    return (place.root / "run.log").read_text()


def until(true: Callable[[], bool], place: Place) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, output_of(place)
        time.sleep(0.1)


def tops(place: Place, path: str = HISTORY) -> list[str]:
    """The images of a history or a hold on the remote, newest first."""
    place.git("fetch", "-q")
    shown = subprocess.run(
        ["git", "show", f"origin/main:{path}"],
        cwd=place.path,
        env=place.environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    return [line.removeprefix("- image: ") for line in shown.stdout.splitlines() if line.startswith("- image: ")]


def end(process: subprocess.Popen[str], place: Place) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0, output_of(place)


def test_the_loop_follows_images_and_reverts_until_it_is_stopped(declared: Place, images: Images) -> None:
    with running(declared) as process:
        until(lambda: len(tops(declared)) == 1, declared)
        second = images.push("app", "main", "2")
        until(lambda: tops(declared)[:1] == [second], declared)
        declared.git("pull", "-q")
        declared.git("revert", "--no-edit", "HEAD")
        declared.git("push", "-q")
        until(lambda: tops(declared, HOLD) == [second], declared)
        assert len(tops(declared)) == 1
        third = images.push("app", "main", "3")
        until(lambda: tops(declared)[:1] == [third], declared)
        end(process, declared)
    assert declared.subjects("origin/main")[:2] == [f"Tag team-a/app:prod as {third[:19]}", "Hold team-a/app:prod"]
    assert declared.run("verify").out.endswith("no break.\n")
    first = json.loads(output_of(declared).splitlines()[0])
    assert (
        first["message"]
        == f"imagestream {__version__} keeps branch main of {declared.git('remote', 'get-url', 'origin').strip()}"
    )


def test_a_new_process_needs_nothing_of_the_old_one(declared: Place, images: Images) -> None:
    with running(declared) as process:
        until(lambda: len(tops(declared)) == 1, declared)
        process.kill()
    second = images.push("app", "main", "2")
    for file in (declared.root / "mirror" / "objects").rglob("*"):
        if file.is_file():
            file.chmod(0o644)
            file.write_bytes(b"garbage")
    with running(declared) as process:
        until(lambda: tops(declared)[:1] == [second], declared)
        end(process, declared)


def test_an_unreachable_remote_is_reported_once_and_waited_for(declared: Place, images: Images) -> None:
    bare = declared.root / "remote.git"
    with running(declared) as process:
        until(lambda: len(tops(declared)) == 1, declared)
        bare.rename(declared.root / "away.git")
        until(lambda: "the remote cannot be reached" in output_of(declared), declared)
        images.push("app", "main", "2")
        time.sleep(3)
        (declared.root / "away.git").rename(bare)
        until(lambda: len(tops(declared)) == 2, declared)
        end(process, declared)
    assert output_of(declared).count('"level": "warning"') == 1, output_of(declared)
    assert output_of(declared).count('"message": "no longer: ') == 1


def test_a_broken_configuration_stops_passes_until_a_commit_repairs_it(declared: Place, images: Images) -> None:
    config = declared.path / "reconciler.yaml"
    good = config.read_text()
    with running(declared) as process:
        until(lambda: len(tops(declared)) == 1, declared)
        config.write_text("kind: Nonsense\n")
        declared.git("pull", "-q", "--rebase", "--autostash")
        declared.commit("Break it")
        declared.git("push", "-q")
        until(lambda: "Nothing is done until reconciler.yaml is right." in output_of(declared), declared)
        second = images.push("app", "main", "2")
        time.sleep(2)
        assert len(tops(declared)) == 1
        config.write_text(good)
        declared.commit("Mend it")
        declared.git("push", "-q")
        until(lambda: tops(declared)[:1] == [second], declared)
        end(process, declared)


def test_two_loops_on_one_branch_record_each_event_once(declared: Place, images: Images) -> None:
    with running(declared) as one, running(declared, "--data", str(declared.root / "other")) as two:
        until(lambda: len(tops(declared)) == 1, declared)
        pushed: list[str] = []
        for number in range(2, 6):
            pushed.insert(0, images.push("app", "main", str(number)))
            until(lambda: tops(declared)[:1] == pushed[:1], declared)
        end(one, declared)
        end(two, declared)
    assert tops(declared)[:-1] == pushed
    assert declared.run("verify").out.endswith("no break.\n")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (
            ("--repo", "ext::sh -c evil"),
            "error: --repo ext::sh -c evil is not the address of a repository. Write a URL or a path.\n",
        ),
        ((), "error: Missing option '--repo'. See `imagestream run --help`.\n"),
    ],
)
def test_impossible_options_are_errors(place: Place, words: tuple[str, ...], error: str) -> None:
    ran = place.run("run", *words)
    assert (ran.code, ran.err) == (2, error)


def test_a_folder_with_something_else_is_left_alone(declared: Place, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one").write_text("1")
    ran = declared.run("run", "--repo", str(declared.root / "remote.git"), "--data", str(tmp_path / "photos"))
    assert (ran.code, ran.err) == (
        2,
        f"error: {tmp_path / 'photos'} has something else in it. Name an empty folder, or none, with --data.\n",
    )
