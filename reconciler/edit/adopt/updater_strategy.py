"""Strategies of Argo CD Image Updater as spec tags.

| `update-strategy`                 | here                                                       |
| --------------------------------- | ---------------------------------------------------------- |
| `semver`, the default             | `semver`, with the constraint that the image has; else `*` |
| `newest-build`, once `latest`     | `newest: true`                                             |
| `alphabetical`, once `name`       | `order: text`                                              |
| `digest`                          | the tag that the image has, scheduled                      |

`allow-tags: regexp:…` is `match`, and `ignore-tags` (globs) are `exclude`; `*` alone stops every update, so the tag is
frozen.
"""

from __future__ import annotations

import re

from reconciler.documents.edit.target.spec_tag import TagEdit
from reconciler.edit.adopt.rewrite import select_annotation
from reconciler.edit.adopt.updated_image import UpdatedImage
from reconciler.errors import InputError
from reconciler.model.excerpt import excerpt
from reconciler.model.name import IstagName
from reconciler.model.reference import TAG_RE, Reference
from reconciler.model.stream import FROZEN_ANNOTATION, Source, SourceKind

_STRATEGIES = {
    "": "semver",
    "semver": "semver",
    "newest-build": "newest",
    "latest": "newest",
    "alphabetical": "text",
    "name": "text",
    "digest": "digest",
}
_REGEXP = "regexp:"


def istag_of(image: UpdatedImage, namespace: str) -> IstagName:
    """The istag of an image: its repository is the stream, and what its Application's name has more is the tag."""
    stream = repository_of(image).spelling.rpartition("/")[2]
    application = image.application.name
    rest = application.removeprefix(stream)
    tag = "latest" if not rest else (rest[1:] if rest != application and rest[0] in "-." else application)
    return IstagName.parse(f"{stream}:{tag}", namespace)


def repository_of(image: UpdatedImage) -> Reference:
    """The repository of an image, without its constraint. Raises `InputError`."""
    return Reference.parse(_parts(image)[0])


def is_digest_strategy(image: UpdatedImage) -> bool:
    """Whether the image follows one tag that moves, so that it has no version."""
    return _STRATEGIES.get(image.strategy) == "digest"


def tag_edit(image: UpdatedImage, istag: IstagName) -> TagEdit:
    """The spec tag of an image. Raises `InputError` with what to do by hand."""
    strategy = _STRATEGIES.get(image.strategy)
    if strategy is None:
        raise InputError(f"the strategy {excerpt(image.strategy)} is unknown. Declare a tag by hand.")
    name, constraint = _parts(image)
    annotations: dict[str, str | None] = {}
    if "*" in image.ignore:
        annotations[FROZEN_ANNOTATION] = "true"
    if strategy == "digest":
        if not TAG_RE.fullmatch(constraint):
            raise InputError(f"the strategy digest needs a tag to follow, and {excerpt(image.image)} names none.")
        name = f"{name}:{constraint}"
    else:
        annotations |= select_annotation(_selection(image, strategy, constraint))
    return TagEdit(
        stream=istag.stream_name,
        tag=istag.tag,
        source=Source(SourceKind.DOCKER_IMAGE, str(Reference.parse(name))),
        scheduled=True,
        annotations=annotations,
    )


def _parts(image: UpdatedImage) -> tuple[str, str]:
    """The repository and the constraint; a constraint may have characters that no tag has."""
    head, slash, last = image.image.rpartition("/")
    name, _, constraint = last.partition(":")
    return f"{head}{slash}{name}", constraint.strip()


def _selection(image: UpdatedImage, strategy: str, constraint: str) -> dict[str, str | tuple[str, ...]]:
    found: dict[str, str | tuple[str, ...]] = {}
    if strategy == "semver":
        found["semver"] = constraint or "*"
    elif strategy == "newest":
        found["newest"] = "true"
    else:
        found |= {"regex": "^.*$", "order": "text"}
    if image.allow.startswith(_REGEXP):
        found["match"] = image.allow.removeprefix(_REGEXP)
    elif image.allow not in {"", "any"}:
        raise InputError(f"allow-tags {excerpt(image.allow)} is not regexp:… and so matches nothing. Correct it.")
    ignored = tuple(_glob(pattern) for pattern in image.ignore if pattern != "*")
    return {**found, "exclude": ignored} if ignored else found


def _glob(pattern: str) -> str:
    """A glob of Go's `filepath.Match` as a regular expression; a tag has no `/`. Raises `InputError`."""
    found: list[str] = []
    rest = pattern
    while rest:
        char, rest = rest[0], rest[1:]
        if char == "[":
            inside, bracket, rest = rest.partition("]")
            if not bracket or not inside or "[" in inside or "\\" in inside:
                raise InputError(
                    f"ignore-tags {excerpt(pattern)} is a glob that is not translated. Declare it by hand."
                )
            found.append(f"[{inside}]")
        elif char == "\\" and rest:
            found.append(re.escape(rest[0]))
            rest = rest[1:]
        else:
            found.append({"*": ".*", "?": "."}.get(char, re.escape(char)))
    return f"^{''.join(found)}$".replace(r"\-", "-")
