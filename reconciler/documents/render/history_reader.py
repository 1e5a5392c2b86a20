"""The history reader: reads what `render_history` wrote, a thousand times faster than a YAML parser.

It accepts only what it can prove: the head of our own files, and events in the one layout of `render_history`, which
give the same bytes when they are rendered again. For everything else (another layout, comments, other quotes, values
that the schema refuses) it gives None, and the caller uses `read_documents`. A test holds that both readers agree;
docs/benchmarks.md has the figures.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from reconciler.documents.render.history import render_history
from reconciler.model.history import Cause, TagEvent, TagHistory
from reconciler.model.name import IstagName
from reconciler.model.stream import ImportMode, Source, SourceKind

_KNOWN_EVENTS: Final = 1 << 15  # a history shares all but one of its events with the version before
_PLACE: Final = IstagName("a", "a", "a")
_PLAIN: Final = r"[A-Za-z0-9_][A-Za-z0-9_.:/@+-]*"
_ITEM: Final = re.compile(
    r"(?:image: (?P<image>sha256:[0-9a-f]{64})\n  )?"
    rf"dockerImageReference: (?P<spec>{_PLAIN})\n"
    r'  created: "(?P<created>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"\n'
    r"  generation: (?P<generation>[1-9]\d{0,8})\n"
    rf"(?:  from:\n    kind: (?P<kind>\w+)\n    name: (?P<name>{_PLAIN})\n"
    rf"(?:    namespace: (?P<namespace>{_PLAIN})\n)?)?"
    r"(?:  importMode: (?P<mode>Legacy)\n)?"
    r"  cause: (?P<cause>\w+)\n",
    re.ASCII,
)


def read_rendered(data: bytes, name: IstagName) -> TagHistory | None:
    """The TagHistory of an istag, if `render_history` gives these bytes for it; else None."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        return None
    head = _head(name)
    if not text.startswith(head):
        return None
    events = [_event(item) for item in text[len(head) :].split("\n- ")]
    known = [event for event in events if event is not None]
    return TagHistory(name, tuple(known)) if len(known) == len(events) else None


@lru_cache(maxsize=_KNOWN_EVENTS)
def _head(name: IstagName) -> str:
    """The file of an istag up to its first event."""
    whole = render_history(TagHistory(name, (TagEvent(None, "a", "", 1, None, Cause.DECLARED),))).decode()
    return whole.partition("items:\n")[0] + "items:\n- "


@lru_cache(maxsize=_KNOWN_EVENTS)
def _event(item: str) -> TagEvent | None:
    """The event in one item of the list without its dash; `split` may have removed the last line break."""
    text = item if item.endswith("\n") else f"{item}\n"
    match = _ITEM.fullmatch(text)
    if match is None or match["cause"] not in set(Cause) or match["kind"] not in {None, *SourceKind}:
        return None
    if match["kind"] == SourceKind.DOCKER_IMAGE and match["namespace"]:
        return None
    event = TagEvent(
        image=match["image"],
        pull_spec=match["spec"],
        created=match["created"],
        generation=int(match["generation"]),
        source=Source(SourceKind(match["kind"]), match["name"], match["namespace"]) if match["kind"] else None,
        cause=Cause(match["cause"]),
        import_mode=ImportMode.LEGACY if match["mode"] else ImportMode.PRESERVE_ORIGINAL,
    )
    again = render_history(TagHistory(_PLACE, (event,))).decode().partition("items:\n- ")[2]
    return event if again == text else None
