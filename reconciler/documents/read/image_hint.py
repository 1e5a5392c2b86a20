"""Image hints: which images the bytes of a file seem to have, found without parsing it.

A hint may name more than the file has, such as an image in a comment. It misses an image that is written in an unusual
way: as an alias, with a tag of YAML, in quotes with escapes, or with a comment between the key and the value.
"""

from __future__ import annotations

import re

from reconciler.documents.read.encoding import mentions, utf8
from reconciler.model.reference import is_digest
from reconciler.model.workload_image import NO_IMAGES, ImageHint

RESOLVE_NAMES = "alpha.image.policy.openshift.io/resolve-names"
_IMAGE = re.compile(
    rb"""\bimage["']?[ \t]*:\s*(?:&[^\s,\[\]{}]{1,100}\s+)?(?:[>|][0-9+-]{0,2}\s+)?"""
    rb"""["']?([a-z0-9][A-Za-z0-9._/:@+-]{0,500})"""
)
"""The repetitions are bounded, so that the time grows with the length of the file only."""


def image_hint(data: bytes) -> ImageHint:
    """The images that a file seems to have."""
    text = utf8(data)
    values = {value.decode("ascii") for value in _IMAGE.findall(text)}
    names = frozenset(value.partition(":")[0] for value in values if "/" not in value and "@" not in value)
    digests = frozenset(digest for value in values if is_digest(digest := value.rpartition("@")[2]))
    found = ImageHint(names, digests, mentions(data, (RESOLVE_NAMES,)))
    return NO_IMAGES if found == NO_IMAGES else found
