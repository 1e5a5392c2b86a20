"""The output of the story, and its end: the next steps, in commands that can be pasted."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PrintText = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class StoryOutput:
    """The functions that print headings, comments, and commands with their output."""

    heading: PrintText
    comment: PrintText
    command: PrintText
    text: PrintText


def next_steps(output: StoryOutput, keep: Path | None) -> None:
    """Print the next steps: with the kept folder, or how to keep one, and with the person's own images."""
    output.heading("What to do next")
    if keep is None:
        output.comment("Run the demo again, and keep the repository and its remote:")
        output.command("imagestream demo --keep imagestream-demo")
    else:
        where = str(keep.resolve())
        output.comment("The registry ended with the demo. Serve it again, in another terminal:")
        output.command(shlex.join(("imagestream", "demo", "--registry", where)))
        output.comment("Then go on where the demo ended:")
        output.command(shlex.join(("cd", where)))
        for words in ("status", "history team-a/app:dev", "describe team-a/app", "unhold team-a/app:dev", "sync"):
            output.command(f"imagestream {words}")
    output.comment("Start with your own images:")
    output.command("git init -b main my-images")
    output.command("imagestream -C my-images init")
