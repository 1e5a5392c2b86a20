"""On a terminal the first pass requests a confirmation, a bar shows slow registries, and there are colours; in a pipe there is none of these."""

from __future__ import annotations

import os
import pty
import subprocess

import pytest

from tests.e2e.conftest import Images, Place, command, stream, tag


def on_terminal(
    place: Place, *arguments: str, typed: str = "", environ: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run `imagestream` on a terminal of its own; its exit code and everything it showed."""
    ours, theirs = pty.openpty()
    given = place.environ() | {"TERM": "xterm", "COLUMNS": "200"} | (environ or {})
    with subprocess.Popen(
        [*command(), *arguments], cwd=place.path, env=given, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end was closed
                break
            if not piece:
                break
            shown += piece
        code = process.wait(60)
    os.close(ours)
    return code, shown.decode()


@pytest.fixture
def declared(place: Place, images: Images) -> Place:
    images.push("app", "1")
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"), scheduled=True)))
    place.commit("Declare app")
    return place


def test_the_first_pass_shows_the_plan_and_requests_a_confirmation(declared: Place) -> None:
    head = declared.git("rev-parse", "HEAD")
    code, shown = on_terminal(declared, "sync", typed="n\n")
    assert code == 0
    assert "This is the first pass over this repository. Commit these changes? [y/N]:" in shown
    assert "team-a/app:prod" in shown
    assert "Nothing was written." in shown
    assert declared.git("rev-parse", "HEAD") == head
    code, shown = on_terminal(declared, "sync", typed="y\n")
    assert code == 0
    assert declared.git("rev-parse", "HEAD") != head


def test_a_files_name_sends_nothing_to_a_terminal(place: Place) -> None:
    place.write("a\u202e\u009b31m/x.yaml", stream("A", tag("prod", "quay.io/acme/app:1")))
    place.commit("Declare it")
    for arguments in (["validate"], ["validate", "-o", "json"], ["plan"], ["status"]):
        _, shown = on_terminal(place, *arguments)
        assert "a\\u202e\\u009b31m/x.yaml" in shown
        assert not {"\u202e", "\u009b"} & set(shown)


def test_a_later_pass_requests_no_confirmation(declared: Place, images: Images) -> None:
    declared.ok("sync")
    images.push("app", "1", "2")
    code, shown = on_terminal(declared, "sync")
    assert code == 0
    assert "[y/N]" not in shown


def test_a_bar_and_colours_are_shown_on_a_terminal_only(declared: Place) -> None:
    code, shown = on_terminal(declared, "status")
    assert code == 0
    assert "registries" in shown
    assert "\x1b[" in shown
    ran = declared.run("status")
    assert "\x1b[" not in ran.out + ran.err
    assert "registries" not in ran.err


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_is_shown_to_who_wants_none_not_even_in_errors(declared: Place, environ: dict[str, str]) -> None:
    for words, code in (
        (("status", "--offline"), 0),
        (("history", "app:none"), 1),
        (("nonsense",), 2),
        (("--help",), 0),
    ):
        ended, shown = on_terminal(declared, *words, environ=environ)
        assert (ended, "\x1b[" in shown.replace("\x1b[?25h", "")) == (code, False), words
    assert "\x1b[31m" in on_terminal(declared, "history", "app:none")[1]


@pytest.mark.parametrize("words", [("status",), ("status", "--offline"), ("plan",), ("history", "team-a/app:prod")])
def test_tables_are_no_wider_than_the_terminal(declared: Place, words: tuple[str, ...]) -> None:
    declared.ok("sync")
    shown = on_terminal(declared, *words, environ={"COLUMNS": "80", "NO_COLOR": "1"})[1]
    table = [line for line in shown.rpartition("\x1b[?25h")[2].splitlines() if not line.startswith("registries")]
    assert table
    assert max(map(len, table)) <= 80


@pytest.mark.parametrize("words", [("--help",), ("status", "--offline"), ("history", "team-a/app:prod"), ("nonsense",)])
def test_a_reader_that_goes_away_is_no_failure(declared: Place, words: tuple[str, ...]) -> None:
    declared.ok("sync")
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [*command(), *words],
        cwd=declared.path,
        env=declared.environ(),
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    wrong = b"error: No such command 'nonsense'. See `imagestream --help`.\n"
    assert (ran.returncode, ran.stderr) == ((2, wrong) if words == ("nonsense",) else (0, b""))


def test_readers_of_everything_that_go_away_are_no_failure(declared: Place) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    for words, code in ((("--help",), 0), (("nonsense",), 2)):
        ran = subprocess.run(
            [*command(), *words], cwd=declared.path, env=declared.environ(), stdout=writer, stderr=writer, check=False
        )
        assert ran.returncode == code
    os.close(writer)


@pytest.mark.parametrize(
    ("closed", "words", "code"),
    [("0", "plan", 0), ("1", "status", 0), ("2", "no-such-command", 2), ("0 1 2", "plan", 0)],
)
def test_a_standard_stream_that_is_closed_takes_nothing_and_is_no_failure(
    declared: Place, closed: str, words: str, code: int
) -> None:
    script = f'exec {" ".join(f"{each}>&-" for each in closed.split())}; exec "$@"'
    ran = subprocess.run(
        ["sh", "-c", script, "sh", *command(), *words.split()],
        cwd=declared.path,
        env=declared.environ(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (ran.returncode, ran.stderr) == (code, "")
    assert declared.git("fsck", "--strict") == ""
