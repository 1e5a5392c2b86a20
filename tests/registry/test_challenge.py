import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.registry.challenge import Challenge, parse_challenges, usable_challenge

HUB = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull"'


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", []),
        ("Basic", [("basic", {})]),
        ('Basic realm="test"', [("basic", {"realm": "test"})]),
        (
            HUB,
            [
                (
                    "bearer",
                    {
                        "realm": "https://auth.docker.io/token",
                        "service": "registry.docker.io",
                        "scope": "repository:library/nginx:pull",
                    },
                )
            ],
        ),
        # Gitea and Forgejo: two challenges in one value
        (
            (
                'Bearer realm="https://codeberg.org/v2/token",service="container_registry",scope="*",'
                'Basic realm="https://codeberg.org/v2",service="container_registry",scope="*"'
            ),
            [
                (
                    "bearer",
                    {"realm": "https://codeberg.org/v2/token", "service": "container_registry", "scope": "*"},
                ),
                ("basic", {"realm": "https://codeberg.org/v2", "service": "container_registry", "scope": "*"}),
            ],
        ),
        # old zot: lower case, no quotes
        (
            "bearer realm=https://zot/token,service=zot,scope=repository:a:pull",
            [("bearer", {"realm": "https://zot/token", "service": "zot", "scope": "repository:a:pull"})],
        ),
        # a comma inside quotes, and an escaped quote
        (
            'Bearer realm="/t", scope="repository:a:pull,push", note="a \\"b\\""',
            [("bearer", {"realm": "/t", "scope": "repository:a:pull,push", "note": 'a "b"'})],
        ),
        ('BEARER Realm = "/t" , Service= s', [("bearer", {"realm": "/t", "service": "s"})]),
        ('Negotiate abc==, Basic realm="x"', [("negotiate", {"abc": "="}), ("basic", {"realm": "x"})]),
        ('Negotiate, Bearer realm="/t"', [("negotiate", {}), ("bearer", {"realm": "/t"})]),
        ('Bearer realm="/cut off', [("bearer", {"realm": "/cut off"})]),
        ('realm="/t"', []),
        (',,"=, Basic', [("basic", {})]),
        ('Bearer realm="a",realm="b"', [("bearer", {"realm": "a"})]),
    ],
)
def test_the_answers_of_real_registries_are_understood(header: str, expected: list[tuple[str, dict[str, str]]]) -> None:
    assert [(found.scheme, dict(found.parameters)) for found in parse_challenges(header)] == expected


@pytest.mark.parametrize(
    ("header", "scheme"),
    [
        ('Basic realm="x", Bearer realm="/t"', "bearer"),
        ('Bearer service="no realm", Basic realm="x"', "basic"),
        ("Negotiate", None),
        ("Bearer", None),
        ("", None),
    ],
)
def test_bearer_with_a_realm_comes_before_basic_and_others_are_skipped(header: str, scheme: str | None) -> None:
    found = usable_challenge(header)
    assert (found.scheme if found else None) == scheme


def test_a_challenge_names_its_scopes_and_whether_the_token_was_the_problem() -> None:
    challenge = Challenge("bearer", {"scope": "repository:a:pull repository:b:pull", "error": "insufficient_scope"})
    assert challenge.scopes == ("repository:a:pull", "repository:b:pull")
    assert challenge.rejects_token
    assert not Challenge("bearer", {"error": "denied"}).rejects_token


@given(st.text(st.sampled_from('abBE earic=",\\ \t/:*é\x00\n')) | st.text())
def test_any_header_gives_challenges_and_never_an_error(header: str) -> None:
    for challenge in parse_challenges(header):
        assert challenge.scheme == challenge.scheme.lower()
        assert challenge.scheme


TOKEN = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1)
VALUE = st.text(st.characters(codec="latin-1", exclude_characters='"\\'))


@given(st.lists(st.tuples(TOKEN, st.dictionaries(TOKEN, VALUE, min_size=1)), min_size=1))
def test_well_formed_challenges_are_read_back(challenges: list[tuple[str, dict[str, str]]]) -> None:
    header = ", ".join(
        f"{scheme} " + ", ".join(f'{name}="{value}"' for name, value in parameters.items())
        for scheme, parameters in challenges
    )
    assert [(found.scheme, dict(found.parameters)) for found in parse_challenges(header)] == challenges


def _sloppy(draw: st.DrawFn, name: str, value: str) -> str:
    """`name=value` as a registry may write it: any case, quoted or not, with spaces around the equal sign."""
    quoted = draw(st.booleans()) or any(each in value for each in " ,")
    written = f'"{value}"' if quoted else value
    spaces = draw(st.sampled_from(["", " "]))
    return f"{draw(st.sampled_from([name, name.upper(), name.title()]))}{spaces}={spaces}{written}"


@st.composite
def sloppy_headers(draw: st.DrawFn) -> str:
    """A Bearer challenge among others, its parameters in any order and style."""
    parameters = [
        ("realm", "https://auth.example.com/token"),
        ("service", "r.example.com"),
        ("scope", "repository:a/b:pull,push"),
        ("error", "invalid_token"),
    ]
    written = [_sloppy(draw, name, value) for name, value in draw(st.permutations(parameters))]
    bearer = (
        draw(st.sampled_from(["Bearer", "bearer", "BEARER"])) + " " + draw(st.sampled_from([",", ", "])).join(written)
    )
    others = ['Basic realm="x, y"', "Negotiate", "Negotiate YII=", 'Digest realm="d", nonce="n"', "basic"]
    around = draw(st.lists(st.sampled_from(others), max_size=3))
    at = draw(st.integers(0, len(around)))
    return ", ".join([*around[:at], bearer, *around[at:]])


@given(sloppy_headers())
def test_a_bearer_challenge_is_found_however_it_is_written_and_whatever_is_around_it(header: str) -> None:
    found = usable_challenge(header)
    assert found is not None
    assert (found.scheme, found.realm, found.service) == ("bearer", "https://auth.example.com/token", "r.example.com")
    assert found.scopes == ("repository:a/b:pull,push",)
    assert found.rejects_token
