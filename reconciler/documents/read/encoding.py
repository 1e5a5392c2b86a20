"""The encoding of a file: bytes to text.

The text is UTF-8 unless its byte order mark is UTF-16. Control characters other than tab, line feed and carriage return
are refused (YAML 1.2, section 5.1), and so are files larger than `settings.MAX_FILE_BYTES`.
"""

from __future__ import annotations

import codecs
import re

from reconciler.errors import DocumentError
from reconciler.settings import MAX_FILE_BYTES, MIB

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(data: bytes, file: str, limit: int = MAX_FILE_BYTES) -> str:
    """The text of a file, without its byte order mark; raises `DocumentError` with the line of the bad byte."""
    if len(data) > limit:
        raise too_large(file, limit)
    encoding = "utf-16" if data.startswith(_UTF16) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line, column = _end(error.object[: error.start].decode(encoding, "ignore"))
        name = "UTF-16" if encoding == "utf-16" else "UTF-8"
        message = f"the file is not {name} text. Save it as UTF-8."
        raise DocumentError(message, file=file, line=line, column=column) from error
    bad = _CONTROL.search(text)
    if bad is not None:
        line, column = _end(text[: bad.start()])
        message = f"the file holds the control character U+{ord(bad[0]):04X}. Take it out."
        raise DocumentError(message, file=file, line=line, column=column)
    return text


def _end(text: str) -> tuple[int, int]:
    """The line and column behind the end of a text."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def too_large(file: str, limit: int = MAX_FILE_BYTES) -> DocumentError:
    """The error for a file that is larger than the limit, in bytes."""
    return DocumentError(f"the file is larger than {limit // MIB} MiB. Split it.", file=file)


def mentions(data: bytes, words: tuple[str, ...]) -> bool:
    """Whether the bytes contain one of the ASCII words, in UTF-8 or UTF-16. The bytes are not decoded."""
    if data.startswith(_UTF16):
        return any(word.encode("utf-16-le") in data or word.encode("utf-16-be") in data for word in words)
    return any(word.encode() in data for word in words)


def utf8(data: bytes) -> bytes:
    """The bytes in UTF-8, also of a file in UTF-16; what cannot be decoded is left out."""
    return data.decode("utf-16", "ignore").encode("utf-8", "ignore") if data.startswith(_UTF16) else data
