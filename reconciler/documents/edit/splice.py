"""Splices: replacing spans of a text, and where its lines begin and end.

Offsets count characters from 0. Lines end with LF or CRLF; a line's end is the offset before its line break. Nothing
here knows YAML.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Splice:
    """`text` in place of what stands from `start` up to `end`."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with every splice made; they do not overlap. What is inserted at one place keeps its order."""
    done: list[str] = []
    at = 0
    for splice in sorted(splices, key=lambda each: (each.start, each.end)):
        done += [text[at : splice.start], splice.text]
        at = splice.end
    return "".join((*done, text[at:]))


def line_start(text: str, at: int) -> int:
    """Where the line around an offset begins."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Where the line around an offset ends, before its line break."""
    found = text.find("\n", at)
    if found < 0:
        return len(text)
    return found - 1 if found > 0 and text[found - 1] == "\r" else found


def next_line(text: str, at: int) -> int:
    """Where the line after the one around an offset begins; the end of the text if there is none."""
    return text.find("\n", at) + 1 or len(text)


def newline(text: str, at: int) -> str:
    """The line break that the lines around an offset end with."""
    found = text.find("\n", at)
    if found < 0:
        found = text.rfind("\n")
    return "\r\n" if found > 0 and text[found - 1] == "\r" else "\n"


def column(text: str, at: int) -> int:
    """How many characters stand before an offset in its line."""
    return at - line_start(text, at)


def indent(text: str, at: int) -> str:
    """The blanks and tabs that the line around an offset begins with."""
    start = line_start(text, at)
    line = text[start : line_end(text, start)]
    return line[: len(line) - len(line.lstrip(" \t"))]


def leads_line(text: str, at: int) -> bool:
    """Whether nothing but blanks stands before an offset in its line."""
    return not text[line_start(text, at) : at].strip(" \t")


def is_comment(text: str, start: int, least: int, most: int | None = None) -> bool:
    """Whether the line that begins at `start` is a comment, indented by `least` to `most` characters."""
    line = text[start : line_end(text, start)]
    width = len(line) - len(line.lstrip(" \t"))
    return line.lstrip(" \t").startswith("#") and width >= least and (most is None or width <= most)


def is_blank(text: str, start: int) -> bool:
    """Whether the line that begins at `start` is there and empty."""
    return start < len(text) and not text[start : line_end(text, start)].strip(" \t")


def after_comments(text: str, at: int, least: int) -> int:
    """The end of the line around an offset, or of the last comment line right below that is indented at least so."""
    end = line_end(text, at)
    while (below := next_line(text, end)) < len(text) and is_comment(text, below, least):
        end = line_end(text, below)
    return end


def cut_lines(text: str, start: int, end: int) -> Splice:
    """Whole lines taken out, from the one that begins at `start` to the one around `end`.

    Where the last of them ends the text without a line break, so does the line before.
    """
    stop = next_line(text, end)
    if stop == len(text) and not text.endswith("\n") and start > 0:
        return Splice(line_end(text, line_start(text, start - 1)), stop, "")
    return Splice(start, stop, "")
