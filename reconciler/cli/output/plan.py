"""A plan: a table for people, stable JSON, and markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterable

import click

from reconciler.cli.output.json_form import change_json, echo_json, problem_json
from reconciler.cli.output.problem import echo_problems, has_failure
from reconciler.cli.output.table import echo_table
from reconciler.cli.output.text import short
from reconciler.model.change import Change
from reconciler.model.phrase import plural
from reconciler.model.plan import Plan
from reconciler.model.text import markdown


def echo_plan(planned: Plan) -> None:
    """Print a plan as a table, and its problems on stderr."""
    if planned.changes:
        echo_table(("CHANGE", "TAG", "FROM", "TO", "SOURCE", "CAUSE"), map(_row, planned.changes))
        echo_edits(planned.changes)
    elif has_failure(planned.problems):
        click.echo("No changes, but not everything could be looked up:")
    else:
        click.echo("Nothing to do.")
    echo_problems(planned.problems)
    for note in planned.notes:
        click.echo(f"Note: {note}", err=True)


def echo_edits(changes: Iterable[Change]) -> None:
    """Print the values of workloads that the changes write, as a table; nothing if there are none."""
    rows = [(str(change.tag), edit.field.name, edit.value) for change in changes for edit in change.edits]
    if rows:
        click.echo()
        echo_table(("TAG", "WRITES", "VALUE"), rows)


def _row(change: Change) -> tuple[str, ...]:
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
    """Print a plan as stable JSON."""
    echo_json(
        {
            "revision": planned.revision,
            "changes": [change_json(change) for change in planned.changes],
            "problems": [problem_json(problem) for problem in planned.problems],
            "push": "skipped",
            "notes": list(planned.notes),
        }
    )


def echo_markdown_plan(planned: Plan) -> None:
    """Print a plan as the comment on a pull request."""
    click.echo(f"**{plural(len(planned.changes), 'change')}** on `{planned.revision[:12]}`")
    if planned.changes:
        click.echo("\n| change | tag | from | to | source | cause |\n| --- | --- | --- | --- | --- | --- |")
        for change in planned.changes:
            click.echo(_cells(_row(change)))
    edits = [(change.tag, edit) for change in planned.changes for edit in change.edits]
    if edits:
        click.echo("\n| writes | value | tag |\n| --- | --- | --- |")
        for tag, edit in edits:
            click.echo(_cells((edit.field.name, edit.value, str(tag))))
    if planned.problems:
        click.echo("\n| problem | tag | why |\n| --- | --- | --- |")
        for problem in planned.problems:
            click.echo(_cells((str(problem.reason), str(problem.tag or problem.file), problem.message)))

    for note in planned.notes:
        click.echo(f"\nNote: {markdown(note)}")


def _cells(texts: Iterable[str]) -> str:
    return f"| {' | '.join(map(markdown, texts))} |"
