"""The sinks of the checked-out commit, for completion; reading a commit takes many modules."""

from __future__ import annotations

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.errors import ReconcilerError
from reconciler.reading.committed_file import read_committed_config
from reconciler.settings import CONFIG_FILE


def read_known_sinks(options: Options) -> list[str]:
    """Their names, sorted; none where the commit cannot be read."""
    try:
        with App(options) as app:
            files = app.repository.commit_files(app.head(), [CONFIG_FILE])
            return sorted(sink.name for sink in read_committed_config(app.repository, files).sinks)
    except ReconcilerError:
        return []
