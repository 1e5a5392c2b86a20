"""The git host's password in a variable: it works, and no child process gets the variable."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.conftest import Place
from tests.kit.git_server import web_server
from tests.kit.site import site

VARIABLE = "IMAGESTREAM_RUN_GIT_PASSWORD"


def test_a_password_in_a_variable_works_and_no_other_process_gets_it(tmp_path: Path) -> None:
    with site(tmp_path, interval="1s") as here, web_server(tmp_path, tmp_path / "web") as server:
        here.bare.git("config", "http.receivepack", "true")
        server.users.write_text("bot:s3cret\n")
        hook = tmp_path / "seen"
        words = ("--poll", "1", "--git-user", "bot")
        loop = here.loop(repo=f"{server.url}/git/remote.git", words=words)
        wrapper = tmp_path / "bin" / "git"
        wrapper.parent.mkdir()
        wrapper.write_text(f'#!/bin/sh\n[ "$*" = version ] || env >> {hook}\nexec /usr/bin/git "$@"\n')
        wrapper.chmod(0o755)
        path = {"PATH": f"{wrapper.parent}:/usr/local/bin:/usr/bin:/bin"}
        loop.environ = {**loop.environ, **path, VARIABLE: "s3cret"}
        with loop:
            loop.until_ready()
            moved = here.move("t0")
            loop.until(lambda: here.top("t0") == moved)
            loop.stop()
        seen = hook.read_text()
    assert "GIT_ASKPASS=" in seen
    assert "s3cret" not in seen
    assert "s3cret" not in loop.log.read_text()


def test_a_password_in_the_address_works_and_is_in_no_argument_file_or_log(tmp_path: Path) -> None:
    with site(tmp_path, interval="1s") as here, web_server(tmp_path, tmp_path / "web") as server:
        here.bare.git("config", "http.receivepack", "true")
        server.users.write_text("bot:s3cret\n")
        hook = tmp_path / "seen"
        loop = here.loop(repo=f"{server.url}/git/remote.git".replace("://", "://bot:s3cret@"), words=("--poll", "1"))
        wrapper = tmp_path / "bin" / "git"
        wrapper.parent.mkdir()
        wrapper.write_text(f'#!/bin/sh\necho "$*" >> {hook}\nexec /usr/bin/git "$@"\n')
        wrapper.chmod(0o755)
        loop.environ = {**loop.environ, "PATH": f"{wrapper.parent}:/usr/local/bin:/usr/bin:/bin"}
        with loop:
            loop.until_ready()
            moved = here.move("t0")
            loop.until(lambda: here.top("t0") == moved)
            loop.stop()
        assert "s3cret" not in hook.read_text() + loop.log.read_text()
        mirrors = [file for file in tmp_path.rglob("config") if "imagestream" in file.read_text(errors="replace")]
        assert mirrors
        assert not any("s3cret" in file.read_text() for file in mirrors)


def test_a_password_in_the_address_and_another_one_are_an_error(place: Place) -> None:
    words = ("run", "--repo", "https://u:p@git.example.com/a/b.git", "--git-password-file", "p")
    ran = place.run(*words)
    text = "--repo has a password in it, and another option gives a password or key too. Leave one of them out."
    assert (ran.code, ran.err) == (2, f"error: {text}\n")


def test_two_passwords_are_an_error(place: Place) -> None:
    words = ("run", "--repo", "https://git.example.com/a/b.git", "--git-password-file", "p")
    ran = place.run(*words, environ={VARIABLE: "x"})
    text = f"{VARIABLE} and --git-password-file both give a password. Leave one of them out."
    assert (ran.code, ran.err) == (2, f"error: {text}\n")
