"""A payload: the decoded body of a webhook, within bounds; it is read only after its sender has shown the secret.

The body is JSON in UTF-8, or a form with the JSON in its field `payload` (an option of GitHub). CloudEvents 1.0 are
read in both modes: structured (the event around the data) and binary (the event in `ce-` headers).
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
    """A sender of this kind never sends such a body."""


class MediaTypeError(PayloadError):
    """A sender of this kind never sends a body of such a media type."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A decoded body, with the headers it came with."""

    headers: Mapping[str, str]
    """Names in lower case."""
    value: object

    @property
    def event(self) -> tuple[str, Mapping[str, object]]:
        """The CloudEvent's type and data; for any other body an empty type and the whole body."""
        body = mapping(self.value)
        if "ce-type" in self.headers:
            return self.headers["ce-type"], body
        if "specversion" in body:
            return text(body.get("type")), mapping(body.get("data"))
        return "", body

    def json_object(self) -> Mapping[str, object]:
        """The body where it is a JSON object. Raises `PayloadError` where it is anything else."""
        if not isinstance(self.value, dict):
            raise PayloadError("the body is not a JSON object.")
        return self.value


def read_payload(headers: Mapping[str, str], body: bytes) -> Payload:
    """Decode a body; an empty one gives the value None. Raises `PayloadError` and no other error."""
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise MediaTypeError("the body is compressed. Send it as it is.")
    media = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media == _FORM:
        body = _form_field(body)
    elif not _JSON.fullmatch(media):
        raise MediaTypeError("the body is not sent as JSON. Choose application/json.")
    return Payload(headers, read_json(body) if body.strip() else None)


def read_json(body: bytes) -> object:
    """The value of a JSON text. Raises `PayloadError` where it is not JSON, or is nested too deep."""
    if not _shallow(body):
        raise PayloadError(f"the body is not JSON, or is nested more than {MAX_DEPTH} levels deep.")
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise PayloadError("the body is not JSON in UTF-8.") from error


def _shallow(body: bytes) -> bool:
    """Whether the brackets close within `MAX_DEPTH` levels; each round removes the innermost pairs."""
    brackets = _TEXT.sub(b"", body).translate(_BRACKETS, _OTHERS)
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"[]", b"")
        if not brackets:
            return True
    return not brackets


def _refuse(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON (RFC 8259, section 6)")


def _form_field(body: bytes) -> bytes:
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=16, errors="strict")
        return fields.get("payload", [""])[0].encode("utf-8")
    except ValueError as error:
        raise PayloadError("the body is not a form with a field payload.") from error
