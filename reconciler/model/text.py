"""Foreign text: the cleaning of text that others wrote, and what each medium needs beyond it.

| function   | for                                            | what it does                                           |
| ---------- | ---------------------------------------------- | ------------------------------------------------------ |
| `line`     | all foreign text: labels, names, error bodies  | one bounded visible line, without credentials          |
| `token`    | a name out of a small alphabet: a platform     | the name, or None                                      |
| `inert`    | commit messages                                | takes out what a git host acts on: references,         |
|            |                                                | mentions, marks that skip CI, trailers, quick actions  |
| `markdown` | comments of pull requests                      | takes out references and mentions, escapes the rest    |
| `shown`    | the last step before a terminal or a CI log    | invisible characters that are left are escaped         |
| `without_commands` | a CI log                               | what its runner would obey is escaped                  |

`line` is called where a value is made, the others at the one place that writes to their medium. `line`, `inert` and
`shown` leave what they gave as it is when they are given it again.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Final

from reconciler.model.redaction import redact

MAX_LINE: Final = 2_000
"""Characters of one foreign text."""
MAX_PERSON: Final = 200
"""Characters of a name or an e-mail address (RFC 5321 ends a mailbox at 254)."""
MAX_TOKEN: Final = 64

_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*+(?:\x07|\x1b\\|\x9c)?"
)
# Invisible, although they count as letters or marks: fillers, joiners, variation selectors, tags of languages.
_INVISIBLE: Final = frozenset(map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0))) | frozenset(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
_TOKEN: Final = re.compile(rf"[A-Za-z0-9_.-]{{1,{MAX_TOKEN}}}", re.ASCII)
_PASSES: Final = 4
"""A cut may leave half of a hidden part, which has to be hidden again."""


def line(text: str, limit: int = MAX_LINE) -> str:
    """Foreign text as one line of at most `limit` characters, without credentials and invisible characters."""
    for _ in range(_PASSES):
        before, text = text, _cut(redact(_visible(text[: 4 * limit])), limit)
        if text == before:
            break
    return text


def line_of(value: object, limit: int = MAX_LINE) -> str | None:
    """A foreign value as `line` gives it; None for other types and for invisible text."""
    return line(value, limit) or None if isinstance(value, str) else None


def token(text: str) -> str | None:
    """A name such as `linux` or `v8`, of letters, digits, `_`, `.` and `-`; None for anything else."""
    return text if _TOKEN.fullmatch(text) else None


def _visible(text: str) -> str:
    sound = _SEQUENCE.sub(" ", text.encode("utf-8", "replace").decode())
    if not sound.isascii() or not sound.isprintable():
        sound = "".join(map(_seen, sound))
    return " ".join(sound.split())


def _seen(char: str) -> str:
    if unicodedata.category(char) == "Cf" or char in _INVISIBLE:
        return ""
    return " " if is_hidden(char) or char.isspace() else char


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def is_hidden(char: str) -> bool:
    """Whether a character is invisible or changes its neighbours: control, format, bidi, separators."""
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} or char in _INVISIBLE


# What git hosts obey in any commit message.
_MENTION: Final = re.compile(r"(?<![A-Za-z0-9])@++|@(?=@)")
_REFERENCE: Final = re.compile(r"[#!]++(?=\w)|&++(?=[0-9])")  # #1, owner/repo#1, group/project!1, &1
_KEY: Final = re.compile(r"\b(GH|AB)[-#](?=[0-9])", re.IGNORECASE)
_CLOSED_KEY: Final = re.compile(
    r"\b((?:clos|fix|resolv|implement|refer)[a-z]{0,8}[:\s]\s{0,4}[A-Z][A-Z0-9_]{0,20})-(?=[0-9])", re.IGNORECASE
)
_ADDRESS: Final = re.compile(
    r"/(issues|pulls?|pull-requests|merge_requests|work_items|epics|discussions)/++(?=\w)", re.IGNORECASE
)
_ACTION: Final = re.compile(r"(?<!\S)/++(?=\w)")  # GitLab's `/close`
_TRAILER: Final = re.compile(r"\b([A-Za-z-]{0,40}-(?:by|checks|to|in|for))\s{0,4}:", re.IGNORECASE)
_MARKS: Final = str.maketrans({"[": "(", "]": ")"})
_BEGINNING: Final = "@-/#!&: "


def inert(text: str, limit: int = MAX_PERSON) -> str:
    """Foreign text for a commit message: its words, without anything that a git host acts on."""
    for _ in range(_PASSES):
        before, text = text, _inert(line(text, limit))
        if text == before:
            break
    return text


def _inert(text: str) -> str:
    text = _ACTION.sub("", _unlinked(text.translate(_MARKS).replace("***", "")))
    return " ".join(_TRAILER.sub(r"\1", text).lstrip(_BEGINNING).split())


def _unlinked(text: str) -> str:
    """Without mentions and references."""
    text = _REFERENCE.sub(" ", _MENTION.sub("", text))
    text = _ADDRESS.sub(r"/\1 ", _CLOSED_KEY.sub(r"\1 ", _KEY.sub(r"\1 ", text)))
    return " ".join(text.split())


_PUNCTUATION: Final = re.compile(
    r"([\\`*\[\]<>|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//)|(?<=\bwww)\.)", re.IGNORECASE
)


def markdown(text: str) -> str:
    """Text for a line or a cell of markdown: it is shown as it is written, without mentions and links."""
    return _PUNCTUATION.sub(r"\\\1", _unlinked(line(text)).replace("&", "&amp;"))


_OUR_COLOURS: Final = r"\x1b\[(?:0|1|2|3[0-7]|9[0-7])m"
_UNSEEN: Final = re.compile(rf"({_OUR_COLOURS})|([^\t\n -~])")


def shown(text: str) -> str:
    """Text for a terminal: invisible characters are escaped as in JSON; line ends, tabs and our own colours stay."""
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub(_escaped, text)


# GitHub Actions obeys lines that begin with `::`; it, Azure Pipelines and TeamCity what follows `##` anywhere.
_COMMAND: Final = re.compile(r"^[^\S\n]*+:(?=:)|#(?=#(?:vso|teamcity)?\[)", re.IGNORECASE | re.MULTILINE)


def without_commands(text: str) -> str:
    """Text for a CI log: what its runner would take for a command is escaped as in JSON."""
    return _COMMAND.sub(lambda match: f"{match[0][:-1]}\\u{ord(match[0][-1]):04x}", text)


def _escaped(match: re.Match[str]) -> str:
    char = match[2]
    return match[0] if char is None or not is_hidden(char) else json.dumps(char)[1:-1]
