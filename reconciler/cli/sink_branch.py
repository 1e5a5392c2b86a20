"""The branch that a command about sinks works on: its newest commit, and the Config there."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.app.app import App
from reconciler.app.sink_senders import sent_branch
from reconciler.delivery.position import Branch
from reconciler.errors import UsageError
from reconciler.model.config import Config
from reconciler.reading.committed_file import read_committed_config
from reconciler.reconcile.writer import choose_target
from reconciler.settings import CONFIG_FILE


@dataclass(frozen=True, slots=True)
class SinkBranch:
    """A branch, its newest commit and its Config."""

    branch: Branch
    head: str
    config: Config


def read_sink_branch(app: App, name: str | None) -> SinkBranch:
    """The branch as its remote has it; without a remote as it is here.

    Raises `UnavailableError` where the remote does not answer, `UsageError` where there is no such branch or Config.
    """
    target = choose_target(app.repository, name, push=False)
    if target.upstream is not None:
        head = app.repository.fetch(target.upstream).commit
    else:
        head = app.repository.resolve(f"refs/heads/{target.branch}")
    if head is None:
        raise UsageError(f"{target} has no commit yet. Run `imagestream init`, commit and push first.")
    config = read_committed_config(app.repository, app.repository.commit_files(head, [CONFIG_FILE]))
    return SinkBranch(sent_branch(app, target), head, config)
