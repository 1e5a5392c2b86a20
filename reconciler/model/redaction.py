"""Redaction: the one place that takes credentials out of text before a person, a commit or a log sees it.

It takes linear time for any text: a pattern begins only where a run of its own characters begins (by a look-behind), or
it cannot fail once it has begun, so no part of the text is read for a second match.
"""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = "***"

# A whole address in one match, with all addresses in it.
_URL: Final = re.compile(r"://[^\s\"'<>]*+")
_PORT: Final = re.compile(r"[0-9]{0,5}", re.ASCII)
_HEADER: Final = re.compile(r"\b((?:proxy-)?authorization\s{0,4}[:=]\s{0,4})[^\r\n]*+", re.IGNORECASE)
_PLAIN: Final = r"(?!(?-i:[a-z]{1,14})(?:[-./](?-i:[a-z]{1,14})){1,4}[.,;:)]?(?:\s|$))"  # basic authentication-required
_SCHEME: Final = re.compile(rf"\b(basic|bearer)\s{{1,4}}{_PLAIN}[A-Za-z0-9._~+/=-]{{16,}}+", re.IGNORECASE)
_START: Final = r"(?<![A-Za-z0-9])"
_NAME: Final = rf"{_START}(?:password|passwd|(?:client_)?secret|api[_-]?key|(?:access_|refresh_|identity)?token)"
_PARAMETER: Final = rf"{_START}(?:sig|x-(?:amz|goog)-(?:signature|credential|security-token)|signature)"
_FIELD: Final = re.compile(
    # Unquoted only where it cannot be a name: `token=…`, `token: …`, but not the istag `team/token:latest`.
    rf"({_NAME}[\"']?(?:\s{{0,4}}=\s{{0,4}}|\s{{0,4}}:\s{{1,4}})|{_PARAMETER}=)[^\s,;&\"'}}]++"
    rf"|({_NAME}[\"']?\s{{0,4}}[:=]\s{{0,4}}[\"'])[^\"']*+",
    re.IGNORECASE,
)
# Tokens that are known by their own form: JSON Web Tokens, and those of git hosts and clouds with their prefixes.
_TOKEN: Final = re.compile(
    r"(?<![A-Za-z0-9._-])(?:eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9._-]{10,}+"
    r"|(?:gh[opsur]_|github_pat_|gl(?:pat|cbt|dt|rt|ptt|soat)-|xox[abprs]-|dckr_[a-z]{1,4}_|AKIA)[A-Za-z0-9._-]{8,}+)"
)
# `GET …/token: cannot connect` has to stay readable. A sentence is recognised by two plain words, or by a word with
# which programs begin their reasons. A token is never a plain word, but a password that people choose may be one: there
# a sentence is searched for only if the name ends a path.
_SENTENCE: Final = re.compile(r"[a-z]{1,14}(?:'t)?[ ]{1,4}[a-z(]|(?:EOF|HTTP|TLS|i/o|dial|x509:|[1-5][0-9]{2})(?:\s|$)")
_LAST_WORD: Final = re.compile(r"[a-z]{1,14}[.]?(?:\s|$)")
_WORD: Final = re.compile(r"(?:[A-Z]{1,14}|[A-Za-z]?[a-z]{1,14}(?:-[a-z]{1,14})?)[.!?:)]?(?:[\s,;&\"'}]|$)")
_MAX_SENTENCE: Final = 40


def redact(text: str) -> str:
    """The text without user names and passwords in URLs, query strings, `Authorization` values, tokens and the like."""
    text = _URL.sub(_bare, text)
    text = _HEADER.sub(rf"\1{HIDDEN}", text)
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    return _TOKEN.sub(HIDDEN, _FIELD.sub(_hide_field, text))


def _bare(match: re.Match[str]) -> str:
    """An address, and those in its path, without user information, query and fragment."""
    parts = map(_without_user, match[0].split("://")[1:])
    return _without_query("://" + "://".join(parts))


def _without_user(text: str) -> str:
    """The text behind `://` without user information. A pasted password may contain `/`, `?` or `#`."""
    authority = _without_query(text).partition("/")[0]
    if "@" in authority:
        return text[authority.rindex("@") + 1 :]
    if "@" in text and not _is_host(authority):
        return text[text.rindex("@") + 1 :]
    return text


def _is_host(authority: str) -> bool:
    """Whether it is a host with or without a port; if not, the text behind its colon begins a password."""
    _, colon, port = authority.rpartition(":")
    return not colon or authority.endswith("]") or _PORT.fullmatch(port) is not None


def _without_query(text: str) -> str:
    return text.partition("?")[0].partition("#")[0]


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
    return name.rstrip(": ").lower().endswith("token") and bool(_SENTENCE.match(text) or _WORD.match(text))
