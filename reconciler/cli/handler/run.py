"""`imagestream run`: runs the long-lived loop."""

from __future__ import annotations

import os
from pathlib import Path

import click

from reconciler.app.options import Options
from reconciler.app.run_app import RunApp
from reconciler.child import own
from reconciler.cli.exit_code import DONE
from reconciler.daemon.remote import GitHubAppKey, Remote
from reconciler.daemon.signals import AbandonedError, wake_on_signals
from reconciler.errors import UsageError
from reconciler.gitstore import GitAccess

PASSWORD = "IMAGESTREAM_RUN_GIT_PASSWORD"  # noqa: S105 - a variable's name
"""The only option that is only a variable: every user of the machine can read the arguments of a process."""


def run(  # noqa: PLR0913, PLR0917 - one parameter an option
    options: Options,
    repo: str,
    branch: str,
    data: Path | None,
    poll: float,
    listen: str | None,
    git_user: str | None,
    git_password_file: Path | None,
    git_key_file: Path | None,
    git_known_hosts_file: Path | None,
    git_app_id: str | None,
    git_app_installation_id: str | None,
    git_app_key_file: Path | None,
    git_app_api: str | None,
) -> int:
    """Run the loop until a signal ends it."""
    password = os.environ.get(PASSWORD)
    for name in own(os.environ):  # it was read above; child processes do not get it
        del os.environ[name]
    if password is not None and git_password_file is not None:
        raise UsageError(f"{PASSWORD} and --git-password-file both give a password. Leave one of them out.")
    access = GitAccess(git_user, git_password_file, git_key_file, git_known_hosts_file, password=password or None)
    github = _app_key(git_app_id, git_app_installation_id, git_app_key_file, git_app_api)
    if github is not None and access != GitAccess():
        raise UsageError("--git-app-id makes the password for the remote. Leave out the other --git- options.")
    with RunApp(options) as app:
        loop, wakeups = app.loop(Remote(repo, branch, data, poll, access, listen, github))
        with wake_on_signals(wakeups):
            try:
                loop.run()
            except AbandonedError:
                click.echo(
                    "warning: the pass did not end in time and was abandoned; the next start finishes it.", err=True
                )
    return DONE


def _app_key(app: str | None, installation: str | None, key_file: Path | None, api: str | None) -> GitHubAppKey | None:
    if app is None and installation is None and key_file is None:
        if api is not None:
            raise UsageError("--git-app-api is of no use without --git-app-id.")
        return None
    if app is None or installation is None or key_file is None:
        raise UsageError(
            "a GitHub App needs --git-app-id, --git-app-installation-id and --git-app-key-file. Give all of them."
        )
    return GitHubAppKey(app, installation, key_file, api)
