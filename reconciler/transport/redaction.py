"""Redaction: the one place that takes credentials out of text before a person or a log sees it."""

from __future__ import annotations

import re

HIDDEN = "***"

# Each pattern has one unbounded run of a single class, so that hostile text costs linear time.
_USERINFO = re.compile(r"://[^/\s?#\"'<>]*@")
_QUERY = re.compile(r"(://[^\s?#\"'<>]*)[?#][^\s\"'<>]*")
_HEADER = re.compile(r"\b((?:proxy-)?authorization\s{0,4}[:=]\s{0,4})[^\r\n]*", re.IGNORECASE)
_SCHEME = re.compile(r"\b(basic|bearer)\s{1,4}[A-Za-z0-9._~+/=-]{16,}", re.IGNORECASE)
_NAME = r"\b(?:password|passwd|secret|(?:access_|refresh_|identity)?token)"
_FIELD = re.compile(
    # Unquoted only where it cannot be a name: `token=…`, `token: …`, but not the istag `team/token:latest`.
    rf"({_NAME}[\"']?(?:\s{{0,4}}=\s{{0,4}}|\s{{0,4}}:\s{{1,4}}))[^\s,;&\"'}}]+"
    rf"|({_NAME}[\"']\s{{0,4}}[:=]\s{{0,4}}[\"'])[^\"']*",
    re.IGNORECASE,
)
# `GET …/token: cannot connect` is what somebody needs to read. A sentence is known by two plain words, or by one that
# a program begins its reasons with; passwords and secrets that people make up may be plain words, so only behind a
# token's name, or where the name ends a path, is it looked for.
_SENTENCE = re.compile(r"[a-z]{1,14}(?:'t)?[ ]{1,4}[a-z(]|(?:EOF|HTTP|TLS|i/o|dial|x509:|[1-5][0-9]{2})(?:\s|$)")
_LAST_WORD = re.compile(r"[a-z]{1,14}[.]?(?:\s|$)")
_MAX_SENTENCE = 40


def redact(text: str) -> str:
    """The text without user names and passwords in URLs, query strings, `Authorization` values and token fields."""
    text = _USERINFO.sub("://", text)
    text = _QUERY.sub(r"\1", text)
    text = _HEADER.sub(rf"\1{HIDDEN}", text)
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    return _FIELD.sub(_hide_field, text)


def _hide_field(match: re.Match[str]) -> str:
    return match[0] if match[1] and _is_sentence(match) else f"{match[1] or match[2]}{HIDDEN}"


def _is_sentence(match: re.Match[str]) -> bool:
    """Whether a colon after a field's name begins a reason, not a value."""
    name = match[1].rstrip()
    if not name.endswith(":"):
        return False
    text = match.string[match.end(1) : match.end(1) + _MAX_SENTENCE]
    if match.string[max(0, match.start() - 1) : match.start()] == "/":
        return bool(_SENTENCE.match(text) or _LAST_WORD.match(text))
    return name.rstrip(": ").lower().endswith("token") and bool(_SENTENCE.match(text))
