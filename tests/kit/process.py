"""Processes as Linux shows them from outside (proc(5)): descendants, memory, threads, descriptors; and how they end."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """The resources of a process at a moment."""

    resident: int
    """Memory in bytes."""
    threads: int
    descriptors: int
    children: int


def usage(pid: int) -> Usage:
    """The resources of a process now."""
    folder = Path(f"/proc/{pid}")
    pages = int((folder / "statm").read_text().split()[1])
    return Usage(
        resident=pages * os.sysconf("SC_PAGESIZE"),
        threads=sum(1 for _ in (folder / "task").iterdir()),
        descriptors=sum(1 for _ in (folder / "fd").iterdir()),
        children=len(descendants(pid)),
    )


def descendants(pid: int) -> list[int]:
    """All descendants of a process, of all its threads, with those that are not reaped yet."""
    found = _children(pid)
    for each in found:  # grows meanwhile
        found += _children(each)
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def words(pid: int) -> list[str]:
    """The command line of a process; empty if it has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")[:-1]
    return []


def state(pid: int) -> str:
    """The letter of its state (R, S, T, Z …); empty for an ended process."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def kill(*pids: int) -> None:
    """Send SIGKILL; ended processes are skipped."""
    send(signal.SIGKILL, *pids)


def send(number: signal.Signals, *pids: int) -> None:
    """Send a signal to each process that still exists."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
