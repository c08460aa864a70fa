"""Browsers that playwright does not drive, at a real daemon: `make browsers`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from developer_harness import Running, a_space, running
from firefox_bidi import FIREFOX, Firefox
from reception import Reception, Server

shared = pytest.fixture(scope="module")(running(bbbd__media="mesh"))


@pytest.fixture(scope="session")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    if not FIREFOX:
        pytest.skip("there is no Firefox: apt-get install firefox-esr")
    started = Firefox(tmp_path_factory.mktemp("firefox"))
    yield started
    started.ends()


@pytest.fixture
def reception(shared: Running, asked_for: set[str]) -> Iterator[Reception]:
    """A server of its own for each test."""
    for space in a_space(shared, asked_for):
        opened = Reception(Server(daemon=space.daemon, name=space.name))
        yield opened
        opened.shuts()
