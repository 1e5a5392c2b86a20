"""The adoption of a live repository: the tags that become spec tags, and the notes about the others."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from reconciler.edit.adopt.live_repository import ExportWithNotes, RepositoryRequest, parse_request, read_repository
from reconciler.errors import InputError, RemoteError
from reconciler.model.config import Config, Installation, RegistryRule
from reconciler.model.host import Host
from reconciler.model.observation import Failure, ListAnswer, Listed, Listing, Reason
from reconciler.reading.declare import declare

REPOSITORY = "quay.io/acme/app"


@dataclass
class Shelf:
    """A registry with one list of tags."""

    answer: ListAnswer
    requests: list[Listing] = field(default_factory=list)

    def list_tags(self, listing: Listing) -> ListAnswer:
        """The same answer for every request."""
        self.requests.append(listing)
        return self.answer


def request(
    text: str = REPOSITORY, name: str | None = None, *, scheduled: bool = False, insecure: bool = False
) -> RepositoryRequest:
    return parse_request(text, "team-a", name, scheduled=scheduled, insecure=insecure)


def read(*tags: str, want: RepositoryRequest | None = None) -> ExportWithNotes:
    return read_repository(want or request(), Shelf(Listed(tags)), Installation())


def tags(found: ExportWithNotes) -> list[str]:
    (stream,) = found.export.streams
    return list(stream.stream.tags)


def test_a_repository_becomes_a_stream_of_its_tags() -> None:
    found = read("1.10", "latest", want=request(scheduled=True, insecure=True))
    (stream,) = found.export.streams
    assert stream.spec.decode() == (
        "apiVersion: image.openshift.io/v1\n"
        "kind: ImageStream\n"
        "metadata:\n"
        "  name: app\n"
        "  namespace: team-a\n"
        "spec:\n"
        "  tags:\n"
        "    - name: latest\n"
        "      from:\n"
        "        kind: DockerImage\n"
        "        name: quay.io/acme/app:latest\n"
        "      importPolicy:\n"
        "        insecure: true\n"
        "        scheduled: true\n"
        '    - name: "1.10"\n'
        "      from:\n"
        "        kind: DockerImage\n"
        "        name: quay.io/acme/app:1.10\n"
        "      importPolicy:\n"
        "        insecure: true\n"
        "        scheduled: true\n"
    )
    assert declare({"app.yaml": stream.spec}, Config()).findings == ()
    assert (found.notes, stream.stacks, found.export.findings) == ((), {}, ())


def test_the_first_fifty_in_openshift_s_order_are_taken_and_the_others_are_named() -> None:
    found = read(*(f"1.{minor}.0" for minor in range(62)), "latest")
    assert tags(found) == ["latest", *(f"1.{minor}.0" for minor in range(61, 12, -1))]
    assert found.notes == (
        "13 tags of quay.io/acme/app are beyond the first 50, OpenShift's limit: 1.12.0, 1.11.0, 1.10.0, 1.9.0, 1.8.0, "
        "1.7.0, 1.6.0, 1.5.0, 1.4.0, 1.3.0 and 3 more. Declare what you need by hand.",
    )


def test_tags_that_differ_only_in_case_cannot_be_in_one_stream() -> None:
    found = read("Main", "main", "MAIN")
    assert tags(found) == ["MAIN"]
    assert found.notes == (
        "2 tags of quay.io/acme/app differ only in case from others: Main, main. Declare what you need by hand.",
    )


def test_one_tag_that_is_left_out_is_reported_in_the_singular() -> None:
    assert read("a", "A").notes == (
        "1 tag of quay.io/acme/app differs only in case from another: a. Declare what you need by hand.",
    )


def test_a_short_name_keeps_its_spelling_and_docker_hub_is_looked_up() -> None:
    shelf = Shelf(Listed(("1",)))
    found = read_repository(request("nginx"), shelf, Installation())
    assert shelf.requests == [Listing(Host("docker.io"), "library/nginx")]
    assert b"name: nginx:1\n" in found.export.streams[0].spec


def test_a_namespace_that_may_not_use_the_credentials_sends_none() -> None:
    shelf = Shelf(Listed(("1",)))
    read_repository(request(), shelf, Installation(registries=(RegistryRule("quay.io", namespaces=("other",)),)))
    assert shelf.requests == [Listing(Host("quay.io"), "acme/app", anonymous=True)]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            Failure(Reason.NOT_FOUND, "repository quay.io/acme/app: quay.io has none."),
            "repository quay.io/acme/app: quay.io has none.",
        ),
        (Listed(()), "repository quay.io/acme/app has no tags."),
    ],
)
def test_without_a_list_there_is_no_stream(answer: ListAnswer, message: str) -> None:
    with pytest.raises(RemoteError) as raised:
        read_repository(request(), Shelf(answer), Installation())
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (f"{REPOSITORY}:1", None, f"{REPOSITORY}:1 names one image. Write the repository: {REPOSITORY}"),
        (
            "quay.io/acme/my__app",
            None,
            "stream team-a/my__app: 'my__app' is not a stream name. Use lower-case letters and digits with single . _ - "
            "between them. Give it another with --name or --namespace.",
        ),
        ("https://quay.io/acme/app", None, "pull spec 'https://quay.io/acme/app' has a scheme. Leave out 'https://'."),
    ],
)
def test_text_that_is_not_a_repository_or_makes_no_stream_is_refused(text: str, name: str | None, message: str) -> None:
    with pytest.raises(InputError) as raised:
        request(text, name)
    assert str(raised.value) == message


def test_another_name_makes_a_stream_of_a_repository_whose_name_is_none() -> None:
    assert str(request("quay.io/acme/my__app", "app").stream) == "team-a/app"
