"""`imagestream sinks test`: sends one test notification to a sink."""

from __future__ import annotations

import click

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.app.sink_senders import sink_senders
from reconciler.cli.exit_code import DONE, FAILED, UNAVAILABLE
from reconciler.cli.output.text import echo_error
from reconciler.cli.sink_branch import read_sink_branch
from reconciler.delivery.trial import trial_notification
from reconciler.errors import UsageError
from reconciler.model.phrase import some
from reconciler.notify.outcome import Delivered, Failed


def sinks_test(options: Options, name: str, branch: str | None) -> int:
    """Send it, and print what became of it."""
    with App(options) as app:
        found = read_sink_branch(app, branch)
        sink = next((each for each in found.config.sinks if each.name == name), None)
        if sink is None:
            known = [each.name for each in found.config.sinks]
            there = f"It has {some(known, 10)}." if known else "It has none."
            raise UsageError(f"spec.sinks of branch {found.branch.name} has no sink {name}. {there}")
        senders = sink_senders(app)
        problem = senders.problem(sink)
        if problem is not None:
            raise UsageError(f"sink {name} cannot be told from here: {problem}")
        notification = trial_notification(found.branch.place, found.head, app.repository.author(), app.clock.now())
        outcome = senders.sender(sink).send(notification)
    if isinstance(outcome, Delivered):
        click.echo(f"sink {name} took the test notification {notification.id}.")
        return DONE
    echo_error(f"sink {name} did not take it: {outcome.message}")
    return UNAVAILABLE if isinstance(outcome, Failed) and outcome.retryable else FAILED
