"""Differences between registries: one case for each known behaviour, in one table.

The first word of a row names the registry, or the part of the specification that it comes from. Mirrors have a module
of their own (`test_mirror_list`), as have limits in detail (`test_rate_limit`) and Links (`test_listing`).
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from reconciler.demo.image import TinyImage, build_image, digest_of
from reconciler.model.host import Host
from reconciler.model.observation import Failure, Found, Listed, Listing, Reason
from reconciler.registry.credentials.credential import Credential, Credentials
from reconciler.registry.manifest import ACCEPT, DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from tests.kit.faults import Behaviour, CutBody, Decide, FaultServer, Recorded, Reply, Route, as_json, html
from tests.kit.images import DOCKER
from tests.registry.conftest import MakeClient
from tests.registry.scripted import CHILDREN, IMAGE, INDEX, TAGGED, about, by_digest, manifest, serving

LIST = "/v2/a/b/tags/list"
BASIC = "Basic YWxpY2U6c2VjcmV0"
KNOWN = frozenset({IMAGE.digest, INDEX.digest})
FOUND = Found(IMAGE.digest)
DENIED = "{} denies access (401). Check the name, and log in with `docker login` if it is private."
FORBIDDEN = "{} denies access (403). Check the name, and log in with `docker login` if it is private."
NOT_FOUND = "{} does not have it (404). Check the name and the tag."
SCHEMA1 = (
    "{} has it as a schema 1 manifest, which is not supported. Push it again with a current docker, podman or skopeo."
)
PRETTYJWS = "application/vnd.docker.distribution.manifest.v1+prettyjws"
HEX = "9f2c1ab04d77" + "0" * 52


@dataclass(frozen=True)
class Row:
    """The behaviour of a registry, the expected result, and, if it matters, the expected requests."""

    name: str
    routes: Mapping[str, Route]
    answer: Found | Listed | tuple[Reason, str]
    requested: list[str] = field(default_factory=list)
    """All requests, in order; empty if they do not matter."""
    identifier: str = "1"
    """A tag or digest; empty for the list of tags."""
    known: frozenset[str] = KNOWN
    credential: Credential | None = None


def both(behaviour: Behaviour) -> dict[str, Route]:
    """The same for HEAD and GET of the tag."""
    return {f"* {TAGGED}": behaviour}


def without_head(behaviour: Behaviour, head: Behaviour | None = None) -> dict[str, Route]:
    """The answer to GET of the tag if HEAD tells too little."""
    return {f"HEAD {TAGGED}": head or Reply(405), f"GET {TAGGED}": behaviour}


def if_authorized(header: str, challenge: str, answer: Behaviour | None = None) -> Behaviour:
    """The answer for requests with the header; all others get a challenge."""

    def choose(request: Recorded) -> Behaviour:
        if request.headers.get("authorization") == header:
            return answer or manifest(IMAGE)
        return Reply(401, {"WWW-Authenticate": challenge} if challenge else {})

    return Decide(choose)


def if_accepted(media_type: str, answer: Behaviour, otherwise: Behaviour) -> Behaviour:
    """An answer that depends on `Accept`, as distribution's does."""

    def choose(request: Recorded) -> Behaviour:
        accepted = [part.strip() for part in request.headers.get("accept", "").split(",")]
        return answer if media_type in accepted else otherwise

    return Decide(choose)


def tags(*names: object, link: str = "") -> Reply:
    reply = as_json({"name": "a/b", "tags": list(names)})
    return Reply(200, {**reply.headers, "Link": link}, reply.body) if link else reply


def by_query(pages: Mapping[str, Behaviour]) -> dict[str, Route]:
    """Pages of the list by `n` and `last`, as `N` or `N LAST`."""

    def choose(request: Recorded) -> Behaviour:
        asked = [request.query.get(name, [""])[0] for name in ("n", "last")]
        return pages.get(" ".join(part for part in asked if part), Reply(418))

    return {f"GET {LIST}": Decide(choose)}


def token(**answer: object) -> dict[str, Route]:
    """A token server at `/token`, and an image for clients with its token."""
    bearer = if_authorized("Bearer t1", 'Bearer realm="/token",service="r"')
    return {"GET /token": as_json({"token": "t1", **answer}), f"* {TAGGED}": bearer}


ALICE = Credential("alice", "secret")
HEAD, GET = f"HEAD {TAGGED}", f"GET {TAGGED}"
BLOB = f"/v2/a/b/blobs/{digest_of(IMAGE.blobs[0])}"
DOCKER_IMAGE = build_image(TinyImage(), DOCKER)
SIGNED = Reply(200, {"Content-Type": PRETTYJWS, "Docker-Content-Digest": f"sha256:{HEX}"}, b'{"schemaVersion": 1}')
UNTYPED = Reply(200, {"Docker-Content-Digest": IMAGE.digest})
NO_DIGEST = Reply(200, {"Content-Type": IMAGE.media_type}, IMAGE.manifest)
LIMITS = {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "99;w=21600", "docker-ratelimit-source": "192.0.2.1"}
EMPTY_HEAD = Reply(200, {"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": IMAGE.digest, "Content-Length": "0"})

PING = [
    Row("spec: no ping before the first request", both(manifest(IMAGE)), FOUND, [HEAD]),
    Row("spec: no API version header is needed", both(manifest(IMAGE)), FOUND),
    Row(
        "gcr.io: a 401 without a challenge, which the ping has",
        {
            f"* {TAGGED}": if_authorized("Bearer t1", ""),
            "GET /v2/": Reply(401, {"WWW-Authenticate": 'Bearer realm="/token",service="r"'}),
            "GET /token": as_json({"token": "t1"}),
        },
        FOUND,
        [HEAD, "GET /v2/", "GET /token", HEAD],
    ),
    Row("anything: a 401 without a challenge anywhere", both(Reply(401)), (Reason.DENIED, DENIED)),
    Row("web server: no registry at all", {"*": Reply(404, {}, b"<html>")}, (Reason.NOT_FOUND, NOT_FOUND)),
    Row(
        "captive portal: 200 and HTML for everything",
        {"*": html()},
        (Reason.MISMATCH, "{} sent 'text/html', which is not a manifest."),
    ),
]

CHALLENGES = [
    Row(
        "Gitea: Bearer and Basic in one header",
        token() | {f"* {TAGGED}": if_authorized("Bearer t1", 'Bearer realm="/token",service="r",Basic realm="g"')},
        FOUND,
    ),
    Row(
        "zot, old: lower case, nothing quoted",
        token() | {f"* {TAGGED}": if_authorized("Bearer t1", "bearer realm=/token,service=r")},
        FOUND,
    ),
    Row("spec: a relative realm", token(), FOUND, [HEAD, "GET /token", HEAD]),
    Row(
        "ECR: Basic with a service",
        both(
            if_authorized(BASIC, 'Basic realm="https://1.dkr.ecr.us-east-1.amazonaws.com/",service="ecr.amazonaws.com"')
        ),
        FOUND,
        credential=ALICE,
    ),
    Row(
        "proxy: an unknown scheme is passed over",
        both(if_authorized(BASIC, 'Negotiate, Basic realm="r"')),
        FOUND,
        credential=ALICE,
    ),
    Row("proxy: only an unknown scheme", both(if_authorized("", "Negotiate")), (Reason.DENIED, DENIED)),
    Row("token server: nothing but access_token", token(token=None, access_token="t1"), FOUND),
    Row("token server: expires at once", token(expires_in=0), FOUND),
    Row("token server: issued in the future", token(issued_at="2999-01-01T00:00:00Z"), FOUND),
    Row(
        "token server: fewer scopes than asked are no error until the 401",
        {"GET /token": as_json({"token": "t0"}), f"* {TAGGED}": if_authorized("Bearer t1", 'Bearer realm="/token"')},
        (Reason.DENIED, DENIED),
    ),
]

MANIFESTS = [
    Row(
        "distribution: OCI is 404 where it is not accepted",
        both(if_accepted(OCI_MANIFEST, manifest(IMAGE), Reply(404))),
        FOUND,
        [HEAD],
    ),
    Row(
        "distribution: an OCI index",
        both(if_accepted(OCI_INDEX, manifest(INDEX), Reply(404))),
        Found(INDEX.digest),
        [HEAD],
    ),
    Row(
        "distribution: a Docker list is its linux/amd64 image where it is not accepted",
        both(if_accepted(DOCKER_LIST, manifest(INDEX), manifest(CHILDREN["linux/amd64"]))),
        Found(INDEX.digest),
        [HEAD],
    ),
    Row(
        "Docker Hub: schema 1 where nothing is accepted",
        both(if_accepted(DOCKER_MANIFEST, manifest(DOCKER_IMAGE), SIGNED)),
        Found(DOCKER_IMAGE.digest),
        known=frozenset({DOCKER_IMAGE.digest}),
    ),
    Row(
        "spec: parameters of a media type do not matter",
        both(manifest(IMAGE, Content_Type=f"{OCI_MANIFEST}; charset=utf-8")),
        FOUND,
        [HEAD],
    ),
    Row(
        "spec: a mediaType other than the header's",
        without_head(manifest(IMAGE, Content_Type=OCI_INDEX)),
        (Reason.MISMATCH, f"{{}} sent a manifest as '{OCI_INDEX}' whose own mediaType is '{OCI_MANIFEST}'."),
    ),
    Row(
        "Red Hat: text/plain for schema 1",
        without_head(Reply(200, {"Content-Type": "text/plain"}, SIGNED.body)),
        (Reason.INVALID, SCHEMA1),
    ),
    Row("proxy: text/plain for everything", both(manifest(IMAGE, Content_Type="text/plain")), FOUND, [HEAD, GET]),
    Row("proxy: no media type at all", without_head(Reply(200, {}, IMAGE.manifest), UNTYPED), FOUND, [HEAD, GET]),
    Row("any: schema 1, from HEAD", both(SIGNED), (Reason.INVALID, SCHEMA1), [HEAD]),
    Row("any: schema 1, from GET", without_head(SIGNED), (Reason.INVALID, SCHEMA1), [HEAD, GET]),
    Row(
        "any: schema 1 without signatures",
        without_head(Reply(200, {"Content-Type": "application/json"}, b'{"schemaVersion": 1}')),
        (Reason.INVALID, SCHEMA1),
    ),
    Row(
        "proxy: compressed though identity was asked for",
        without_head(
            Reply(200, {"Content-Type": OCI_MANIFEST, "Content-Encoding": "gzip"}, gzip.compress(IMAGE.manifest))
        ),
        (Reason.MISMATCH, "{} sent something that is not JSON."),
    ),
    Row("ECR: a digest in HEAD, none in GET", without_head(NO_DIGEST, manifest(IMAGE)), FOUND, [HEAD]),
    Row("several: no digest in HEAD", both(NO_DIGEST), FOUND, [HEAD, GET]),
    Row(
        "several: a wrong digest in GET by tag",
        without_head(manifest(IMAGE, Docker_Content_Digest=f"sha256:{HEX}")),
        FOUND,
    ),
    Row(
        "anything: other bytes than a digest promises",
        {f"* {by_digest(IMAGE)}": Reply(200, {"Content-Type": OCI_MANIFEST}, IMAGE.manifest + b" ")},
        (Reason.MISMATCH, f"{{}} sent other bytes than the digest {IMAGE.digest} promises."),
        identifier=IMAGE.digest,
    ),
    Row("zot, old: Content-Length 0 in HEAD", without_head(manifest(IMAGE), EMPTY_HEAD), FOUND, [HEAD]),
    Row("several: no HEAD (405)", without_head(manifest(IMAGE)), FOUND, [HEAD, GET]),
    Row("several: no HEAD (501)", without_head(manifest(IMAGE), Reply(501)), FOUND, [HEAD, GET]),
    *(
        Row(f"several: HEAD answers {status} where GET works", without_head(manifest(IMAGE), Reply(status)), FOUND)
        for status in (204, 400, 401, 403, 404, 406, 500, 502, 599)
    ),
    Row(
        "any: HEAD says 503 and when to come back",
        without_head(manifest(IMAGE), Reply(503, {"Retry-After": "3600"})),
        (Reason.UNREACHABLE, "{} is out of order (503)."),
        [HEAD],
    ),
    Row(
        "any: HEAD has a digest of an unknown algorithm",
        without_head(manifest(IMAGE), manifest(IMAGE, Docker_Content_Digest="blake3:" + HEX)),
        FOUND,
        [HEAD, GET],
    ),
    Row("distribution: an Etag", both(manifest(IMAGE, Etag=f'"{IMAGE.digest}"')), FOUND, [HEAD]),
    Row("spec: a warning is not acted on", both(manifest(IMAGE, Warning='299 - "pulls end soon"')), FOUND, [HEAD]),
    Row(
        "anything: a manifest of more than 4 MiB",
        without_head(Reply(200, {"Content-Type": OCI_MANIFEST}, b" " * (4 * 1024 * 1024 + 1))),
        (Reason.MISMATCH, "{} sent more than the 4194304 bytes that are allowed."),
    ),
]

ERRORS = [
    Row(
        "Red Hat: a 404 with the code 404",
        without_head(as_json({"errors": [{"code": "404"}]}, 404)),
        (Reason.NOT_FOUND, NOT_FOUND),
    ),
    Row(
        "Harbor: NOT_FOUND",
        without_head(as_json({"errors": [{"code": "NOT_FOUND"}]}, 404)),
        (Reason.NOT_FOUND, NOT_FOUND),
    ),
    Row(
        "several: details in place of errors",
        without_head(as_json({"details": "no"}, 404)),
        (Reason.NOT_FOUND, NOT_FOUND),
    ),
    Row(
        "web server: a 404 in HTML",
        without_head(Reply(404, {"Content-Type": "text/html"}, b"<html>")),
        (Reason.NOT_FOUND, NOT_FOUND),
    ),
    Row("any: a 404 of HEAD has no body", both(Reply(404)), (Reason.NOT_FOUND, NOT_FOUND), [HEAD, GET]),
    Row("any: errors that are no list", without_head(as_json({"errors": None}, 404)), (Reason.NOT_FOUND, NOT_FOUND)),
    Row(
        "any: an error that is cut",
        without_head(CutBody()),
        (Reason.UNREACHABLE, "{} broke its answer off in the middle."),
    ),
    Row(
        "any: 200 with errors in it",
        without_head(as_json({"errors": [{"code": "MANIFEST_UNKNOWN"}]})),
        (Reason.MISMATCH, "{} sent JSON that is not a manifest."),
    ),
    Row("Docker Hub: 401 for what is not there", both(Reply(401)), (Reason.DENIED, DENIED)),
    Row("GHCR: 403 for what is not there", both(Reply(403)), (Reason.DENIED, FORBIDDEN)),
    Row("ECR: 404 for what is not there", both(Reply(404)), (Reason.NOT_FOUND, NOT_FOUND)),
    Row(
        "any: the code does not overrule the status",
        without_head(as_json({"errors": [{"code": "TOOMANYREQUESTS"}]}, 403)),
        (Reason.DENIED, FORBIDDEN),
    ),
]

LIMITED = [
    Row("Docker Hub: limits told with HEAD", both(Reply(200, {**manifest(IMAGE).headers, **LIMITS})), FOUND, [HEAD]),
    Row(
        "Docker Hub: a 429 in plain text",
        both(Reply(429, {"Content-Type": "text/plain"}, b"You have reached your pull rate limit.")),
        (Reason.RATE_LIMITED, "{} allows no more requests for now (429). It is asked again in the next pass."),
        [HEAD] * 3,
    ),
    Row(
        "Docker Hub: the limit on abuse, a bare 429 that passes",
        {HEAD: [Reply(429), manifest(IMAGE)]},
        FOUND,
        [HEAD] * 2,
    ),
    Row(
        "spec: Retry-After of an hour",
        both(Reply(429, {"Retry-After": "3600"})),
        (Reason.RATE_LIMITED, "{} allows no more requests until 2026-11-23T09:00:00Z (429)."),
        [HEAD],
    ),
    *(
        Row(f"several: {status} passes", {HEAD: [Reply(status), manifest(IMAGE)]}, FOUND, [HEAD] * 2)
        for status in (408, 500, 502, 503, 504)
    ),
]

PAGE2 = f'<{LIST}?n=100&last=1>; rel="next"'
LISTS = [
    Row(
        "Docker Hub: n is ignored, all at once",
        by_query({"1000": tags(*map(str, range(1500)))}),
        Listed(tuple(map(str, range(1500)))),
    ),
    Row(
        "quay: oldest first, a hundred a page",
        by_query({"1000": tags("2", "1", link=PAGE2), "100 1": tags("3")}),
        Listed(("2", "1", "3")),
    ),
    Row(
        "ghcr: the newest on the last page",
        by_query({"1000": tags("1", link=PAGE2), "100 1": tags("latest")}),
        Listed(("1", "latest")),
    ),
    Row("ECR: more than 1,000 is a 405", by_query({"1000": Reply(405), "100": tags("1")}), Listed(("1",))),
    Row(
        "distribution: more than its maximum is a 400", by_query({"1000": Reply(400), "100": tags("1")}), Listed(("1",))
    ),
    Row("public ECR: unsorted", by_query({"1000": tags("b", "a", "c")}), Listed(("b", "a", "c"))),
    Row(
        "Google: child and manifest maps",
        by_query({"1000": as_json({"child": [], "manifest": {f"sha256:{HEX}": {"tag": ["1"]}}, "tags": ["1"]})}),
        Listed(("1",)),
    ),
    Row(
        "Artifactory: a Link without its prefix",
        by_query({"1000": tags("1", link='</v2/b/tags/list?last=1&n=100>; rel="next"'), "100 1": tags("2")}),
        Listed(("1", "2")),
    ),
    Row("Artifactory: digests among the tags", by_query({"1000": tags(f"sha256:{HEX}", "1")}), Listed(("1",))),
    Row("Nexus: null among the tags", by_query({"1000": tags(None, "1")}), Listed(("1",))),
    Row("distribution: tags is null", by_query({"1000": as_json({"name": "a/b", "tags": None})}), Listed(())),
    Row(
        "zot, old: a Link without brackets",
        by_query({"1000": tags("1", link=f"{LIST}?n=100&last=1; rel=next"), "100 1": tags("2")}),
        Listed(("1", "2")),
    ),
    Row(
        "spec: an under-filled page with a Link",
        by_query({"1000": tags(link=PAGE2), "100 1": tags("2")}),
        Listed(("2",)),
    ),
    Row(
        "quay, old: last is ignored",
        {f"GET {LIST}": tags("1", link=PAGE2)},
        (Reason.MISMATCH, "{} repeats its list of tags, after 1."),
    ),
    Row(
        "cosign: signatures beside images",
        by_query({"1000": tags(f"sha256-{HEX}.sig", f"sha256-{HEX}", "1")}),
        Listed(("1",)),
    ),
    Row(
        "several: no such repository",
        {},
        (Reason.NOT_FOUND, "{} does not have the repository (404). Check the name."),
    ),
    Row("quay: 401 for a private repository", {f"GET {LIST}": Reply(401)}, (Reason.DENIED, DENIED)),
]


def cases(rows: list[Row]) -> list[object]:
    return [pytest.param(row, id=row.name) for row in rows]


@pytest.mark.parametrize("row", cases(PING + CHALLENGES + MANIFESTS + ERRORS + LIMITED))
def test_an_image_is_found_or_not_whatever_the_registry_is_like(make_client: MakeClient, row: Row) -> None:
    with FaultServer(row.routes) as server:
        credentials = Credentials({server.address: row.credential} if row.credential else {})
        answer = make_client(credentials).resolve(about(server, row.identifier), known=row.known)
    if isinstance(row.answer, tuple):
        reason, text = row.answer
        wanted: object = Failure(reason, f"image {about(server, row.identifier)}: {text.format(server.address)}")
    else:
        wanted = row.answer
    assert answer == wanted
    assert not row.requested or server.requested() == row.requested
    manifests = [request for request in server.requests if "/manifests/" in request.path]
    assert {request.headers.get("accept") for request in manifests} == {ACCEPT}
    assert {request.headers.get("accept-encoding") for request in server.requests} == {"identity"}


@pytest.mark.parametrize("row", cases(LISTS))
def test_tags_are_listed_or_not_whatever_the_registry_is_like(make_client: MakeClient, row: Row) -> None:
    with FaultServer(row.routes) as server:
        answer = make_client().list_tags(Listing(Host(server.address), "a/b"))
    if isinstance(row.answer, tuple):
        reason, text = row.answer
        assert answer == Failure(reason, f"tags of {server.address}/a/b: {text.format(server.address)}")
    else:
        assert answer == row.answer


# The answer for the config blob, and whether the image then has metadata.
BLOBS: list[tuple[str, Callable[[FaultServer], Behaviour], bool]] = [
    ("spec: from the registry itself", lambda _: Reply(200, {}, IMAGE.blobs[0]), True),
    ("S3: redirected with a signature", lambda s3: Reply(307, {"Location": f"{s3.url}/blob?X-Amz-Signature=x"}), True),
    ("S3: redirected by another status", lambda s3: Reply(302, {"Location": f"{s3.url}/blob"}), True),
    ("spec: a range though none was asked for", lambda _: Reply(206, {"Content-Range": "bytes 0-0/1"}, b"x"), False),
    ("any: larger than 8 MiB", lambda _: Reply(200, {}, b" " * (8 * 1024 * 1024 + 1)), False),
    ("any: other bytes", lambda _: Reply(200, {}, IMAGE.blobs[0][:-1] + b" "), False),
    ("any: cut", lambda _: CutBody(), False),
    ("any: redirected to the metadata service", lambda _: Reply(307, {"Location": "http://169.254.169.254/x"}), False),
    ("any: gone", lambda _: Reply(404), False),
]


@pytest.mark.parametrize(("behaviour", "described"), [pytest.param(*row, id=name) for name, *row in BLOBS])
def test_an_unusable_config_blob_gives_no_metadata_and_keeps_the_image(
    make_client: MakeClient, behaviour: Callable[[FaultServer], Behaviour], *, described: bool
) -> None:
    def as_s3(request: Recorded) -> Behaviour:
        """S3 refuses requests with two kinds of authentication."""
        return Reply(400) if "authorization" in request.headers else Reply(200, {}, IMAGE.blobs[0])

    with FaultServer({"GET /blob": Decide(as_s3)}) as s3, FaultServer(serving(IMAGE)) as server:
        server.route(f"* {TAGGED}", if_authorized(BASIC, 'Basic realm="r"'))
        server.route(f"GET {BLOB}", if_authorized(BASIC, 'Basic realm="r"', behaviour(s3)))
        client = make_client(Credentials({server.address: ALICE}))
        answer = client.resolve(about(server))
    assert isinstance(answer, Found)
    assert answer.image == IMAGE.digest
    assert (answer.metadata is not None) is described
