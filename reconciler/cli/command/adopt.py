"""`imagestream adopt`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.flag import flag_option
from reconciler.cli.lazy import HandledCommand
from reconciler.cli.options import IMPORT_MODES, branch_option, no_push_option, output_option


@click.command(cls=HandledCommand)
@click.argument("names", nargs=-1, metavar="[FILE...|REPOSITORY]")
@click.option(
    "--from",
    "updater",
    type=click.Choice(["flux", "argocd-image-updater"]),
    help="Translate the configuration of another updater that is in this repository.",
)
@click.option(
    "-n", "--namespace", metavar="NAMESPACE", help="The namespace of streams that name none; else the default."
)
@click.option("--route", metavar="HOST[:PORT]", help="FILE: the public name of the cluster's registry.")
@click.option("--name", metavar="STREAM", help="REPOSITORY: the stream's name; else the last part of REPOSITORY.")
@flag_option("--scheduled", help="REPOSITORY: look up its tags at intervals.")
@flag_option("--insecure", help="REPOSITORY: allow plain HTTP and unverified TLS.")
@click.option(
    "--import-mode",
    type=click.Choice(IMPORT_MODES),
    help="The import mode of all tags; else that of FILE.",
)
@flag_option("--dry-run", "dry_run", help="Show what would be written; write nothing.")
@flag_option("--no-commit", help="--from: leave the edit in the work tree, for review.")
@branch_option
@no_push_option
@output_option
def adopt() -> None:
    """Take over streams: from OpenShift's exports with histories, a live repository, or another updater.

    FILE is the output of `oc get is -o yaml` or `-o json`, with one stream or many; - reads standard input. REPOSITORY
    is a repository in a registry: its tags become a stream, as OpenShift imports one, and the next `imagestream sync`
    records the images.

    Streams that are in git already keep their files. Clusters fill in importMode, usually Legacy. A file without
    importMode gets the Legacy of the export, so that no image moves; --import-mode PreserveOriginal leaves it alone.

    --from flux turns ImagePolicies into spec tags and markers of Flux into ours. --from argocd-image-updater turns
    annotations and ImageUpdaters into spec tags and targets of the Config. What cannot be translated is shown with its
    place and with what to do by hand (exit code 1); the rest is done.

    \b
    Example:
      imagestream adopt streams.yaml
      oc get is -n team-a -o yaml | imagestream adopt -
      imagestream adopt quay.io/acme/app --scheduled --namespace team-a
      imagestream adopt --from flux --no-commit
    """
