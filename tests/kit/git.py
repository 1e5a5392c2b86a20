"""Real git for tests: repositories, bare remotes, hooks and a daemon, with a pinned identity, clock and home.

Everything is made below one folder and runs with an environment of its own, so that nothing of the machine's or the
developer's configuration is seen, and the same commands give the same commit ids.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

PERSON = "Jane Doe"
EMAIL = "jane@example.com"
DATE = "1790000000 +0000"
_START_SECONDS = 60.0


def environment(home: Path) -> dict[str, str]:
    """The variables of a process that sees only `home`; other variables that begin with GIT_ are unset."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_AUTHOR_NAME": PERSON,
        "GIT_AUTHOR_EMAIL": EMAIL,
        "GIT_AUTHOR_DATE": DATE,
        "GIT_COMMITTER_NAME": PERSON,
        "GIT_COMMITTER_EMAIL": EMAIL,
        "GIT_COMMITTER_DATE": DATE,
    }


@dataclass(frozen=True, slots=True)
class GitFolder:
    """A repository, or a folder for one, and git as a person runs it there."""

    path: Path
    environ: Mapping[str, str]

    def raw(self, *arguments: str, stdin: bytes = b"", check: bool = True) -> bytes:
        """Run git here; its output. Raises AssertionError with the output of a failed command."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=dict(self.environ), input=stdin, capture_output=True, check=False
        )
        assert done.returncode == 0 or not check, done.stderr.decode()
        return done.stdout

    def git(self, *arguments: str) -> str:
        """Run git here; its output without the last newline."""
        return self.raw(*arguments).decode().removesuffix("\n")

    def tried(self, *arguments: str) -> bool:
        """Run git here; whether it succeeded."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=dict(self.environ), capture_output=True, check=False
        )
        return done.returncode == 0

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file of the work tree."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def commit(self, files: Mapping[str, str | bytes] | None = None, message: str = "A person's commit") -> str:
        """Write files and commit all changes; the commit."""
        for path, content in (files or {}).items():
            self.write(path, content)
        self.git("add", "--all", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.head()

    def head(self, revision: str = "HEAD") -> str:
        """The commit of a revision."""
        return self.git("rev-parse", "--verify", f"{revision}^{{commit}}")

    def refs(self) -> dict[str, str]:
        """Every reference with the object it names."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").split("\n")
        return dict(line.rsplit(" ", 1) for line in lines if line)

    def hook(self, name: str, script: str) -> Path:
        """Install a hook written for sh."""
        folder = Path(self.git("rev-parse", "--absolute-git-dir")) / "hooks"
        folder.mkdir(exist_ok=True)
        file = folder / name
        file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        file.chmod(0o755)
        return file

    def fsck(self) -> str:
        """The output of `git fsck`; empty for a sound repository."""
        done = subprocess.run(
            ["git", "fsck", "--strict", "--full", "--no-dangling", "--no-progress"],
            cwd=self.path,
            env=dict(self.environ),
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        noise = ("notice: HEAD points to an unborn branch", "notice: No default references")
        return "\n".join(line for line in (done.stdout + done.stderr).splitlines() if not line.startswith(noise))


@dataclass(frozen=True, slots=True)
class GitKit:
    """Makes repositories below one folder."""

    root: Path

    @property
    def environ(self) -> dict[str, str]:
        """The environment of everything made here."""
        return environment(self.root / "home")

    def alone(self, patch: pytest.MonkeyPatch) -> Self:
        """Set that environment in this process, without the variables of git except the one that GitPython reads."""
        for name in list(os.environ):
            if name.startswith("GIT_") and name != "GIT_PYTHON_REFRESH":
                patch.delenv(name)
        for name, value in self.environ.items():
            patch.setenv(name, value)
        return self

    def folder(self, name: str) -> GitFolder:
        """An existing folder, with or without a repository."""
        (self.root / name).mkdir(parents=True, exist_ok=True)
        return GitFolder(self.root / name, self.environ)

    def repository(self, name: str = "work", *options: str) -> GitFolder:
        """A new repository with a work tree on `main`, without commits."""
        made = self.folder(name)
        made.git("init", "--quiet", "--initial-branch=main", *options, ".")
        return made

    def bare(self, name: str = "remote.git", *options: str) -> GitFolder:
        """A new bare repository."""
        return self.repository(name, "--bare", *options)

    def clone(self, remote: GitFolder | str, name: str, *options: str) -> GitFolder:
        """A clone of a repository (over file://) or of a URL."""
        url = remote if isinstance(remote, str) else f"file://{remote.path}"
        made = self.folder(name)
        made.git("clone", "--quiet", *options, url, ".")
        return made

    @contextmanager
    def daemon(self) -> Iterator[str]:
        """A git daemon on a free loopback port that serves all repositories below the root, for reads and writes; its log is `daemon.log`."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        words = ("daemon", "--reuseaddr", "--listen=127.0.0.1", f"--port={port}", f"--base-path={self.root}")
        more = ("--export-all", "--enable=receive-pack", "--informative-errors", "--verbose", str(self.root))
        log = (self.root / "daemon.log").open("wb")
        process = subprocess.Popen(["git", *words, *more], env=self.environ, stderr=log, start_new_session=True)
        try:
            _wait_for(port, process)
            yield f"git://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            log.close()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, "git daemon ended at once"
            assert time.monotonic() < deadline, "git daemon does not answer"
            time.sleep(0.02)
        else:
            return
