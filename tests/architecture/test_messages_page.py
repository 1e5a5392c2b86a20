"""The messages that the pages quote are those of the program."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SIGNING = (ROOT / "docs" / "signing.md").read_text(encoding="utf-8")


@cache
def texts() -> str:
    """Every literal text of the program, one on each line; f-strings are split where a value is filled in."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "reconciler").rglob("*.py")]
    nodes = (node for tree in trees for node in ast.walk(tree))
    return "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def quoted() -> list[str]:
    """The messages in the first column of the table of messages, and the warning that the page on signing shows."""
    table = OPERATIONS.partition("| message | meaning |")[2].partition("\n\n")[0]
    messages = [text for row in table.splitlines()[2:] for text in re.findall(r"`([^`]+)`", row.split(" | ")[0])]
    (warning,) = re.findall(r"^warning: (.+)$", SIGNING, re.MULTILINE)
    return [*messages, warning.replace("/etc/imagestream/trusted", "…")]


@pytest.mark.parametrize("message", quoted())
def test_a_quoted_message_is_one_of_the_program(message: str) -> None:
    pieces = [piece.strip(" ,.") for piece in re.split("…|reconciler.yaml", message)]
    assert [piece for piece in pieces if piece not in texts()] == []


def test_messages_are_quoted() -> None:
    assert len(quoted()) > len({"remote", "configuration", "folder", "push"})
