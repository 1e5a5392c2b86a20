"""Exchanges: send one request with limits, retries and guarded redirects.

Broken connections and the statuses 408, 429, 500, 502, 503 and 504 are retried: `REGISTRY_TRIES` tries in all, with
growing pauses, or with those that the registry states (`Retry-After`, up to `MAX_RETRY_AFTER`). A registry that
reports no remaining requests is not called again in this pass. Only GET and HEAD follow redirects, and `Authorization`
is never sent to another scheme, host or port.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from reconciler import settings
from reconciler.clock import Clock
from reconciler.errors import RemoteError, UnavailableError
from reconciler.model.config import Installation, RegistryRule
from reconciler.registry.address import reach_elsewhere
from reconciler.registry.answer_error import RETRIED_STATUSES, mismatch, status_error
from reconciler.registry.circuit_breaker import CircuitBreaker, HostLimits
from reconciler.registry.rate_limit import rate_limit_of, too_many_requests, used_up
from reconciler.registry.request_metrics import RequestMetrics
from reconciler.registry.warning import Warnings
from reconciler.transport.guard import check_redirect
from reconciler.transport.message import HttpRequest, HttpResponse, Origin, Trust
from reconciler.transport.reach import Reach
from reconciler.transport.retry_after import retry_after
from reconciler.transport.session import Transport

_REDIRECTS = {301, 302, 303, 307, 308}
_TOO_MANY = 429
_FIRST_PAUSE = 1.0  # seconds
_GROWTH = 3


@dataclass(frozen=True, slots=True)
class RequestTerms:
    """The registry that a request is made for, and the limits and TLS settings that apply, also after redirects."""

    base: str
    trust: Trust
    rule: RegistryRule
    reach: Reach
    tries: int = settings.REGISTRY_TRIES
    """How often a request is sent if it gets no answer or a temporary error."""


class Exchange:
    """Sends requests for a client; thread-safe."""

    def __init__(self, transport: Transport, installation: Installation, clock: Clock, metrics: RequestMetrics) -> None:
        self.limits = HostLimits()
        self._transport = transport
        self._meter = metrics
        self._installation = installation
        self._clock = clock
        self._warnings = Warnings()

    def send(self, request: HttpRequest, terms: RequestTerms, limit: int) -> HttpResponse:
        """The answer after retries and redirects, whatever its status, of at most `limit` bytes.

        Raises `RemoteError` if there is no answer, if the host was given up, or if a redirect leads to a refused
        address.
        """
        for _ in range(settings.MAX_REDIRECTS + 1):
            response = self._send_with_retries(request, terms, limit)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or not location or request.method not in {"GET", "HEAD"}:
                return response
            request = self._redirected(request, location, terms)
        host = Origin.of(terms.base).name
        raise mismatch(host, f"redirects more than {settings.MAX_REDIRECTS} times.")

    def _redirected(self, request: HttpRequest, location: str, terms: RequestTerms) -> HttpRequest:
        try:
            url = urljoin(request.url, location)
        except ValueError:
            url = location  # not a URL; the guard refuses it
        allowed = self._installation.allow_private
        check_redirect(url, previous=request.url, registry=terms.base, allowed=allowed)
        stays = Origin.of(url) == Origin.of(request.url)
        return replace(request, url=url, headers=request.headers if stays else _anonymous(request.headers))

    def _send_with_retries(self, request: HttpRequest, terms: RequestTerms, limit: int) -> HttpResponse:
        """Send to one host, with retries."""
        origin = Origin.of(request.url)
        hop_terms = self._terms_for(origin, terms)
        breaker = self.limits.breaker(origin, hop_terms.trust)
        for tries_left in reversed(range(terms.tries)):
            breaker.check()
            try:
                with self.limits.slots(origin, hop_terms.rule.connections):
                    breaker.check()
                    response = self._send_once(request, limit, hop_terms)
            except RemoteError as error:
                _give_up_or_retry(error, breaker, tries_left)
                self._pause(tries_left)
                continue
            self._note_rate_limit(response, breaker)
            if response.status not in RETRIED_STATUSES:
                breaker.succeeded()
                return response
            if not self._wait_for(response, breaker, tries_left):
                return response
        raise AssertionError("the last try returns or raises")

    def _send_once(self, request: HttpRequest, limit: int, hop_terms: RequestTerms) -> HttpResponse:
        host, status = Origin.of(request.url).name, None
        try:
            response = self._transport.send(request, limit=limit, reach=hop_terms.reach, trust=hop_terms.trust)
            status = response.status
            self._warnings.log_new(response)
        finally:
            self._meter.requested(host, status)
        return response

    def _note_rate_limit(self, response: HttpResponse, breaker: CircuitBreaker) -> None:
        """Give up a host that allows no more requests for longer than `MAX_RETRY_AFTER`."""
        now = self._clock.now()
        rate_limit = rate_limit_of(response, now)
        if rate_limit is not None:
            self._meter.remaining(Origin.of(response.url).name, rate_limit.remaining)
        if rate_limit is not None and rate_limit.pause > settings.MAX_RETRY_AFTER:
            breaker.give_up(used_up(Origin.of(response.url).name, rate_limit, now))

    def _wait_for(self, response: HttpResponse, breaker: CircuitBreaker, tries_left: int) -> bool:
        """Wait for the pause after a temporary status, and return whether to try again.

        Raises if the host allows no more requests.
        """
        now = self._clock.now()
        pause = retry_after(response, now)
        too_long = pause > settings.MAX_RETRY_AFTER
        if response.status == _TOO_MANY and (too_long or tries_left == 0):
            error = too_many_requests(response, now)
            (breaker.give_up if too_long else breaker.failed)(error)
            raise error
        if tries_left == 0 or too_long:
            breaker.failed(status_error(response))
            return False
        if pause > 0:
            self._clock.sleep(pause)
        else:
            self._pause(tries_left)
        return True

    def _pause(self, tries_left: int) -> None:
        done = settings.REGISTRY_TRIES - 1 - tries_left
        self._clock.sleep(self._clock.jitter(_FIRST_PAUSE * _GROWTH**done))

    def _terms_for(self, origin: Origin, terms: RequestTerms) -> RequestTerms:
        """The terms for the next request: the registry's own, or those for another host that it refers to.

        From the other host's own rule only the number of connections is taken. Otherwise a registry could name that
        host as its token server and gain what the installation allows only to that host. The CA of the registry's rule
        also applies there, and no client certificate is sent.
        """
        home = Origin.of(terms.base)
        if (origin.host, origin.port) == (home.host, home.port):
            return terms
        trust = Trust(
            verify=not terms.rule.insecure, ca_file=terms.trust.ca_file, shows_certificate=False, name=origin.registry
        )
        reach = terms.reach if origin.host == home.host else reach_elsewhere(origin, self._installation)
        return RequestTerms(str(origin), trust, self._installation.rule_for(origin.registry, ""), reach)


def _give_up_or_retry(error: RemoteError, breaker: CircuitBreaker, tries_left: int) -> None:
    if error.retryable and tries_left:
        return
    if isinstance(error, UnavailableError):
        breaker.give_up(error)
    raise error


def _anonymous(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() != "authorization"}
