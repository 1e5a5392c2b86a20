"""`imagestream run` as a process of its own: started, queried, stopped, and killed as by a failing machine."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.kit.command import command, environment
from tests.kit.port import free_port, is_open
from tests.kit.process import descendants, kill, send, state, words

PATIENCE = 60.0
"""The limit in seconds for something that usually takes a fraction of one."""


def until(true: Callable[[], bool], why: Callable[[], str] = str, *, patience: float = PATIENCE) -> None:
    """Wait until a condition is true; AssertionError with `why` after the limit."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, why()
        time.sleep(0.02)


_VALUED = frozenset({"-c", "-C"})
"""Options of git itself that have a value."""


def git_verb(pid: int) -> str:
    """The command of a git process: `push`, `fast-import` and so on; empty for another process."""
    line = words(pid)
    if not line or Path(line[0]).name != "git":
        return Path(line[0]).name.removeprefix("git-") if line and Path(line[0]).name.startswith("git-") else ""
    rest = iter(line[1:])
    for word in rest:
        if word in _VALUED:
            next(rest, "")
        elif not word.startswith("-"):
            return word
    return ""


@dataclass
class Loop:
    """One loop; a context manager that ends it. It may be started again after its end."""

    home: Path
    """The folder of its home, its log and, unless `words` name another place, its mirror."""
    repo: str
    words: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    wrapper: Sequence[str] = ()
    """Words before the command."""
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def mirror(self) -> Path:
        """The folder of its mirror."""
        return self.home / "mirror"

    @property
    def log(self) -> Path:
        """The file of its log, of all its starts."""
        return self.home / "log"

    @property
    def pid(self) -> int:
        """The process."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start it; it is not ready yet."""
        self.home.mkdir(parents=True, exist_ok=True)
        listen = ("--listen", f"127.0.0.1:{self.port}")
        run = (*command(), "run", "--repo", self.repo, "--data", str(self.mirror), *listen, *self.words)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.wrapper, *run],
                env={**environment(), "HOME": str(self.home), **self.environ},
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        if error is None:
            assert "Traceback" not in self.output()

    def output(self) -> str:
        """Its log."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def messages(self, level: str = "") -> list[str]:
        """The messages of its log, of one level or of all, without its answers to requests."""
        lines = (json.loads(line) for line in self.output().splitlines() if line.startswith("{"))
        texts = [str(line["message"]) for line in lines if not level or line["level"] == level]
        return [text for text in texts if text != "Answered."]

    def until(self, true: Callable[[], bool], *, patience: float = PATIENCE) -> None:
        """Wait until a condition is true, as long as it runs."""

        def holds() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.output()}"
            return true()

        until(holds, lambda: self.output()[-4000:], patience=patience)

    def until_ready(self) -> None:
        """Wait until its first pass is done."""
        self.until(lambda: is_open(self.port) and self.ask("/readyz")[0] == http.client.OK)

    def ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Send a GET, or a POST if there is a body: the status and text of the answer; 0 if there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET" if body is None else "POST", path, body, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError as error:
            return 0, str(error)
        finally:
            connection.close()

    def metric(self, name: str, labels: str = "") -> float:
        """The value of one of its metrics, or the sum of those whose labels contain a text; 0 if there is none."""
        found = re.findall(rf"^{name}(?:\{{(.*)\}})? (\S+)$", self.ask("/metrics")[1], re.MULTILINE)
        return sum(float(value) for shown, value in found if labels in shown)

    def hang_up(self) -> None:
        """Send SIGHUP."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """Send SIGTERM, and wait until it ends with 0."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0, self.output()

    def kill(self, *, whole: bool = True) -> list[str]:
        """Kill it with its child processes, or alone; the result is the command of each git that was running below it.

        What it started and is not killed with it may still run on return, as on a machine.
        """
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)  # so that nothing is started between the look and the kill
        until(lambda: state(self.pid) in {"T", "Z", ""})
        below = descendants(self.pid)
        verbs = [verb for verb in map(git_verb, below) if verb]
        kill(self.pid, *(below if whole else ()))
        self.process.wait()
        if not whole:
            send(signal.SIGCONT, *below)
        until(lambda: not whole or all(state(pid) in {"Z", ""} for pid in below))
        return verbs

    def seize(self, verb: str, after: float = 0.0) -> bool:
        """Stop (SIGSTOP) a running git with this command, so many seconds from now; `kill` ends it too."""
        for pid in descendants(self.pid):
            if git_verb(pid) == verb:
                time.sleep(after)
                send(signal.SIGSTOP, pid)
                return True
        return False
