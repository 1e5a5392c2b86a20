"""Block style: inserts and removes whole lines, with the comments that belong to them.

| comment                                                            | belongs to                    |
| ------------------------------------------------------------------ | ----------------------------- |
| behind a value                                                     | its line                      |
| directly above an item of a list, indented as its dash             | the item                      |
| directly below an item, indented deeper than its dash              | the item                      |
| directly below an entry, indented as its mapping or deeper         | the mapping, as its end       |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from reconciler.documents.edit.flow import NewMember, flow_text, new_members
from reconciler.documents.edit.refusal import EditRefusedError
from reconciler.documents.edit.scalar import scalar_text
from reconciler.documents.edit.span_tree import Member, Span, colon_end, dash_of
from reconciler.documents.edit.splice import (
    Splice,
    after_comments,
    column,
    cut_lines,
    indent,
    is_blank,
    is_comment,
    leads_line,
    line_end,
    line_start,
    newline,
    next_line,
)
from reconciler.documents.edit.style import Style
from reconciler.documents.read.node import Path

_QUESTION = "its key is written behind a question mark (?)"


def insert(style: Style, span: Span, path: Path, news: Sequence[NewMember]) -> Iterator[Splice]:
    """Insert new lines behind the last entry of a block mapping."""
    width = column(style.text, span.members[0].start)
    lines = [line for key, value in news for line in _entry(style, str(key), value, (*path, str(key)), width)]
    yield _below(style.text, span.end, width, lines)


def append(style: Style, span: Span, path: Path, items: Sequence[object]) -> Iterator[Splice]:
    """Insert new lines behind the last item of a block list, after a blank line where the other items have one."""
    text, last = style.text, len(span.members) - 1
    width = column(text, _dash(text, span.members[0]))
    apart = last > 0 and is_blank(text, _line_above(text, _head(text, span, last)))
    lines: list[str] = []
    for index, item in enumerate(items, start=last + 1):
        lines += [*([""] if apart else []), *_item(style, item, (*path, index), width)]
    yield _below(text, span.end, width + 1, lines)


def fill(style: Style, member: Member, path: Path, value: dict[str, object] | list[object]) -> Iterator[Splice]:
    """Write a mapping or list in place of an empty value of a block mapping."""
    text, old, key = style.text, member.value, member.key
    colon = _colon(text, member)
    if key is None or colon is None:
        raise EditRefusedError(old.line, _QUESTION)
    if style.is_flow(path):
        new = flow_text(style, value, path, indent(text, key.start)).replace("\n", newline(text, old.end))
        yield Splice(colon, old.end, f" {new}")
        return
    if "#" in text[colon : old.end]:
        raise EditRefusedError(old.line, "a comment is inside its empty brackets")
    width = column(text, key.start)
    yield Splice(colon, old.end, "")
    yield _below(text, old.end, width + 1, _content(style, value, path, width))


def remove(style: Style, span: Span, doomed: Sequence[Member]) -> Iterator[Splice]:
    """Remove some entries of a block mapping, each with its lines; at least one stays."""
    text = style.text
    for member in doomed:
        if _colon(text, member) is None:
            raise EditRefusedError(member.value.line, _QUESTION)
    lost = [any(member is each for each in doomed) for member in span.members]
    behind_dash = 0 if leads_line(text, span.members[0].start) else lost.index(False)
    if behind_dash:
        yield _cut_first(text, span.members[: behind_dash + 1])
    for member, gone in list(zip(span.members, lost, strict=True))[behind_dash:]:
        if gone:
            yield cut_lines(text, line_start(text, member.start), member.value.end)


def remove_item(style: Style, member: Member, index: int) -> Iterator[Splice]:
    """Remove an item of a block list, with its comments. A list without another item becomes `[]`."""
    text, span = style.text, member.value
    item = span.members[index]
    dash = _dash(text, item)
    if not leads_line(text, dash):
        raise EditRefusedError(item.value.line, "its dash does not begin a line")
    start = _head(text, span, index)
    end = after_comments(text, max(item.value.end, dash), column(text, dash) + 1)
    if len(span.members) == 1:
        yield _emptied(text, member)
    else:
        start, end = _with_blanks(text, start, end, (index > 0, index < len(span.members) - 1))
    yield cut_lines(text, start, end)


def _emptied(text: str, member: Member) -> Splice:
    colon = _colon(text, member)
    if colon is None or member.value.anchor or member.value.tagged:
        raise EditRefusedError(member.value.line, "its list would become empty, and it is not the plain value of a key")
    return Splice(colon, colon, " []")


def _colon(text: str, member: Member) -> int | None:
    return None if member.key is None else colon_end(text, member.key)


def _with_blanks(text: str, start: int, end: int, others: tuple[bool, bool]) -> tuple[int, int]:
    """The span of an item with the blank lines between it and its neighbours, above or below."""
    above, below = others
    if above and (not below or is_blank(text, next_line(text, end))):
        while is_blank(text, _line_above(text, start)):
            start = _line_above(text, start)
    elif not above:
        while is_blank(text, next_line(text, end)):
            end = next_line(text, end)
    return start, end


def _cut_first(text: str, members: Sequence[Member]) -> Splice:
    """Remove the first entries of an item, behind its dash; the last of `members` takes their place."""
    for member, following in pairwise(members):
        if text[line_end(text, member.value.end) : following.start].strip():
            raise EditRefusedError((member.key or member.value).line, "a comment is between it and the next key")
    return Splice(members[0].start, members[-1].start, "")


def _head(text: str, span: Span, index: int) -> int:
    """The offset of the first line of an item, or of its comments above."""
    dash = _dash(text, span.members[index])
    width = column(text, dash)
    start = line_start(text, dash)
    # A comment that is indented deeper belongs to the item above it.
    most = width if index else None
    while start > 0 and is_comment(text, _line_above(text, start), width, most):
        start = _line_above(text, start)
    return start


def _line_above(text: str, start: int) -> int:
    return line_start(text, start - 1) if start > 0 else 0


def _dash(text: str, item: Member) -> int:
    dash = dash_of(text, item.value)
    if dash is None:
        raise EditRefusedError(item.value.line, "its dash is not where it should be")
    return dash


def _below(text: str, at: int, least: int, lines: Sequence[str]) -> Splice:
    """Insert lines below the line at an offset and below its comments that are indented by at least `least`."""
    end = after_comments(text, at, least)
    ending = newline(text, end)
    return Splice(end, end, "".join(f"{ending}{line}" for line in "\n".join(lines).split("\n")))


def _content(style: Style, value: dict[str, object] | list[object], path: Path, width: int) -> list[str]:
    """The lines of a mapping or list below its key; the key is indented by `width`."""
    if isinstance(value, dict):
        return _entries(style, value, path, width + style.step(path))
    deeper = width + style.dash(path)
    return [line for index, item in enumerate(value) for line in _item(style, item, (*path, index), deeper)]


def _entries(style: Style, value: dict[str, object], path: Path, width: int) -> list[str]:
    news = new_members(style, value, path)
    return [line for key, each in news for line in _entry(style, str(key), each, (*path, str(key)), width)]


def _entry(style: Style, key: str, value: object, path: Path, width: int) -> list[str]:
    head = " " * width + scalar_text(key, style.key_quotes(path[:-1]), flow=False) + ":"
    if not isinstance(value, dict | list):
        return [f"{head} {scalar_text(value, style.quotes(path), flow=False)}"]
    if not value or style.is_flow(path):
        return [f"{head} {flow_text(style, value, path, ' ' * width)}"]
    return [head, *_content(style, value, path, width)]


def _item(style: Style, value: object, path: Path, width: int) -> list[str]:
    hang = style.hang(path)
    dash = " " * width + "-" + " " * (hang - 1)
    if not isinstance(value, dict) or not value or style.is_flow(path):
        return [dash + flow_text(style, value, path, " " * (width + hang))]
    first, *rest = _entries(style, value, path, width + hang)
    return [dash + first.lstrip(" "), *rest]
