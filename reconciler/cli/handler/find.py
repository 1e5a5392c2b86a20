"""`imagestream find`: shows every istag that ever meant an image, and when."""

from __future__ import annotations

from datetime import datetime

import click

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.exit_code import DONE
from reconciler.cli.output.json_form import Json, echo_json
from reconciler.cli.output.table import echo_table
from reconciler.cli.output.unrecorded import unrecorded
from reconciler.gitstore import Commit
from reconciler.model.history import timestamp
from reconciler.provenance.log import Log
from reconciler.query.find import Period
from reconciler.query.find import find as find_image


def find(options: Options, digest: str, output: str) -> int:
    """Find the image and print when each istag meant it."""
    with App(options) as app:
        periods = find_image(Log(app.repository, app.head()), digest)
    for period in (each for each in periods if not each.recorded):
        commit = period.since
        click.echo(unrecorded(period.tag, period.image, commit.id, commit.author), err=True)
    if output == "json":
        echo_json({"image": periods[0].image if periods else None, "tags": [_json(period) for period in periods]})
    elif periods:
        _echo(periods)
    else:
        click.echo(f"No istag ever meant {digest}.", err=True)
    return DONE


def _echo(periods: list[Period]) -> None:
    click.echo(periods[0].image)
    echo_table(
        ("ISTAG", "FROM", "COMMIT", "UNTIL", "COMMIT", "STATE"),
        [
            (
                str(period.tag),
                _time(period.since),
                period.since.id[:12],
                _time(period.until) if period.until else "<none>",
                period.until.id[:12] if period.until else "<none>",
                _state(period),
            )
            for period in periods
        ],
    )


def _state(period: Period) -> str:
    if not period.recorded:
        return "never recorded"
    if period.until is None:
        return "current"
    return "rolled back" if period.rolled_back else "replaced or removed"


def _time(commit: Commit) -> str:
    return timestamp(datetime.fromisoformat(commit.committer_date))


def _json(period: Period) -> Json:
    return {
        "tag": str(period.tag),
        "dockerImageReference": period.event.pull_spec,
        "from": {"commit": period.since.id, "time": _time(period.since)},
        "until": {"commit": period.until.id, "time": _time(period.until)} if period.until else None,
        "current": period.until is None,
        "rolledBack": period.rolled_back,
    }
