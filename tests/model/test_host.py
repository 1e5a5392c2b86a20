import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InputError
from reconciler.model.config import Installation, RegistryRule
from reconciler.model.host import DEFAULT_HOST, Host, HostError, Prefix
from reconciler.model.reference import Reference


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("quay.io", "quay.io"),
        ("Quay.IO", "quay.io"),
        ("quay.io.", "quay.io"),
        ("QUAY.io:443", "quay.io"),
        ("quay.io:0443", "quay.io"),
        ("quay.io:80", "quay.io:80"),
        ("registry:5000", "registry:5000"),
        ("docker.io", "docker.io"),
        ("docker.io:443", "docker.io"),
        ("docker.io:8443", "docker.io:8443"),
        ("Index.Docker.io", "docker.io"),
        ("registry-1.docker.io:443", "docker.io"),
        ("registry.hub.docker.com", "docker.io"),
        ("localhost:80", "localhost"),
        ("localhost:443", "localhost:443"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]:80", "[::1]"),
        ("[0:0:0:0:0:0:0:1]:5000", "[::1]:5000"),
        ("[FD00::0:1]", "[fd00::1]"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_a_host_has_one_name_however_it_is_written(written: str, canonical: str) -> None:
    assert Host(written) == canonical
    assert Host(Host(written)) == Host(written)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a b",
        "a/b",
        "a@b",
        "a\\b",
        "a%2eb",
        "bücher.example",
        "-a",
        "a..b",
        "a:",
        "a:b",
        "a:0",
        "a:65536",
        "::1",
        "[::1",
        "[a]",
        "[::1]x",
        "[fe80::1%eth0]",
        "a" * 254,
    ],
)
def test_a_text_that_is_not_a_host_is_refused(text: str) -> None:
    with pytest.raises(HostError):
        Host(text)
    assert Host.of(text) is None


def test_the_message_says_what_to_write() -> None:
    with pytest.raises(HostError) as caught:
        Host("a b")
    assert str(caught.value) == "'a b' is not a host name. Write HOST or HOST:PORT."


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("127.0.0.1:5000", False),
        ("127.1", True),
        ("0x7f000001", True),
        ("0x7f.1", True),
        ("2130706433:5000", True),
        ("0177.0.0.1", True),
        ("[::ffff:127.0.0.1]", True),
        ("[::ffff:7f00:1]:5000", True),
        ("[fd00::1]", False),
        ("1password.com", False),
        ("0x7f.example.com", False),
    ],
)
def test_an_address_that_only_a_resolver_reads_is_known(text: str, *, odd: bool) -> None:
    assert Host(text).is_odd is odd


@given(st.text(max_size=40) | st.from_regex(r"[A-Za-z0-9.:\[\]-]{1,40}", fullmatch=True))
def test_any_text_is_a_host_once_and_for_all_or_an_error(text: str) -> None:
    try:
        host = Host(text)
    except InputError:
        return
    assert Host(host) == host == host.lower()


@pytest.mark.parametrize(
    ("prefix", "host", "repository", "fits"),
    [
        ("quay.io", "Quay.IO:443", "a/b", True),
        ("Quay.io:443", "quay.io", "a/b", True),
        ("quay.io", "quay.io:80", "a/b", True),
        ("quay.io:80", "quay.io", "a/b", False),
        ("quay.io", "quay.io:8443", "a/b", False),
        ("registry-1.docker.io/library", "docker.io", "library/nginx", True),
        ("quay.io/acme", "quay.io", "acme", True),
        ("quay.io/acme/", "quay.io", "acme/app", True),
        ("quay.io/acme", "quay.io", "acmeother/app", False),
        ("*.example.com", "r.example.com", "a", True),
        ("*.example.com", "a.r.Example.com:443", "a", True),
        ("*.example.com", "example.com", "a", False),
        ("*.example.com", "badexample.com", "a", False),
        ("*.example.com:5000", "r.example.com:5000", "a", True),
        ("*.example.com:5000", "r.example.com", "a", False),
        ("*.example.com", "r.example.com.example.com", "a", True),
        ("*.docker.io", "registry-1.docker.io", "a/b", True),
        ("*.docker.com", "docker.io", "a/b", True),
        ("*.docker.io", "quay.io", "a/b", False),
        ("*.example.com/team", "r.example.com", "team/a", True),
        ("*.example.com/team", "r.example.com", "other/a", False),
    ],
)
def test_a_prefix_fits_whole_parts_of_canonical_names(prefix: str, host: str, repository: str, *, fits: bool) -> None:
    assert Prefix.parse(prefix).fits(Host(host), repository) is fits


@pytest.mark.parametrize("spelled", ["registry-1.docker.io", "index.docker.io:443", "Registry.Hub.Docker.com"])
def test_a_pull_spec_keeps_the_users_spelling_and_knows_the_one_host(spelled: str) -> None:
    found = Reference.parse(f"{spelled}/nginx:1")
    assert (found.host, found.repository, found.pinned("sha256:x")) == (
        DEFAULT_HOST,
        "library/nginx",
        f"{spelled}/nginx@sha256:x",
    )
    assert found.names_host


def test_the_rule_of_a_host_is_found_under_any_of_its_spellings() -> None:
    rules = (RegistryRule("docker.io", namespaces=("a",)), RegistryRule("R.example.com:443/x", namespaces=("b",)))
    installation = Installation(rules)
    assert installation.rule_for(Host("index.docker.io"), "library/nginx") is rules[0]
    assert installation.rule_for(Host("r.example.com"), "x/y") is rules[1]
    assert installation.rule_for(Host("r.example.com:80"), "x/y") is rules[1]
    assert installation.rule_for(Host("r.example.com"), "y") == RegistryRule("r.example.com")


def test_a_rule_of_the_very_port_goes_before_one_of_the_host() -> None:
    rules = (RegistryRule("r.example.com"), RegistryRule("r.example.com:80", insecure=True))
    assert Installation(rules).rule_for(Host("r.example.com:80"), "a") is rules[1]
    assert Installation(rules).rule_for(Host("r.example.com"), "a") is rules[0]


@pytest.mark.parametrize(
    ("installation", "host", "named"),
    [
        (Installation(), "localhost:5000", False),
        (Installation((RegistryRule("LOCALHOST:5000/x"),)), "localhost:5000", True),
        (Installation((RegistryRule("localhost:5001"),)), "localhost:5000", False),
        (Installation(allow_private=("localhost",)), "localhost:5000", True),
        (Installation(allow_private=("[::1]:5000",)), "[::1]:5000", True),
        (Installation(allowed_registries=("2130706433:5000",)), "2130706433:5000", True),
        (Installation(allowed_registries=("*.example.com",)), "r.example.com", False),
    ],
)
def test_an_installation_names_a_host_by_rule_by_allowance_or_as_allowed(
    installation: Installation, host: str, *, named: bool
) -> None:
    assert installation.names(Host(host)) is named
