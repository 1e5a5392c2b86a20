"""Which hosts belong to a cloud, and where its requests go; nothing is sent."""

import json
from pathlib import Path

import pytest

from reconciler.registry.cloud import aws, azure, google
from reconciler.registry.cloud.token_exchange import Environment, LoginRequest, TokenExchange
from reconciler.registry.lifetime import lifetime, lifetime_until
from tests.kit.clock import START

ROLE = {"AWS_ROLE_ARN": "arn", "AWS_WEB_IDENTITY_TOKEN_FILE": "/dev/null"}
KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"}


def login_request(host: str, *, opted_in: bool = False) -> LoginRequest:
    return LoginRequest(host, f"https://{host}", opted_in)


def here(**environ: str) -> Environment:
    return Environment(environ, lambda: START)


def first_url(exchange_for: TokenExchange | None) -> str | None:
    return next(exchange_for.flow()).url if exchange_for else None


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "https://api.ecr.eu-west-1.amazonaws.com/"),
        ("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", "https://ecr-fips.us-east-1.amazonaws.com/"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "https://api.ecr.cn-north-1.amazonaws.com.cn/"),
        ("123456789012.dkr-ecr.eu-west-1.on.aws", "https://ecr.eu-west-1.api.aws/"),
        ("123456789012.dkr-ecr-fips.us-east-1.on.aws", "https://ecr-fips.us-east-1.api.aws/"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.com", None),
        ("evil.com.123456789012.dkr.ecr.eu-west-1.amazonaws.com", None),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com:8443", None),
        ("dkr.ecr.eu-west-1.amazonaws.com", None),
        ("public.ecr.aws", None),  # open to everyone
        ("quay.io", None),
    ],
)
def test_amazons_registries_are_known_by_their_whole_name(host: str, url: str | None) -> None:
    assert first_url(aws.exchange_for(login_request(host), here(**KEYS))) == url


def test_public_ecr_is_called_with_an_identity_where_the_installation_names_one() -> None:
    exchange_for = aws.exchange_for(login_request("public.ecr.aws", opted_in=True), here(**KEYS))
    assert first_url(exchange_for) == "https://api.ecr-public.us-east-1.amazonaws.com/"


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        (ROLE, "https://sts.eu-west-1.amazonaws.com/"),
        (ROLE | {"AWS_REGION": "cn-north-1"}, "https://sts.cn-north-1.amazonaws.com.cn/"),
        (
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"},
            "http://169.254.170.23/v1/credentials",
        ),
        ({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"}, "http://169.254.170.2/v2/x"),
        ({"AWS_ROLE_ARN": "arn"}, None),
        ({"AWS_REGION": "eu-west-1"}, None),
        ({}, None),
    ],
)
def test_amazon_is_called_where_the_environment_names_an_identity(environ: dict[str, str], url: str | None) -> None:
    host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    assert first_url(aws.exchange_for(login_request(host), here(**environ))) == url


def test_metadata_servers_are_called_only_where_the_installation_allows_it() -> None:
    hosts = {
        aws.exchange_for: "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        google.exchange_for: "europe-docker.pkg.dev",
        azure.exchange_for: "acme.azurecr.io",
    }
    urls = []
    for exchange_for, host in hosts.items():
        assert exchange_for(login_request(host), here()) is None
        urls.append(first_url(exchange_for(login_request(host, opted_in=True), here())))
    assert urls == [
        "http://169.254.169.254/latest/api/token",
        "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token",
        "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F",
    ]


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("gcr.io", True),
        ("eu.gcr.io", True),
        ("europe-west1-docker.pkg.dev", True),
        ("a.b.gcr.io", False),
        ("gcr.io.evil.com", False),
        ("evilgcr.io", False),
        ("europe-west1-python.pkg.dev", False),
        ("gcr.io:8443", False),
    ],
)
def test_googles_registries_are_known_by_their_whole_name(tmp_path: Path, host: str, *, known: bool) -> None:
    file = tmp_path / "google.json"
    file.write_text(json.dumps({"type": "external_account"}))
    found = google.exchange_for(login_request(host), here(GOOGLE_APPLICATION_CREDENTIALS=str(file)))
    assert (found is not None) is known


def test_a_persons_refresh_token_goes_to_google_where_the_file_names_no_other_place(tmp_path: Path) -> None:
    file = tmp_path / "google.json"
    login = {"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "r"}
    file.write_text(json.dumps(login))
    exchange_for = google.exchange_for(
        login_request("europe-docker.pkg.dev"), here(GOOGLE_APPLICATION_CREDENTIALS=str(file))
    )
    assert exchange_for is not None
    assert next(exchange_for.flow()).url == "https://oauth2.googleapis.com/token"


def test_a_service_accounts_key_is_not_used_without_a_rule(tmp_path: Path) -> None:
    file = tmp_path / "google.json"
    file.write_text(json.dumps({"type": "service_account"}))
    assert google.exchange_for(login_request("gcr.io"), here(GOOGLE_APPLICATION_CREDENTIALS=str(file))) is None


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("acme.azurecr.io", "https://login.microsoftonline.com/t/oauth2/v2.0/token"),
        ("acme.eastus.azurecr.io", "https://login.microsoftonline.com/t/oauth2/v2.0/token"),
        ("acme.azurecr.cn", "https://login.chinacloudapi.cn/t/oauth2/v2.0/token"),
        ("acme.azurecr.us", "https://login.microsoftonline.us/t/oauth2/v2.0/token"),
        ("azurecr.io", None),
        ("acme.azurecr.io.evil.com", None),
        ("acme.evil-azurecr.io", None),
    ],
)
def test_azures_registries_are_known_by_their_whole_name(host: str, url: str | None) -> None:
    environ = {"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t", "AZURE_FEDERATED_TOKEN_FILE": "/dev/null"}
    assert first_url(azure.exchange_for(login_request(host), here(**environ))) == url
    for name in environ:
        assert (
            azure.exchange_for(login_request(host), here(**{key: environ[key] for key in environ if key != name}))
            is None
        )


@pytest.mark.parametrize(
    ("seconds", "used"),
    [(3600, 3600), (0, 60), (-1, 60), (10**9, 43200), (float("nan"), 60), ("3600", 60), (True, 60), (None, 60)],
)
def test_a_life_is_bounded(seconds: object, used: float) -> None:
    assert lifetime(seconds) == used


@pytest.mark.parametrize(
    ("moment", "used"),
    [
        ("2026-11-23T09:00:00Z", 3600),
        (START.timestamp() + 600, 600),
        ("2020-01-01T00:00:00Z", 60),
        ("soon", 60),
        ("2026-11-23T09:00:00", 60),
        (1e400, 43200),
        (None, 60),
    ],
)
def test_an_end_is_a_life(moment: object, used: float) -> None:
    assert lifetime_until(moment, START) == used
