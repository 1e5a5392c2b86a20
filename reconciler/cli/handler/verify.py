"""`imagestream verify`: checks the rules of histories over the whole branch."""

from __future__ import annotations

import click

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.exit_code import DONE, FAILED
from reconciler.cli.output.json_form import Json, echo_json
from reconciler.model.phrase import plural
from reconciler.provenance.break_log import Break
from reconciler.provenance.verify import Verdict
from reconciler.provenance.verify import verify as verify_branch


def verify(options: Options, revision: str | None, output: str) -> int:
    """Judge every commit of the branch and print the breaks."""
    with App(options) as app:
        commit = app.head() if revision is None else app.repository.commit(revision)
        verdict = verify_branch(app.repository, commit)
    if output == "json":
        echo_json(_json(verdict))
    else:
        _echo(verdict)
    return FAILED if verdict.open_breaks or verdict.warning else DONE


def _echo(verdict: Verdict) -> None:
    if verdict.warning is not None:
        click.echo(f"{click.style('warning:', fg='yellow')} {verdict.warning}")
    for name, commit in verdict.accepted_as_is:
        click.echo(f"note: {name} is taken as commit {commit.id[:12]} by {commit.author.name} left it: it is older.")
    for each in verdict.breaks:
        if each.undone_by is None:
            click.echo(f"{click.style('break:', fg='red')} {each.message} [{each.rule}]")
        else:
            click.echo(f"note: {each.message} [{each.rule}] Undone by commit {each.undone_by[:12]}.")
    open_ = len(verdict.open_breaks)
    found = "no break" if not open_ else plural(open_, "break")
    commits, istags = verdict.commits, len(verdict.istags)
    fields = f", {plural(verdict.fields, 'image field')} written" if verdict.fields else ""
    click.echo(f"{plural(commits, 'commit')} of {plural(istags, 'istag')}{fields}: {found}.")


def _json(verdict: Verdict) -> Json:
    return {
        "commits": verdict.commits,
        "istags": len(verdict.istags),
        "imageFields": verdict.fields,
        "breaks": [_break_json(each) for each in verdict.breaks],
        "warnings": [verdict.warning] if verdict.warning is not None else [],
    }


def _break_json(found: Break) -> Json:
    return {
        "tag": str(found.tag),
        "commit": found.commit,
        "author": str(found.author),
        "rule": found.rule,
        "message": found.message,
        "undoneBy": found.undone_by,
    }
