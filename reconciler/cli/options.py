"""Options that several commands have."""

from __future__ import annotations

import click

from reconciler.cli.flag import flag_option

IMPORT_MODES = ("PreserveOriginal", "Legacy")
"""The values of `model.stream.ImportMode`, which is slow to import; a test compares the two."""
REFERENCE_POLICIES = {"source": "Source", "local": "Local"}
"""The words of `oc`, in lower case, and those of the API."""

branch_option = click.option("--branch", metavar="BRANCH", help="The branch to write to; else the one checked out.")
no_push_option = flag_option("--no-push", "no_push", help="Commit here, and leave the push to you.")
push_option = flag_option("--push", "push", help="Push the commit; else it stays here.")
at_option = click.option("--at", metavar="TIME|REV", help="As it was at a time (RFC 3339, UTC) or revision.")
output_option = click.option(
    "-o",
    "--output",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Text for people, or stable JSON (`imagestream schema`).",
)
