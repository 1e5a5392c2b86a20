"""The reference page, made from the program: `python -m tests.kit.reference` prints it.

`docs/reference.md` is this text, and a test compares the two: a key, option, rule, code or trailer that is added without
its line there fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from reconciler.cli.exit_code import MEANINGS
from reconciler.cli.main import cli
from reconciler.edit.adopt.finding import ADOPTION_RULES
from reconciler.model.observation import Reason
from reconciler.model.stream import ANNOTATIONS
from reconciler.planning.trailers import TRAILERS
from reconciler.resources import schema_text
from reconciler.rules.table import RULES
from reconciler.schema.sentence import RULES as SCHEMA_RULES
from reconciler.telemetry.metrics import METRICS, Metric

HEAD = """\
# Reference

Every command and option, configuration key, annotation, finding rule, exit code, metric and trailer, as the program has them:
`make reference` writes this page, and a test compares it.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            HEAD,
            "## Commands\n",
            *_commands(),
            "## Exit codes\n",
            _table(("code", "meaning"), ((str(code), text) for code, text in MEANINGS.items())),
            "## reconciler.yaml: kind Config\n",
            *_schema("config"),
            "## The file of --config: kind Installation\n",
            *_schema("installation"),
            "## Annotations\n",
            _table(("annotation", "meaning"), ((f"`{name}`", text) for name, text in ANNOTATIONS.items())),
            "## Findings\n",
            "`validate` ends each finding with its rule in brackets. Errors stop what they concern.\n",
            _table(("rule", "severity", "found is"), ((f"`{r.name}`", str(r.severity), r.description) for r in RULES)),
            "From the schema, all errors:\n",
            _table(("rule", "found is"), ((f"`{name}`", text) for name, text in SCHEMA_RULES.items())),
            "`adopt` says in addition:\n",
            _table(
                ("rule", "severity", "found is"), ((f"`{n}`", str(s), text) for n, (s, text) in ADOPTION_RULES.items())
            ),
            "## Reasons\n",
            "The `reason` of a problem in `plan`, `sync` and `status`: "
            + ", ".join(f"`{reason}`" for reason in Reason)
            + ".\n",
            "## Metrics\n",
            "`/metrics` has these beside the process's own (`process_…`). A label has at most 100 values, then `other`.\n",
            _table(("metric", "type", "labels", "says"), map(_metric, METRICS.values())),
            "## Trailers\n",
            _table(("trailer", "says"), ((f"`{name}`", text) for name, text in TRAILERS.items())),
        ]
    )


def _commands() -> Iterator[str]:
    context = click.Context(cli, info_name="imagestream", terminal_width=100, **cli.context_settings)
    yield _command(context)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        yield _command(inner)
        for sub, each in command.commands.items() if isinstance(command, click.Group) else ():
            yield _command(click.Context(each, info_name=sub, parent=inner))


def _command(context: click.Context) -> str:
    command, name = context.command, context.command_path
    usage = command.get_usage(context).removeprefix("Usage: ")
    text = (command.help or "").partition("\n\n")[0].replace("\n", " ").strip()
    options = [param for param in command.get_params(context) if isinstance(param, click.Option)]
    rows = [record for option in options if (record := option.get_help_record(context)) is not None]
    return "\n".join(
        [
            f"### {name}\n",
            f"{text}\n",
            f"```\n{usage}\n```\n",
            _table(("option", "does"), ((f"`{option}`", help_) for option, help_ in rows)),
        ]
    )


def _schema(name: str) -> Iterator[str]:
    document = json.loads(schema_text(name))
    yield f"{document['description']}\n"
    rows = _fields(document["properties"]["spec"]["properties"], "spec")
    yield _table(("key", "type", "default", "meaning"), rows)


def _fields(properties: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for name, field in properties.items():
        path, inner = f"{prefix}.{name}", field
        default = f"`{json.dumps(field['default'])}`" if "default" in field else ""
        if field.get("type") == "array":
            path, inner = f"{path}[]", field.get("items", {})
        yield f"`{path}`", _type(field), default, field.get("description", "")
        yield from _fields(inner.get("properties", {}), path)


def _type(field: Mapping[str, Any]) -> str:
    unsupported = field.get("not", {"const": None})
    if not unsupported:
        return "not supported"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"] if value != unsupported["const"])
    kind = field.get("type", "")
    text = ", ".join(kind) if isinstance(kind, list) else str(kind)
    return f"list of {_type(field.get('items', {}))}" if text == "array" else text


def _metric(metric: Metric) -> tuple[str, str, str, str]:
    return f"`{metric.name}`", str(metric.type), ", ".join(f"`{label}`" for label in metric.labels), metric.help


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    click.echo(page(), nl=False)
