"""Apprise: the real library against a server on loopback; and a machine without the library."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reconciler.model.config import Sink
from reconciler.notify.outcome import Delivered, Failed
from tests.kit.faults import FaultServer, Reply
from tests.kit.mail_server import MailServer
from tests.kit.notified import COMMIT, IMAGE, SinkHouse

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""Services of the library use what newer versions of Python deprecate; a user only gets a warning."""

WITHOUT = """
import sys
sys.modules["apprise"] = None  # as if it were not installed
from reconciler.notify.kinds.apprise import AppriseSender
from tests.kit.notified import NOTIFICATION
print(AppriseSender((b"json://h/",)).send(NOTIFICATION).message)
"""


def test_a_service_of_apprise_gets_the_text(house: SinkHouse) -> None:
    with FaultServer({"*": Reply(200)}) as server:
        file = house.secret("mail", f"json://user:hunter2@{server.address}/in")
        assert house.send(Sink("it", "apprise", secret=file)) == Delivered()
    (request,) = server.requests
    assert b"team-a/app:prod moved from 1.4.1" in request.body


def test_a_mail_has_the_title_as_its_subject(house: SinkHouse) -> None:
    with MailServer() as server:
        address = f"mailto://{server.address}?from=bot@example.com&to=team@example.com&mode=insecure"
        assert house.send(Sink("it", "apprise", secret=house.secret("mail", address))) == Delivered()
        mail = server.mail
    title = "team-a/app:prod moved from 1.4.1 (sha256:77ab77ab77ab) to 1.4.2 (sha256:9f2c9f2c9f2c)"
    assert (mail["Subject"], mail["From"], mail["To"]) == (title, "bot@example.com", "team@example.com")
    lines = mail.get_content().splitlines()
    assert lines[0] == f"Image: quay.io/acme/app@{IMAGE}"
    assert lines[-1] == f"Commit 1f0c9d2a1f0c: https://git.example.com/acme/images/commit/{COMMIT}"


@pytest.mark.parametrize("answer", [Reply(500), Reply(302, {"Location": "http://127.0.0.1:1/"})])
def test_a_failure_is_told_without_the_address(
    house: SinkHouse, answer: Reply, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with FaultServer({"*": answer}) as server:
        file = house.secret("mail", f"json://user:hunter2@{server.address}/in")
        outcome = house.send(Sink("it", "apprise", secret=file))
    assert outcome == Failed("JSON did not take the message; apprise gives no reason.")
    assert "hunter2" not in "".join([*capfd.readouterr(), caplog.text])


def test_an_address_that_apprise_does_not_know_is_not_shown(house: SinkHouse) -> None:
    said = "its secret is no address that apprise knows. Write one such as mailtos://USER:PASSWORD@HOST?to=ADDRESS."
    for text in ("hunter2", "nosuch://hunter2@h", "mailto://"):
        assert house.send(Sink("it", "apprise", secret=house.secret("mail", text))) == Failed(said, retryable=False)


def test_each_address_needs_a_sink_of_its_own(house: SinkHouse) -> None:
    said = "its secret has several addresses. Write each into a file of its own, with a sink for it."
    file = house.secret("mail", "json://one/\njson://two/")
    assert house.send(Sink("it", "apprise", secret=file)) == Failed(said, retryable=False)


def test_without_the_library_the_message_names_the_extra() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        "kind apprise needs a library that is not installed. Install imagestream-reconciler[apprise], "
        "for example with pipx install 'imagestream-reconciler[apprise]'."
    )
