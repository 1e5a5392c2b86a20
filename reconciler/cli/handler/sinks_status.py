"""`imagestream sinks status`: shows how far each sink was told."""

from __future__ import annotations

import click

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.app.sink_senders import sink_senders
from reconciler.cli.exit_code import DONE
from reconciler.cli.output.json_form import Json, echo_json
from reconciler.cli.output.table import echo_table
from reconciler.cli.output.text import echo_note
from reconciler.cli.sink_branch import SinkBranch, read_sink_branch
from reconciler.delivery.status import SinkStatus, read_sink_status


def sinks_status(options: Options, branch: str | None, output: str) -> int:
    """Print the status of every sink of a branch."""
    with App(options) as app:
        found = read_sink_branch(app, branch)
        statuses = read_sink_status(found.branch, found.config.sinks, found.head, sink_senders(app))
    if output == "json":
        echo_json(_json(found, statuses))
        return DONE
    if not statuses:
        click.echo("No sinks: spec.sinks in reconciler.yaml has none.")
        return DONE
    echo_table(("SINK", "KIND", "TOLD OF", "BEHIND"), map(_row, statuses))
    for each in statuses:
        if each.problem is not None:
            echo_note(f"sink {each.sink.name} is left to other processes here: {each.problem}")
    return DONE


def _row(status: SinkStatus) -> tuple[str, str, str, str]:
    behind = f"{status.behind}+" if status.is_more else str(status.behind)
    return status.sink.name, status.sink.kind, status.cursor[:12] if status.cursor else "<none yet>", behind


def _json(found: SinkBranch, statuses: list[SinkStatus]) -> Json:
    return {
        "branch": found.branch.name,
        "commit": found.head,
        "sinks": [
            {
                "name": each.sink.name,
                "kind": each.sink.kind,
                "toldOf": each.cursor,
                "behind": each.behind,
                "more": each.is_more,
                "problem": each.problem,
            }
            for each in statuses
        ],
    }
