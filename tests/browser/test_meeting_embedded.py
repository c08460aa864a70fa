"""A meeting inside the page of a learning platform, of another site: without a cookie, and it keeps to its frame."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from browser_harness import House, done
from developer_harness import running
from playwright.sync_api import FrameLocator, expect

#: A platform over plain http, as this one, must be named.
shared = pytest.fixture(scope="module")(running(bbbd__clientFramesFrom="http://localhost:*"))
GIVEN = "camera; microphone; display-capture; fullscreen; autoplay; screen-wake-lock"


@contextmanager
def platform(pages: dict[str, str]) -> Iterator[str]:
    """Serve the pages of a learning platform; its host's name is not the daemon's, so it is another site."""

    class Platform(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, "").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html;charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Platform) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()


def leaves(house: House, frame: FrameLocator) -> None:
    frame.get_by_role("button", name="Leave").click()
    frame.get_by_role("dialog").get_by_role("button", name="Leave", exact=True).click()


def is_ended(house: House, frame: FrameLocator) -> None:
    assert done(house.server.call("end", meetingID="demo")).code == "SUCCESS"
    frame.get_by_role("button", name="Back to localhost").click()


@pytest.mark.parametrize(("allow", "goes"), [("", leaves), (GIVEN, is_ended)], ids=["nothing allowed", "all allowed"])
def test_in_a_frame_of_another_site_all_works_without_cookies(
    house: House, allow: str, goes: Callable[[House, FrameLocator], None]
) -> None:
    pages = {"/after": "You are back"}
    with platform(pages) as url:
        house.server.creates(logoutURL=f"{url}/after")
        ada, ben = house.moderates("Ada"), house.admits("Ben")
        link = escape(house.url(house.server.link("Ben")))
        pages["/course"] = f'<iframe title="Meeting" width="1200" height="700" allow="{allow}" src="{link}"></iframe>'
        # As a browser does that blocks third parties' cookies.
        ben.page.context.new_cdp_session(ben.page).send(
            "Network.setCookieControls",
            {
                "enableThirdPartyCookieRestriction": True,
                "disableThirdPartyCookieMetadata": True,
                "disableThirdPartyCookieHeuristics": True,
            },
        )
        ben.page.goto(f"{url}/course")
        frame = ben.page.frame_locator("iframe[title=Meeting]")
        writer = frame.get_by_role("textbox", name="Message to everyone")
        writer.fill("From a frame")
        writer.press("Enter")
        ada.reads("From a frame")
        assert not ben.page.context.cookies()
        # A choice that cannot be kept counts all the same while the page lasts.
        frame.get_by_role("button", name="More").click()
        frame.get_by_role("dialog").get_by_role("button", name="Settings").click()
        frame.get_by_role("combobox", name="Colours").select_option("Dark")
        frame.get_by_role("button", name="Done").click()
        expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
        goes(house, frame)
        expect(frame.get_by_text("You are back")).to_be_visible()
        assert ben.page.url == f"{url}/course"
