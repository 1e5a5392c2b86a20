"""`imagestream tag`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.flag import flag_option
from reconciler.cli.lazy import HandledCommand
from reconciler.cli.naming import namespace_option
from reconciler.cli.options import IMPORT_MODES, REFERENCE_POLICIES, branch_option, push_option

_SOURCE_TYPES = ("docker", "imagestreamtag", "imagestreamimage", "istag", "isimage")


@click.command(cls=HandledCommand)
@click.argument("names", nargs=-1, required=True, metavar="SOURCE DEST...")
@click.option("--source", "kind", type=click.Choice(_SOURCE_TYPES), help="The type of SOURCE; else guessed as oc does.")
@flag_option("--alias", help="Follow the source istag instead of pinning its current image.")
@flag_option("--reference", default=None, help="Record the pull spec only; nothing is imported.")
@flag_option("--scheduled", default=None, help="Look up the registry at intervals.")
@flag_option("--insecure", default=None, help="Allow plain HTTP and unverified TLS.")
@click.option(
    "--reference-policy", type=click.Choice(list(REFERENCE_POLICIES)), help="As with oc tag; kept for OpenShift."
)
@click.option("--import-mode", type=click.Choice(IMPORT_MODES), help="The whole index, or one platform.")
@namespace_option
@flag_option("-d", "--delete", help="Take the named spec tags out.")
@flag_option("--no-commit", help="Leave the edit in the work tree.")
@branch_option
@push_option
def tag() -> None:
    """Point spec tags at a source and commit that one edit; with -d take them out.

    Only the bytes of the spec tag change. An istag as SOURCE is pinned to its current image, unless --alias is given.

    \b
    Example:
      imagestream tag quay.io/acme/app:1.4.2 team-a/app:prod
      imagestream tag --alias app:dev app:test
      imagestream tag -d app:old
    """
