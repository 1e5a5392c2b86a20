"""`imagestream run`: its arguments and options."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.lazy import HandledCommand

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(cls=HandledCommand)
@click.option("--repo", metavar="URL|PATH", required=True, help="The repository to keep; a mirror of it is made.")
@click.option("--branch", metavar="BRANCH", default="main", show_default=True, help="The branch to keep.")
@click.option(
    "--data", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="The folder of the mirror."
)
@click.option(
    "--poll",
    metavar="SECONDS",
    type=click.FloatRange(min=1),
    default=60.0,
    show_default=True,
    help="The time between two polls of the branch.",
)
@click.option("--listen", metavar="HOST:PORT", help="The address for webhooks, probes and metrics; else there is none.")
@click.option("--git-user", metavar="NAME", help="The user for a remote over https.")
@click.option("--git-password-file", metavar="FILE", type=_FILE, help="A file with its password or token.")
@click.option("--git-key-file", metavar="FILE", type=_FILE, help="A private key for a remote over ssh.")
@click.option("--git-known-hosts-file", metavar="FILE", type=_FILE, help="The hosts that the key is used with.")
@click.option("--git-app-id", metavar="ID", help="A GitHub App, by client ID or number, for a remote over https.")
@click.option("--git-app-installation-id", metavar="ID", help="The number of its installation.")
@click.option("--git-app-key-file", metavar="FILE", type=_FILE, help="Its private key.")
@click.option("--git-app-api", metavar="URL", help="Its REST API; else the one that belongs to the remote.")
def run() -> None:
    """Keep a remote repository and the registries in step until a signal ends it.

    \b
    Example:
      imagestream run --repo https://git.example.com/acme/images.git \\
        --git-password-file /run/secrets/git

    The password may also be the value of IMAGESTREAM_RUN_GIT_PASSWORD.
    """
