"""Commit messages: whole texts, cleaned labels and names, and configured lines that must not pass as trailers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from reconciler.model.change import Change, Hold, ImageEdit, Move, Remove, Restore, Rewrite, Unhold
from reconciler.model.config import CommitStyle
from reconciler.model.finding import Position
from reconciler.model.history import Cause, TagHold
from reconciler.model.image_field import ImageField
from reconciler.model.observation import ImageMetadata
from reconciler.model.person import Person, Request
from reconciler.planning.message import recorded as recorded_by
from reconciler.planning.message import render
from reconciler.planning.trailers import TRAILERS, parse
from tests.kit.world import A, B, docker, event, follows, istag, stack

SOURCE = docker("quay.io/acme/app:1.4.2")
MOVE = Move(
    tag=istag("app:prod"),
    previous=A,
    history=stack("app:prod", event(B, 2, SOURCE, cause=Cause.SCHEDULED)),
    metadata=ImageMetadata(
        created="2026-11-22T21:10:00Z", version="1.4.2", revision="1f0c9d2e" * 5, source="https://git.example/app"
    ),
    request=Request(Person("Jane Doe", "jane@example.com"), "8c1d" * 10),
)


def test_a_move_is_told_to_people_and_recorded_for_programs() -> None:
    assert render([MOVE]) == (
        "Tag team-a/app:prod as sha256:bbbbbbbbbbbb\n"
        "\n"
        "quay.io/acme/app:1.4.2 now is sha256:bbbbbbbbbbbb (was sha256:aaaaaaaaaaaa).\n"
        "Version 1.4.2, built 2026-11-22T21:10:00Z from https://git.example/app at 1f0c9d2e1f0c.\n"
        "\n"
        "Tag: team-a/app:prod\n"
        f"Image: {B}\n"
        f"Previous-Image: {A}\n"
        "Source: DockerImage quay.io/acme/app:1.4.2\n"
        "Cause: scheduled\n"
        "Requested-By: Jane Doe <jane@example.com>\n"
        f"Requested-In: {'8c1d' * 10}\n"
    )


@pytest.mark.parametrize("name", ["dev", "app:dev"])
def test_a_followed_istag_is_written_in_full_whatever_the_spec_leaves_out(name: str) -> None:
    change = dataclasses.replace(MOVE, history=stack("app:prod", event(B, 2, follows(name))))
    message = render([change])
    assert "team-a/app:dev now is sha256:bbbbbbbbbbbb" in message
    assert "Source: ImageStreamTag team-a/app:dev\n" in message
    assert parse(message) == (recorded_by(change),)
    assert parse(message.replace("team-a/app:dev", "team-a/dev"))  # as earlier versions wrote it


def test_every_trailer_that_is_written_is_one_that_is_told_of() -> None:
    field = ImageField("app.yaml", 0, ("image",), MOVE.tag, None, Position("app.yaml"))
    moved = dataclasses.replace(MOVE, pusher="alice", awaited=("2", "3"), edits=(ImageEdit(field, "app"),))
    restored = Restore(
        tag=MOVE.tag,
        image=A,
        history=MOVE.history,
        request=MOVE.request,
        undoes="c" * 40,
        held=(A,),
        released=(B,),
    )
    written = [list(keys([change])) for change in (moved, restored)]
    assert written == [[key for key in TRAILERS if key in each] for each in written]
    assert {key for each in written for key in each} == set(TRAILERS)


def keys(changes: Sequence[Change]) -> list[str]:
    trailers = render(changes).rpartition("\n\n")[2].splitlines()
    return [line.partition(": ")[0] for line in trailers]


PUSHED = Move(
    tag=MOVE.tag,
    previous=A,
    history=stack("app:prod", event(B, 2, docker("r:5000/team-a/app:prod"), cause=Cause.PUSHED)),
    pusher="alice",
)


def test_the_message_names_the_pusher_as_a_claim_of_the_registry() -> None:
    message = render([PUSHED])
    assert message == (
        "Tag team-a/app:prod as sha256:bbbbbbbbbbbb\n"
        "\n"
        "r:5000/team-a/app:prod now is sha256:bbbbbbbbbbbb (was sha256:aaaaaaaaaaaa).\n"
        "Pushed by alice, says the registry.\n"
        "\n"
        "Tag: team-a/app:prod\n"
        f"Image: {B}\n"
        f"Previous-Image: {A}\n"
        "Source: DockerImage r:5000/team-a/app:prod\n"
        "Cause: pushed\n"
        "Pushed-By: alice\n"
    )
    assert parse(message) == (recorded_by(PUSHED),)


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        ("robot$acme+ci", "robot$acme+ci"),
        ("jane@example.com", "jane@example.com"),
        ("Jane Doe", "Jane-Doe"),
        ("fixes #1", "fixes-1"),
        ("@octocat", "octocat"),
        ("[skip ci]", "(skip-ci)"),
        ("a\n\nTag: team-a/app:evil", "a-Tag:-team-a/app:evil"),
        ("a\u2028Image: none\u202e", "a-Image:-none"),
        ("***NO_CI***", "NO_CI"),
        ("Jos\u00e9", "Jos\u00e9"),
        ("# \n @", None),
        ("", None),
        (None, None),
    ],
)
def test_a_claim_is_one_word_that_nothing_acts_on(claim: str | None, word: str | None) -> None:
    change = dataclasses.replace(PUSHED, pusher=claim)
    message = render([change])
    (recorded,) = parse(message)
    assert recorded == recorded_by(change)
    assert recorded.pushed_by == word
    assert ("Pushed by" in message) is (word is not None)


def test_a_removal_names_what_the_tag_last_meant() -> None:
    removal = Remove(tag=istag("app:old"), previous=A, history=stack("app:old"))
    assert render([removal]) == (
        "Remove tag team-a/app:old\n"
        "\n"
        "team-a/app:old is no longer declared; it last meant sha256:aaaaaaaaaaaa.\n"
        "Its history stays in git.\n"
        "\n"
        "Tag: team-a/app:old\n"
        "Image: none\n"
        f"Previous-Image: {A}\n"
        "Cause: removed\n"
    )


def test_a_restoration_names_the_commit_it_undoes() -> None:
    history = stack("app:prod", event(A, 1, follows("app:dev")))
    restored = Restore(tag=istag("app:prod"), image=A, history=history, undoes="c" * 40)
    assert render([restored]) == (
        "Restore history of team-a/app:prod\n"
        "\n"
        "team-a/app:prod means sha256:aaaaaaaaaaaa again, as it was last recorded.\n"
        "This undoes commit cccccccccccc.\n"
        "\n"
        "Tag: team-a/app:prod\n"
        f"Image: {A}\n"
        "Previous-Image: none\n"
        "Source: ImageStreamTag team-a/app:dev\n"
        "Cause: restored\n"
        f"Undoes: {'c' * 40}\n"
    )


def test_a_hold_names_who_rolled_back_and_in_which_commit() -> None:
    change = Hold(
        tag=istag("app:prod"),
        image=A,
        previous=B,
        request=Request(Person("Jane Doe", "jane@example.com"), "8c1d" * 10),
        held=(B,),
        released=(A,),
    )
    assert render([change]) == (
        "Hold team-a/app:prod\n"
        "\n"
        "Jane Doe rolled team-a/app:prod back to sha256:aaaaaaaaaaaa (was sha256:bbbbbbbbbbbb) in commit 8c1d8c1d8c1d.\n"
        "Held, so that no pass comes back to it: sha256:bbbbbbbbbbbb.\n"
        "\n"
        "Tag: team-a/app:prod\n"
        f"Image: {A}\n"
        f"Previous-Image: {B}\n"
        "Cause: rolled-back\n"
        f"Held-Image: {B}\n"
        f"Released-Image: {A}\n"
        "Requested-By: Jane Doe <jane@example.com>\n"
        f"Requested-In: {'8c1d' * 10}\n"
    )


def test_a_roll_back_that_holds_nothing_speaks_of_no_hold() -> None:
    asked = Request(Person("Jane Doe", "jane@example.com"))
    change = Hold(tag=istag("app:prod"), image=A, previous=B, request=asked, released=(A,))
    body = render([change]).split("\n\n")[1]
    assert body == "Jane Doe rolled team-a/app:prod back to sha256:aaaaaaaaaaaa (was sha256:bbbbbbbbbbbb)."


def test_a_release_names_what_may_come_back() -> None:
    name = istag("app:prod")
    change = Unhold(tag=name, image=A, previous=A, hold=TagHold(name), released=(B,))
    assert render([change]).split("\n")[:3] == [
        "Unhold team-a/app:prod",
        "",
        "team-a/app:prod may come back to sha256:bbbbbbbbbbbb.",
    ]


def test_a_rewrite_tells_that_the_image_stayed() -> None:
    rewrite = Rewrite(tag=MOVE.tag, previous=B, history=MOVE.history)
    assert render([rewrite]).split("\n")[:3] == [
        "Tag team-a/app:prod as sha256:bbbbbbbbbbbb",
        "",
        "team-a/app:prod still is sha256:bbbbbbbbbbbb, which now comes from quay.io/acme/app:1.4.2.",
    ]


def test_a_reference_tag_is_recorded_by_its_pull_spec() -> None:
    change = Move(tag=MOVE.tag, history=stack("app:prod", event(None, 1, pull_spec="quay.io/acme/app:1")))
    assert render([change]).split("\n")[:3] == [
        "Tag team-a/app:prod as quay.io/acme/app:1",
        "",
        "team-a/app:prod now refers to quay.io/acme/app:1.",
    ]


def test_first_events_of_a_stream_share_an_import_commit_with_a_block_each() -> None:
    first = dataclasses.replace(MOVE, first=True, previous=None, metadata=None, request=None)
    message = render([first, dataclasses.replace(first, tag=istag("app:dev"))])
    assert message.startswith("Import team-a/app: 2 tags\n\n")
    assert [recorded.tag.tag for recorded in parse(message)] == ["prod", "dev"]


def test_a_grouped_commit_counts_tags_and_streams() -> None:
    other = dataclasses.replace(MOVE, tag=istag("web:prod"))
    same = dataclasses.replace(MOVE, tag=istag("app:dev"))
    assert render([MOVE, same]).startswith("Update team-a/app: 2 tags\n")
    assert render([MOVE, other]).startswith("Update 2 tags in 2 streams\n")


def test_style_adds_prefix_trailers_and_a_mark_that_skips_ci() -> None:
    style = CommitStyle(subject_prefix="images: ", trailers=("Signed-off-by: Bot <bot@example.com>",), skip_ci=True)
    message = render([MOVE], style)
    assert message.startswith("images: Tag team-a/app:prod as ")
    assert "\n\n[skip ci]\n\nTag: team-a/app:prod\n" in message
    assert message.endswith("\nSigned-off-by: Bot <bot@example.com>\n")
    assert parse(message) == (recorded_by(MOVE),)


def test_a_configured_trailer_cannot_pose_as_part_of_a_change() -> None:
    style = CommitStyle(trailers=("Tag: team-a/app:evil", "image: none", "no trailer at all"))
    assert parse(render([MOVE], style)) == (recorded_by(MOVE),)


def test_text_from_image_labels_cannot_forge_trailers_or_skip_ci() -> None:
    evil = ImageMetadata(version="1\n\nTag: team-a/app:evil\nImage: none", revision="[skip ci]", source="***NO_CI***")
    message = render([dataclasses.replace(MOVE, metadata=evil)])
    assert parse(message) == (recorded_by(MOVE),)
    assert "[skip ci]" not in message
    assert "***NO_CI***" not in message


def test_names_of_people_and_labels_notify_no_user_and_close_no_issue() -> None:
    version = "1.0, fixes #1, closes acme/other#7, thanks @acme/security"
    source = "https://gitlab-ci-token:glcbt-S3cret@git.example.com/g/p/issues/3?private_token=x"
    evil = ImageMetadata(version=version, source=source, revision="!12")
    jane = Person("@acme/security Signed-off-by: [skip ci]", "@team")
    change = dataclasses.replace(MOVE, metadata=evil, request=Request(jane, "8c1d" * 10))
    message = render([change])
    assert message.split("\n")[3] == (
        "Version 1.0, fixes 1, closes acme/other 7, thanks acme/security, "
        "from https://git.example.com/g/p/issues 3 at 12."
    )
    assert "\nRequested-By: acme/security Signed-off-by (skip ci) <team>\n" in message
    assert parse(message) == (recorded_by(change),)
    held = Hold(tag=change.tag, image=A, previous=B, request=change.request)
    assert "\nacme/security Signed-off-by (skip ci) rolled team-a/app:prod back" in render([held])


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Fix a typo",
        "Subject\n\nTag: team-a/app:prod",
        "Subject\n\nTag: nonsense\nImage: none\nPrevious-Image: none\nCause: x",
        'Revert "Tag team-a/app:prod as sha256:bbbbbbbbbbbb"\n\nThis reverts commit 8c1d.\n',
        "Subject\n\nTag: team-a/app:prod\nImage: none\nPrevious-Image: none\nCause: x\nSource: Nothing y",
    ],
)
def test_other_peoples_messages_record_nothing(message: str) -> None:
    assert parse(message) == ()
