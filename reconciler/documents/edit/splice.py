"""Splices: replacements in a text, and the offsets of its lines.

Offsets count characters from 0. Lines end with LF or CRLF; the end of a line is the offset before its line break. This
module does not know YAML.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Splice:
    """Put `text` in place of the characters from `start` up to `end`."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all splices, which do not overlap. Insertions at the same offset keep their order."""
    done: list[str] = []
    at = 0
    for splice in sorted(splices, key=lambda each: (each.start, each.end)):
        done += [text[at : splice.start], splice.text]
        at = splice.end
    return "".join((*done, text[at:]))


def line_start(text: str, at: int) -> int:
    """The start of the line at an offset."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """The end of the line at an offset, before its line break."""
    found = text.find("\n", at)
    if found < 0:
        return len(text)
    return found - 1 if found > 0 and text[found - 1] == "\r" else found


def next_line(text: str, at: int) -> int:
    """The start of the line after the one at an offset; the end of the text after the last line."""
    return text.find("\n", at) + 1 or len(text)


def newline(text: str, at: int) -> str:
    """The line break that is used at an offset."""
    found = text.find("\n", at)
    if found < 0:
        found = text.rfind("\n")
    return "\r\n" if found > 0 and text[found - 1] == "\r" else "\n"


def column(text: str, at: int) -> int:
    """The number of characters before an offset in its line."""
    return at - line_start(text, at)


def indent(text: str, at: int) -> str:
    """The blanks and tabs at the start of the line at an offset."""
    start = line_start(text, at)
    line = text[start : line_end(text, start)]
    return line[: len(line) - len(line.lstrip(" \t"))]


def leads_line(text: str, at: int) -> bool:
    """Whether only blanks are before an offset in its line."""
    return not text[line_start(text, at) : at].strip(" \t")


def is_comment(text: str, start: int, least: int, most: int | None = None) -> bool:
    """Whether the line that begins at `start` is a comment, indented by `least` to `most` characters."""
    line = text[start : line_end(text, start)]
    width = len(line) - len(line.lstrip(" \t"))
    return line.lstrip(" \t").startswith("#") and width >= least and (most is None or width <= most)


def is_blank(text: str, start: int) -> bool:
    """Whether the line that begins at `start` exists and is empty."""
    return start < len(text) and not text[start : line_end(text, start)].strip(" \t")


def after_comments(text: str, at: int, least: int) -> int:
    """The end of the line at an offset, or of the last comment directly below it with at least that indentation."""
    end = line_end(text, at)
    while (below := next_line(text, end)) < len(text) and is_comment(text, below, least):
        end = line_end(text, below)
    return end


def cut_lines(text: str, start: int, end: int) -> Splice:
    """Remove whole lines, from the one that begins at `start` to the one at `end`.

    If the text had no line break at its end, it has none afterwards.
    """
    stop = next_line(text, end)
    if stop == len(text) and not text.endswith("\n") and start > 0:
        return Splice(line_end(text, line_start(text, start - 1)), stop, "")
    return Splice(start, stop, "")
