from __future__ import annotations

import io
import json
import logging

import pytest

from reconciler.telemetry.log import logging_to

LOG = logging.getLogger("reconciler.test")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(stream: io.StringIO) -> str:
    with logging_to(stream):
        LOG.info("Moved %s.", "team-a/app:prod", extra={"istag": "team-a/app:prod", "host": "quay.io", "tries": 2})
    return stream.getvalue()


def test_json_has_the_fields_beside_the_message() -> None:
    line = json.loads(written(io.StringIO()))
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "reconciler.test",
        "message": "Moved team-a/app:prod.",
        "istag": "team-a/app:prod",
        "host": "quay.io",
        "tries": 2,
    }


def test_text_has_the_fields_after_the_message() -> None:
    time, rest = written(Terminal()).split(" ", 1)
    assert len(time) == len("2026-11-23T08:00:00.000Z")
    assert rest == "INFO    Moved team-a/app:prod.  istag=team-a/app:prod  host=quay.io  tries=2\n"


def test_a_terminal_gets_text_and_everything_else_json() -> None:
    assert "INFO" in written(Terminal())
    assert json.loads(written(io.StringIO()))["level"] == "info"


@pytest.mark.parametrize("kind", [Terminal, io.StringIO])
def test_no_credential_is_written_in_any_place_of_a_line(kind: type[io.StringIO]) -> None:
    stream = kind()
    with logging_to(stream):
        LOG.info("GET https://u:hunter2@r.example/?token=hunter2", extra={"sent": "Authorization: Basic hunter2"})
        LOG.info("%s", {"password": "hunter2"})
        try:
            _fail(ValueError("https://jane:hunter2@r.example/ is odd"))
        except ValueError:
            LOG.exception("It failed.")
    assert "hunter2" not in stream.getvalue()


def test_an_exception_is_one_line_with_its_place() -> None:
    stream = io.StringIO()
    with logging_to(stream):
        try:
            _fail(KeyError("x"))
        except KeyError:
            LOG.exception("It failed.")
    (line,) = stream.getvalue().splitlines()
    error = json.loads(line)["error"]
    assert error.startswith("KeyError: 'x' (test_log.py:")
    assert "Traceback" not in line


def test_foreign_text_breaks_no_line_and_fills_no_screen() -> None:
    for stream in (Terminal(), io.StringIO()):
        with logging_to(stream):
            LOG.info("one\ntwo\x1b[2J %s", "x" * 100_000, extra={"tag": 'a" b=\n', "odd": "\ud800", "message_": None})
        assert stream.getvalue().count("\n") == 1
        assert "\x1b" not in stream.getvalue()
        assert len(stream.getvalue()) < 5_000


def test_a_field_with_a_reserved_name_does_not_replace_ours() -> None:
    stream = io.StringIO()
    with logging_to(stream):
        LOG.info("x", extra={"time": "never", "level": "none"})
    line = json.loads(stream.getvalue())
    assert (line["level"], line["time_"], line["level_"]) == ("info", "never", "none")


def test_a_message_that_does_not_fit_its_arguments_is_written_as_it_is() -> None:
    stream = io.StringIO()
    with logging_to(stream):
        LOG.info("%d of %d", "x")  # noqa: PLE1206 - libraries do that
    assert json.loads(stream.getvalue())["message"] == "%d of %d"


def test_after_the_block_logging_is_as_before() -> None:
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    written(io.StringIO())
    assert (root.level, list(root.handlers)) == before


def _fail(error: Exception) -> None:
    raise error
