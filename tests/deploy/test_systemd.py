"""The unit of `deploy/systemd/` fits the program, and gives it few rights."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from reconciler.cli.exit_code import USAGE
from reconciler.daemon.signals import GRACE
from tests.deploy.conftest import DEPLOY, variables

UNIT = DEPLOY / "systemd/imagestream.service"
MOST_EXPOSED = 15
"""Tenths of systemd's exposure level; up to 20 it says `OK`."""


def settings(name: str) -> list[str]:
    """The values of a setting, in the order of the file."""
    lines = [line for line in UNIT.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [line.partition("=")[2] for line in lines if line.startswith(f"{name}=")]


def test_it_runs_the_loop_with_settings_that_there_are() -> None:
    assert settings("ExecStart") == ["/opt/imagestream/bin/imagestream run"]
    names = {each.partition("=")[0] for each in settings("Environment")}
    assert names - variables() == {"HOME"}
    assert "IMAGESTREAM_RUN_LISTEN" in names


def test_it_has_the_time_to_end_and_is_not_started_again_for_nothing() -> None:
    assert float(settings("TimeoutStopSec")[0]) > GRACE
    assert settings("RestartPreventExitStatus") == [str(USAGE)]
    assert settings("ExecReload") == ["/bin/kill -HUP $MAINPID"]


@pytest.mark.systemd
def test_systemd_finds_it_little_exposed() -> None:
    analyze = shutil.which("systemd-analyze")
    assert analyze, "systemd-analyze is not installed"
    command = [analyze, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", str(UNIT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Overall exposure level for imagestream.service" in done.stdout
