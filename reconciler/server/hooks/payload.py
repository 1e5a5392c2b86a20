"""Payloads: the body of a webhook as a value, whatever was sent; bounded, and read only after its sender is known.

JSON in UTF-8, or a form with the JSON in its field `payload` (GitHub, where it is so configured). CloudEvents 1.0 come
in both modes: the event around the data, or in `ce-` headers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn
from urllib.parse import parse_qs

from reconciler.errors import InputError
from reconciler.model.plain import mapping, text

MAX_DEPTH: Final = 64
_JSON: Final = re.compile(r"(?:text|application)/(?:[a-z0-9.+-]{0,100}\+)?json", re.ASCII)
_FORM: Final = "application/x-www-form-urlencoded"
# An unfinished text runs to the end, so that no later quote starts another search: linear in the body.
_TEXT: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_OTHERS: Final = bytes(each for each in range(256) if each not in b"{}[]")


class PayloadError(InputError):
    """The body is nothing that a sender of this kind sends."""


class MediaTypeError(PayloadError):
    """The body is of a type that no sender of this kind sends."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A decoded body, with the headers it came with."""

    headers: Mapping[str, str]
    """Names in lower case."""
    value: object

    @property
    def event(self) -> tuple[str, Mapping[str, object]]:
        """The CloudEvent's type and data; an empty type where it is none, and then the whole body."""
        body = mapping(self.value)
        if "ce-type" in self.headers:
            return self.headers["ce-type"], body
        if "specversion" in body:
            return text(body.get("type")), mapping(body.get("data"))
        return "", body


def read_payload(headers: Mapping[str, str], body: bytes) -> Payload:
    """Decode a body; an empty one is None. Raises `PayloadError`, and of nothing else."""
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise MediaTypeError("the body is compressed. Send it as it is.")
    media = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media == _FORM:
        body = _form_field(body)
    elif not _JSON.fullmatch(media):
        raise MediaTypeError("the body is not sent as JSON. Choose application/json.")
    return Payload(headers, read_json(body) if body.strip() else None)


def read_json(body: bytes) -> object:
    """The value of a JSON text. Raises `PayloadError` where it is none, or is nested too deep."""
    if not _shallow(body):
        raise PayloadError(f"the body is no JSON, or nested more than {MAX_DEPTH} levels deep.")
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise PayloadError("the body is no JSON in UTF-8.") from error


def _shallow(body: bytes) -> bool:
    """Whether the brackets close within `MAX_DEPTH` levels: each round takes the innermost away."""
    brackets = _TEXT.sub(b"", body).translate(_BRACKETS, _OTHERS)
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"[]", b"")
        if not brackets:
            return True
    return not brackets


def _refuse(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON (RFC 8259, section 6)")


def _form_field(body: bytes) -> bytes:
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=16, errors="strict")
        return fields.get("payload", [""])[0].encode("utf-8")
    except ValueError as error:
        raise PayloadError("the body is no form with a field payload.") from error
