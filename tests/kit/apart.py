"""Tests that run only by a target of the Makefile: they need a folder, a tool or hours.

They are deselected otherwise, not skipped: what `make test` shows as passed is all that it has.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

APART: Final[Mapping[str, str]] = {
    "corpus": "make corpus CORPUS_DIR=FOLDER",
    "image": "make image-test",
    "promtool": "make deploy-test",
    "systemd": "make deploy-test",
    "deployers": "make deployers",
    "fuzz": "make fuzz",
    "soak": "make soak",
}
"""Each marker of such tests, and the command that runs them."""

_NAMED: Final = re.compile(r"(?<!not )\b\w+\b")


def is_deselected(marks: Collection[str], expression: str) -> bool:
    """Whether a test with these marks is left out; `expression` is the value of pytest's `-m`.

    It runs if the expression names every marker of the test that keeps it apart.
    """
    return not (APART.keys() & set(marks)) <= set(_NAMED.findall(expression))
