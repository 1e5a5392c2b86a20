"""Problems of a plan, as lines on stderr."""

from __future__ import annotations

from collections.abc import Iterable

import click

from reconciler.model.plan import Problem


def has_failure(problems: Iterable[Problem]) -> bool:
    """Whether any of them is a failure."""
    return any(problem.is_failure for problem in problems)


def echo_problems(problems: Iterable[Problem]) -> None:
    """Problems on stderr, one line each."""
    for problem in problems:
        place = f"{problem.file}:{problem.line}: " if problem.line else (f"{problem.file}: " if problem.file else "")
        reason = click.style(str(problem.reason), fg="yellow")
        click.echo(f"{place}{reason}: {problem.message}", err=True)
