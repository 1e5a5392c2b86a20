"""Flow style and JSON: writes, inserts and removes values between brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reconciler.documents.edit.refusal import EditRefusedError
from reconciler.documents.edit.scalar import scalar_text
from reconciler.documents.edit.span_tree import Member, Span
from reconciler.documents.edit.splice import Splice, cut_lines, indent, leads_line, line_end, line_start, newline
from reconciler.documents.edit.style import Flow, Style
from reconciler.documents.read.node import Path

_GAP = re.compile(r"\s*,\s*")

NewMember = tuple[str | None, object]
"""A new entry of a mapping with its key, or a new item of a list with None."""


def flow_text(style: Style, value: object, path: Path, base: str, around: Flow | None = None) -> str:
    """A value in flow style, on a line indented by `base`, with line breaks LF; `around` is the outer layout."""
    if not isinstance(value, dict | list):
        return scalar_text(value, style.quotes(path), flow=True)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    if not value:
        return opening + closing
    layout = style.flow(path, around)
    inner = base + layout.step if layout.broken else base
    entries = [_entry(style, new, path, inner, layout) for new in new_members(style, value, path)]
    if layout.broken:
        joint = f",\n{inner}"
        return f"{opening}\n{inner}{joint.join(entries)}\n{base}{closing}"
    return f"{opening}{layout.padding}{layout.comma.join(entries)}{layout.padding}{closing}"


def new_members(style: Style, value: dict[str, object] | list[object], path: Path) -> list[NewMember]:
    """The entries of a new mapping, in the order of its neighbours, or the items of a new list."""
    if isinstance(value, list):
        return [(None, item) for item in value]
    known = style.order(path)
    keys = sorted(value, key=lambda key: known.index(key) if key in known else len(known))
    return [(key, value[key]) for key in keys]


def insert(style: Style, span: Span, path: Path, news: Sequence[NewMember]) -> Iterator[Splice]:
    """Insert entries or items behind the last one of a flow collection that is not empty."""
    text, last = style.text, span.members[-1]
    end = last.value.end
    joint = _joint(style, span)
    base = joint.rpartition("\n")[2] if "\n" in joint else indent(text, end)
    layout = style.layout(span) or Flow()
    entries = [_entry(style, new, path, base, layout, len(span.members) + at) for at, new in enumerate(news)]
    tail = text[end : span.end - 1]
    if "#" not in tail:
        yield _splice(text, end, "".join(joint + entry for entry in entries))
        return
    comma = tail.lstrip().startswith(",")
    if not comma:
        yield Splice(end, end, ",")
    ending = f",\n{indent(text, last.start)}".join(entries) + ("," if comma else "")
    yield _splice(text, line_end(text, end), f"\n{indent(text, last.start)}{ending}")


def remove(style: Style, span: Span, doomed: Sequence[Member], what: str) -> Iterator[Splice]:
    """Remove entries or items of a flow collection with their commas; `what` names the collection."""
    text, members = style.text, span.members
    gone = [any(member is each for each in doomed) for member in members]
    if all(gone):
        _refuse_comment(text[members[-1].value.end : span.end], members[0], what)
        _refuse_comment(text[span.start : members[0].start], members[0], what)
        yield Splice(_inside(text, span), span.end - 1, "")
        return
    last = max(index for index, lost in enumerate(gone) if not lost)
    for index in range(last):
        if gone[index]:
            yield _until_next(text, members[index], members[index + 1], what)
    if last < len(members) - 1:
        yield from _ending(text, span, last, what)


def _inside(text: str, span: Span) -> int:
    """The offset behind the opening bracket; an anchor may be before the bracket."""
    first = span.members[0].start
    return max(text.rfind(bracket, span.start, first) for bracket in "[{") + 1


def _ending(text: str, span: Span, last: int, what: str) -> Iterator[Splice]:
    """Remove all entries behind the one at `last`; with their lines if there are comments between them."""
    start, end = span.members[last].value.end, span.members[-1].value.end
    first = span.members[last + 1]
    if "#" not in text[start : first.start] + text[end : min(line_end(text, end), span.end)]:
        yield Splice(start, end, "")
        return
    if not leads_line(text, first.start) or line_end(text, end) >= span.end:
        _refuse_comment("#", first, what)
    if "," not in text[end : span.end].partition("#")[0]:
        comma = text.index(",", start)
        _refuse_comment(text[start:comma], first, what)
        yield Splice(comma, comma + 1, "")
    yield cut_lines(text, line_start(text, first.start), end)


def _until_next(text: str, member: Member, following: Member, what: str) -> Splice:
    """Remove an entry and the text up to the next one; a comment is removed only on the lines of the entry."""
    own = line_end(text, member.value.end) if leads_line(text, member.start) else member.value.end
    _refuse_comment(text[own : following.start], member, what)
    return Splice(member.start, following.start, "")


def _refuse_comment(gap: str, member: Member, what: str) -> None:
    if "#" in gap:
        raise EditRefusedError((member.key or member.value).line, f"a comment is beside it in the flow style of {what}")


def _entry(style: Style, new: NewMember, path: Path, base: str, layout: Flow, index: int = 0) -> str:
    key, value = new
    if key is None:
        return flow_text(style, value, (*path, index), base, layout)
    written = scalar_text(key, style.key_quotes(path), flow=True)
    return f"{written}{layout.colon}{flow_text(style, value, (*path, key), base, layout)}"


def _joint(style: Style, span: Span) -> str:
    """The text between the last entry and a new one, as between the last two entries."""
    text, last = style.text, span.members[-1]
    gap = text[span.members[-2].value.end : last.start] if len(span.members) > 1 else ""
    if _GAP.fullmatch(gap):
        return gap.replace("\r\n", "\n")
    if leads_line(text, last.start):
        return f",\n{indent(text, last.start)}"
    return (style.layout(span) or Flow()).comma


def _splice(text: str, at: int, new: str) -> Splice:
    return Splice(at, at, new.replace("\n", newline(text, at)))
