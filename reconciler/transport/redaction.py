"""Redaction: the one place that takes credentials out of text before a person or a log sees it."""

from __future__ import annotations

import re

HIDDEN = "***"

# Each pattern has one unbounded run of a single class, so that hostile text costs linear time.
_USERINFO = re.compile(r"://[^/\s?#\"'<>]*@")
_QUERY = re.compile(r"(://[^\s?#\"'<>]*)[?#][^\s\"'<>]*")
_HEADER = re.compile(r"\b((?:proxy-)?authorization\s{0,4}[:=]\s{0,4})[^\r\n]*", re.IGNORECASE)
_SCHEME = re.compile(r"\b(basic|bearer)\s{1,4}[A-Za-z0-9._~+/=-]{16,}", re.IGNORECASE)
_FIELD = re.compile(
    # Unquoted only where it cannot be a name: `token=…`, `token: …`, but not the istag `team/token:latest`.
    r"(\b(?:password|passwd|secret|(?:access_|refresh_|identity)?token)[\"']?(?:\s{0,4}=\s{0,4}|\s{0,4}:\s{1,4}))[^\s,;&\"'}]+"
    r"|(\b(?:password|passwd|secret|(?:access_|refresh_|identity)?token)[\"']\s{0,4}[:=]\s{0,4}[\"'])[^\"']*",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """The text without user names and passwords in URLs, query strings, `Authorization` values and token fields."""
    text = _USERINFO.sub("://", text)
    text = _QUERY.sub(r"\1", text)
    text = _HEADER.sub(rf"\1{HIDDEN}", text)
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    return _FIELD.sub(_hide_field, text)


def _hide_field(match: re.Match[str]) -> str:
    return f"{match[1] or match[2]}{HIDDEN}"
