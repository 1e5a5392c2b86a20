"""How the story is told, and how it ends: what to do next, in commands that can be pasted."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Teller:
    """How the story is told: headings, comments, commands with their output."""

    heading: Say
    comment: Say
    command: Say
    output: Say


def next_steps(teller: Teller, keep: Path | None) -> None:
    """What to do with the folder that is left, or how to have one left, and how to begin with one's own images."""
    teller.heading("What to do next")
    if keep is None:
        teller.comment("Tell it again, and keep the repository and its remote to look around in:")
        teller.command("imagestream demo --keep imagestream-demo")
    else:
        where = str(keep.resolve())
        teller.comment("The registry ended with the story. Serve it again, in another terminal:")
        teller.command(shlex.join(("imagestream", "demo", "--registry", where)))
        teller.comment("Then go on where the story ended:")
        teller.command(shlex.join(("cd", where)))
        for words in ("status", "history team-a/app:dev", "describe team-a/app", "unhold team-a/app:dev", "sync"):
            teller.command(f"imagestream {words}")
    teller.comment("Begin with your own images:")
    teller.command("git init -b main my-images")
    teller.command("imagestream -C my-images init")
