"""Errors: each is one line and an exit code, and a bug has a report file without secrets."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from reconciler.cli.main import explained, run
from reconciler.errors import (
    ConflictError,
    InputError,
    RemoteError,
    UnavailableError,
    UnknownNameError,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("no"), 1),
        (UsageError("no"), 2),
        (ConflictError("no"), 1),
        (RemoteError("no"), 1),
        (UnavailableError("no"), 4),
        (click.UsageError("no"), 2),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert explained(error, []) == ("no", code)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interruption_is_reported_and_ends_with_130(error: BaseException) -> None:
    assert explained(error, []) == ("interrupted", 130)


def test_a_bug_leaves_a_report_with_the_traceback_and_without_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    try:
        _ = 1 // 0
    except ZeroDivisionError as bug:
        message, code = explained(bug, ["-C", "/secret/place", "plan", "--base=hunter2"])
    reports = list(tmp_path.iterdir())
    assert len(reports) == 1
    assert (message, code) == (
        f"internal error: ZeroDivisionError. Please open an issue with the report {reports[0]}; nothing more was done.",
        1,
    )
    text = reports[0].read_text(encoding="utf-8")
    assert "test_errors.py" in text
    assert "arguments: -C … … --base" in text
    assert "hunter2" not in text.partition("Traceback")[0]


def test_an_unknown_command_is_one_line_and_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["nonsense"]) == 2
    captured = capsys.readouterr()
    assert captured.err == "error: No such command 'nonsense'. See `imagestream --help`.\n"


def test_credentials_in_an_error_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "https://me:hunter2@host/x"]) == 2
    assert "hunter2" not in capsys.readouterr().err


def test_an_unknown_command_names_the_one_that_was_probably_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["statsu"]) == 2
    assert (
        capsys.readouterr().err == "error: No such command 'statsu'. Did you mean status? See `imagestream --help`.\n"
    )


def test_an_unknown_option_names_the_one_that_was_probably_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--ofline"]) == 2
    assert "--offline" in capsys.readouterr().err


def test_an_unknown_name_has_its_suggestion_between_reason_and_advice() -> None:
    error = UnknownNameError("a/b:c", "a/b:c is not there.", "Look again.", ("a/b:d", "e/b:c"))
    assert explained(error, []) == ("a/b:c is not there. Did you mean a/b:d or e/b:c? Look again.", 1)
    assert str(UnknownNameError("a/b:c", "a/b:c is not there.")) == "a/b:c is not there."
