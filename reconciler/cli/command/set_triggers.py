"""`imagestream set-triggers`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.flag import flag_option
from reconciler.cli.lazy import HandledCommand
from reconciler.cli.name_kind import Kind
from reconciler.cli.naming import NameType, namespace_option
from reconciler.cli.object_naming import ObjectType, filename_option
from reconciler.cli.options import branch_option, output_option, push_option


@click.command(cls=HandledCommand)
@click.argument("objects", nargs=-1, type=ObjectType(), metavar="[KIND/NAME]...")
@click.option("--from-image", metavar="ISTAG", type=NameType((Kind.ISTAG,)), help="The istag to follow.")
@click.option(
    "-c", "--containers", metavar="NAME,...", help="Its containers; else those that follow it, or the only one."
)
@flag_option("--from-config", help="The config trigger of a DeploymentConfig or BuildConfig.")
@flag_option("--from-github", help="With --remove: the GitHub webhooks of a BuildConfig.")
@flag_option("--from-gitlab", help="With --remove: its GitLab webhooks.")
@flag_option("--from-bitbucket", help="With --remove: its Bitbucket webhooks.")
@flag_option("--from-webhook", help="With --remove: its generic webhooks.")
@flag_option("--auto", help="Let all triggers, or the one that is named, act.")
@flag_option("--manual", help="Keep all triggers, or the one that is named, from acting.")
@flag_option("--remove", help="Take the named trigger out.")
@flag_option("--remove-all", help="Take all triggers out.")
@flag_option("--all", "all_objects", help="Every object of KIND, or of every kind that can have triggers.")
@filename_option
@namespace_option
@flag_option("--no-commit", help="Leave the edit in the work tree.")
@branch_option
@push_option
@output_option
def set_triggers() -> None:
    """Set or list the triggers of workloads and builds, as oc set triggers does.

    It edits their files, and only the bytes of the triggers change. Without a flag that changes something it lists the
    triggers of the named objects, or of all. An ISTAG without a namespace is in that of the object. The next pass
    writes the images of new triggers.

    Webhooks can be removed only: a new one needs a secret, which would be committed to git.

    \b
    Example:
      imagestream set-triggers deploy/web --from-image=app:prod -c web
      imagestream set-triggers deploy/web --from-image=app:prod --remove
      imagestream set-triggers deploy/web --manual
      imagestream set-triggers
    """
