"""`imagestream schema`: the JSON Schemas of the program, for editors and for programs that read its output."""

from __future__ import annotations

import json

import click

from reconciler.cli.exit_code import DONE
from reconciler.cli.output.table import echo_table
from reconciler.resources import schema_names, schema_text


class _Kind(click.Choice):  # type: ignore[type-arg]  # older clicks take none
    """The names of the schemas in any case, so that the kind of an object, such as `ImageStream`, is accepted."""

    def __init__(self) -> None:
        super().__init__(schema_names(), case_sensitive=False)


@click.command()
@click.argument("kind", type=_Kind(), required=False, metavar="[KIND]")
def schema(kind: str | None) -> int:
    """Print the JSON Schema of a kind of file or of a command's JSON; without KIND, list all.

    An editor that uses the schema shows the meaning of each field and marks errors.

    \b
    Example:
      imagestream schema
      imagestream schema ImageStream > imagestream.schema.json
      imagestream schema config
    """
    if kind is not None:
        click.echo(schema_text(kind), nl=False)
        return DONE
    texts = {name: json.loads(schema_text(name)) for name in schema_names()}
    echo_table(("KIND", "DESCRIBES"), [(name, str(text["description"])) for name, text in texts.items()])
    return DONE
