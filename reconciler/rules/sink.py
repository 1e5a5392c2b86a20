"""Sinks of a Config: what their kind needs, and names that are there once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model.excerpt import bare, excerpt
from reconciler.model.finding import field_name
from reconciler.model.likeness import nearest_word
from reconciler.model.plain import items, mapping, text, text_map
from reconciler.model.sink_kind import DEFAULT_KIND, SINK_KINDS, SinkKind, SinkOption
from reconciler.rules.table import Hit, Path


def sinks(plain: object) -> Iterator[Hit]:
    """The errors of the sinks of a Config, given as plain values that the schema has checked."""
    names = dict[str, int]()
    for index, value in enumerate(items(mapping(mapping(plain).get("spec")).get("sinks"))):
        path: Path = ("spec", "sinks", index)
        sink = mapping(value)
        name = text(sink.get("name"))
        if name and names.setdefault(name, index) != index:
            said = f"{field_name(path)}.name is {excerpt(name)}, as in spec.sinks[{names[name]}]. Choose another."
            yield Hit("duplicate-sink", (*path, "name"), said)
        kind = SINK_KINDS.get(text(sink.get("kind"), DEFAULT_KIND))
        if kind is not None:
            yield from _address(path, sink, kind)
            yield from _options(path, sink, kind)


def _address(path: Path, sink: Mapping[str, object], kind: SinkKind) -> Iterator[Hit]:
    has_url, has_secret = bool(text(sink.get("url"))), bool(text(sink.get("secret")))
    field = field_name(path)
    if kind.needs_url and not has_url:
        yield Hit("sink", path, f"{field}.url is missing. A sink of kind {kind.name} needs the address to call.")
    elif kind.needs_secret and not has_secret:
        yield Hit("sink", path, f"{field}.secret is missing. Name the file in secretsDir with what {kind.name} needs.")
    elif not kind.needs_url and kind.needs_secret and has_url:
        said = f"{field}.url has no effect with kind {kind.name}. The file of the secret holds the address."
        yield Hit("sink", (*path, "url"), said, at_key=True)
    elif not kind.needs_url and has_url and has_secret:
        said = f"{field} has both url and secret. With kind {kind.name} the file of the secret holds the address."
        yield Hit("sink", (*path, "url"), said, at_key=True)
    elif not (has_url or has_secret):
        yield Hit("sink", path, f"{field}.secret is missing. Name the file in secretsDir that holds the address.")


def _options(path: Path, sink: Mapping[str, object], kind: SinkKind) -> Iterator[Hit]:
    given = text_map(sink.get("options"))
    known = {option.name: option for option in kind.options}
    for name, value in given.items():
        where = (*path, "options", name)
        if name not in known:
            yield Hit("sink", where, _unknown(f"{field_name(path)}.options.{bare(name)}", name, kind), at_key=True)
        elif known[name].values and value not in known[name].values:
            said = f"{field_name(where)} is {excerpt(value)}. Write one of {', '.join(known[name].values)}."
            yield Hit("sink", where, said)
    for option in kind.options:
        if option.required and option.name not in given:
            yield Hit("sink", path, _missing(field_name(path), option, kind))


def _unknown(field: str, name: str, kind: SinkKind) -> str:
    known = [option.name for option in kind.options]
    meant = nearest_word(name, known)
    advice = f"{meant} is probably meant." if meant else f"Known here: {', '.join(known)}." if known else "Take it out."
    return f"{field} is unknown to kind {kind.name}. {advice}"


def _missing(field: str, option: SinkOption, kind: SinkKind) -> str:
    example = f"{option.name}: {excerpt(option.example)}"
    return f"{field}.options.{option.name} is missing. Kind {kind.name} needs it, for example {example}."
