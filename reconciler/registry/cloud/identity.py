"""Cloud identities: credentials that a cloud gives to this program, so that none is stored.

Each cloud's exchange is a conversation (a generator of requests that receives their responses) in a module of its own.
This module decides when one is needed, and sends its requests. A cloud is called

- for hosts of its own registries, if its standard variables name an identity (mostly a projected token);
- for the hosts of a registry rule with `identity: aws | gcp | azure`. Only then is a metadata server called: on other
  machines nothing answers at its address, or something else does.

A token is only sent over https, to this machine, or to its link-local network (where metadata servers are). Redirects
are not followed. A credential is kept until shortly before it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler import settings
from reconciler.clock import Clock
from reconciler.errors import InputError, RemoteError
from reconciler.model.config import CloudIdentity, Installation
from reconciler.model.host import Host
from reconciler.model.observation import Question
from reconciler.registry.answer_error import RETRIED_STATUSES
from reconciler.registry.cloud import aws, azure, google
from reconciler.registry.cloud.token_exchange import Environment, LoginRequest, TokenExchange
from reconciler.registry.credentials.credential import Credential
from reconciler.registry.endpoint import Endpoint, endpoint_of
from reconciler.registry.expiring_cache import ExpiringCache, ExpiringValue
from reconciler.transport.guard import is_on_link
from reconciler.transport.message import HttpRequest, HttpResponse, Origin, Trust
from reconciler.transport.reach import ANYWHERE
from reconciler.transport.session import Transport

CLOUDS: Mapping[CloudIdentity, Callable[[LoginRequest, Environment], TokenExchange | None]] = {
    CloudIdentity.AWS: aws.exchange_for,
    CloudIdentity.GCP: google.exchange_for,
    CloudIdentity.AZURE: azure.exchange_for,
}
"""One row for each cloud, in the order in which they are tried; each has a module of its own beside this one."""
_TRIES = 3


class CloudIdentities:
    """The credentials that clouds give to this installation; thread-safe. It does not close the transport."""

    def __init__(
        self, transport: Transport, installation: Installation, environ: Mapping[str, str], clock: Clock
    ) -> None:
        self._transport = transport
        self._installation = installation
        self._clock = clock
        self._environment = Environment(environ, clock.now)
        self._cache: ExpiringCache[Credential] = ExpiringCache(clock)

    def for_repository(self, host: Host, repository: str) -> Credential | None:
        """The credential from the registry's cloud, or None if there is no identity for it.

        Raises `InputError` if the identity is set up wrongly, `RemoteError` if the cloud refuses or does not answer.
        """
        question = Question(host, repository, "latest")
        certified = self._transport.has_certificates(host)
        endpoint = endpoint_of(question, self._installation, has_certificates=certified)
        exchange_for = self._exchange_for(endpoint)
        if exchange_for is None:
            return None
        return self._cache.get(exchange_for.key, lambda: self._run(exchange_for, endpoint))

    def _exchange_for(self, endpoint: Endpoint) -> TokenExchange | None:
        chosen = endpoint.rule.identity
        clouds = [chosen] if chosen else list(CLOUDS)
        login = LoginRequest(endpoint.host, endpoint.bases[0], chosen is not None)
        found = (CLOUDS[cloud](login, self._environment) for cloud in clouds)
        return next((exchange_for for exchange_for in found if exchange_for is not None), None)

    def _run(self, exchange_for: TokenExchange, endpoint: Endpoint) -> ExpiringValue[Credential]:
        flow = exchange_for.flow()
        request = next(flow)
        while True:
            response = self._send(request, endpoint)
            try:
                request = flow.send(response)
            except StopIteration as end:
                lasting: ExpiringValue[Credential] = end.value
                return lasting

    def _send(self, request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
        origin = Origin.of(request.url)
        if origin.scheme != "https" and not is_on_link(origin.host):
            raise InputError(f"{origin}: is not an https address, and an identity is sent to no other. Correct it.")
        home = origin == Origin.of(endpoint.bases[0])
        trust, reach = (endpoint.trust, endpoint.reach) if home else (Trust(), ANYWHERE)
        for tries_left in reversed(range(_TRIES)):
            try:
                response = self._transport.send(request, limit=settings.MAX_TOKEN_BYTES, reach=reach, trust=trust)
            except RemoteError as error:
                if not error.retryable or not tries_left:
                    raise
            else:
                if response.status not in RETRIED_STATUSES or not tries_left:
                    return response
            self._clock.sleep(self._clock.jitter(float(_TRIES - tries_left)))
        raise AssertionError("the last try returns or raises")
