"""Token exchanges: the inputs and results of a cloud login, and the reading of its answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from reconciler.errors import InputError
from reconciler.model.observation import Reason
from reconciler.registry.answer_error import AnswerError, mismatch
from reconciler.registry.credentials.credential import Credential
from reconciler.registry.expiring_cache import ExpiringValue
from reconciler.settings import MAX_TOKEN_BYTES
from reconciler.transport.message import HttpRequest, HttpResponse, Origin

Flow = Generator[HttpRequest, HttpResponse, ExpiringValue[Credential]]
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.#:-]{0,63}")
_XML_CODE = re.compile(rb"<Code>([^<]{1,64})</Code>")
_USABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """The registry that needs a credential."""

    host: str
    base: str
    """The base URL of its API."""
    opted_in: bool
    """Whether the installation has `identity` for it; only then may a metadata server be called."""


@dataclass(frozen=True, slots=True)
class TokenExchange:
    """One exchange with a cloud. Exchanges with the same key have the same result."""

    key: tuple[str, ...]
    flow: Callable[[], Flow]


@dataclass(frozen=True, slots=True)
class Environment:
    """The environment variables and the wall clock."""

    environ: Mapping[str, str] = field(repr=False, hash=False)
    now: Callable[[], datetime]

    def get(self, *names: str) -> str:
        """The first of the variables that is set; empty if none is."""
        return next((self.environ[name] for name in names if self.environ.get(name)), "")

    def read(self, variable: str, path: str) -> str:
        """The text of a file that a variable names. It is read each time, because projected tokens change.

        Raises `InputError`.
        """
        try:
            with Path(path).open("rb") as stream:
                return stream.read(MAX_TOKEN_BYTES).decode("utf-8").strip()
        except (OSError, UnicodeDecodeError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            raise InputError(f"{variable} names {path}, which cannot be read: {why}. Correct one of them.") from error


def form(url: str, fields: Mapping[str, str], *, accept: str = "application/json") -> HttpRequest:
    """A POST of a form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": accept}
    return HttpRequest("POST", url, headers, urlencode(fields).encode("ascii"))


def json_answer(response: HttpResponse, what: str, advice: str) -> dict[str, Any]:
    """The JSON object of a good answer; raises `AnswerError` for any other.

    `what` is the thing that was requested; `advice` tells a person what to check if it is refused.
    """
    check_status(response, what, advice)
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise mismatch(Origin.of(response.url).name, f"gives no {what}; its answer has none.")
    return document


def check_status(response: HttpResponse, what: str, advice: str) -> None:
    """Raise `AnswerError` for anything but 200, with the code of the error and no other part of the answer."""
    if response.status == HTTPStatus.OK:
        return
    host = Origin.of(response.url).name
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise AnswerError(Reason.UNREACHABLE, f"{host} is out of order ({response.status}).", host=host)
    code = " ".join(filter(None, (str(response.status), _code(response.body))))
    reason = Reason.RATE_LIMITED if response.status == HTTPStatus.TOO_MANY_REQUESTS else Reason.DENIED
    raise AnswerError(reason, f"{host} gives no {what} ({code}). Check {advice}.", host=host)


def required_text(document: Mapping[str, Any], name: str, response: HttpResponse, what: str) -> str:
    """A required field whose text fits into a header; raises `AnswerError`."""
    value = document.get(name)
    if not isinstance(value, str) or not _USABLE.fullmatch(value):
        raise mismatch(Origin.of(response.url).name, f"gives no {what}; its answer has none.")
    return value


def _code(body: bytes) -> str:
    """The short code in an error's body; empty if there is none. The error's text may hold anything and is not used."""
    xml = _XML_CODE.search(body)
    if xml:
        return _safe(xml[1].decode("utf-8", "replace"))
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, dict):
        return ""
    error = document.get("error")
    candidates = (error.get("status") if isinstance(error, dict) else error, document.get("__type"))
    return next(filter(None, map(_safe, candidates)), "")


def _safe(code: object) -> str:
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""
