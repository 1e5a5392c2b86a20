"""The request budget: what the scheduled tags cost at each registry, compared with what it is known to allow.

The budget counts the requests of a pass over an unchanged world: one HEAD for each distinct scheduled question, and one
GET for each repository that tags are selected from or that pushes go to, each at the shortest interval of the tags that
share it. A selection by build time (`newest`) costs three requests for each image that it compares: a HEAD, a GET of
the manifest and a GET of the config. A long-lived process makes the two GETs once, every other process again. The
number of those images is known from the list if there is one; else the limit of comparisons counts.

The budget does not count first looks, the bytes of images that moved, tokens, second pages of lists, the platforms of
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

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from reconciler.model.config import Config, Installation, RequestLimit
from reconciler.model.finding import Position
from reconciler.model.observation import ListAnswer, Listed, Listing, Question
from reconciler.model.phrase import plural
from reconciler.model.selection import Order
from reconciler.model.stream import INTERVAL_ANNOTATION, SELECT_ANNOTATION, Declarations, SpecTag, Stream
from reconciler.planning.newest_build import MAX_COMPARED
from reconciler.planning.question import listing, listing_of, pushed_to, question, repository
from reconciler.planning.scheduled_source import interval_of

_KNOWN: tuple[tuple[str, RequestLimit], ...] = (
    ("docker.io", RequestLimit(2_000, 60)),
    ("quay.io", RequestLimit(5, 1)),
    ("gcr.io", RequestLimit(60_000, 60)),
    (".gcr.io", RequestLimit(60_000, 60)),
    (".pkg.dev", RequestLimit(60_000, 60)),
)
"""By host, or by the end of a host."""
_PULLS: Mapping[str, RequestLimit] = {"docker.io": RequestLimit(100, 6 * 3600)}
"""How many manifests a host gives without an account."""
_COMPARING = 3
"""Requests for one image whose build time is compared; one of them is a pull."""
_UNITS = ((3600, "h"), (60, "m"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Load:
    """What the scheduled tags ask of one registry, or of one prefix of it."""

    registry: str
    """A host, or the prefix of an Installation rule with a limit of its own."""
    questions: int
    """Distinct images that are looked up without a comparison."""
    compared: int
    """Images whose build times are compared."""
    counted: bool
    """Whether those were counted; else their number is an upper limit."""
    lists: int
    """Distinct repositories whose tags are listed."""
    requests: Fraction
    """Requests a second, on average."""
    pulls: Fraction
    """Manifests that are fetched a second, on average, if each pass is a process of its own."""
    limit: RequestLimit | None
    """None if no limit is known."""
    stated: bool
    """Whether the installation states the limit."""
    first: Position
    """The place of the first spec tag that needs it."""

    @property
    def needed(self) -> int:
        """Requests in the period of the limit."""
        return math.ceil(self.requests * (self.limit.window if self.limit else 1))

    @property
    def exceeds(self) -> bool:
        """Whether that is more than the registry allows."""
        return self._requests_too_often or self._pulls_too_often

    @property
    def warning(self) -> str:
        """A sentence or two for a person, and what to do."""
        if self._requests_too_often and self.limit is not None:
            return self._request_warning(self.limit)
        if self._pulls_too_often:
            return self._pull_warning(_PULLS[self.registry])
        raise ValueError("only a load that exceeds a limit has a warning")

    @property
    def _requests_too_often(self) -> bool:
        return self.limit is not None and self.needed > self.limit.requests

    @property
    def _pulls_too_often(self) -> bool:
        allowed = None if self.stated else _PULLS.get(self.registry)
        return allowed is not None and self.pulls * allowed.window > allowed.requests

    def _request_warning(self, limit: RequestLimit) -> str:
        images, lists = plural(self.questions, "image"), f"{plural(self.lists, 'list')} of tags"
        times = f"the build times of {self._most}{plural(self.compared, 'image')}"
        kinds = ((self.questions, images), (self.lists, lists), (self.compared, times))
        what = " and ".join(text for number, text in kinds if number)
        whose = "the installation's requestLimit says" if self.stated else "it is known to take"
        return (
            f"{self.registry} would be asked {self._most}{self.needed} times in {_duration(limit.window)} for {what}, "
            f"more than the {limit.requests} that {whose}. "
            f"Raise schedule.interval or {INTERVAL_ANNOTATION}, or schedule less."
        )

    def _pull_warning(self, allowed: RequestLimit) -> str:
        pulls, images = math.ceil(self.pulls * allowed.window), plural(self.compared, "image")
        return (
            f"{self.registry} would count {self._most}{pulls} pulls in {_duration(allowed.window)}, more than the "
            f"{allowed.requests} that it gives without an account: newest fetches a manifest for each of "
            f"{self._most}{images} in every new process. Narrow it with match and exclude, "
            f"raise {INTERVAL_ANNOTATION}, or use `imagestream run`, which fetches each once."
        )

    @property
    def _most(self) -> str:
        return "" if self.counted else "up to "


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


def _duration(time: int) -> str:
    size, unit = next((size, unit) for size, unit in _UNITS if time % size == 0)
    return f"{time // size}{unit}"
