"""How git is run: only in its own repository, hardened, with a time limit, reaped, and quoted in one clean line."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from reconciler.errors import UnavailableError, UsageError
from reconciler.gitstore.command import Runner
from reconciler.gitstore.environment import REMOVED, prefix
from reconciler.gitstore.redaction import MAX_TEXT, clean, complaint, remote_lines
from tests.gitstore.actor import build, draft, opened, upstream_of
from tests.kit.git import GitFolder, GitKit

LONG = 300  # seconds
PIPE = 300_000
"""More bytes than a pipe holds: they are written only when the other end reads."""


def children() -> set[int]:
    """The current child processes of this test, zombies too."""
    tasks = Path("/proc/self/task")
    return {int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()}


def test_variables_that_lead_elsewhere_never_reach_git(
    work: GitFolder, kit: GitKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = kit.repository("other")
    other.commit({"x": "1"})
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(kit.root / "index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(kit.root / "objects"))
    monkeypatch.setenv("GIT_NAMESPACE", "hidden")
    monkeypatch.setenv("GIT_TRACE", str(kit.root / "trace"))
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(kit.root / "trace2"))
    repository = opened(work.path)
    head = work.head()
    assert (repository.path, repository.resolve("HEAD")) == (work.path, head)
    (made,) = build(repository, head, draft("history/a.yaml", b"1"))
    repository.publish_local("main", head, made)
    assert (work.path / "history/a.yaml").read_bytes() == b"1"
    assert {path.name for path in kit.root.iterdir()} == {"home", "work", "other"}


def test_every_removed_variable_is_taken_away_and_every_other_kept(
    kit: GitKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = kit.root / "seen"
    fake = kit.folder("bin").write("git", f"#!/bin/sh\nenv > {seen}\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    kept = {"GIT_SSH_COMMAND": "ssh -i key", "GIT_ASKPASS": "/bin/true", "GIT_CONFIG_COUNT": "0", "HTTPS_PROXY": "p"}
    for name in REMOVED | {"GIT_TRACE", "GIT_TRACE_CURL", "GIT_TERMINAL_PROMPT", "GIT_OPTIONAL_LOCKS"}:
        monkeypatch.setenv(name, "hostile")
    for name, value in kept.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    Runner(kit.root).run("status")
    given = dict(line.partition("=")[::2] for line in seen.read_text().splitlines())
    assert not {name for name, value in given.items() if value == "hostile"}
    assert {name: given[name] for name in kept} == kept
    assert (given["GIT_TERMINAL_PROMPT"], given["GIT_OPTIONAL_LOCKS"], given["LC_ALL"]) == ("0", "0", "C")
    assert (given["GIT_AUTHOR_NAME"], given["HOME"]) == ("Jane Doe", str(kit.root / "home"))


def test_an_attended_git_may_prompt(kit: GitKit, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = kit.root / "seen"
    fake = kit.folder("bin").write("git", f"#!/bin/sh\nenv > {seen}\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    Runner(kit.root, attended=True).run("status", timeout=0.0)
    assert "GIT_TERMINAL_PROMPT" not in seen.read_text()


def test_a_clean_environment_needs_no_prefix() -> None:
    assert prefix({"HOME": "/", "GIT_SSH": "ssh"}) == ()
    assert prefix({"GIT_TRACE2": "1", "GIT_DIR": "x", "PATH": ""}) == ("env", "-u", "GIT_DIR", "-u", "GIT_TRACE2")


def test_a_git_that_hangs_is_ended_with_everything_it_started(kit: GitKit, monkeypatch: pytest.MonkeyPatch) -> None:
    pids = kit.root / "pids"
    script = f"trap '' TERM\nsleep {LONG} &\necho $! $$ > {pids}\nwait\nwait\nsleep {LONG}\n"
    fake = kit.folder("bin").write("git", f"#!/bin/sh\n{script}")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    for limit in (1.5, 6, 24):  # a busy machine may need longer to start the processes
        result = Runner(kit.root).run("fetch", timeout=limit)
        assert (result.timed_out, result.done) == (True, False)
        assert complaint(result.err) == f"no answer within {limit:g} seconds"
        if pids.exists() and pids.read_text().endswith("\n"):
            break
    assert all(_ends(pid) for pid in pids.read_text().split())


@pytest.mark.parametrize("attended", [False, True])
def test_an_interruption_ends_git_before_it_is_passed_on(kit: GitKit, *, attended: bool) -> None:
    pid = kit.root / "pid"
    reads = f"head -c {PIPE} /dev/zero"  # ends only when the runner, which has started git, reads its output
    hang = f"{reads}; echo $$ > {pid}.new; mv {pid}.new {pid}; exec sleep {LONG}"
    fake = kit.folder("bin").write("git", f"#!/bin/sh\ntest $1 != version || exec echo git version 2.39.5\n{hang}\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    code = (
        "import pathlib, signal\nimport reconciler.gitstore.command as c\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # the process that starts the tests may ignore it
        f"c.Runner(pathlib.Path('/'), {attended}).run('log')"
    )
    environ = kit.environ | {"PATH": f"{fake.parent}:{os.environ['PATH']}"}
    top = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", code], env=environ, cwd=top, stderr=subprocess.PIPE)
    while not pid.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert b"KeyboardInterrupt" in process.communicate()[1]
    assert _ends(pid.read_text().strip())


def test_no_program_is_run_by_a_url(work: GitFolder, remote: GitFolder) -> None:
    mark = remote.path.with_name("ran")
    work.git("config", "remote.origin.url", f"ext::sh -c touch% {mark}")
    repository = opened(work.path)
    with pytest.raises(UnavailableError) as caught:
        repository.fetch(upstream_of(repository))
    assert str(caught.value) == (
        "origin: the remote cannot be reached: transport 'ext' not allowed. Check its URL, the network and the access."
    )
    assert not mark.exists()


def test_no_hook_of_the_user_is_run(work: GitFolder, remote: GitFolder) -> None:
    mark = work.path.parent / "hook-ran"
    for name in ("pre-push", "post-merge", "reference-transaction", "post-index-change", "post-checkout"):
        work.hook(name, f"touch {mark}")
    repository = opened(work.path)
    head = work.head()
    (made,) = build(repository, head, draft("history/a.yaml", b"1"))
    upstream = repository.upstream("main")
    assert upstream is not None
    repository.publish_local("main", head, made, tip=made)
    repository.push(upstream, head, made)
    assert remote.head("main") == made
    assert not mark.exists()


def test_no_child_and_no_open_file_is_left_after_many_snapshots(work: GitFolder) -> None:
    repository = opened(work.path)
    head = work.head()
    repository.commit_files(head)
    before = (children(), threading.active_count(), len(list(Path("/proc/self/fd").iterdir())))
    for _ in range(200):
        repository.commit_files(head)
    assert (children(), threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))) == before


def test_a_command_that_fails_says_which_and_where(work: GitFolder) -> None:
    with pytest.raises(UsageError) as caught:
        opened(work.path).commit_files("1" * 40)
    assert str(caught.value) == f"git ls-tree failed in {work.path}: not a tree object. Run git fsck there."


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("fatal: unable to access 'https://u:p@h/x?t=1': boom.\n", "unable to access 'https://h/x': boom"),
        ("hint: try\nwarning: odd\nerror: one\nfatal: two\n", "one; two"),
        ("To https://git.example/x\nfatal: one\n\tgoes on.\nerror: failed to push some refs to 'x'\n", "one goes on"),
        ("fatal: bad\nfatal: bad\n", "bad"),
        ("remote: no\nssh: connect refused\n", "ssh: connect refused"),
        ("remote: no\n", "remote: no"),
        (
            "git@h: Permission denied (publickey).\r\nfatal: Could not read from remote repository.\n\n"
            "Please make sure you have the correct access rights\nand the repository exists.\n",
            "git@h: Permission denied (publickey)",
        ),
        (
            "No ED25519 host key is known for h and you have requested strict checking.\r\n"
            "Host key verification failed.\r\nfatal: Could not read from remote repository.\n",
            "No ED25519 host key is known for h and you have requested strict checking. Host key verification failed",
        ),
        (
            f"{'@' * 59}\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n{'@' * 59}\r\n"
            "IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\r\nOffending ED25519 key in /k/hosts:1\r\n"
            "Host key for h has changed and you have requested strict checking.\r\n"
            "Host key verification failed.\r\nfatal: Could not read from remote repository.\n",
            "Offending ED25519 key in /k/hosts:1 Host key for h has changed and you have requested strict checking. "
            "Host key verification failed",
        ),
        ("fatal: Could not read from remote repository.\n", "Could not read from remote repository"),
        (
            "fatal: detected dubious ownership in repository at '/srv/a b'\nTo add an exception for this directory, "
            "call:\n\n\tgit config --global --add safe.directory '/srv/a b'\n",
            "/srv/a b belongs to another user, so git does not read it. "
            "If you trust it: git config --global --add safe.directory '/srv/a b'",
        ),
        ("fatal: \x1b[31mred\x1b[0m\x07bell\n", "red bell"),
        ("", "git said nothing"),
        ("https://a:b@c@d/x", "https://d/x"),
        ("ssh://git@host/x and HTTPS://tok@host/y#z", "ssh://host/x and HTTPS://host/y"),
    ],
)
def test_gits_message_becomes_one_clean_line(said: str, shown: str) -> None:
    assert complaint(said) == shown


def test_the_output_of_the_other_side_is_one_bounded_line() -> None:
    assert remote_lines("remote: GitLab: no\nremote:\nTo x\nremote: error: really. \n") == "GitLab: no really"
    assert len(clean("x" * 10_000)) == MAX_TEXT


def _ends(pid: str) -> bool:
    """Whether a killed process ends soon: the kernel needs a moment for an orphan."""
    deadline = time.monotonic() + LONG / 5
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not _runs(pid)


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
