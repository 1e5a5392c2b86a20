"""Markdown pages: their links, and the anchors that their headings get, as the git hosts make them."""

from __future__ import annotations

import re
from pathlib import Path

_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} (.+?)\s*#*$", re.MULTILINE)
_ANCHOR = re.compile(r'^<a id="([^"]+)"></a>$', re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def text(page: Path) -> str:
    """The page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """What may follow `#` in a link to the page: anchors written out, and headings as git hosts make anchors of them.

    A heading becomes lower case, without punctuation, with dashes for spaces; a repeated one is numbered.
    """
    found = list[str]()
    for heading in _HEADING.findall(text(page)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.append(slug if slug not in found else f"{slug}-{found.count(slug)}")
    return {*found, *_ANCHOR.findall(text(page))}


def links(page: Path) -> list[str]:
    """The targets of links to somewhere in this repository."""
    return [target for target in _LINK.findall(text(page)) if not re.match(r"[a-z]+:", target)]
