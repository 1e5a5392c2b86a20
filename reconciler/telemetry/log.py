"""The log: one line for each event on standard error, as text on a terminal and as JSON elsewhere; all of it redacted.

A module logs with the standard library: `logging.getLogger(__name__).info("Moved.", extra={"istag": …, "commit": …})`.
Each entry of `extra` becomes a field. An exception is shown by its type, its text and the line that raised it, without
a traceback.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, TextIO

from reconciler.model.redaction import redact

MAX_FIELD: Final = 2_000
"""Characters of one field or message."""
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_RESERVED: Final = frozenset({"time", "level", "logger", "message", "error"})


@contextmanager
def logging_to(stream: TextIO) -> Iterator[logging.Handler]:
    """Send what is logged to the stream, and only there, until the block ends: text to a terminal, else JSON."""
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TextFormatter() if stream.isatty() else JsonFormatter())
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    try:
        yield handler
    finally:
        root.setLevel(before[0])
        root.handlers[:] = before[1]


class JsonFormatter(logging.Formatter):
    """One JSON object for each line: `time`, `level`, `logger`, `message`, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return json.dumps(_fields(record), ensure_ascii=True)


class TextFormatter(logging.Formatter):
    """Time, level, message, then `key=value` for each field."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields = _fields(record)
        rest = [f"{key}={_quoted(value)}" for key, value in fields.items() if key not in _RESERVED or key == "error"]
        head = f"{fields['time']} {str(fields['level']).upper():7} {_line(str(fields['message']))}"
        return "  ".join([head, *rest])


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fields: dict[str, object] = {
        "time": moment,
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _text(_message(record)),
    }
    given = {key: value for key, value in vars(record).items() if key not in _OWN}
    fields |= {key if key not in _RESERVED else f"{key}_": _value(value) for key, value in given.items()}
    if record.exc_info and record.exc_info[1] is not None:
        fields["error"] = _text(_failure(record.exc_info[1], record.exc_info[2]))
    return fields


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # the arguments do not fit the text of a library
        return str(record.msg)


def _failure(error: BaseException, trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


def _value(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | float) else _text(str(value))


def _text(text: str) -> str:
    sound = redact(text[: 2 * MAX_FIELD].encode("utf-8", "replace").decode())
    return sound if len(sound) <= MAX_FIELD else sound[: MAX_FIELD - 1] + "…"


def _quoted(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and text and not set(text) & set(' "=') else json.dumps(text)


def _line(text: str) -> str:
    return text if text.isprintable() else json.dumps(text)[1:-1]
