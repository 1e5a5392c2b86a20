"""New scalars: in the quotes of the old text or of its neighbours, where the new text allows them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from reconciler.documents.read.scalar import needs_quotes
from reconciler.documents.render.scalar import quoted

_PLAIN = re.compile(r"""[^\s\-?:,\[\]{}#&*!|>'"%@`](?:.*\S)?""")
_NOT_PLAIN = re.compile(r":(?:\s|$)|\s#|\{\{|\{%")
_BLOCK_HEADER = re.compile(r"([|>])[-+]?([1-9]?)[-+]?")
_CAPITAL_NUMBER = re.compile(r"[-+]?0[XBO][0-9A-Fa-f_]+", re.ASCII)
"""Numbers for readers in Go, such as kubectl and Helm, and for no version of YAML."""
_FLOW_INDICATOR = re.compile(r"[,\[\]{}]")


@dataclass(frozen=True, slots=True)
class Quotes:
    """The quotation marks for a text."""

    always: str
    """The mark for text that does not need quotes; empty for no quotes."""
    needed: str
    """The mark for text that needs quotes."""


def is_plain(text: str, *, flow: bool) -> bool:
    """Whether every reader of YAML reads the text without quotes as itself (YAML 1.2, section 7.3.3)."""
    if not _PLAIN.fullmatch(text) or not text.isprintable() or _NOT_PLAIN.search(text):
        return False
    if needs_quotes(text) or _CAPITAL_NUMBER.fullmatch(text):
        return False
    return not (flow and _FLOW_INDICATOR.search(text))


def scalar_text(value: object, quotes: Quotes, *, flow: bool) -> str:
    """The value (text, flag, number or null) as YAML; also JSON, if both marks are double quotes."""
    if not isinstance(value, str):
        return json.dumps(value)
    quote = quotes.always or ("" if is_plain(value, flow=flow) else quotes.needed)
    if quote and not quotes.always and value.count('"') > 1:
        quote = "'"  # text with quotes in it, such as JSON in an annotation, would be full of escapes
    if quote == "'" and value.isprintable():
        doubled = value.replace("'", "''")
        return f"'{doubled}'"
    return quoted(value) if quote else value


def block_text(written: str, raw: str, value: object) -> str | None:
    """A block scalar (`>-`, `|`) with another text, on one line in its indentation; None where it cannot hold that.

    `raw` is the old text. The new header has `-`, because the text ends without a line break (YAML 1.2, section
    8.1.1.2). It has the number of the old one unless lines of the old text begin with blanks (section 8.1.1.1).
    """
    head, _, body = written.partition("\n")
    header = _BLOCK_HEADER.match(head)
    lines = [line for line in body.split("\n") if line.strip()]
    if header is None or not lines or not isinstance(value, str) or not value.isprintable() or value != value.strip():
        return None
    width = min(len(line) - len(line.lstrip(" ")) for line in lines)
    number = "" if any(line.startswith(" ") for line in raw.split("\n")) else header[2]
    return f"{header[1]}{number}-{head[header.end() :]}\n{' ' * width}{value}" if value else None


def block_header(written: str) -> str | None:
    """The header of a block scalar without a line of text; None for one that has text."""
    head, _, body = written.partition("\n")
    header = _BLOCK_HEADER.match(head)
    return header[0] if header is not None and not body.strip() else None
