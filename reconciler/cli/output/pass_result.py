"""The result of a pass or of an edit: as text, as JSON, and as an exit code."""

from __future__ import annotations

import click

from reconciler.cli.exit_code import DONE, FAILED, UNAVAILABLE
from reconciler.cli.output.json_form import Json, change_json, echo_json, problem_json
from reconciler.cli.output.problem import echo_problems, has_failure
from reconciler.cli.output.text import echo_error, echo_note, short
from reconciler.model.change import Change, Remove, Retarget, Unhold
from reconciler.reconcile.writer import Push, Result


def with_push_required(result: Result, *, push: bool) -> Result:
    """The result of a command with `--push`: a failure where it wrote a commit and there is no remote to push to."""
    if push and result.written and result.push is Push.SKIPPED:
        branch = result.target.branch if result.target else "BRANCH"
        result.push = Push.FAILED
        result.error = f"branch {branch} has no upstream, so there is no remote to push to."
    return result


def result_code(result: Result) -> int:
    """1 if something failed (holds and freezes are not failures), 4 if no registry was reached."""
    if result.registries_unreachable:
        return UNAVAILABLE
    return FAILED if has_failure(result.plan.problems) or result.push is Push.FAILED else DONE


def echo_result(result: Result, output: str, edited: Result | None = None) -> None:
    """Print a result as text or JSON. The last line of the text names the place of all commits, also of `edited`."""
    if output == "json":
        echo_json(_json(result, edited))
        return
    for change, commit in zip(result.plan.changes, result.commits, strict=False):
        click.echo(f"{commit[:12]}  {change.kind}  {change.tag}  {_what(change)}  ({change.cause})")
        for edit in change.edits:
            click.echo(f"{'':12}  wrote {edit.field.name}")
    echo_problems(result.plan.problems)
    for note in result.notes:
        echo_note(note)
    if result.error:
        echo_error(result.error)
    click.echo(last_line(_whereabouts(result, edited)))


def _what(change: Change) -> str:
    if isinstance(change, Remove):
        return "removed"
    if isinstance(change, Retarget):
        return short(change.image)
    if isinstance(change, Unhold) and change.image == change.previous:
        return f"may come back to {', '.join(map(short, change.released))}"
    return f"{short(change.previous)} -> {short(change.image)}"


def last_line(result: Result) -> str:
    """The place of the commits, and the command that pushes those that are only here."""
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
    """The result that knows the place of the commits: the later one, if it wrote a commit."""
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
