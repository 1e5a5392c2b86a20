"""One git process: how it is started, fed, timed out and read. No other module of the package starts one.

Each process has a fixed argument vector and a session of its own, so that a time limit or an interruption also ends the
ssh or remote helper that it started; it is always reaped. Its output is kept whole in memory, except with `pieces`.
Callers that read much request it in groups, and lists of foreign names are read only up to a limit.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import IO, Final, Protocol

from git import Git
from git.exc import GitCommandNotFound

from reconciler.errors import ReconcilerError, UsageError
from reconciler.gitstore.environment import HARDENING, SET, UNATTENDED, prefix
from reconciler.gitstore.push_messages import UNAUTHENTICATED
from reconciler.gitstore.redaction import complaint
from reconciler.settings import GIT_TIMEOUT

CHUNK: Final = 1 << 20  # bytes per read of output that comes in pieces
GRACE: Final = 2.0  # seconds for a terminated git to remove its lock files
FULL: Final = ("No space left on device", "Out of diskspace", "Disk quota exceeded")
"""Git's messages for a full disk, without the name of the temporary file, which always differs."""
_SETTINGS: Final = tuple(word for setting in HARDENING for word in ("-c", setting))


@dataclass(frozen=True, slots=True)
class GitResult:
    """The exit status and the output of one git process."""

    status: int
    out: bytes
    err: str
    pid: int
    timed_out: bool = False

    @property
    def done(self) -> bool:
        """Whether git ended with 0."""
        return self.status == 0


Refused = Callable[[GitResult], ReconcilerError]


class RemoteCredentials(Protocol):
    """The credentials for a remote: environment variables for commands that use it, with a password that may expire."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables for these commands; no other command gets them."""

    def renew(self) -> None:
        """Make sure that the next command finds a valid password. Raises `UnavailableError`."""

    def reject(self) -> None:
        """Note that the remote did not accept the password."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs git in one folder. `attended` lets git prompt on the terminal, without a time limit."""

    folder: Path
    attended: bool = False
    credentials: RemoteCredentials | None = None
    """Renewed before every command that uses a remote; None if git finds its credentials itself."""

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        timeout: float | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> GitResult:
        """Run git and return its output, whatever its exit status.

        `timeout` is in seconds; `environ` is added to what git inherits. UsageError if git is not installed.
        """
        with self._started(arguments, stdin, environ) as process:
            return self._wait(process, None if self.attended else timeout)

    def lines(self, *arguments: str, stdin: bytes = b"") -> Generator[bytes]:
        """As `pieces`, for output in lines."""
        return self.pieces(*arguments, stdin=stdin, end=b"\n")

    def pieces(
        self, *arguments: str, stdin: bytes = b"", refused: Refused | None = None, end: bytes = b"\0"
    ) -> Generator[bytes]:
        """Run git and yield its output piece by piece as it comes; each piece ended in `end`, except the last.

        A caller that needs no more closes the iterator, which ends git. For an exit status other than 0 it raises the
        error from `refused`, or `failure`.
        """
        errors: list[bytes] = []
        with self._started(arguments, stdin, None) as process:
            reader = threading.Thread(target=lambda: errors.append(_whole(process.stderr)), daemon=True)
            reader.start()  # in a thread, so that git never waits for its errors to be read
            try:
                yield from _pieces(process, end)
                process.wait()
            finally:
                self._signal(process, signal.SIGKILL)  # no effect on an ended git; it only reads
                process.wait()
                reader.join()
                for stream in filter(None, (process.stdout, process.stderr)):
                    stream.close()
        result = GitResult(process.returncode, b"", b"".join(errors).decode("utf-8", "replace"), process.pid)
        if not result.done:
            raise refused(result) if refused else self.failure(arguments[0], result)

    @contextmanager
    def _started(
        self, arguments: Sequence[str], stdin: bytes, environ: Mapping[str, str] | None
    ) -> Iterator[Popen[bytes]]:
        """A running git; it is ended and reaped when the caller leaves."""
        with tempfile.TemporaryFile() as source:
            source.write(stdin)
            source.seek(0)
            words = (
                *prefix(os.environ),
                str(Git.GIT_PYTHON_GIT_EXECUTABLE),
                *("-C", str(self.folder)),
                *_SETTINGS,
                *arguments,
            )
            try:
                handle = Git().execute(
                    words,
                    istream=source,
                    as_process=True,
                    shell=False,
                    env={**SET, **({} if self.attended else UNATTENDED), **(environ or {})},
                    start_new_session=not self.attended,
                )
            except GitCommandNotFound as error:
                raise UsageError("git was not found on the PATH. Install git 2.39 or newer.") from error
            process = _started(handle.proc)
            try:
                yield process
            finally:
                if process.poll() is None:
                    self._end(process)

    def talk(self, *arguments: str, stdin: bytes = b"", timeout: float = GIT_TIMEOUT) -> GitResult:
        """Run a git that uses a remote, with a valid password and a time limit in seconds."""
        if self.credentials is not None:
            self.credentials.renew()
        environ = self.credentials.environ if self.credentials else None
        result = self.run(*arguments, stdin=stdin, timeout=timeout, environ=environ)
        if self.credentials is not None and any(words in result.err for words in UNAUTHENTICATED):
            self.credentials.reject()
        return result

    def output(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run git and return its output; UsageError with git's complaint for an exit status other than 0."""
        result = self.run(*arguments, stdin=stdin)
        if not result.done:
            raise self.failure(arguments[0], result)
        return result.out

    def failure(self, verb: str, result: GitResult) -> UsageError:
        """The error for a local command that should have worked."""
        if any(words in result.err for words in FULL):
            return UsageError(f"git {verb} failed in {self.folder}: the disk is full. Make room there.")
        return UsageError(f"git {verb} failed in {self.folder}: {complaint(result.err)}. Run git fsck there.")

    def at(self, folder: Path) -> Runner:
        """The same runner in another folder."""
        return replace(self, folder=folder)

    def _wait(self, process: Popen[bytes], timeout: float | None) -> GitResult:
        timed_out = False
        try:
            out, err = process.communicate(timeout=timeout)
        except TimeoutExpired:
            timed_out = True
            out, err = self._end(process)
            err += b"\nfatal: no answer within %g seconds" % (timeout or 0)
        text = err.decode("utf-8", "replace")
        return GitResult(process.returncode, out, text, process.pid, timed_out)

    def _end(self, process: Popen[bytes]) -> tuple[bytes, bytes]:
        self._signal(process, signal.SIGTERM)
        try:
            return process.communicate(timeout=GRACE)
        except TimeoutExpired:
            self._signal(process, signal.SIGKILL)
            return process.communicate()

    def _signal(self, process: Popen[bytes], number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if self.attended:
                process.send_signal(number)
            else:
                os.killpg(process.pid, number)


def _whole(stream: IO[bytes] | None) -> bytes:
    return stream.read() if stream is not None else b""


def _pieces(process: Popen[bytes], end: bytes) -> Iterator[bytes]:
    if process.stdout is None:
        raise TypeError("GitPython gave no output")
    tail = b""
    while chunk := process.stdout.read(CHUNK):
        *whole, tail = (tail + chunk).split(end)
        yield from whole
    if tail:
        yield tail


def _started(process: Popen[bytes] | None) -> Popen[bytes]:
    if process is None:
        raise TypeError("GitPython gave no process")
    return process
