"""`imagestream history`: shows the events of an istag, each with its author, cause and commit."""

from __future__ import annotations

from datetime import datetime

import click

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.exit_code import DONE
from reconciler.cli.output.age import age
from reconciler.cli.output.json_form import Json, echo_json, source_json
from reconciler.cli.output.table import echo_table
from reconciler.cli.output.text import short
from reconciler.cli.output.unrecorded import unrecorded
from reconciler.model.name import IstagName, StreamName
from reconciler.planning.holding import held_text
from reconciler.provenance.hold_author import find_holders, hold_at
from reconciler.provenance.log import Log
from reconciler.provenance.timeline import TimelineEvent, revision_at, timeline
from reconciler.reading.committed_file import read_committed_config


def history(options: Options, istag: str, at: str | None, output: str) -> int:
    """Read the events of the istag, current and past, and print them with its holds."""
    with App(options) as app:
        revision = revision_at(app.repository, app.head(), at)
        config = read_committed_config(app.repository, app.repository.commit_files(revision))
        name = IstagName.parse(istag, config.default_namespace)
        log = Log(app.repository, revision)
        events = timeline(log, name)
        hold = hold_at(app.repository, revision, name)
        known = find_holders(log, {name: hold})
        now = app.clock.now()
    for event in (each for each in events if not each.recorded):
        click.echo(unrecorded(name, event.event.identity, event.commit, event.author), err=True)
    if output == "json":
        echo_json({"tag": str(name), "items": [_json(event) for event in events]})
    else:
        _echo(events, name.stream_name, now)
        for entry in hold.held:
            click.echo(held_text(name, entry, known.get((name, entry.identity))))
    return DONE


def _echo(events: list[TimelineEvent], stream: StreamName, now: datetime) -> None:
    echo_table(
        ("", "GEN", "IMAGE", "CREATED", "CAUSE", "WHO", "COMMIT", "FROM"),
        [
            (
                _mark(event, first=index == 0),
                str(event.event.generation),
                short(event.event.identity),
                age(event.event.created, now),
                str(event.event.cause),
                event.author.name if event.author else "<unknown>",
                event.commit[:12] if event.commit else "<none>",
                event.event.source.target(stream) if event.event.source else "<none>",
            )
            for index, event in enumerate(events)
        ],
    )


def _mark(event: TimelineEvent, *, first: bool) -> str:
    if not event.recorded:
        return "* never recorded" if first else "never recorded"
    if event.current:
        return "*" if first else ""
    if event.rolled_back:
        return "rolled back"
    return "cut" if event.cut else "removed"


def _json(event: TimelineEvent) -> Json:
    return {
        "image": event.event.image,
        "dockerImageReference": event.event.pull_spec,
        "created": event.event.created,
        "generation": event.event.generation,
        "from": source_json(event.event.source),
        "cause": str(event.event.cause),
        "author": str(event.author) if event.author else None,
        "commit": event.commit,
        "rolledBack": event.rolled_back,
    }
