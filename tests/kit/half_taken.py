"""A git host that announces atomic pushes and decides about each reference alone (githooks(5), proc-receive)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.kit.git import GitFolder

REASON = "not on Fridays"


def half_taken(remote: GitFolder, refused: str) -> None:
    """Make a bare repository refuse one reference and accept all others of the same push."""
    for prefix in ("refs/heads/", "refs/imagestream/"):
        remote.git("config", "--add", "receive.procReceiveRefs", prefix)
    root = Path(__file__).parents[2]
    remote.hook("proc-receive", f"PYTHONPATH='{root}' exec '{sys.executable}' -m tests.kit.half_taken '{refused}'")


def _packets() -> Iterator[str]:
    """The packets up to the next flush (gitprotocol-common(5), pkt-line)."""
    while (length := int(sys.stdin.buffer.read(4) or b"0", 16)) > 0:
        yield sys.stdin.buffer.read(length - 4).decode().removesuffix("\n")


def _send(*texts: str) -> None:
    for text in texts:
        sys.stdout.buffer.write(b"%04x%s" % (len(text) + 4, text.encode()))
    sys.stdout.buffer.write(b"0000")
    sys.stdout.buffer.flush()


def _moved(old: str, new: str, ref: str) -> str:
    words = ("-d", ref, old) if set(new) == {"0"} else (ref, new, old)
    done = subprocess.run(("git", "update-ref", *words), capture_output=True, check=False)
    return f"ok {ref}\n" if done.returncode == 0 else f"ng {ref} failed to update ref\n"


def main(refused: str) -> None:
    """Answer one push as the hook."""
    list(_packets())
    _send("version=1\0atomic\n")
    commands = [line.split(" ", 2) for line in _packets()]
    _send(*(f"ng {ref} {REASON}\n" if ref == refused else _moved(old, new, ref) for old, new, ref in commands))


if __name__ == "__main__":
    main(sys.argv[1])
