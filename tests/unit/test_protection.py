"""One-time links that a thread makes, for a long list, while others expire: each of them is good."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from threading import Thread

import pytest
from twisted.internet.task import Clock as Timer

from bbbd.clock import Clock
from bbbd.playback.protection import Protection

LINKS = 3000


@pytest.fixture(autouse=True)
def _threads_that_alternate() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_a_link_that_a_thread_makes_while_others_expire_is_good() -> None:
    timer = Timer()
    protection = Protection(Clock(timer, timer.seconds))
    made: list[str] = []
    thread = Thread(target=lambda: made.extend(protection.link("r", "video") for _ in range(LINKS)))
    thread.start()
    while thread.is_alive():
        protection.expire()
    tokens = [link.partition("=")[2] for link in made]
    assert [protection.redeem(token, "r", "video") for token in tokens] == [True] * LINKS
