"""Scalars: text as one value of YAML, quoted where a reader of YAML 1.1 or 1.2 would read it as another type."""

from __future__ import annotations

import json
import re

from reconciler.documents.read.scalar import needs_quotes

_PLAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.:/@+-]*[A-Za-z0-9_.@+/-])?", re.ASCII)
"""Text that is safe without quotes as any value; a colon at its end would make it a key."""
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def quoted(text: str) -> str:
    """The text in double quotes, in a form that is the same in YAML and JSON."""
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def scalar(text: str) -> str:
    """The text as a value, in quotes where it needs them."""
    return text if _PLAIN.fullmatch(text) and not needs_quotes(text) else quoted(text)
