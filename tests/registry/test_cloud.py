"""Cloud identities against doubles of the documented exchanges; the registry accepts only their credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.errors import InputError
from reconciler.model.config import CloudIdentity, Installation, RegistryRule
from reconciler.model.host import Host
from reconciler.model.observation import Answer, Failure, Found, Reason
from reconciler.registry.client import RegistryClient
from reconciler.registry.cloud.identity import CloudIdentities
from reconciler.registry.credentials.credential import Credential, Credentials
from reconciler.registry.credentials.keyring import Keyring
from reconciler.transport.session import Transport
from tests.kit.clock import FakeClock
from tests.kit.clouds import SECRET, SUBJECT, Amazon, Azure, Cloud, Google
from tests.kit.faults import FaultServer, Reply, as_json
from tests.registry.scripted import IMAGE, TAGGED, about, manifest

KNOWN = frozenset({IMAGE.digest})
ACR_USER = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def transport() -> Iterator[Transport]:
    with Transport() as made:
        yield made


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def amazon(tmp_path: Path, clock: FakeClock) -> Iterator[Amazon]:
    with Amazon(tmp_path, clock) as made:
        made.serve(TAGGED, manifest(IMAGE), "AWS", lambda: made.password)
        yield made


@pytest.fixture
def google(tmp_path: Path, clock: FakeClock) -> Iterator[Google]:
    with Google(tmp_path, clock) as made:
        made.serve(TAGGED, manifest(IMAGE), "oauth2accesstoken", lambda: made.password)
        yield made


@pytest.fixture(params=[False, True], ids=["arm", "registries-only"])
def azure(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Azure]:
    with Azure(tmp_path, clock, registries_only=request.param) as made:
        made.serve(TAGGED, manifest(IMAGE), ACR_USER, lambda: made.password)
        yield made


class CloudClient:
    """A registry client of an installation with `identity` for the cloud's registry."""

    def __init__(self, cloud: Cloud, identity: CloudIdentity, environ: Mapping[str, str], transport: Transport) -> None:
        self._cloud = cloud
        installation = Installation((RegistryRule(cloud.registry.address, identity=identity),))
        self.identities = CloudIdentities(transport, installation, environ, cloud.clock)
        self._client = RegistryClient(transport, Keyring([self.identities]), installation, cloud.clock)

    def ask(self) -> Answer:
        return self._client.resolve(about(self._cloud.registry), known=KNOWN)

    def refusal(self) -> str:
        """The message of the failure, without the image that it begins with; it contains no secret."""
        answer = self.ask()
        assert isinstance(answer, Failure)
        assert "secret words" not in answer.message
        assert SUBJECT not in answer.message
        return answer.message.partition(": ")[2]


def cloud_client(cloud: Cloud, environ: Mapping[str, str], transport: Transport) -> CloudClient:
    names = {Amazon: CloudIdentity.AWS, Google: CloudIdentity.GCP, Azure: CloudIdentity.AZURE}
    return CloudClient(cloud, names[type(cloud)], environ, transport)


def test_a_role_becomes_a_password_for_ecr(amazon: Amazon, transport: Transport) -> None:
    assert cloud_client(amazon, amazon.environ, transport).ask() == Found(IMAGE.digest)
    assert amazon.identity.requested() == ["POST /", "POST /"]


def test_eks_pod_identity_becomes_a_password_for_ecr(amazon: Amazon, transport: Transport) -> None:
    environ = {
        "AWS_ENDPOINT_URL": amazon.identity.url,
        "AWS_REGION": "eu-west-1",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{amazon.identity.url}/v1/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(amazon.subject),
    }
    assert cloud_client(amazon, environ, transport).ask() == Found(IMAGE.digest)
    assert amazon.identity.requested() == ["GET /v1/credentials", "POST /"]


def test_an_instances_role_becomes_a_password_for_ecr(amazon: Amazon, transport: Transport) -> None:
    environ = {
        "AWS_ENDPOINT_URL_ECR": amazon.identity.url,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": amazon.identity.url,
    }
    assert cloud_client(amazon, environ, transport).ask() == Found(IMAGE.digest)
    folder = "GET /latest/meta-data/iam/security-credentials/"
    assert amazon.identity.requested() == ["PUT /latest/api/token", folder, f"{folder}my-role", "POST /"]


def test_keys_of_the_environment_come_first(amazon: Amazon, transport: Transport) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
    assert cloud_client(amazon, amazon.environ | keys, transport).ask() == Found(IMAGE.digest)
    assert amazon.identity.requested() == ["POST /"]


def test_a_federated_workload_becomes_an_access_token_for_gar(google: Google, transport: Transport) -> None:
    assert cloud_client(google, google.federation(), transport).ask() == Found(IMAGE.digest)
    assert google.identity.requested() == ["POST /v1/token"]


def test_a_federated_workload_may_impersonate_a_service_account(google: Google, transport: Transport) -> None:
    url = f"{google.identity.url}/impersonate:generateAccessToken"
    environ = google.federation(service_account_impersonation_url=url)
    assert cloud_client(google, environ, transport).ask() == Found(IMAGE.digest)
    assert google.identity.requested() == ["POST /v1/token", "POST /impersonate:generateAccessToken"]


def test_a_subject_token_may_be_a_field_of_json_and_come_from_an_address(google: Google, transport: Transport) -> None:
    google.identity.route("GET /oidc", as_json({"value": SUBJECT}))
    form = {"type": "json", "subject_token_field_name": "value"}
    source = {"url": f"{google.identity.url}/oidc", "headers": {"Authorization": "Bearer ci"}, "format": form}
    assert cloud_client(google, google.federation(credential_source=source), transport).ask() == Found(IMAGE.digest)
    assert google.identity.requests[0].headers["authorization"] == "Bearer ci"


def test_a_persons_login_becomes_an_access_token_for_gar(google: Google, transport: Transport) -> None:
    assert cloud_client(google, google.login(), transport).ask() == Found(IMAGE.digest)
    assert google.identity.requested() == ["POST /token"]


def test_a_login_that_has_ended_is_reported(google: Google, transport: Transport) -> None:
    google.refuse = True
    assert cloud_client(google, google.login(), transport).refusal() == (
        f"{google.identity.address} gives no access token (400 invalid_grant). "
        "Check that the login has not ended (gcloud auth application-default login)."
    )


def test_an_instance_of_aws_becomes_an_access_token_for_gar(google: Google, transport: Transport) -> None:
    assert cloud_client(google, google.from_aws(), transport).ask() == Found(IMAGE.digest)
    base = "GET /latest/meta-data"
    asked = ["PUT /latest/api/token", f"{base}/placement/availability-zone", f"{base}/roles", f"{base}/roles/r"]
    assert google.identity.requested() == [*asked, "POST /v1/token"]


def test_keys_and_region_of_the_environment_keep_the_metadata_server_out_of_it(
    google: Google, transport: Transport
) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "eu-west-3"}
    assert cloud_client(google, google.from_aws() | keys, transport).ask() == Found(IMAGE.digest)
    assert google.identity.requested() == ["POST /v1/token"]


def test_keys_of_aws_that_google_refuses_are_reported(google: Google, transport: Transport) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wrong", "AWS_REGION": "eu-west-3"}
    assert cloud_client(google, google.from_aws() | keys, transport).refusal() == (
        f"{google.identity.address} gives no access token (400 invalid_grant). "
        "Check the workload identity pool and its provider."
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"environment_id": "aws2"}, "has another environment_id than aws1. Create it again."),
        ({"url": None}, "has no credential_source.url. Create it again."),
        (
            {"regional_cred_verification_url": 1},
            "has no credential_source.regional_cred_verification_url. Create it again.",
        ),
    ],
)
def test_a_federation_file_for_aws_that_cannot_be_used_is_reported(
    google: Google, transport: Transport, more: dict[str, object], message: str
) -> None:
    environ = google.from_aws(**more)
    path = environ["GOOGLE_APPLICATION_CREDENTIALS"]
    assert cloud_client(google, environ, transport).refusal() == f"GOOGLE_APPLICATION_CREDENTIALS {path}: {message}"


@pytest.mark.parametrize("zone", [b"", b"<html>", b"eu-west-1b\n<html>", b"../../x", b"\xff"])
def test_an_invalid_zone_is_reported(google: Google, transport: Transport, zone: bytes) -> None:
    google.identity.route("GET /latest/meta-data/placement/availability-zone", Reply(200, {}, zone))
    environ = google.from_aws()
    assert cloud_client(google, environ, transport).refusal() == (
        f"GOOGLE_APPLICATION_CREDENTIALS {environ['GOOGLE_APPLICATION_CREDENTIALS']}: "
        "has a region_url that names no region. Set AWS_REGION."
    )


@pytest.mark.parametrize("name", ["client_id", "client_secret", "refresh_token"])
def test_a_login_that_lacks_something_is_reported(google: Google, transport: Transport, name: str) -> None:
    environ = google.login(**{name: None})
    path = environ["GOOGLE_APPLICATION_CREDENTIALS"]
    assert cloud_client(google, environ, transport).refusal() == (
        f"GOOGLE_APPLICATION_CREDENTIALS {path}: has no {name}. Log in again."
    )


def test_a_machines_identity_becomes_an_access_token_for_gar(google: Google, transport: Transport) -> None:
    environ = {"GCE_METADATA_HOST": google.identity.address}
    assert cloud_client(google, environ, transport).ask() == Found(IMAGE.digest)


def test_a_workload_identity_becomes_a_password_for_acr(azure: Azure, transport: Transport) -> None:
    assert cloud_client(azure, azure.environ, transport).ask() == Found(IMAGE.digest)


def test_a_managed_identity_becomes_a_password_for_acr(azure: Azure, transport: Transport) -> None:
    environ = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": azure.identity.url}
    assert cloud_client(azure, environ, transport).ask() == Found(IMAGE.digest)


def test_a_password_is_kept_and_renewed_before_it_ends(amazon: Amazon, transport: Transport, clock: FakeClock) -> None:
    asking = cloud_client(amazon, amazon.environ, transport)
    asking.ask()
    clock.advance(11 * 3600)
    asking.ask()
    assert amazon.issued == 1
    clock.advance(3600 - 290)
    assert asking.ask() == Found(IMAGE.digest)
    assert amazon.issued == 2


def test_a_projected_token_is_read_each_time(amazon: Amazon, transport: Transport, clock: FakeClock) -> None:
    asking = cloud_client(amazon, amazon.environ, transport)
    amazon.subject.write_text("yesterdays-token")
    assert "gives no keys (403 AccessDenied)" in asking.refusal()
    amazon.subject.write_text(SUBJECT)
    clock.advance(31)
    assert asking.ask() == Found(IMAGE.digest)


def test_a_refusal_is_reported_once_with_its_code_and_advice(
    amazon: Amazon, google: Google, transport: Transport
) -> None:
    amazon.refuse = google.refuse = True
    host = amazon.identity.address
    asking = cloud_client(amazon, amazon.environ, transport)
    for _ in range(3):
        assert asking.refusal() == (
            f"{host} gives no keys (403 AccessDenied). Check AWS_ROLE_ARN and that the role trusts this identity."
        )
    assert amazon.identity.requested() == ["POST /"]
    assert cloud_client(google, google.federation(), transport).refusal() == (
        f"{google.identity.address} gives no access token (400 invalid_grant). "
        "Check the workload identity pool and its provider."
    )


def test_a_signature_that_is_wrong_is_reported(amazon: Amazon, transport: Transport) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wrong"}
    assert cloud_client(amazon, amazon.environ | keys, transport).refusal() == (
        f"{amazon.identity.address} gives no password (400 InvalidSignatureException). "
        "Check that the role may call ecr:GetAuthorizationToken."
    )


def test_an_impersonation_that_is_not_allowed_is_reported(google: Google, transport: Transport) -> None:
    google.identity.route("POST /v1/token", as_json({"access_token": "of-somebody-else"}))
    url = f"{google.identity.url}/impersonate:generateAccessToken"
    assert cloud_client(google, google.federation(service_account_impersonation_url=url), transport).refusal() == (
        f"{google.identity.address} gives no access token (403 PERMISSION_DENIED). "
        "Check that the identity may impersonate the service account."
    )


def test_azures_refusals_name_who_refused(azure: Azure, transport: Transport) -> None:
    azure.refuse = True
    assert cloud_client(azure, azure.environ, transport).refusal() == (
        f"{azure.identity.address} gives no access token (401 invalid_client). "
        "Check AZURE_CLIENT_ID, AZURE_TENANT_ID and the federated credential."
    )
    azure.refuse = False
    azure.registry.route("POST /oauth2/exchange", Reply(403))
    assert cloud_client(azure, azure.environ, transport).refusal() == (
        f"{azure.registry.address} gives no refresh token (403). Check that the identity has the role AcrPull."
    )


WRONG = [b"", b"{", b"[]", b"{}", b"<html>", b"\xff", b'{"access_token": 5}', b'{"access_token": "a\\r\\nb: c"}']


@pytest.mark.parametrize("body", WRONG)
def test_a_wrong_answer_is_a_mismatch_and_no_bug(google: Google, transport: Transport, body: bytes) -> None:
    google.identity.route("POST /v1/token", Reply(200, {}, body))
    asking = cloud_client(google, google.federation(), transport)
    assert asking.refusal() == f"{google.identity.address} gives no access token; its answer has none."


@pytest.mark.parametrize("body", [*WRONG, b'{"authorizationData": [{"authorizationToken": "bm9jb2xvbg=="}]}'])
def test_a_wrong_answer_of_ecr_is_a_mismatch_and_no_bug(amazon: Amazon, transport: Transport, body: bytes) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}
    amazon.identity.route("POST /", Reply(200, {}, body))
    answer = cloud_client(amazon, amazon.environ | keys, transport).ask()
    assert isinstance(answer, Failure)
    assert answer.reason is Reason.MISMATCH


@pytest.mark.parametrize("body", WRONG)
def test_a_wrong_answer_of_sts_is_a_mismatch_and_no_bug(amazon: Amazon, transport: Transport, body: bytes) -> None:
    amazon.identity.route("POST /", Reply(200, {}, body))
    assert cloud_client(amazon, amazon.environ, transport).refusal() == (
        f"{amazon.identity.address} gives no keys; its answer has none."
    )


def test_a_failing_server_is_retried_and_then_reported(google: Google, transport: Transport) -> None:
    google.identity.route("POST /v1/token", [Reply(503), as_json({"access_token": "x"})])
    asking = cloud_client(google, google.federation(), transport)
    google.serve(TAGGED, manifest(IMAGE), "oauth2accesstoken", lambda: "x")
    assert asking.ask() == Found(IMAGE.digest)
    google.identity.route("POST /v1/token", Reply(503))
    assert cloud_client(google, google.federation(), transport).refusal() == (
        f"{google.identity.address} is out of order (503)."
    )


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_takes_no_token_along(azure: Azure, transport: Transport, status: int) -> None:
    with FaultServer({"*": as_json({"access_token": "x", "refresh_token": "x"})}) as elsewhere:
        away = Reply(status, {"Location": f"{elsewhere.url}/"})
        azure.identity.route(f"POST /{Azure.TENANT}/oauth2/v2.0/token", away)
        assert f"gives no access token ({status})" in cloud_client(azure, azure.environ, transport).refusal()
        assert elsewhere.requests == []


def test_a_token_goes_only_where_it_belongs(azure: Azure, transport: Transport) -> None:
    cloud_client(azure, azure.environ, transport).ask()
    for request in azure.registry.requests:
        assert SUBJECT.encode() not in request.body
        assert (b"aad-for" in request.body) is (request.path == "/oauth2/exchange")
    for request in azure.identity.requests:
        assert b"aad-for" not in request.body
        assert "authorization" not in request.headers


def test_an_identity_is_not_sent_over_plain_http_to_another_machine(google: Google, transport: Transport) -> None:
    environ = google.federation(token_url="http://sts.example.com/v1/token")
    assert cloud_client(google, environ, transport).refusal() == (
        "http://sts.example.com: is not an https address, and an identity is sent to no other. Correct it."
    )


def test_a_file_of_a_variable_that_is_not_there_is_reported(amazon: Amazon, transport: Transport) -> None:
    amazon.subject.unlink()
    assert cloud_client(amazon, amazon.environ, transport).refusal() == (
        f"AWS_WEB_IDENTITY_TOKEN_FILE names {amazon.subject}, which cannot be read: No such file or directory. "
        "Correct one of them."
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"type": "service_account"},
            "is neither of type external_account nor authorized_user. "
            "Log in with its key as the user _json_key in place of identity.",
        ),
        ({"token_url": None}, "has no token_url. Create it again."),
        (
            {"credential_source": {"executable": {"command": "/bin/true"}}},
            "names an executable, which is not run. "
            "Let it write its token to a file, and name that as credential_source.file.",
        ),
        (
            {"credential_source": {}},
            "has no credential_source with a file, a url or an environment_id. Create it again.",
        ),
        (
            {"credential_source": {"file": "{}", "format": {"type": "json", "subject_token_field_name": "t"}}},
            "points to a subject token without the field 't'. Correct credential_source.",
        ),
    ],
)
def test_a_federation_file_that_cannot_be_used_is_reported(
    google: Google, transport: Transport, more: dict[str, object], message: str
) -> None:
    source = more.get("credential_source")
    if isinstance(source, dict) and "file" in source:
        source["file"] = str(google.subject)
    environ = google.federation(**more)
    path = environ["GOOGLE_APPLICATION_CREDENTIALS"]
    assert cloud_client(google, environ, transport).refusal() == f"GOOGLE_APPLICATION_CREDENTIALS {path}: {message}"


def test_a_server_that_is_not_googles_metadata_server_is_not_believed(google: Google, transport: Transport) -> None:
    with FaultServer({"*": as_json({"access_token": "x", "expires_in": 3600})}) as impostor:
        asking = cloud_client(google, {"GCE_METADATA_HOST": impostor.address}, transport)
        assert asking.refusal() == f"{impostor.address} is not a metadata server of Google."


def test_an_identity_without_a_region_is_reported(amazon: Amazon, transport: Transport) -> None:
    host = amazon.registry.address
    assert cloud_client(amazon, {}, transport).refusal() == (
        f"identity aws of {host}: its region is not known. Set AWS_REGION."
    )


def test_an_explicit_credential_wins_and_the_cloud_gets_no_request(amazon: Amazon, transport: Transport) -> None:
    installation = Installation((RegistryRule(amazon.registry.address, identity=CloudIdentity.AWS),))
    identities = CloudIdentities(transport, installation, amazon.environ, amazon.clock)
    explicit = Credentials({amazon.registry.address: Credential("alice", "secret")})
    found = Keyring([explicit, identities]).for_repository(Host(amazon.registry.address), "a/b")
    assert found == Credential("alice", "secret")
    assert amazon.identity.requests == []


def test_a_namespace_that_may_not_use_credentials_makes_no_exchange(amazon: Amazon, transport: Transport) -> None:
    installation = Installation((RegistryRule(amazon.registry.address, identity=CloudIdentity.AWS),))
    identities = CloudIdentities(transport, installation, amazon.environ, amazon.clock)
    client = RegistryClient(transport, identities, installation, amazon.clock)
    answer = client.resolve(replace(about(amazon.registry), anonymous=True))
    assert isinstance(answer, Failure)
    assert answer.reason is Reason.DENIED
    assert amazon.identity.requests == []


def test_without_an_identity_no_cloud_gets_a_request(transport: Transport, clock: FakeClock) -> None:
    identities = CloudIdentities(transport, Installation(), {}, clock)
    hosts = ["123456789012.dkr.ecr.eu-west-1.amazonaws.com", "gcr.io", "acme.azurecr.io", "public.ecr.aws", "quay.io"]
    assert [identities.for_repository(Host(host), "a/b") for host in hosts] == [None] * 5


def test_a_file_that_is_not_json_is_reported(tmp_path: Path, transport: Transport, clock: FakeClock) -> None:
    file = tmp_path / "google.json"
    file.write_text("[]")
    identities = CloudIdentities(transport, Installation(), {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}, clock)
    with pytest.raises(InputError) as caught:
        identities.for_repository(Host("gcr.io"), "a/b")
    assert str(caught.value) == f"GOOGLE_APPLICATION_CREDENTIALS {file}: is not a JSON object. Correct it."
    assert identities.for_repository(Host("quay.io"), "a/b") is None
