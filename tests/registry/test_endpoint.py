import pytest

from reconciler.model.config import Installation, RegistryRule
from reconciler.model.host import Host
from reconciler.model.observation import Question
from reconciler.registry.endpoint import endpoint_of

INSECURE = RegistryRule("r.example.com", insecure=True)
WITH_CA = RegistryRule("localhost:5000", ca_file="ca.pem")


@pytest.mark.parametrize(
    ("host", "rules", "asked_insecure", "bases", "verify", "sends"),
    [
        ("docker.io", (), False, ("https://registry-1.docker.io",), True, True),
        ("quay.io", (), False, ("https://quay.io",), True, True),
        ("r.example.com:5000", (), False, ("https://r.example.com:5000",), True, True),
        ("10.0.0.1:5000", (), False, ("https://10.0.0.1:5000",), True, True),
        ("localhost:5000", (), False, ("http://localhost:5000", "https://localhost:5000"), True, True),
        ("127.9.9.9:5000", (), False, ("http://127.9.9.9:5000", "https://127.9.9.9:5000"), True, True),
        ("[::1]:5000", (), False, ("http://[::1]:5000", "https://[::1]:5000"), True, True),
        ("localhost:5000", (WITH_CA,), False, ("https://localhost:5000",), True, True),
        ("localhost.example.com", (), False, ("https://localhost.example.com",), True, True),
        ("r.example.com", (INSECURE,), False, ("https://r.example.com", "http://r.example.com"), False, True),
        ("quay.io", (), True, ("https://quay.io", "http://quay.io"), False, False),
        ("localhost:5000", (), True, ("https://localhost:5000", "http://localhost:5000"), False, True),
        ("r.example.com", (INSECURE,), True, ("https://r.example.com", "http://r.example.com"), False, True),
    ],
)
def test_where_and_how_a_registry_is_called(
    host: str,
    rules: tuple[RegistryRule, ...],
    bases: tuple[str, ...],
    *,
    asked_insecure: bool,
    verify: bool,
    sends: bool,
) -> None:
    question = Question(Host(host), "a/b", "1", insecure=asked_insecure)
    endpoint = endpoint_of(question, Installation(registries=rules))
    assert (endpoint.bases, endpoint.trust.verify, endpoint.sends_credentials) == (bases, verify, sends)


def test_the_rule_of_the_longest_prefix_counts() -> None:
    rules = (RegistryRule("quay.io", connections=2), RegistryRule("quay.io/acme", insecure=True, connections=3))
    assert endpoint_of(Question(Host("quay.io"), "acme/app", "1"), Installation(rules)).rule is rules[1]
    assert endpoint_of(Question(Host("quay.io"), "acmeother/app", "1"), Installation(rules)).rule is rules[0]


@pytest.mark.parametrize(
    ("host", "by_tag", "by_machine", "expected"),
    [
        ("localhost:5000", False, False, False),
        ("localhost:5000", True, False, False),
        ("localhost:5000", False, True, True),
        ("r.example.com", False, False, True),
        ("quay.io", False, False, False),
        ("quay.io", True, False, True),
    ],
)
def test_a_registry_is_declared_insecure_by_who_may_declare_it(
    host: str, *, by_tag: bool, by_machine: bool, expected: bool
) -> None:
    question = Question(Host(host), "a/b", "1", insecure=by_tag)
    endpoint = endpoint_of(question, Installation((INSECURE,)), insecure=by_machine)
    assert endpoint.is_declared_insecure is expected


def test_a_registry_of_this_machine_is_called_over_https_where_certs_d_names_it() -> None:
    endpoint = endpoint_of(Question(Host("localhost:5000"), "a/b", "1"), Installation(), has_certificates=True)
    assert endpoint.bases == ("https://localhost:5000",)


def test_certificates_are_looked_for_under_the_name_that_references_have() -> None:
    names = [
        endpoint_of(Question(Host(host), "a/b", "1"), Installation()).trust.name
        for host in ("docker.io", "quay.io:443", "quay.io:8443")
    ]
    assert names == ["docker.io", "quay.io", "quay.io:8443"]
