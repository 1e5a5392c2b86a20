"""The conversation as a table of answers: nothing is sent, and nothing waits."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import RemoteError
from reconciler.model.observation import Reason
from reconciler.registry.answer_error import AnswerError
from reconciler.registry.authentication import RegistryAccess, authorized, request_key
from reconciler.registry.credentials.credential import Credential
from reconciler.registry.token import TokenCache
from reconciler.transport.message import HttpRequest, HttpResponse
from tests.kit.clock import FakeClock

BASE = "https://r.example.com"
ASK = HttpRequest("HEAD", f"{BASE}/v2/a/b/manifests/1", {"Accept": "x"})
BEARER = 'Bearer realm="https://auth.example.com/token",service="r",scope="repository:a/b:pull"'
LOGIN = "Check the name, and log in with `docker login` if it is private."
ALICE = Credential("alice", "secret")
ALICE_BASIC = "Basic YWxpY2U6c2VjcmV0"
OK = HttpResponse(200)
TOKEN = HttpResponse(200, {}, b'{"token": "t1", "expires_in": 300}')


def unauthorized(challenge: str = "", status: int = 401) -> HttpResponse:
    return HttpResponse(status, {"www-authenticate": challenge} if challenge else {})


def access(credential: Credential | None = None, tokens: TokenCache | None = None, now: float = 0.0) -> RegistryAccess:
    clock = FakeClock()
    clock.advance(now)
    return RegistryAccess(BASE, "a/b", credential, tokens or TokenCache(), clock)


def talk(
    conversation: RegistryAccess, answers: Sequence[HttpResponse], ask: HttpRequest = ASK
) -> tuple[list[HttpRequest], HttpResponse]:
    """Play the other side: each request gets the next answer, as if it came from the requested URL."""
    flow = authorized(ask, conversation)
    sent = [next(flow)]
    for answer in answers:
        url = answer.url or sent[-1].url
        try:
            sent.append(flow.send(HttpResponse(answer.status, answer.headers, answer.body, url)))
        except StopIteration as end:
            response: HttpResponse = end.value
            return sent, response
    raise AssertionError(f"the conversation did not end: {sent[-1]}")


def authorizations(sent: list[HttpRequest]) -> list[str | None]:
    return [request.headers.get("Authorization") for request in sent]


def test_without_a_challenge_no_credential_is_sent() -> None:
    sent, answer = talk(access(ALICE), [OK])
    assert authorizations(sent) == [None]
    assert answer.status == 200


def test_basic_is_answered_to_the_registry_itself_and_remembered() -> None:
    conversation = access(ALICE)
    sent, answer = talk(conversation, [unauthorized('Basic realm="r"'), OK])
    assert [request.url for request in sent] == [ASK.url, ASK.url]
    assert authorizations(sent) == [None, ALICE_BASIC]
    assert answer.status == 200
    assert authorizations(talk(conversation, [OK])[0]) == [ALICE_BASIC]


def test_basic_without_a_password_is_a_401() -> None:
    assert talk(access(), [unauthorized("Basic")])[1].status == 401


def test_a_wrong_password_is_sent_once() -> None:
    sent, answer = talk(access(ALICE), [unauthorized("Basic"), unauthorized("Basic")])
    assert (len(sent), answer.status) == (2, 401)


def test_bearer_gets_a_token_anonymously() -> None:
    sent, answer = talk(access(), [unauthorized(BEARER), TOKEN, OK])
    assert sent[1] == HttpRequest(
        "GET",
        "https://auth.example.com/token?service=r&scope=repository%3Aa%2Fb%3Apull&client_id=imagestream-reconciler",
    )
    assert authorizations(sent) == [None, None, "Bearer t1"]
    assert answer.status == 200


def test_bearer_shows_the_password_to_the_token_server_and_only_the_token_to_the_registry() -> None:
    sent, _ = talk(access(ALICE), [unauthorized(BEARER), TOKEN, OK])
    assert authorizations(sent) == [None, ALICE_BASIC, "Bearer t1"]


def test_a_token_is_used_again_until_it_expires() -> None:
    tokens = TokenCache()
    talk(access(tokens=tokens), [unauthorized(BEARER), TOKEN, OK])
    assert authorizations(talk(access(tokens=tokens, now=290.0), [OK])[0]) == ["Bearer t1"]
    sent, _ = talk(access(tokens=tokens, now=296.0), [unauthorized(BEARER), TOKEN, OK])
    assert authorizations(sent) == [None, None, "Bearer t1"]


def test_a_token_of_one_credential_is_not_used_for_another() -> None:
    tokens = TokenCache()
    talk(access(ALICE, tokens), [unauthorized(BEARER), TOKEN, OK])
    assert authorizations(talk(access(None, tokens), [OK])[0]) == [None]


def test_a_kept_token_that_is_refused_is_got_anew() -> None:
    tokens = TokenCache()
    talk(access(tokens=tokens), [unauthorized(BEARER), TOKEN, OK])
    fresh = HttpResponse(200, {}, b'{"token": "t2"}')
    sent, answer = talk(access(tokens=tokens), [unauthorized(BEARER), fresh, OK])
    assert authorizations(sent) == ["Bearer t1", None, "Bearer t2"]
    assert answer.status == 200


def test_a_fresh_token_that_is_invalid_is_tried_once_more_and_no_more() -> None:
    invalid = unauthorized(f'{BEARER},error="invalid_token"')
    sent, answer = talk(
        access(), [unauthorized(BEARER), TOKEN, invalid, HttpResponse(200, {}, b'{"token": "t2"}'), invalid]
    )
    assert authorizations(sent) == [None, None, "Bearer t1", None, "Bearer t2"]
    assert answer.status == 401


def test_more_scope_is_requested_when_the_registry_demands_it() -> None:
    scopes = "repository:a/b:pull repository:c:pull"
    more = f'Bearer realm="https://auth.example.com/token",scope="{scopes}",error="insufficient_scope"'
    sent, _ = talk(
        access(), [unauthorized(BEARER), TOKEN, unauthorized(more), HttpResponse(200, {}, b'{"token": "t2"}'), OK]
    )
    assert "scope=repository%3Aa%2Fb%3Apull&scope=repository%3Ac%3Apull" in sent[3].url
    assert authorizations(sent)[-1] == "Bearer t2"


def test_a_token_that_is_not_enough_is_a_401() -> None:
    sent, answer = talk(access(), [unauthorized(BEARER), TOKEN, unauthorized(BEARER)])
    assert (len(sent), answer.status) == (3, 401)


def test_a_401_without_a_challenge_is_answered_with_that_of_the_ping() -> None:
    sent, _ = talk(access(), [unauthorized(), unauthorized(BEARER), TOKEN, OK])
    assert [request.url for request in sent[:2]] == [ASK.url, f"{BASE}/v2/"]
    assert authorizations(sent)[-1] == "Bearer t1"


def test_a_401_without_a_usable_challenge_is_returned() -> None:
    assert talk(access(ALICE), [unauthorized("Negotiate"), unauthorized("Negotiate")])[1].status == 401


def test_an_identity_token_is_traded_by_post() -> None:
    sent, _ = talk(access(Credential(identity_token="it")), [unauthorized(BEARER), TOKEN, OK])
    assert (sent[1].method, sent[1].url) == ("POST", "https://auth.example.com/token")
    assert sent[1].body == (
        b"grant_type=refresh_token&refresh_token=it&service=r&scope=repository%3Aa%2Fb%3Apull"
        b"&client_id=imagestream-reconciler"
    )
    assert authorizations(sent) == [None, None, "Bearer t1"]


@pytest.mark.parametrize("status", [400, 401, 404, 405])
def test_a_token_server_without_post_gets_a_get_where_there_is_a_password(status: int) -> None:
    both = Credential("alice", "secret", identity_token="it")
    sent, _ = talk(access(both), [unauthorized(BEARER), HttpResponse(status), TOKEN, OK])
    assert [request.method for request in sent] == ["HEAD", "POST", "GET", "HEAD"]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "auth.example.com does not take the credentials from c.json (401). Correct them, or log in again."),
        (
            403,
            "auth.example.com denies access with the credentials from c.json (403). "
            "Check the name, or log in as a user who may pull it.",
        ),
    ],
)
def test_credentials_that_a_token_server_refuses_are_reported_with_their_file(status: int, message: str) -> None:
    with pytest.raises(AnswerError) as caught:
        talk(access(replace(ALICE, origin="c.json")), [unauthorized(BEARER), HttpResponse(status)])
    assert (caught.value.reason, str(caught.value)) == (Reason.DENIED, message)


def test_a_token_server_that_refuses_the_identity_token_is_the_reason_where_there_is_no_password() -> None:
    with pytest.raises(AnswerError, match=r"^auth\.example\.com gives no token for it \(401\)\."):
        talk(access(Credential(identity_token="it")), [unauthorized(BEARER), HttpResponse(401)])


def test_a_refresh_token_that_was_handed_out_gets_the_next_token() -> None:
    tokens = TokenCache()
    handed = HttpResponse(200, {}, b'{"token": "t1", "refresh_token": "rt"}')
    talk(access(ALICE, tokens), [unauthorized(BEARER), handed, OK])
    sent, _ = talk(access(ALICE, tokens, now=100.0), [unauthorized(BEARER), TOKEN, OK])
    assert (sent[1].method, authorizations(sent)) == ("POST", [None, None, "Bearer t1"])
    assert sent[1].body is not None
    assert b"refresh_token=rt&" in sent[1].body


@pytest.mark.parametrize("status", [400, 401, 404, 405])
def test_a_refresh_token_that_is_not_taken_any_more_is_forgotten(status: int) -> None:
    tokens = TokenCache()
    handed = HttpResponse(200, {}, b'{"token": "t1", "refresh_token": "rt"}')
    talk(access(None, tokens), [unauthorized(BEARER), handed, OK])
    sent, _ = talk(access(None, tokens, now=100.0), [unauthorized(BEARER), HttpResponse(status), TOKEN, OK])
    assert [request.method for request in sent] == ["HEAD", "POST", "GET", "HEAD"]
    sent, _ = talk(access(None, tokens, now=1000.0), [unauthorized(BEARER), TOKEN, OK])
    assert [request.method for request in sent] == ["HEAD", "GET", "HEAD"]


def test_a_rotated_identity_token_is_tried_before_the_one_in_the_file() -> None:
    tokens, credential = TokenCache(), Credential("alice", "secret", identity_token="it")
    handed = HttpResponse(200, {}, b'{"access_token": "t1", "refresh_token": "rt"}')
    talk(access(credential, tokens), [unauthorized(BEARER), handed, OK])
    answers = [unauthorized(BEARER), HttpResponse(401), HttpResponse(401), TOKEN, OK]
    sent, _ = talk(access(credential, tokens, now=100.0), answers)
    assert [request.method for request in sent] == ["HEAD", "POST", "POST", "GET", "HEAD"]
    assert [request.body is not None and b"=rt&" in request.body for request in sent[1:3]] == [True, False]


def test_fewer_scopes_than_requested_are_not_an_error() -> None:
    fewer = HttpResponse(200, {}, b'{"access_token": "t1", "scope": ""}')
    assert talk(access(), [unauthorized(BEARER), fewer, OK])[1].status == 200


def test_a_realm_that_several_repositories_name_with_the_same_scope_gets_one_request() -> None:
    tokens = TokenCache()
    same = 'Bearer realm="https://auth.example.com/token",scope="*"'
    talk(access(tokens=tokens), [unauthorized(same), TOKEN, OK])
    other = replace(access(tokens=tokens), repository="c/d")
    sent, _ = talk(other, [unauthorized(same), OK], HttpRequest("HEAD", f"{BASE}/v2/c/d/manifests/1"))
    assert authorizations(sent) == [None, "Bearer t1"]


def test_one_flight_a_realm_service_credential_and_scope() -> None:
    def key(header: str, credential: Credential | None = None, repository: str = "a/b") -> object:
        return request_key(unauthorized(header), replace(access(credential), repository=repository))

    assert key(BEARER) == key(BEARER, repository="c/d")
    assert key(BEARER) != key(BEARER, ALICE)
    for other in (BEARER.replace("token", "other"), BEARER.replace('"r"', '"s"'), BEARER.replace("a/b", "c/d")):
        assert key(BEARER) != key(other)
    for unknown in ("", "Basic", "Negotiate"):
        assert key(unknown) == (BASE, "a/b", None, False)


def test_the_challenge_of_a_host_that_the_ping_was_redirected_to_is_not_answered() -> None:
    elsewhere = HttpResponse(401, {"www-authenticate": BEARER}, b"", "https://elsewhere.example.com/v2/")
    sent, answer = talk(access(ALICE), [unauthorized(), elsewhere])
    assert (len(sent), answer.status) == (2, 401)


def test_a_ping_without_a_challenge_requests_no_token() -> None:
    sent, answer = talk(access(ALICE), [unauthorized(), HttpResponse(200, {"www-authenticate": "Basic"})])
    assert (len(sent), answer.status) == (2, 401)


def test_a_token_that_is_refused_without_a_challenge_is_got_anew_by_way_of_the_ping() -> None:
    tokens = TokenCache()
    talk(access(tokens=tokens), [unauthorized(BEARER), TOKEN, OK])
    fresh = HttpResponse(200, {}, b'{"token": "t2"}')
    sent, _ = talk(access(tokens=tokens), [unauthorized(), unauthorized(BEARER), fresh, OK])
    assert authorizations(sent) == ["Bearer t1", None, None, "Bearer t2"]


def test_a_registry_token_is_sent_as_it_is() -> None:
    sent, _ = talk(access(Credential(registry_token="rt")), [unauthorized(BEARER), OK])
    assert authorizations(sent) == [None, "Bearer rt"]


@pytest.mark.parametrize(
    ("realm", "url"),
    [
        ("/token", "https://r.example.com/token?"),
        ("token", "https://r.example.com/v2/a/b/manifests/token?"),
        ("https://r.example.com/auth?account=x#y", "https://r.example.com/auth?account=x&"),
    ],
)
def test_a_realm_may_be_relative_and_have_a_query(realm: str, url: str) -> None:
    sent, _ = talk(access(), [unauthorized(f'Bearer realm="{realm}"'), TOKEN, OK])
    assert sent[1].url == f"{url}scope=repository%3Aa%2Fb%3Apull&client_id=imagestream-reconciler"


@pytest.mark.parametrize(
    "realm",
    ["http://auth.example.com/t", "https://10.0.0.1/t", "https://[::1", "file:///etc/passwd", "https://u:p@auth/t"],
)
def test_a_realm_that_must_not_get_credentials_is_refused(realm: str) -> None:
    with pytest.raises(RemoteError, match="which is refused"):
        talk(access(ALICE), [unauthorized(f'Bearer realm="{realm}"')])


def test_a_host_after_a_redirect_gets_no_credentials() -> None:
    elsewhere = HttpResponse(401, {"www-authenticate": "Basic"}, b"", "https://elsewhere.example.com/x")
    sent, answer = talk(access(ALICE), [elsewhere])
    assert (len(sent), answer.status) == (1, 401)


@pytest.mark.parametrize(
    ("answer", "reason", "message"),
    [
        (
            HttpResponse(401),
            Reason.DENIED,
            f"auth.example.com gives no token for it (401). {LOGIN}",
        ),
        (
            HttpResponse(403),
            Reason.DENIED,
            f"auth.example.com gives no token for it (403). {LOGIN}",
        ),
        (
            HttpResponse(404),
            Reason.MISMATCH,
            "auth.example.com answers with status 404, which has no meaning for this request.",
        ),
        (
            HttpResponse(429),
            Reason.RATE_LIMITED,
            "auth.example.com allows no more requests for now (429). It is asked again in the next pass.",
        ),
        (HttpResponse(503), Reason.UNREACHABLE, "auth.example.com is out of order (503)."),
        (
            HttpResponse(200, {}, b"<html>"),
            Reason.MISMATCH,
            "auth.example.com answers without a token where one was asked for.",
        ),
    ],
)
def test_a_token_server_that_gives_no_token_is_the_reason(answer: HttpResponse, reason: Reason, message: str) -> None:
    with pytest.raises(AnswerError) as caught:
        talk(access(ALICE), [unauthorized(BEARER), answer])
    assert (caught.value.reason, str(caught.value)) == (reason, message)


PIECES = ["Bearer ", "Basic", "realm=", '"', "https://", "h/t", ",", "scope=", "[::1", "@", "?a", "%z", "é"]
WORDS = st.sampled_from(PIECES)
HEADERS = st.lists(WORDS | st.text(), max_size=12).map("".join)
ANSWERS = st.builds(
    lambda status, header, body: HttpResponse(status, {"www-authenticate": header}, body),
    st.sampled_from([200, 401, 404, 500]),
    HEADERS,
    st.sampled_from([b"", b'{"token": "t"}', b'{"token": "t", "expires_in": 1e400}']) | st.binary(),
)


@given(HEADERS, st.lists(ANSWERS, max_size=3), st.sampled_from([None, ALICE, Credential(identity_token="it")]))
def test_every_conversation_ends_soon_or_with_a_remote_error(
    header: str, answers: list[HttpResponse], credential: Credential | None
) -> None:
    with suppress(RemoteError):
        sent, _ = talk(access(credential), [unauthorized(header), *answers, *[unauthorized(header)] * 6])
        assert len(sent) <= 8
