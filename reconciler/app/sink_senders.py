"""The senders of sinks, for commands: built from the Installation, and closed with the application."""

from __future__ import annotations

from reconciler.app.app import App
from reconciler.delivery.at_end import tell_sinks
from reconciler.delivery.position import Branch
from reconciler.model.config import Config
from reconciler.notify.senders import SinkSenders
from reconciler.reconcile.writer import Target
from reconciler.transport.certificate import machine_certificates


def sink_senders(app: App) -> SinkSenders:
    """The senders that this process has."""
    machine = machine_certificates(app.options.environ)
    return app.stack.enter_context(SinkSenders(app.installation, app.clock, machine))


def sent_branch(app: App, target: Target) -> Branch:
    """The branch of a command, as sinks hear of it."""
    return Branch(app.repository, target.upstream, target.upstream.branch if target.upstream else target.branch)


def told_at_end(app: App, target: Target, config: Config, seen: str, head: str) -> tuple[str, ...]:
    """Tell the sinks of a branch; lines for a person about what they were not told."""
    return tell_sinks(sent_branch(app, target), config.sinks, (seen, head), sink_senders(app), app.clock)
