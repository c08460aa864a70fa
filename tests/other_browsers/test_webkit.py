"""A lesson in WebKit: coming, waiting, writing, hands, slides, leaving."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from reception import Reception
from webkit_driver import Screen, WebKitWindow, missing

WHY = missing()
pytestmark = pytest.mark.skipif(bool(WHY), reason=WHY or "there is all it needs")


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    yield made
    made.ends()


def test_a_lesson_in_webkit(reception: Reception, screen: Screen, tmp_path: Path) -> None:
    reception.server.creates(guestPolicy="ASK_MODERATOR")
    ada = reception.invites(WebKitWindow(screen, tmp_path / "ada", 1280, 800), "Ada", role="MODERATOR")
    ada.is_in("meeting")
    ben = reception.invites(WebKitWindow(screen, tmp_path / "ben", 480, 800), "Ben", guest="true")
    ben.is_in("waiting")
    ada.presses("Admit Ben")
    ben.is_in("meeting")
    # Debian builds it without WebRTC: that is said, and all else works.
    for one in (ada, ben):
        one.until("document.querySelector('#tool-microphone').title.startsWith('This browser can neither')")
    reception.lesson(ada, ben, tmp_path)
    reception.parting(ben, ada)
