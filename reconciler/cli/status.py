"""`imagestream status`: for each istag its source, recorded image, live image and state."""

from __future__ import annotations

import click

from reconciler.app import App, Options
from reconciler.cli.completion import istag_argument
from reconciler.cli.output import (
    Json,
    echo_json,
    echo_problems,
    echo_table,
    output_option,
    progress_bar,
    short,
    source_json,
)
from reconciler.model.change import Problem
from reconciler.model.name import IstagName
from reconciler.operations.observe import look, observe_everything
from reconciler.operations.status import TagState, TagStatus
from reconciler.operations.status import status as tag_status
from reconciler.planning.problem import broken_files, failed_lists
from reconciler.planning.world import Ask

_COLOURS = {
    TagState.IN_SYNC: "green",
    TagState.BEHIND: "cyan",
    TagState.PENDING: "cyan",
    TagState.HELD: "yellow",
    TagState.FROZEN: "yellow",
    TagState.FAILED: "red",
    TagState.EMPTY: "white",
}


@click.command()
@istag_argument("istags", nargs=-1)
@output_option
@click.pass_obj
def status(options: Options, istags: tuple[str, ...], output: str) -> int:
    """Show for each istag what is recorded, what its source has now, and what lies between them.

    \b
    Example:
      imagestream status team-a/app:prod
    """
    with App(options) as app, progress_bar("registries") as progress:
        world = look(app.repository, app.head(), app.repository.current_branch())
        only = {IstagName.parse(text, world.config.default_namespace) for text in istags}
        world = observe_everything(app.repository, world, app.registries(progress))
        rows = tag_status(world, app.clock.now(), only)
    problems = [] if only else [*broken_files(world), *failed_lists(world, Ask())]
    if output == "json":
        echo_json({"tags": [_json(row) for row in rows]})
    else:
        _echo(rows, problems)
    return 1 if problems or any(row.state is TagState.FAILED for row in rows) else 0


def _echo(rows: list[TagStatus], problems: list[Problem]) -> None:
    if not rows:
        click.echo("No istags. Declare an ImageStream and commit it.")
    else:
        echo_table(
            ("TAG", "SOURCE", "RECORDED", "LIVE", "STATE"),
            [
                (
                    str(row.tag),
                    _source(row),
                    short(row.recorded),
                    short(row.live),
                    click.style(str(row.state), fg=_COLOURS[row.state]),
                )
                for row in rows
            ],
        )
    for row in rows:
        if row.message:
            click.echo(row.message if row.message.startswith(str(row.tag)) else f"{row.tag}: {row.message}")
    echo_problems(problems)


def _source(row: TagStatus) -> str:
    if row.source is None:
        return "<none>"
    source = row.source.target(row.tag.stream_name)
    return f"{source} ({row.selection})" if row.selection else source


def _json(row: TagStatus) -> Json:
    return {
        "tag": str(row.tag),
        "source": source_json(row.source),
        **({"selection": row.selection} if row.selection else {}),
        "recorded": row.recorded,
        "live": row.live,
        "state": str(row.state),
        "message": row.message,
    }
