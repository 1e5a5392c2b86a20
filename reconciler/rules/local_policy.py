"""`referencePolicy: Local` on a tag that image fields follow: without the host of a gateway, `Source` counts.

OpenShift writes the pull spec of its own registry for such a tag. Here that is the host of a gateway, which no
configuration of this version names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.model.finding import Finding
from reconciler.model.image_field import ImageField
from reconciler.model.name import IstagName, StreamName
from reconciler.model.stream import Stream
from reconciler.rules.table import severity

_RULE = "local-policy"


def local_policies(fields: Iterable[ImageField], streams: Mapping[StreamName, Stream]) -> Iterator[Finding]:
    """One warning for each tag with the policy that any field follows, at the tag."""
    names = dict.fromkeys(field.istag for field in fields)
    for name in names:
        stream = streams.get(name.stream_name)
        tag = stream.tags.get(name.tag) if stream is not None else None
        if tag is not None and tag.reference_policy == "Local":
            path = "spec.tags[].referencePolicy.type"
            yield Finding(tag.position, severity(_RULE), _RULE, path, _text(name))


def _text(name: IstagName) -> str:
    return (
        f"{name} has referencePolicy Local, and files follow it. Without a gateway there is no local registry, so they "
        "get the pull spec of the source. Write Source, or leave it."
    )
