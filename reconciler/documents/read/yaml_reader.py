"""The YAML reader: YAML text to nodes, from the parse events of ruamel.yaml.

Events are read one by one, so that depth, size and aliases are bounded while reading; the recursive composer of
ruamel.yaml is not used. Scalars are resolved by YAML 1.2, whatever a `%YAML` directive names; with an unknown tag they
stay text. Tags and their prefixes are bounded because the parser copies them at each use: so the time for a file grows
with its length only.
"""

from __future__ import annotations

from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.scanner import Scanner, ScannerError
from ruamel.yaml.tokens import TagToken

from reconciler.documents.read.budget import Budget
from reconciler.documents.read.node import Node, Scalar
from reconciler.documents.read.scalar import resolve, resolve_tagged
from reconciler.documents.read.tree_builder import Builder
from reconciler.errors import DocumentError
from reconciler.settings import MAX_YAML_TAG

_CORE = "tag:yaml.org,2002:"

# Words in the errors of ruamel.yaml, and the sentence for a person. The first that is found counts.
_DEEPER = "this line is indented deeper than the one it belongs to. Align it."
_SENTENCES = (
    ("mapping values are not allowed", "there is a second `: ` in a value. Put the value in quotes."),
    ("found character '\\t'", "there is a tab where YAML allows only blanks. Indent with blanks."),
    ("that cannot start any token", "a value begins with a character that YAML reserves. Put the value in quotes."),
    ("could not find expected ':'", "a line has no `: `. Write KEY: VALUE, or indent the line if it continues text."),
    ("but found '<block mapping start>'", _DEEPER),
    ("but found '-'", "a list item is not indented like the others. Align it."),
    ("expected <block end>", "this line is not indented like the others of its block. Align it."),
    ("but found '<block end>'", "this line is indented less than its block. Align it."),
    ("expected ',' or", "a bracket or brace is not closed, or a comma is missing. Add it."),
    ("unexpected end of stream", "quotes are not closed. Add the closing quote."),
    ("found undefined tag handle", "a value begins with a tag that is not declared. Put the value in quotes."),
    ("the tag is too long", f"a tag has more than {MAX_YAML_TAG} characters. If it is text, put it in quotes."),
    ("found unknown escape", "there is an unknown escape in double quotes. Write the backslash twice."),
    ("<stream end>", "the file ends inside a list or mapping. Add what is missing."),
    ("expected the node content", "a value is missing before this. Write it, or take out what is before it."),
)


def read_yaml(text: str, file: str) -> list[Node]:
    """The documents of a YAML stream without the empty ones. Raises `DocumentError` with line and column."""
    budget = Budget(file)
    builder = Builder(file, budget)
    found: list[Node] = []
    for event in _events(text, file):
        if isinstance(event, DocumentStartEvent):
            budget.document(event.start_mark.line + 1, event.start_mark.column + 1)
        elif isinstance(event, DocumentEndEvent):
            root = builder.take()
            if root is not None and not _is_empty(root):
                found.append(root)
        else:
            _feed(builder, event)
    return found


def _is_empty(root: Node) -> bool:
    return isinstance(root, Scalar) and root.plain and root.value is None


def _feed(builder: Builder, event: Event) -> None:
    line, column = event.start_mark.line + 1, event.start_mark.column + 1
    if isinstance(event, ScalarEvent):
        builder.scalar(_scalar(event, line, column), event.anchor)
    elif isinstance(event, MappingStartEvent | SequenceStartEvent):
        builder.open(mapping=isinstance(event, MappingStartEvent), line=line, column=column, anchor=event.anchor)
    elif isinstance(event, MappingEndEvent | SequenceEndEvent):
        builder.close()
    elif isinstance(event, AliasEvent):
        builder.alias(str(event.anchor), line, column)


def _scalar(event: ScalarEvent, line: int, column: int) -> Scalar:
    raw = without_surrogates(str(event.value))
    plain = bool(event.implicit[0])
    tag = None if event.tag is None else str(event.tag)
    if tag is None or tag == "!":
        value = resolve(raw) if plain and tag is None else raw
    else:
        value = resolve_tagged(raw, tag.removeprefix(_CORE), plain=plain)
    return Scalar(value, raw, plain, line, column)


def without_surrogates(text: str) -> str:
    """The text with lone surrogates replaced. Escapes can make them, and they cannot be printed or stored."""
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


class _Scanner(Scanner):
    """The scanner of the parser, with bounded tags: it reads them by character and copies them at each use."""

    def scan_tag(self) -> TagToken:
        token: TagToken = super().scan_tag()
        _bounded(token.value[1], token.start_mark)
        return token

    def scan_tag_directive_value(self, start_mark: StreamMark) -> tuple[str, str]:
        handle, prefix = super().scan_tag_directive_value(start_mark)
        return handle, _bounded(prefix, start_mark)


def _bounded(text: str, mark: StreamMark) -> str:
    if len(text) > MAX_YAML_TAG:
        raise ScannerError("while scanning a tag", mark, "the tag is too long", mark)
    return text


def yaml_parser() -> YAML:
    """The parser for the events of YAML, for reading and for editing."""
    made = YAML(typ="safe", pure=True)
    made.Scanner = _Scanner
    return made


def _events(text: str, file: str) -> Iterator[Event]:
    events = iter(yaml_parser().parse(text))
    while True:
        try:
            event = next(events, None)
        except MarkedYAMLError as error:
            raise _marked(error, text, file) from error
        except Exception as error:  # for hostile input the parser raises any error of its internals
            raise DocumentError(f"this is not YAML: {type(error).__name__}. Correct it.", file=file) from error
        if event is None:
            return
        yield event


def _marked(error: MarkedYAMLError, text: str, file: str) -> DocumentError:
    problem = " ".join(str(part) for part in (error.context, error.problem) if part)
    sentence = next((sentence for words, sentence in _SENTENCES if words in problem), None)
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
    if sentence == _SENTENCES[0][1] and not _has_colon(text, line, column):
        sentence = _DEEPER
    message = f"this is not YAML: {sentence or f'{error.problem or problem}. Correct it.'}"
    return DocumentError(message, file=file, line=line, column=column)


def _has_colon(text: str, line: int, column: int) -> bool:
    """Whether a `: ` is on the line before that column; without one the line continues the value above it."""
    lines = text.splitlines()
    return line > len(lines) or ": " in lines[line - 1][: column - 1]
