"""`imagestream init`: makes a git repository a repository of image streams."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.exit_code import DONE
from reconciler.edit.initialise import ExistingStreams, find_existing_streams, initialise
from reconciler.errors import UsageError
from reconciler.gitstore import Repository
from reconciler.model.phrase import plural
from reconciler.query.validate import folder_tree

_NEXT = """
Next:
  1. declare a stream, for example in imagestreams/default/hello.yaml:

       # yaml-language-server: $schema=../../.imagestream/imagestream.schema.json
       apiVersion: image.openshift.io/v1
       kind: ImageStream
       metadata:
         name: hello
       spec:
         tags:
           - name: latest
             from:
               kind: DockerImage
               name: quay.io/podman/hello:latest
             importPolicy:
               scheduled: true

  2. imagestream validate
  3. git add . && git commit -m "Declare the first stream"
  4. imagestream sync"""


_NEXT_THERE = """
Next:
  1. imagestream validate
  2. git add . && git commit -m "Keep image streams here"
  3. imagestream plan     shows what the first pass would write
  4. imagestream sync"""


def init(options: Options) -> int:
    """Write the files that are missing and print what to do next."""
    with App(options) as app:
        repository = _work_tree(app)
        there = find_existing_streams(folder_tree(repository.path, repository.work_tree_files()))
        written = initialise(repository.path, there)
    for each in written:
        click.echo(f"{'wrote' if each.created else 'added to'} {each.path}")
    if written:
        click.echo(_found(there) if there.streams else _NEXT)
    else:
        click.echo("Everything was there already.")
    return DONE


def _found(there: ExistingStreams) -> str:
    """The next steps in a repository with streams."""
    where = f", all in namespace {there.namespace}" if there.namespace else ""
    counts = ", ".join((plural(there.streams, "stream"), plural(there.tags, "tag")))
    return f"\n{counts} in {plural(there.files, 'file')} are here already{where}.\n{_NEXT_THERE}"


def _work_tree(app: App) -> Repository:
    repository = app.repository
    if repository.bare:
        raise UsageError(f"{Path(repository.path)} is a bare repository. Run `imagestream init` in a checkout of it.")
    return repository
