"""`imagestream image-lookup`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.flag import Flag, flag_option
from reconciler.cli.lazy import HandledCommand
from reconciler.cli.naming import namespace_option
from reconciler.cli.object_naming import ObjectType, filename_option
from reconciler.cli.options import branch_option, output_option, push_option


@click.command(cls=HandledCommand)
@click.argument("objects", nargs=-1, type=ObjectType("is"), metavar="[STREAM|KIND/NAME]...")
@click.option("--enabled", cls=Flag, is_flag=True, default=True, help="With =false: no lookup any more.")
@flag_option("--list", "list_only", help="List the state of the named objects, or of every stream.")
@flag_option("--all", "all_objects", help="Every stream.")
@filename_option
@namespace_option
@flag_option("--no-commit", help="Leave the edit in the work tree.")
@branch_option
@push_option
@output_option
def image_lookup() -> None:
    """Let workloads name streams as their images; set or list where they may.

    For a STREAM it sets spec.lookupPolicy.local: workloads of its namespace may write `image: app:prod`. For another
    object it sets the annotation alpha.image.policy.openshift.io/resolve-names of its pod template: all its images are
    looked up. Only these bytes change. Without names it lists every stream.

    \b
    Example:
      imagestream image-lookup app
      imagestream image-lookup app --enabled=false
      imagestream image-lookup deploy/web
      imagestream image-lookup
    """
