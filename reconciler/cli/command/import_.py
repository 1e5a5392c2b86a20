"""`imagestream import`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.flag import flag_option
from reconciler.cli.lazy import HandledCommand
from reconciler.cli.name_kind import Kind
from reconciler.cli.naming import name_argument
from reconciler.cli.options import IMPORT_MODES, REFERENCE_POLICIES, branch_option, no_push_option, output_option


@click.command("import", cls=HandledCommand)
@name_argument("name", Kind.STREAM, Kind.ISTAG, metavar="STREAM[:TAG]")
@flag_option("--all", "everything", help="The whole stream, as without :TAG.")
@click.option(
    "--from", "source", metavar="PULLSPEC", help="Declare the tag, else latest, with this source; needs --confirm."
)
@flag_option("--confirm", help="Allow --from to declare a new tag.")
@flag_option("--scheduled", default=None, help="Look up the registry at intervals.")
@flag_option("--insecure", default=None, help="Allow plain HTTP and unverified TLS.")
@click.option("--reference-policy", type=click.Choice(list(REFERENCE_POLICIES)), help="As with oc; kept for OpenShift.")
@click.option("--import-mode", type=click.Choice(IMPORT_MODES), help="The whole index, or one platform.")
@flag_option("--dry-run", help="Show what would be committed, and commit nothing.")
@branch_option
@no_push_option
@output_option
def import_() -> None:
    """Look up the source of an istag now, scheduled or not, and commit its image.

    Without :TAG, every tag of the stream with a source in a registry is imported, every pushed tag, and the tags of its
    dockerImageRepository. --from and the flags of the import policy edit the spec tag first, in a commit of their own.
    With --from, a stream without :TAG means its tag latest, as with oc.

    \b
    Example:
      imagestream import team-a/app:prod
      imagestream import team-a/app
      imagestream import app:1.4 --from quay.io/acme/app:1.4 --scheduled --confirm
    """
