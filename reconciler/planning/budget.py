"""The request budget: what the scheduled tags cost at each registry, against what it is known to take.

Counted is what a pass over an unchanged world asks: one HEAD for each distinct scheduled question, one GET for each
repository whose tags are selected from or that pushes go to, each as often as the shortest interval of the tags that
share it. Not counted are first looks, the bytes of images that moved, tokens, second pages of lists, and what only the
registry knows: how many images a stream was pushed, and how many a selection by build time has to compare. A pass asks
all at once, which is taken as spread over the interval: a registry that finds it too much says so, and is waited for.

| registry              | taken to allow     | source                                                           |
| --------------------- | ------------------ | ---------------------------------------------------------------- |
| an Installation rule  | its `requestLimit` | whoever runs it                                                  |
| Docker Hub            | 2,000 a minute     | docs.docker.com, usage: "thousands" a minute for an address      |
| quay.io               | 5 a second         | access.redhat.com/solutions/6218921: "a few" a second            |
| Google's registries   | 60,000 a minute    | cloud.google.com/artifact-registry/quotas, for a whole project   |

Docker Hub's 100 pulls in six hours (200 with a personal account) are not in it: a pull is a GET of a manifest, and HEAD
is none. OpenShift's own importer keeps to 60 scheduled imports a minute; that is its choice, and no registry's limit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from reconciler.model.config import Config, Installation, RequestLimit
from reconciler.model.finding import Position
from reconciler.model.observation import Listing, Question
from reconciler.model.stream import INTERVAL_ANNOTATION, SELECT_ANNOTATION, Declarations, SpecTag, Stream
from reconciler.planning import undeclared
from reconciler.planning.due import interval_of, question
from reconciler.planning.inquiry import listing, listing_of, repository

_KNOWN: tuple[tuple[str, RequestLimit], ...] = (
    ("docker.io", RequestLimit(2_000, 60)),
    ("quay.io", RequestLimit(5, 1)),
    ("gcr.io", RequestLimit(60_000, 60)),
    (".gcr.io", RequestLimit(60_000, 60)),
    (".pkg.dev", RequestLimit(60_000, 60)),
)
"""By host, or by its end."""
_UNITS = ((3600, "h"), (60, "m"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Load:
    """What one registry, or what lies under one prefix of it, is asked by the scheduled tags."""

    registry: str
    """A host, or the prefix of an Installation rule that has a limit of its own."""
    questions: int
    """Distinct images."""
    lists: int
    """Distinct repositories whose tags are listed."""
    requests: Fraction
    """A second, on average."""
    limit: RequestLimit | None
    """None where nothing is known."""
    stated: bool
    """Whether the installation states the limit."""
    first: Position
    """Of the first spec tag that asks it."""

    @property
    def needed(self) -> int:
        """Requests in the time that the limit is for."""
        return math.ceil(self.requests * (self.limit.window if self.limit else 1))

    @property
    def exceeds(self) -> bool:
        """Whether that is more than the registry takes."""
        return self.limit is not None and self.needed > self.limit.requests

    @property
    def warning(self) -> str:
        """One sentence for a person, and what to do."""
        if self.limit is None:
            raise ValueError("only a load that exceeds a limit has a warning")
        what, window = _count(self.questions, "image"), _duration(self.limit.window)
        if self.lists:
            what += f" and {_count(self.lists, 'list')} of tags"
        whose = "the installation's requestLimit says" if self.stated else "it is known to take"
        return (
            f"{self.registry} would be asked {self.needed} times in {window} for {what}, more than the "
            f"{self.limit.requests} that {whose}. Raise schedule.interval or {INTERVAL_ANNOTATION}, or schedule less."
        )


@dataclass(slots=True)
class _Asked:
    """One distinct thing to ask, and how often."""

    interval: int
    first: Position


def loads(declarations: Declarations, config: Config, installation: Installation) -> tuple[Load, ...]:
    """The load of every registry that scheduled tags ask, by name."""
    asked: dict[Question | Listing, _Asked] = {}
    for stream, tag in _scheduled(declarations):
        reference = repository(tag)
        if reference is None:
            continue
        interval = interval_of(tag, reference, config, installation)
        for each in _questions(stream, tag, installation):
            known = asked.setdefault(each, _Asked(interval, tag.position))
            known.interval = min(known.interval, interval)
            known.first = min(known.first, tag.position)
    for stream in declarations.streams.values():
        pushed = undeclared.pushed_to(stream.name, installation)
        if pushed is not None and stream.positions:
            every = listing_of(pushed, stream.name.tag(""), installation, insecure=False)
            interval = interval_of(None, pushed, config, installation)
            asked.setdefault(every, _Asked(interval, stream.positions[0]))
    groups: dict[str, dict[Question | Listing, _Asked]] = {}
    for each, how in asked.items():
        groups.setdefault(_registry(each, installation), {})[each] = how
    return tuple(_load(name, group, installation) for name, group in sorted(groups.items()))


def _scheduled(declarations: Declarations) -> Iterator[tuple[Stream, SpecTag]]:
    """A digest is asked for once, and a frozen tag is still looked at: `status` says what it misses."""
    for stream in declarations.streams.values():
        for tag in stream.tags.values():
            if tag.scheduled and tag.source is not None and "@" not in tag.source.name:
                yield stream, tag


def _questions(stream: Stream, tag: SpecTag, installation: Installation) -> Iterator[Question | Listing]:
    """What is asked for one tag; a selection is a list, and one image of it for each way to select."""
    name, policy = stream.name.tag(tag.name), tag.annotations.get(SELECT_ANNOTATION)
    asked, listed = question(name, tag, installation), listing(name, tag, installation)
    if asked is not None:
        yield asked
    elif listed is not None and policy is not None:
        yield listed
        yield Question(
            listed.host, listed.repository, policy, tag.import_mode, listed.insecure, anonymous=listed.anonymous
        )


def _registry(asked: Question | Listing, installation: Installation) -> str:
    rule = installation.rule_for(asked.host, asked.repository)
    return asked.host if rule.request_limit is None else rule.prefix


def _load(name: str, group: dict[Question | Listing, _Asked], installation: Installation) -> Load:
    lists = sum(isinstance(each, Listing) for each in group)
    any_ = next(iter(group))
    stated = installation.rule_for(any_.host, any_.repository).request_limit
    return Load(
        registry=name,
        questions=len(group) - lists,
        lists=lists,
        requests=sum((Fraction(1, how.interval) for how in group.values()), Fraction()),
        limit=stated or _known_limit(any_.host),
        stated=stated is not None,
        first=min(how.first for how in group.values()),
    )


def _known_limit(host: str) -> RequestLimit | None:
    return next((limit for name, limit in _KNOWN if host == name or (name[0] == "." and host.endswith(name))), None)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _duration(time: int) -> str:
    size, unit = next((size, unit) for size, unit in _UNITS if time % size == 0)
    return f"{time // size}{unit}"
