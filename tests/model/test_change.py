"""Changes of istags: what each kind does to the files, and how it describes itself."""

from __future__ import annotations

import pytest

from reconciler.model.change import Change, Hold, Move, Remove, Restore, Rewrite, Unhold
from reconciler.model.history import HeldImage, TagHold
from tests.kit.world import A, B, docker, event, istag, stack

PROD = istag("app:prod")
APP = docker("quay.io/acme/app:1")
HISTORY = stack("app:prod", event(A, 1, APP))
HELD = TagHold(PROD, (HeldImage(B, None, "f" * 40, APP),))


@pytest.mark.parametrize(
    ("change", "words", "folders"),
    [
        (Move(tag=PROD, history=HISTORY), ("move", "declared", A), "history"),
        (Rewrite(tag=PROD, previous=A, history=HISTORY), ("rewrite", "declared", A), "history"),
        (Hold(tag=PROD, image=A, hold=HELD), ("hold", "rolled-back", A), "holds"),
        (Hold(tag=PROD, image=A, history=HISTORY, hold=HELD), ("hold", "rolled-back", A), "history holds"),
        (Unhold(tag=PROD, image=A, hold=TagHold(PROD)), ("unhold", "released", A), "holds"),
        (Remove(tag=PROD, history=stack("app:prod"), hold=TagHold(PROD)), ("remove", "removed", None), "history holds"),
        (Restore(tag=PROD, image=None, history=stack("app:prod")), ("restore", "restored", None), "history"),
        (Restore(tag=PROD, image=A, hold=HELD), ("restore", "restored", A), "holds"),
    ],
)
def test_each_kind_names_itself_its_image_and_its_files(
    change: Change, words: tuple[str, str, str | None], folders: str
) -> None:
    assert (str(change.kind), str(change.cause), change.image) == words
    assert change.files == tuple(f"{folder}/team-a/app/prod.yaml" for folder in folders.split())


def test_only_a_change_with_an_event_on_top_names_a_source() -> None:
    assert Move(tag=PROD, history=HISTORY).source == APP
    assert Restore(tag=PROD, image=A, history=HISTORY).source == APP
    assert Restore(tag=PROD, image=A, hold=HELD).source is None
    assert Hold(tag=PROD, image=A, history=HISTORY).source is None
