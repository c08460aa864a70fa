"""A real browser: Debian's Chromium, driven by playwright. A page with an error or a CSP report fails its test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browser_harness import FLAGS, HANG, PHONE, WIDE, House, Server
from browser_media import DEVICES
from developer_harness import Running, a_space, running
from media_harness import Network
from player_harness import Player, Recordings, serving, watching
from turn_server import TurnServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

#: The headless build has no windows to draw, and half the computing to do.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know where the pictures of the page's states go."""
    parser.addoption("--pictures", metavar="DIR", help="put pictures of all states of the meeting's page there")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives the browsers; a process has one."""
    if CHROMIUM is None:
        missing = "Chromium is not here; `apt-get install chromium-headless-shell` brings it"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium, started once."""
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
    yield started
    started.close()


@pytest.fixture(scope="module")
def browser_with_devices(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with a microphone and a camera that nobody is asked for."""
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *DEVICES])
    yield started
    started.close()


@pytest.fixture(scope="module")
def relay(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TurnServer]:
    """A coturn that reaches the network of Janus."""
    started = TurnServer(tmp_path_factory.mktemp("turn"), network.here)
    yield started
    started.end()


@pytest.fixture(params=[(1280, 800), (390, 844)], ids=["wide", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page, wide and on a phone, that may not report anything."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(HANG)
    opened = context.new_page()
    reports: list[str] = []
    opened.on("console", lambda message: reports.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda fault: reports.append(str(fault)))
    opened.add_init_script(
        "document.addEventListener('securitypolicyviolation',"
        " (event) => console.error('CSP', event.violatedDirective, event.blockedURI))"
    )
    yield opened
    context.close()
    # A file that is not there is looked for all the same: which media there are is found out by asking.
    assert not [report for report in reports if "404" not in report], reports


shared = pytest.fixture(scope="module")(running())


@pytest.fixture
def house(browser: Browser, shared: Running, asked_for: set[str]) -> Iterator[House]:
    """A server of its own for each test, and a browser for whoever comes."""
    for space in a_space(shared, asked_for):
        opened = House(Server(daemon=space.daemon, name=space.name), browser)
        yield opened
        opened.shuts()


@pytest.fixture(params=[WIDE, PHONE], ids=["wide", "phone"])
def either_house(house: House, request: pytest.FixtureRequest) -> House:
    """The same with wide screens, and with phones."""
    house.size = request.param
    return house


@pytest.fixture(scope="session")
def recordings() -> Iterator[Recordings]:
    """One daemon for all who watch recordings; none of them changes any."""
    with serving() as served:
        yield served


@pytest.fixture
def player(browser: Browser, recordings: Recordings) -> Iterator[Player]:
    """Somebody who watches on a wide screen."""
    with watching(browser, recordings) as watcher:
        yield watcher


@pytest.fixture(params=[WIDE, PHONE], ids=["wide", "phone"])
def either_player(browser: Browser, recordings: Recordings, request: pytest.FixtureRequest) -> Iterator[Player]:
    """The same on a wide screen, and on a phone."""
    with watching(browser, recordings, request.param) as watcher:
        yield watcher
