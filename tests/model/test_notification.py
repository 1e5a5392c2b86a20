from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.change import ChangeKind
from reconciler.model.config import Sink
from reconciler.model.name import IstagName
from reconciler.model.notification import MAX_WORKLOADS, Notification, notification_id

APP = IstagName("team-a", "app", "prod")


def test_the_id_is_made_from_the_commit_and_the_istag() -> None:
    commit = "8c1d" * 10
    assert notification_id(commit, APP) == f"{commit}-d623abd693d5eb37"
    assert notification_id(commit, APP) != notification_id(commit, IstagName("team-a", "app", "test"))


@given(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1))
def test_an_id_can_be_a_part_of_a_path_whatever_the_istag_is_called(namespace: str, stream: str, tag: str) -> None:
    found = notification_id("8c1d" * 10, IstagName(namespace, stream, tag))
    assert re.fullmatch(r"[0-9a-f]{40}-[0-9a-f]{16}", found)


def test_a_notification_names_a_bounded_number_of_workloads() -> None:
    workloads = tuple(f"a.yaml#image{number}" for number in range(MAX_WORKLOADS + 3))
    found = Notification(id="1", change=ChangeKind.MOVE, tag=APP, workloads=workloads).to_json()
    assert found["workloads"] == list(workloads[:MAX_WORKLOADS])
    assert found["moreWorkloads"] == 3
    assert json.loads(json.dumps(found)) == found


def test_a_test_is_no_change() -> None:
    assert Notification(id="1", change=ChangeKind.MOVE, tag=APP, is_test=True).to_json()["event"] == "test"


def test_a_sink_is_told_of_what_all_its_filters_let_through() -> None:
    sink = Sink("ci", namespaces=("other", "team-*"), tags=("prod",), changes=(ChangeKind.MOVE,))
    assert sink.wants(APP, ChangeKind.MOVE)
    assert not sink.wants(APP, ChangeKind.HOLD)
    assert not sink.wants(IstagName("team-a", "app", "test"), ChangeKind.MOVE)
    assert not sink.wants(IstagName("ops", "app", "prod"), ChangeKind.MOVE)
    assert Sink("all").wants(APP, ChangeKind.RETARGET)
