"""`imagestream sync`: one pass, every scheduled tag due."""

from __future__ import annotations

import sys

import click

from reconciler.app import App, Options
from reconciler.cli.exit_code import FAILED, UNAVAILABLE
from reconciler.cli.flag import flag_option
from reconciler.cli.output import (
    Json,
    change_json,
    echo_json,
    echo_problems,
    is_failure,
    output_option,
    problem_json,
    progress_bar,
    short,
)
from reconciler.cli.plan import echo_plan
from reconciler.model.change import Change, ChangeKind
from reconciler.model.plan import Plan
from reconciler.planning.world import PassScope
from reconciler.reconcile.writer import Push, Result, choose_target

branch_option = click.option("--branch", metavar="BRANCH", help="The branch to write to; else the one checked out.")
no_push_option = flag_option("--no-push", "no_push", help="Commit here, and leave the push to you.")


@click.command()
@branch_option
@no_push_option
@flag_option("--yes", help="Do not ask before the first pass over a repository.")
@output_option
@click.pass_obj
def sync(options: Options, branch: str | None, output: str, *, no_push: bool, yes: bool) -> int:
    """Run one pass: look at the registries, commit every move, push.

    \b
    Example:
      imagestream -C my-images sync
    """
    with App(options) as app:
        target = choose_target(app.repository, branch, push=not no_push)
        with progress_bar("registries") as progress:
            confirm = _ask if _on_terminal() and not yes and output == "text" else None
            result = app.reconciler(progress).run(target, PassScope(), confirm=confirm)
    echo_result(result, output)
    return exit_code(result)


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _ask(planned: Plan) -> bool:
    """Asked before the first pass over a repository."""
    echo_plan(planned)
    return click.confirm("This is the first pass over this repository. Commit these changes?")


def as_asked(result: Result, *, push: bool) -> Result:
    """The result of a command that may have been told to push: it failed where it wrote and could push nowhere."""
    if push and result.written and result.push is Push.SKIPPED:
        branch = result.target.branch if result.target else "BRANCH"
        result.push = Push.FAILED
        result.error = f"branch {branch} has no upstream, so there is no remote to push to."
    return result


def exit_code(result: Result) -> int:
    """1 if anything failed (holds and freezes are no failure), 4 if no registry could be reached at all."""
    if result.stranded:
        return UNAVAILABLE
    return FAILED if is_failure(result.plan.problems) or result.push is Push.FAILED else 0


def echo_result(result: Result, output: str, edited: Result | None = None) -> None:
    """A pass as text or JSON; the last line of the text says where the commits are, that of `edited` before it too."""
    if output == "json":
        echo_json(_json(result, edited))
        return
    for change, commit in zip(result.plan.changes, result.commits, strict=False):
        click.echo(f"{commit[:12]}  {change.kind}  {change.tag}  {_what(change)}  ({change.cause})")
    echo_problems(result.plan.problems)
    for note in result.notes:
        click.echo(f"note: {note}", err=True)
    if result.error:
        click.echo(f"{click.style('error:', fg='red', bold=True)} {result.error}", err=True)
    click.echo(last_line(_whereabouts(result, edited)))


def _what(change: Change) -> str:
    if change.kind is ChangeKind.REMOVE:
        return "removed"
    if change.kind is ChangeKind.UNHOLD and change.image == change.previous:
        return f"may come back to {', '.join(map(short, change.released))}"
    return f"{short(change.previous)} -> {short(change.image)}"


def last_line(result: Result) -> str:
    """Where the commits are, and how to push those that are here."""
    target = result.target
    if not result.written:
        return "Nothing was written." if result.plan.changes else "No changes."
    if result.push is Push.DONE:
        return f"pushed to {target}"
    if target is None or target.upstream is None:
        branch = target.branch if target else "BRANCH"
        return f"NOT pushed: git push -u REMOTE {branch}"
    return f"NOT pushed: git push {target.upstream.remote} {target.branch}:{target.upstream.branch}"


def _whereabouts(result: Result, edited: Result | None) -> Result:
    """Which of two results says where the commits are: the later one, if it wrote anything."""
    return result if edited is None or result.written or not edited.written else edited


def _json(result: Result, edited: Result | None) -> Json:
    changes = [change_json(change) for change in result.plan.changes]
    for change, commit in zip(changes, result.commits, strict=False):
        change["commit"] = commit
    return {
        "revision": result.plan.revision,
        "changes": changes,
        "problems": [problem_json(problem) for problem in result.plan.problems],
        "push": str(_whereabouts(result, edited).push),
        **({"specCommit": edited.head} if edited is not None and edited.written else {}),
    }
