"""`imagestream plan`: what a pass would do now, with live digests."""

from __future__ import annotations

from collections.abc import Iterable

import click

from reconciler.app import App, Options
from reconciler.cli.exit_code import FAILED, PENDING
from reconciler.cli.flag import flag_option
from reconciler.cli.output import (
    change_json,
    echo_json,
    echo_problems,
    is_failure,
    problem_json,
    progress_bar,
    short,
)
from reconciler.cli.table import echo_table
from reconciler.model.change import Change
from reconciler.model.plan import Plan
from reconciler.model.text import markdown
from reconciler.reconcile.preview import preview


@click.command()
@click.option("--base", metavar="REF", help="Only what differs from this revision: for a pull request.")
@flag_option("--exit-code", "exit_code", help="Exit with 3 when changes are pending.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="Text, stable JSON, or markdown for a pull request's comment.",
)
@click.pass_obj
def plan(options: Options, base: str | None, output: str, *, exit_code: bool) -> int:
    """Show what a pass would do now; nothing is written.

    \b
    Example:
      imagestream plan --base origin/main -o markdown
    """
    with App(options) as app, progress_bar("registries") as progress:
        planned = preview(app.repository, app.head(), app.registries(progress), app.clock, base)
    _RENDERERS[output](planned)
    if is_failure(planned.problems):
        return FAILED
    return PENDING if exit_code and planned.changes else 0


def echo_plan(planned: Plan) -> None:
    """A plan as a table, its problems below it on stderr."""
    if planned.changes:
        echo_table(("CHANGE", "TAG", "FROM", "TO", "SOURCE", "CAUSE"), map(row, planned.changes))
    elif is_failure(planned.problems):
        click.echo("No changes, but not everything could be looked at:")
    else:
        click.echo("Nothing to do.")
    echo_problems(planned.problems)
    for note in planned.notes:
        click.echo(f"Note: {note}", err=True)


def row(change: Change) -> tuple[str, ...]:
    """A change as a row of the table."""
    source = change.source.target(change.tag.stream_name) if change.source else "<none>"
    return (
        str(change.kind),
        str(change.tag),
        short(change.previous),
        short(change.image),
        source,
        change.cause,
    )


def echo_json_plan(planned: Plan) -> None:
    """A plan as stable JSON."""
    echo_json(
        {
            "revision": planned.revision,
            "changes": [change_json(change) for change in planned.changes],
            "problems": [problem_json(problem) for problem in planned.problems],
            "push": "skipped",
            "notes": list(planned.notes),
        }
    )


def _markdown(planned: Plan) -> None:
    click.echo(
        f"**{len(planned.changes)} change{'' if len(planned.changes) == 1 else 's'}** on `{planned.revision[:12]}`"
    )
    if planned.changes:
        click.echo("\n| change | tag | from | to | source | cause |\n| --- | --- | --- | --- | --- | --- |")
        for change in planned.changes:
            click.echo(_cells(row(change)))
    if planned.problems:
        click.echo("\n| problem | tag | why |\n| --- | --- | --- |")
        for problem in planned.problems:
            click.echo(_cells((str(problem.reason), str(problem.tag or problem.file), problem.message)))

    for note in planned.notes:
        click.echo(f"\nNote: {markdown(note)}")


def _cells(texts: Iterable[str]) -> str:
    return f"| {' | '.join(map(markdown, texts))} |"


_RENDERERS = {"text": echo_plan, "json": echo_json_plan, "markdown": _markdown}
