"""The request budget: what the scheduled tags cost at each registry, compared with what it is known to allow.

The budget counts the requests of a pass over an unchanged world: one HEAD for each distinct scheduled question, and one
GET for each repository that tags are selected from or that pushes go to, each at the shortest interval of the tags that
share it. A selection by build time (`newest`) costs three requests for each image that it compares: a HEAD, a GET of
the manifest and a GET of the config. A long-lived process makes the two GETs once, every other process again. The
number of those images is known from the list if there is one; else the limit of comparisons counts.

The budget does not count first lookups, the bytes of images that moved, tokens, second pages of lists, the platforms of
an index, and the number of images that were pushed to a stream. A pass makes its requests at once; the budget spreads
them over the interval, because a pass waits for a registry that limits its rate.

| registry              | taken to allow     | source                                                           |
| --------------------- | ------------------ | ---------------------------------------------------------------- |
| an Installation rule  | its `requestLimit` | the operator of the registry                                     |
| Docker Hub            | 2,000 a minute     | docs.docker.com, usage: "thousands" a minute for an address      |
| quay.io               | 5 a second         | access.redhat.com/solutions/6218921: "a few" a second            |
| Google's registries   | 60,000 a minute    | cloud.google.com/artifact-registry/quotas, for a whole project   |

Docker Hub also limits pulls: 100 in six hours, 200 with a personal account, unless the installation states a limit. A
pull is a GET of a manifest, and a HEAD is not, so only comparisons of build times count. OpenShift's own importer makes
at most 60 scheduled imports a minute; that is its own choice and not the limit of a registry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from reconciler.model.config import Config, Installation, RequestLimit
from reconciler.model.finding import Position
from reconciler.model.observation import ListAnswer, Listed, Listing, Question
from reconciler.model.selection import Order
from reconciler.model.stream import SELECT_ANNOTATION, Declarations, SpecTag, Stream
from reconciler.planning.newest_build import MAX_COMPARED
from reconciler.planning.question import listing, listing_of, pushed_to, question, repository
from reconciler.planning.registry_load import Load
from reconciler.planning.scheduled_source import interval_of

_KNOWN: tuple[tuple[str, RequestLimit], ...] = (
    ("docker.io", RequestLimit(2_000, 60)),
    ("quay.io", RequestLimit(5, 1)),
    ("gcr.io", RequestLimit(60_000, 60)),
    (".gcr.io", RequestLimit(60_000, 60)),
    (".pkg.dev", RequestLimit(60_000, 60)),
)
"""By host, or by the end of a host."""
_COMPARING = 3
"""Requests for one image whose build time is compared; one of them is a pull."""


@dataclass(slots=True)
class _Counted:
    """One distinct lookup, and how often it is made."""

    interval: int
    first: Position
    compared: int | None = None
    """The number of images that a selection by build time compares."""
    counted: bool = True

    @property
    def requests(self) -> Fraction:
        """Requests a second."""
        return Fraction(1 if self.compared is None else _COMPARING * self.compared, self.interval)

    @property
    def pulls(self) -> Fraction:
        """Pulls a second."""
        return Fraction(self.compared or 0, self.interval)


def loads(
    declarations: Declarations,
    config: Config,
    installation: Installation,
    listings: Mapping[Listing, ListAnswer] | None = None,
) -> tuple[Load, ...]:
    """The load of every registry that scheduled tags need, by name; `listings` are lists that are known already."""
    lookups: dict[Question | Listing, _Counted] = {}
    for stream, tag in _scheduled(declarations):
        reference = repository(tag)
        if reference is None:
            continue
        interval = interval_of(tag, reference, config, installation)
        for each in _questions(stream, tag, installation):
            compared = _compared(tag, listing(stream.name.tag(tag.name), tag, installation), listings or {})
            new = _Counted(interval, tag.position, *(compared if isinstance(each, Question) else ()))
            known = lookups.setdefault(each, new)
            known.interval = min(known.interval, interval)
            known.first = min(known.first, tag.position)
    for stream in declarations.streams.values():
        pushed = pushed_to(stream.name, installation)
        if pushed is not None and stream.positions:
            every = listing_of(pushed, stream.name.tag(""), installation, insecure=False)
            interval = interval_of(None, pushed, config, installation)
            lookups.setdefault(every, _Counted(interval, stream.positions[0]))
    groups: dict[str, dict[Question | Listing, _Counted]] = {}
    for each, how in lookups.items():
        groups.setdefault(_registry(each, installation), {})[each] = how
    return tuple(_load(name, group, installation) for name, group in sorted(groups.items()))


def _scheduled(declarations: Declarations) -> Iterator[tuple[Stream, SpecTag]]:
    """The tags that are looked up again and again, frozen ones too: `status` shows what they miss."""
    for stream in declarations.streams.values():
        for tag in stream.tags.values():
            if tag.scheduled and tag.source is not None and "@" not in tag.source.name:
                yield stream, tag


def _questions(stream: Stream, tag: SpecTag, installation: Installation) -> Iterator[Question | Listing]:
    """The lookups for one tag; a selection needs a list, and one image of it for each policy."""
    name, policy = stream.name.tag(tag.name), tag.annotations.get(SELECT_ANNOTATION)
    image, listed = question(name, tag, installation), listing(name, tag, installation)
    if image is not None:
        yield image
    elif listed is not None and policy is not None:
        yield listed
        yield Question(
            listed.host, listed.repository, policy, tag.import_mode, listed.insecure, anonymous=listed.anonymous
        )


def _compared(
    tag: SpecTag, listed: Listing | None, listings: Mapping[Listing, ListAnswer]
) -> tuple[int, bool] | tuple[()]:
    """How many images are compared by build time, and whether they were counted; empty if none are."""
    if listed is None or tag.selection is None or tag.selection.order is not Order.NEWEST:
        return ()
    answer = listings.get(listed)
    if not isinstance(answer, Listed):
        return MAX_COMPARED, False
    number = sum(tag.selection.admits(each) for each in answer.tags)
    return (number if number <= MAX_COMPARED else 0), True  # a selection among more is refused without a lookup


def _registry(lookup: Question | Listing, installation: Installation) -> str:
    rule = installation.rule_for(lookup.host, lookup.repository)
    return lookup.host if rule.request_limit is None else rule.prefix


def _load(name: str, group: dict[Question | Listing, _Counted], installation: Installation) -> Load:
    lists = sum(isinstance(each, Listing) for each in group)
    comparing = [how for how in group.values() if how.compared is not None]
    any_ = next(iter(group))
    stated = installation.rule_for(any_.host, any_.repository).request_limit
    return Load(
        registry=name,
        questions=len(group) - lists - len(comparing),
        compared=sum(how.compared or 0 for how in comparing),
        counted=all(how.counted for how in comparing),
        lists=lists,
        requests=sum((how.requests for how in group.values()), Fraction()),
        pulls=sum((how.pulls for how in group.values()), Fraction()),
        limit=stated or _known_limit(any_.host),
        stated=stated is not None,
        first=min(how.first for how in group.values()),
    )


def _known_limit(host: str) -> RequestLimit | None:
    return next((limit for name, limit in _KNOWN if host == name or (name[0] == "." and host.endswith(name))), None)
