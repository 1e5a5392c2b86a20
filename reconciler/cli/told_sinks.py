"""Told sinks: the last step of a command that pushes changes. Only where there are sinks it imports what they take."""

from __future__ import annotations

from reconciler.app.app import App
from reconciler.cli.lazy import load
from reconciler.cli.output.text import echo_note
from reconciler.errors import ReconcilerError
from reconciler.model.config import Config
from reconciler.reading.committed_file import read_committed_config
from reconciler.reconcile.writer import Result
from reconciler.settings import CONFIG_FILE


def tell_sinks(app: App, result: Result) -> None:
    """Tell the sinks of what a command pushed, and of what was left before; what is left now is said on stderr.

    `--no-push` tells none: only pushed commits are told, or committed ones where there is no remote.
    """
    target, seen = result.target, result.plan.revision
    config = _config(app, seen) if target is not None and target.push else None
    if target is None or config is None or not config.sinks:
        return
    try:
        lines = load("reconciler.app.sink_senders", "told_at_end")(app, target, config, seen, result.head or seen)
    except ReconcilerError as error:
        lines = (f"sinks were not told: {error}",)
    for line in lines:
        echo_note(line)


def _config(app: App, commit: str) -> Config | None:
    """The Config of a commit; None if it has none that can be read."""
    try:
        return read_committed_config(app.repository, app.repository.commit_files(commit, [CONFIG_FILE]))
    except ReconcilerError:
        return None
