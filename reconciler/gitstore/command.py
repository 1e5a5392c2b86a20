"""One git process: how it is started, fed, timed out and read. Nothing else in the package starts one.

Each process has a fixed argument vector and a session of its own, so that a time limit or an interruption ends it
together with the ssh or remote helper it started; it is always reaped. What it prints is kept whole in memory, but for
`pieces`: callers that read much ask in groups, and lists that somebody else may have made long are read until they are
too long.
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
from reconciler.gitstore.redaction import complaint
from reconciler.settings import GIT_TIMEOUT

UNAUTHENTICATED: Final = ("Authentication failed for", "returned error: 401", "returned error: 403")
"""What git says where a host does not take a password, or not for this."""
CHUNK: Final = 1 << 20  # bytes that are read at a time of what comes in pieces
GRACE: Final = 2.0  # seconds that an ended git has to remove its lock files
FULL: Final = ("No space left on device", "Out of diskspace", "Disk quota exceeded")
"""How git says that a disk is full, beside the name of a temporary file that is another one each time."""
_SETTINGS: Final = tuple(word for setting in HARDENING for word in ("-c", setting))


@dataclass(frozen=True, slots=True)
class GitResult:
    """What one git process said."""

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
    """What a remote is shown: environment for the commands that talk to it, with a password that may not last."""

    @property
    def environ(self) -> Mapping[str, str]:
        """What these commands are given, and no other."""

    def renew(self) -> None:
        """See to it that the next command finds one that is good. Raises `UnavailableError`."""

    def reject(self) -> None:
        """The remote does not take it."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs git in one folder. `attended` lets git ask on the terminal, without a time limit."""

    folder: Path
    attended: bool = False
    credentials: RemoteCredentials | None = None
    """Asked before every command that talks to a remote; None where git's own means do."""

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        timeout: float | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> GitResult:
        """Run git and give what it said, whatever its exit status.

        `timeout` is in seconds; `environ` is added to what git inherits. UsageError where there is no git.
        """
        with self._started(arguments, stdin, environ) as process:
            return self._wait(process, None if self.attended else timeout)

    def pieces(self, *arguments: str, stdin: bytes = b"", refused: Refused | None = None) -> Generator[bytes]:
        """Run git and give its output piece by piece, as it comes: each ends in NUL, but for what follows the last one.

        Whoever has had enough closes the iterator, which ends git. Where git ends with another status than 0 it raises
        what `refused` makes of that, or `failure`.
        """
        said: list[bytes] = []
        with self._started(arguments, stdin, None) as process:
            reader = threading.Thread(target=lambda: said.append(_whole(process.stderr)), daemon=True)
            reader.start()  # beside the output, so that git never waits for a reader of the other
            try:
                yield from _pieces(process)
                process.wait()
            finally:
                self._signal(process, signal.SIGKILL)  # nothing where it has ended; it only reads, and locks nothing
                process.wait()
                reader.join()
                for stream in filter(None, (process.stdout, process.stderr)):
                    stream.close()
        result = GitResult(process.returncode, b"", b"".join(said).decode("utf-8", "replace"), process.pid)
        if not result.done:
            raise refused(result) if refused else self.failure(arguments[0], result)

    @contextmanager
    def _started(
        self, arguments: Sequence[str], stdin: bytes, environ: Mapping[str, str] | None
    ) -> Iterator[Popen[bytes]]:
        """A git that is at work; ended and reaped where it still is when the caller leaves."""
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
        """Run a git that talks to a remote: with a password that is good, and so many seconds."""
        if self.credentials is not None:
            self.credentials.renew()
        environ = self.credentials.environ if self.credentials else None
        result = self.run(*arguments, stdin=stdin, timeout=timeout, environ=environ)
        if self.credentials is not None and any(words in result.err for words in UNAUTHENTICATED):
            self.credentials.reject()
        return result

    def ask(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run git and give its output; UsageError with what git blames where it ends with another status than 0."""
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
        """The same in another folder."""
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


def _pieces(process: Popen[bytes]) -> Iterator[bytes]:
    if process.stdout is None:
        raise TypeError("GitPython gave no output")
    tail = b""
    while chunk := process.stdout.read(CHUNK):
        *whole, tail = (tail + chunk).split(b"\0")
        yield from whole
    if tail:
        yield tail


def _started(process: Popen[bytes] | None) -> Popen[bytes]:
    if process is None:
        raise TypeError("GitPython gave no process")
    return process
