"""Commands tell sinks of what they pushed, and `imagestream sinks` shows and tries them."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.schema.check import check
from tests.e2e.conftest import Images, Place, stream, tag
from tests.kit.http_sink import HttpSink

REF = "refs/imagestream/sinks/ci"


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with HttpSink() as running:
        yield running


@pytest.fixture
def declared(remote: Place, images: Images, sink: HttpSink) -> Place:
    """A tag that was not imported yet, and the sink `ci`, both pushed; `installation.yaml` allows this machine."""
    images.push("app", "main", "1")
    remote.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "main"), scheduled=True)))
    config = (remote.path / "reconciler.yaml").read_text()
    remote.write("reconciler.yaml", f"{config}  sinks: [{{name: ci, url: '{sink.url}'}}]\n")
    remote.commit("Declare app")
    remote.git("push", "-q")
    installation(remote)
    return remote


def installation(place: Place, more: str = "") -> None:
    head = "apiVersion: reconciler/v1alpha1\nkind: Installation\nspec:\n"
    (place.root / "installation.yaml").write_text(f'{head}  allowPrivate: ["127.0.0.1"]\n{more}')


def config(place: Place) -> tuple[str, str]:
    return "--config", str(place.root / "installation.yaml")


def cursor(place: Place) -> str:
    place.git("fetch", "-q", "origin", "+refs/imagestream/sinks/*:refs/seen/*")
    return place.git("rev-parse", "refs/seen/ci").strip()


def test_sync_tells_what_it_pushed_and_unhold_and_rollback_do_too(
    declared: Place, images: Images, sink: HttpSink
) -> None:
    ran = declared.run(*config(declared), "sync")
    assert (ran.code, ran.err) == (0, "")
    assert [post.subject for post in sink.taken] == ["team-a/app:prod"]
    assert cursor(declared) == declared.git("rev-parse", "HEAD").strip()
    images.push("app", "main", "2")
    declared.ok(*config(declared), "sync")
    declared.ok(*config(declared), "rollback", "team-a/app:prod")
    declared.ok(*config(declared), "unhold", "team-a/app:prod")
    declared.ok(*config(declared), "import", "team-a/app:prod")
    assert [post.headers["ce-type"].rpartition(".")[2] for post in sink.taken] == [
        "move",
        "move",
        "hold",
        "unhold",
        "move",
    ]
    assert len(set(sink.ids)) == len(sink.ids)


def test_what_a_sink_did_not_take_is_said_and_told_by_the_next_process(
    declared: Place, images: Images, sink: HttpSink
) -> None:
    declared.ok(*config(declared), "sync")
    sink.status = 503
    images.push("app", "main", "2")
    ran = declared.run(*config(declared), "sync", environ={"IMAGESTREAM_TEST": "1"})
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "pushed to origin/main"
    assert f"note: sink ci was not told: 127.0.0.1:{sink.port} answers 503." in ran.err.splitlines()
    assert "note: sink ci was not told of 1 change yet; the next pass goes on." in ran.err.splitlines()
    status = declared.ok("sinks", "status")
    assert status.splitlines()[0].split() == ["SINK", "KIND", "TOLD", "OF", "BEHIND"]
    assert status.splitlines()[1].split()[-1] == "1"
    sink.status = 204
    assert declared.ok(*config(declared), "sync").startswith("No changes.")
    assert len(sink.ids) == 2
    assert declared.ok("sinks", "status").splitlines()[1].split()[-1] == "0"


def test_without_a_push_no_sink_is_told(declared: Place, sink: HttpSink) -> None:
    declared.ok(*config(declared), "sync", "--no-push")
    assert sink.seen == []
    declared.git("push", "-q")
    declared.ok(*config(declared), "sync")
    assert sink.seen == []  # it is new: it begins at the commit of the first pass that may tell it


def test_without_a_remote_commits_are_told(place: Place, images: Images, sink: HttpSink) -> None:
    images.push("app", "main", "1")
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "main"))))
    text = (place.path / "reconciler.yaml").read_text()
    place.write("reconciler.yaml", f"{text}  sinks: [{{name: ci, url: '{sink.url}'}}]\n")
    place.commit("Declare app")
    installation(place)
    place.ok(*config(place), "sync")
    assert [post.subject for post in sink.taken] == ["team-a/app:prod"]
    assert place.git("rev-parse", REF) == place.git("rev-parse", "HEAD")


def test_the_status_as_json_fits_its_schema(declared: Place) -> None:
    before = declared.run("sinks", "status", "-o", "json")
    assert check("sinks", before.json) == []
    head = declared.git("rev-parse", "HEAD").strip()
    assert before.json == {
        "branch": "main",
        "commit": head,
        "sinks": [
            {"name": "ci", "kind": "cloudevents", "toldOf": None, "behind": 0, "more": False, "problem": None},
        ],
    }
    declared.ok(*config(declared), "sync")
    after = declared.run("sinks", "status", "-o", "json")
    assert after.json["sinks"][0]["toldOf"] == declared.git("rev-parse", "HEAD").strip()


def test_a_repository_without_sinks_says_so(remote: Place) -> None:
    assert remote.ok("sinks", "status") == "No sinks: spec.sinks in reconciler.yaml has none.\n"


def test_one_sink_is_tried(declared: Place, sink: HttpSink) -> None:
    ran = declared.run(*config(declared), "sinks", "test", "ci")
    (post,) = sink.taken
    assert ran.out == f"sink ci took the test notification {post.id}.\n"
    assert ran.code == 0
    assert post.headers["ce-type"].endswith("test")
    for status, code in ((500, 4), (401, 1), (422, 1)):
        sink.status = status
        ran = declared.run(*config(declared), "sinks", "test", "ci")
        assert ran.code == code
        assert ran.err.startswith(f"error: sink ci did not take it: 127.0.0.1:{sink.port} answers {status}.")
    sink.die()
    assert declared.run(*config(declared), "sinks", "test", "ci").code == 4
    assert http.client.OK == 200


def test_a_sink_that_is_not_there_or_lacks_its_secret_is_an_error_of_usage(declared: Place, sink: HttpSink) -> None:
    ran = declared.run("sinks", "test", "chat")
    assert (ran.code, ran.err) == (2, "error: spec.sinks of branch main has no sink chat. It has ci.\n")
    text = (declared.path / "reconciler.yaml").read_text()
    declared.write("reconciler.yaml", text.replace("name: ci,", "name: ci, secret: ci,"))
    declared.commit("Sign it")
    declared.git("push", "-q")
    ran = declared.run(*config(declared), "sinks", "test", "ci")
    assert ran.code == 2
    assert ran.err.startswith("error: sink ci cannot be told from here: ")
    ran = declared.run(*config(declared), "sync")
    assert ran.code == 0
    assert "note: sink ci is left to other processes:" in ran.err
    assert sink.seen == []
    assert "note: sink ci is left to other processes here:" in declared.run("sinks", "status").err


def test_an_unreachable_remote_is_exit_code_four(declared: Place) -> None:
    Path(declared.root / "remote.git").rename(declared.root / "gone.git")
    assert declared.run("sinks", "status").code == 4


def test_a_shell_completes_the_commands_and_the_names_of_sinks(declared: Place) -> None:
    def completed(*words: str) -> str:
        line = " ".join(("imagestream", *words))
        environ = {
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words)),
            "_IMAGESTREAM_COMPLETE": "bash_complete",
        }
        return declared.run(environ=environ).out.strip()

    assert completed("sinks", "te") == "plain,test"
    assert completed("sinks", "test", "c") == "plain,ci"
    assert completed("sinks", "test", "x") == ""
