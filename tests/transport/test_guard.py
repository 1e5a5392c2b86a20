import pytest

from reconciler.errors import RemoteError
from reconciler.transport.guard import check_realm, check_redirect, is_loopback, is_on_link, is_private

HOME = "https://registry.example.com/v2/"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.8.9.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "localhost",
        "a.localhost",
        "LOCALHOST.",
        "[::1]",
        "::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
    ],
)
def test_addresses_that_are_not_public_are_recognised_in_any_spelling(host: str) -> None:
    assert is_private(host)


@pytest.mark.parametrize("host", ["quay.io", "8.8.8.8", "2606:4700::1", "10.example.com", "localhost.example.com", ""])
def test_public_addresses_and_names_are_not_private(host: str) -> None:
    assert not is_private(host)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.5", True), ("[::1]", True), ("10.0.0.1", False), ("127.0.0.1.example", False)],
)
def test_loopback_is_this_machine_only(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("169.254.169.254", True),
        ("169.254.170.23", True),
        ("fe80::1%eth0", True),
        ("[fd00:ec2::23]", True),
        ("10.0.0.1", False),
        ("fd00:ec3::23", False),
        ("169.254.169.254.example.com", False),
        ("metadata.google.internal", False),
    ],
)
def test_the_link_is_where_metadata_servers_are(host: str, *, expected: bool) -> None:
    assert is_on_link(host) is expected


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "http://cdn.example.com/x",
            "registry.example.com redirects from https to http at cdn.example.com, which is refused.",
        ),
        (
            "https://169.254.169.254/latest/meta-data",
            (
                "registry.example.com redirects to the private address 169.254.169.254, which is refused. "
                "Allow it with allowPrivate if it is correct."
            ),
        ),
        (
            "https://[::1]:8443/x",
            (
                "registry.example.com redirects to the private address [::1]:8443, which is refused. "
                "Allow it with allowPrivate if it is correct."
            ),
        ),
        (
            "file:///etc/passwd",
            "registry.example.com redirects to an address that is not an http or https URL, which is refused.",
        ),
        (
            "https://[::1",
            "registry.example.com redirects to an address that is not an http or https URL, which is refused.",
        ),
        (
            "https://user:secret@cdn.example.com/",
            "registry.example.com redirects to an address with a user name in it, which is refused.",
        ),
    ],
)
def test_redirects_to_forbidden_hosts_are_refused(url: str, message: str) -> None:
    with pytest.raises(RemoteError) as caught:
        check_redirect(url, previous=HOME, registry=HOME)
    assert str(caught.value) == message
    assert caught.value.host == "registry.example.com"
    assert not caught.value.retryable


@pytest.mark.parametrize("url", ["https://cdn.example.com/x", "https://8.8.8.8/x", "https://registry.example.com:444/"])
def test_redirects_to_public_hosts_are_fine(url: str) -> None:
    check_redirect(url, previous=HOME, registry=HOME)


def test_a_registry_on_a_private_address_may_redirect_to_itself_on_any_port() -> None:
    check_redirect("https://10.0.0.5:9000/x", previous="https://10.0.0.5/v2/", registry="https://10.0.0.5/v2/")


def test_the_installation_can_allow_a_private_address_with_or_without_its_port() -> None:
    for allowed in ("10.1.2.3", "10.1.2.3:8443"):
        check_redirect("https://10.1.2.3:8443/x", previous=HOME, registry=HOME, allowed=(allowed,))


def test_a_realm_is_only_private_at_the_registrys_own_host_and_port() -> None:
    check_realm("http://127.0.0.1:5000/token", registry="http://127.0.0.1:5000")
    with pytest.raises(RemoteError) as caught:
        check_realm("http://127.0.0.1:5001/token", registry="http://127.0.0.1:5000")
    assert str(caught.value) == (
        "127.0.0.1:5000 sends for a token to the private address 127.0.0.1:5001, which is refused. "
        "Allow it with allowPrivate if it is correct."
    )


def test_a_realm_of_a_registry_over_https_is_not_called_over_http() -> None:
    with pytest.raises(RemoteError) as caught:
        check_realm("http://auth.example.com/token", registry=HOME)
    assert str(caught.value) == (
        "registry.example.com sends for a token from https to http at auth.example.com, which is refused."
    )


def test_a_realm_on_another_machine_is_called_over_plain_http_only_for_a_declared_registry() -> None:
    home, elsewhere = "http://localhost:5000", "http://auth.example.com/token"
    with pytest.raises(RemoteError) as caught:
        check_realm(elsewhere, registry=home)
    assert str(caught.value) == (
        "localhost:5000 sends for a token over plain http to auth.example.com, which is refused. "
        "Declare localhost:5000 insecure if it is correct."
    )
    assert not caught.value.retryable
    check_realm(elsewhere, registry=home, insecure=True)
    check_realm("https://auth.example.com/token", registry=home)


@pytest.mark.parametrize("allowed", [("10.1.2.3",), ()])
def test_an_allowed_private_address_does_not_make_plain_http_right(allowed: tuple[str, ...]) -> None:
    with pytest.raises(RemoteError, match="over plain http"):
        check_realm("http://10.1.2.3/token", registry="http://127.0.0.1:5000", allowed=allowed)


def test_a_realm_in_plain_http_may_be_on_the_registrys_own_machine() -> None:
    check_realm("http://localhost:5001/token", registry="http://localhost:5000", allowed=("localhost",))
    check_realm("http://127.0.0.1:5001/token", registry="http://localhost:5000", allowed=("127.0.0.1",))


def test_even_a_declared_registry_does_not_send_from_https_to_http() -> None:
    with pytest.raises(RemoteError, match="from https to http"):
        check_realm("http://auth.example.com/token", registry=HOME, insecure=True)
