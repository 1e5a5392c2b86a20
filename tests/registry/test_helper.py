"""Credential helpers: real programs on the test's own PATH."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.errors import InputError, UnavailableError
from reconciler.model.host import Host
from reconciler.registry.credentials.credential import Credential
from reconciler.registry.credentials.helper import Helpers
from tests.kit.clock import FakeClock
from tests.kit.helper import HelperFolder
from tests.kit.loop import PATIENCE, until

ANSWER = json.dumps({"ServerURL": "x", "Username": "alice", "Secret": "top-secret"})


@pytest.fixture
def folder(tmp_path: Path) -> HelperFolder:
    return HelperFolder(tmp_path)


def helpers(folder: HelperFolder, timeout: float = 15, clock: FakeClock | None = None) -> Helpers:
    return Helpers(folder.environ, clock or FakeClock(), timeout=timeout)


def test_a_helper_gets_only_the_registry_on_its_standard_input(folder: HelperFolder) -> None:
    folder.add("x", f"echo '{ANSWER}'")
    assert helpers(folder).get("x", Host("quay.io:8443")) == Credential("alice", "top-secret")
    assert folder.calls == ["get|quay.io:8443"]


def test_a_token_of_a_helper_is_an_identity_token(folder: HelperFolder) -> None:
    folder.add("x", """echo '{"Username": "<token>", "Secret": "it"}'""")
    assert helpers(folder).get("x", Host("quay.io")) == Credential(identity_token="it")


def test_the_helper_gets_both_names_of_docker_hub(folder: HelperFolder) -> None:
    folder.add("x", f"""[ "$server" = docker.io ] && echo '{ANSWER}' || {{ {HelperFolder.NOT_FOUND}; }}""")
    assert helpers(folder).get("x", Host("docker.io")) == Credential("alice", "top-secret")
    assert folder.calls == ["get|https://index.docker.io/v1/", "get|docker.io"]


def test_a_helper_without_a_credential_is_not_an_error(folder: HelperFolder) -> None:
    folder.add("x", HelperFolder.NOT_FOUND)
    assert helpers(folder).get("x", Host("quay.io")) is None
    folder.add("empty", """echo '{"Username": "", "Secret": ""}'""")
    assert helpers(folder).get("empty", Host("quay.io")) is None


@pytest.mark.parametrize("suffix", ["", "../x", "a/b", "x; rm -rf /", "x y", "é", "x\n", "$(id)"])
def test_a_suffix_that_is_not_a_plain_name_is_never_run(folder: HelperFolder, suffix: str) -> None:
    with pytest.raises(InputError) as caught:
        helpers(folder).get(suffix, Host("quay.io"))
    assert (
        str(caught.value) == f"credential helper {suffix!r}: is not a plain name. Correct it in the credentials file."
    )


FAILURES = [
    ("echo top-secret; echo top-secret >&2; exit 3", "fails for quay.io (exit status 3). Log in again."),
    ("echo top-secret", "gave an answer for quay.io that cannot be read. Install it again."),
    ("""echo '["top-secret"]'""", "gave an answer for quay.io that cannot be read. Install it again."),
    (
        """echo '{"Username": 5, "Secret": "top-secret"}'""",
        "gave an answer for quay.io that cannot be read. Install it again.",
    ),
    ("printf '\\377\\376'", "gave an answer for quay.io that cannot be read. Install it again."),
    ("kill -9 $$", "fails for quay.io (exit status -9). Log in again."),
    ("yes top-secret", "wrote more than 65536 bytes. Log in again."),
]


@pytest.mark.parametrize(("script", "message"), FAILURES)
def test_a_helper_that_fails_is_one_sentence_without_its_output(
    folder: HelperFolder, script: str, message: str
) -> None:
    folder.add("x", script)
    with pytest.raises(InputError) as caught:
        helpers(folder).get("x", Host("quay.io"))
    assert str(caught.value) == f"credential helper docker-credential-x: {message}"


def test_a_helper_that_is_not_there_is_reported(folder: HelperFolder) -> None:
    with pytest.raises(InputError) as caught:
        helpers(folder).get("desktop", Host("quay.io"))
    assert str(caught.value) == (
        "credential helper docker-credential-desktop: is not on the PATH. Install it, or log in without it."
    )


def test_a_helper_that_is_not_a_program_is_reported(folder: HelperFolder) -> None:
    folder.path("x").write_bytes(b"\x7fELF nonsense")
    folder.path("x").chmod(0o755)
    with pytest.raises(InputError) as caught:
        helpers(folder).get("x", Host("quay.io"))
    assert str(caught.value) == (
        "credential helper docker-credential-x: cannot be run: Exec format error. Install it again."
    )


def test_a_helper_that_hangs_is_ended_with_everything_it_started(folder: HelperFolder) -> None:
    folder.add("x", f"sleep 600 & echo $! > {folder.root}/child; sleep 600")
    for limit in (0.5, 5.0, 30.0):  # a busy machine may need longer to start the processes
        with pytest.raises(UnavailableError) as caught:
            helpers(folder, timeout=limit).get("x", Host("quay.io"))
        assert str(caught.value) == f"credential helper docker-credential-x: gave no answer for quay.io in {limit:g} s."
        if (folder.root / "child").exists():
            break
    _wait_for_end(folder)


def test_the_children_of_a_helper_are_ended(folder: HelperFolder) -> None:
    folder.add("x", f"sleep 600 >/dev/null & echo $! > {folder.root}/child; echo '{ANSWER}'")
    assert helpers(folder).get("x", Host("quay.io")) == Credential("alice", "top-secret")
    _wait_for_end(folder)


def _wait_for_end(folder: HelperFolder) -> None:
    child = int((folder.root / "child").read_text())
    until(lambda: not _runs(child))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_helper_that_does_not_listen_may_answer(folder: HelperFolder) -> None:
    folder.path("x").write_text(f"#!/bin/sh\nexec <&-\necho '{ANSWER}'\n")
    folder.path("x").chmod(0o755)
    assert helpers(folder).get("x", Host("quay.io." * 30)) == Credential("alice", "top-secret")


def test_many_threads_run_a_helper_once_and_it_is_run_again_after_a_minute(folder: HelperFolder) -> None:
    folder.add("x", f"sleep 0.2; echo '{ANSWER}'")
    clock = FakeClock()
    asked = helpers(folder, clock=clock)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: asked.get("x", Host("quay.io")), range(16))) == {
            Credential("alice", "top-secret")
        }
    assert len(folder.calls) == 1
    clock.advance(61)
    asked.get("x", Host("quay.io"))
    assert len(folder.calls) == 2


def test_a_helper_that_hangs_for_one_registry_holds_up_no_other(folder: HelperFolder) -> None:
    go_on = folder.root / "go-on"
    folder.add("x", f"""[ "$server" = slow ] && until [ -e {go_on} ]; do sleep 0.05; done; echo '{ANSWER}'""")
    asked = helpers(folder, timeout=PATIENCE)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(asked.get, "x", Host("slow"))
        try:
            assert asked.get("x", Host("quay.io")) == Credential("alice", "top-secret")
            assert not slow.done()
        finally:
            go_on.touch()
        assert slow.result() == Credential("alice", "top-secret")


def test_no_file_stays_open(folder: HelperFolder) -> None:
    folder.add("x", f"echo '{ANSWER}'")
    asked = helpers(folder)
    asked.get("x", Host("warm.example.com"))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(5):
        asked.get("x", Host(f"r{number}.example.com"))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_helper_does_not_get_the_variables_of_this_program(folder: HelperFolder, tmp_path: Path) -> None:
    folder.add("x", f"env > {tmp_path}/seen; echo '{ANSWER}'")
    environ = {**folder.environ, "IMAGESTREAM_RUN_GIT_PASSWORD": "s3cret", "AWS_PROFILE": "dev"}
    assert Helpers(environ, FakeClock()).get("x", Host("quay.io")) == Credential("alice", "top-secret")
    assert "AWS_PROFILE=dev" in (tmp_path / "seen").read_text()
    assert "s3cret" not in (tmp_path / "seen").read_text()
