"""The files of `deploy/`, and the options and settings that they may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from ruamel.yaml import YAML

from reconciler.cli.handler.run import PASSWORD
from reconciler.cli.main import cli
from reconciler.model.config import Installation
from reconciler.model.finding import Severity
from reconciler.reading.owned_file import read_installation

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def load_all(path: Path) -> list[Any]:
    """Every document of a YAML file."""
    return [each for each in YAML(typ="safe", pure=True).load_all(path.read_text(encoding="utf-8")) if each is not None]


def load(path: Path) -> Any:  # noqa: ANN401 - a parsed document
    """The one document of a YAML file."""
    (document,) = load_all(path)
    return document


def variables() -> set[str]:
    """Every variable that sets an option of `imagestream run`, or of all commands."""
    run = cli.commands["run"]
    return {PASSWORD, *_variables(cli, "IMAGESTREAM"), *_variables(run, "IMAGESTREAM_RUN")}


def _variables(command: click.Command, prefix: str) -> Iterator[str]:
    for parameter in command.params:
        given = parameter.envvar or f"{prefix}_{str(parameter.name).upper()}"
        yield from [given] if isinstance(given, str) else given


def installation(path: Path) -> Installation:
    """An Installation file that the program accepts without an error."""
    made, findings = read_installation(path.read_bytes(), str(path))
    assert [str(each) for each in findings if each.severity is Severity.ERROR] == []
    assert made is not None
    return made
