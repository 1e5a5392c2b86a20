"""Exported tags that follow another tag: here a pass keeps them equal, and OpenShift often does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.edit.adopt.export import ExportedStream
from reconciler.edit.adopt.exported_history import (
    like_followed,
    short,
)
from reconciler.edit.adopt.finding import ADOPTION_RULES
from reconciler.model.finding import Finding
from reconciler.model.follow import followed
from reconciler.model.name import IstagName
from reconciler.model.stream import Declarations
from reconciler.planning.follow import order


def _declarations(streams: Sequence[ExportedStream]) -> Declarations:
    return Declarations({each.stream.name: each.stream for each in streams})


def as_followed(streams: Sequence[ExportedStream]) -> tuple[ExportedStream, ...]:
    """The streams; the stack of a tag that follows another is as a pass would have written it."""
    declarations = _declarations(streams)
    stacks = {name: stack for each in streams for name, stack in each.stacks.items()}
    for name in order(declarations).istags:  # a followed tag comes before its followers
        target = _target(name, declarations)
        if name in stacks and target in stacks:
            stacks[name] = like_followed(stacks[name], stacks[target])
    return tuple(replace(each, stacks={name: stacks[name] for name in each.stacks}) for each in streams)


def moving_tags(streams: Sequence[ExportedStream]) -> Iterator[Finding]:
    """Findings for tags that the next pass moves: OpenShift copied them once, and does not follow other streams."""
    declarations = _declarations(streams)
    stacks = {name: stack for each in streams for name, stack in each.stacks.items()}
    for name, stack in stacks.items():
        target, tag = _target(name, declarations), declarations.tag(name)
        source = stacks.get(target, ()) if target else ()
        if tag is None or not source or stack[0].identity == source[0].identity:
            continue
        rule = "moves-when-followed"
        message = (
            f"{name} is {short(stack[0])}, but {target}, which it follows, is {short(source[0])}. The next pass "
            f"moves it there. To keep it, let it name an ImageStreamImage: {name.stream}@{stack[0].identity}"
        )
        yield Finding(tag.position, ADOPTION_RULES[rule][0], rule, "", message)


def _target(name: IstagName, declarations: Declarations) -> IstagName | None:
    """The istag that a tag follows."""
    tag = declarations.tag(name)
    return followed(name, tag) if tag is not None else None
