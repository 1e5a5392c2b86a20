"""`imagestream status`: shows for each istag its source, recorded image, live image and state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

import click

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.exit_code import DONE, FAILED
from reconciler.cli.naming import chosen_namespace
from reconciler.cli.output.age import short_age
from reconciler.cli.output.json_form import Json, echo_json, source_json
from reconciler.cli.output.problem import echo_problems
from reconciler.cli.output.progress import progress_bar
from reconciler.cli.output.table import echo_table
from reconciler.cli.output.text import short
from reconciler.cli.registries import registries_when_needed
from reconciler.model.excerpt import MAX_EXCERPT
from reconciler.model.text import line
from reconciler.query.status import StatusReport, StatusSources, read_status
from reconciler.query.tag_status import TagState, TagStatus
from reconciler.query.workload_status import FieldState, WorkloadStatus

_COLOURS = {
    TagState.IN_SYNC: "green",
    TagState.BEHIND: "cyan",
    TagState.PENDING: "cyan",
    TagState.HELD: "yellow",
    TagState.FROZEN: "yellow",
    TagState.FAILED: "red",
    TagState.EMPTY: "white",
}
_FIELD_COLOURS = {
    FieldState.IN_SYNC: "green",
    FieldState.PENDING: "cyan",
    FieldState.DIVERGED: "yellow",
    FieldState.PAUSED: "yellow",
    FieldState.WAITING: "white",
}


def status(options: Options, names: tuple[str, ...], output: str, *, offline: bool) -> int:
    """Compare what is recorded with what the sources have now and print the states."""
    space = chosen_namespace(click.get_current_context())
    wanted = names or ((f"{space}/",) if space else ())
    with App(options) as app, progress_bar("registries") as progress:
        registries = None if offline else registries_when_needed(app, progress)
        sources = StatusSources(lambda: app.installation, registries)
        report = read_status(app.repository, app.head(), wanted, sources, app.clock)
    if output == "json":
        echo_json({"tags": [_json(row) for row in report.rows]})
    else:
        _echo(report, offline=offline, wide=output == "wide")
    return FAILED if report.problems or any(row.state is TagState.FAILED for row in report.rows) else DONE


def _echo(report: StatusReport, *, offline: bool, wide: bool) -> None:
    rows, now = report.rows, report.now
    if not rows:
        click.echo("No istags. Declare an ImageStream and commit it.")
    else:
        shown = [column for column in _COLUMNS if not (offline and column == "LIVE")]
        shown = [column for column in shown if column != "VERSION" or any(row.version for row in rows)]
        shown = [column for column in shown if column != "WORKLOADS" or any(row.workloads for row in rows)]
        echo_table(shown, [[_COLUMNS[column](row, now) for column in shown] for row in rows])
    if wide:
        _echo_workloads(rows)
    for row in rows:
        if row.message:
            click.echo(row.message if row.message.startswith(str(row.tag)) else f"{row.tag}: {row.message}")
    echo_problems(report.problems)


def _echo_workloads(rows: Sequence[TagStatus]) -> None:
    """Print each value that follows an istag, as a table; nothing if there are none."""
    values = [(row, each) for row in rows for each in row.workloads]
    if values:
        click.echo()
        header = ("TAG", "WORKLOAD", "FIELD", "VALUE", "STATE")
        echo_table(header, [_workload(row, each) for row, each in values])


def _workload(row: TagStatus, each: WorkloadStatus) -> tuple[str, ...]:
    value = each.field
    state = click.style(str(each.state), fg=_FIELD_COLOURS[each.state])
    return str(row.tag), value.owner or "<none>", value.name, line(value.value or "<none>", MAX_EXCERPT), state


def _workloads(row: TagStatus) -> str:
    """`3`, or `3, 1 Diverged`: how many values follow the istag, and how many of them are not what it means."""
    counts = Counter(each.state for each in row.workloads)
    others = [f"{counts[state]} {state}" for state in FieldState if counts[state] and state is not FieldState.IN_SYNC]
    return ", ".join([str(len(row.workloads)), *others])


def _source(row: TagStatus) -> str:
    if row.source is None:
        return "<none>"
    source = row.source.target(row.tag.stream_name)
    return f"{source} ({row.selection})" if row.selection else source


_COLUMNS: dict[str, Callable[[TagStatus, datetime], str]] = {
    "TAG": lambda row, _: str(row.tag),
    "SOURCE": lambda row, _: _source(row),
    "VERSION": lambda row, _: row.version or "<none>",
    "RECORDED": lambda row, _: short(row.recorded),
    "LIVE": lambda row, _: short(row.live),
    "AGE": lambda row, now: short_age(row.created, now),
    "WORKLOADS": lambda row, _: _workloads(row),
    "STATE": lambda row, _: click.style(str(row.state), fg=_COLOURS[row.state]),
}


def _json(row: TagStatus) -> Json:
    return {
        "tag": str(row.tag),
        "source": source_json(row.source),
        **({"selection": row.selection, "version": row.version} if row.selection else {}),
        "recorded": row.recorded,
        "created": row.created,
        "live": row.live,
        "state": str(row.state),
        "message": row.message,
        **({"workloads": [_workload_json(each) for each in row.workloads]} if row.workloads else {}),
    }


def _workload_json(each: WorkloadStatus) -> Json:
    value = each.field
    return {
        "file": value.file,
        "line": value.position.line,
        "field": value.field,
        **({"object": value.owner} if value.owner else {}),
        "part": str(value.part),
        "via": str(value.via),
        "value": value.value,
        "state": str(each.state),
        "message": each.message,
    }
