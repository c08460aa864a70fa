"""People who meet in the page, each in a browser of their own, at a real daemon whose clock the test moves."""

from __future__ import annotations

import http.client
import json
import re
import select
import time
import urllib.request
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from developer_harness import Space
from environment_reset import PATIENCE
from harness import Answer, query_of, signed
from playwright.sync_api import expect
from sample_documents import TYPE, body
from websocket_clients import Connected

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, WebSocket

WIDE, PHONE = (1280, 800), (390, 844)
#: How a browser is started.
FLAGS = (
    "--no-sandbox",
    "--no-proxy-server",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--mute-audio",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
#: Whatever a browser reports as an error when its connection is cut on purpose.
CUT = re.compile(r"WebSocket connection to .* failed|net::ERR_")
#: What a page asks for with a token that is not good any more is answered so.
FORBIDDEN = re.compile(r"status of 403|response code: 403")
#: Stands for the version of a page that was loaded before the server was replaced.
OLD = "0" * 16
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation",
  (event) => console.error("CSP", event.violatedDirective, event.blockedURI));
"""
T = TypeVar("T")
#: Milliseconds past which a wait is a hang.
HANG = PATIENCE * 1000
expect.set_options(timeout=HANG)


def done(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine returns that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        returned: T = stop.value
        return returned
    raise AssertionError("it waits for the reactor")


class Server(Space):
    """A server of a daemon whose calls block: the browser's driver and the reactor cannot both run."""

    async def fetch(
        self, target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.daemon.port, timeout=PATIENCE)
        connection.request(method, self.path + target, body or None, headers or {})
        response = connection.getresponse()
        read = response.read()
        connection.close()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, read)

    def creates(self, meeting_id: str = "demo", **pairs: Any) -> None:
        """Create a meeting."""
        done(self.create(meeting_id, **({"name": "Biology 101"} | pairs)))

    def moves(self, seconds: float) -> None:
        """Move the clock."""
        done(self.advance(seconds))

    def link(self, name: str, meeting_id: str = "demo", **pairs: Any) -> str:
        """Return the path and query of a link to join by."""
        return self.path + signed(
            "join", query_of({"meetingID": meeting_id, "fullName": name, "role": "VIEWER"} | pairs)
        )

    def comes(self, name: str, meeting_id: str = "demo", **pairs: Any) -> str:
        """Join for somebody, and return their session token."""
        return done(self.token(meeting_id, name, **({"role": "VIEWER"} | pairs)))

    def page_of(self, token: str) -> str:
        """Return the path and query of the page of a session."""
        return f"{self.path}/html5client/join?sessionToken={token}"

    def connects(self, name: str, meeting_id: str = "demo", **pairs: Any) -> Connected:
        """Have somebody come in who has no browser."""
        member = Connected(self.daemon, self.comes(name, meeting_id, **pairs), self.path)
        member.hello()
        member.until(lambda: bool(member.all("snapshot")))
        return member

    def counts(self, meeting_id: str = "demo") -> int:
        """Return how many are in, as the API has it."""
        return int(done(self.info(meeting_id)).text("participantCount") or "")

    def comes_to(self, count: int) -> None:
        """Wait until so many are in: a page says that one has left as it sends it."""
        end = time.monotonic() + PATIENCE
        while (now := self.counts()) != count:
            assert time.monotonic() < end, f"{now} are in, not {count}"
            select.select([], [], [], 0.02)


@dataclass
class Guest:
    """Somebody at a browser."""

    page: Page
    name: str
    frames: list[str] = field(default_factory=list, repr=False)
    reports: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.reports.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda fault: self.reports.append(str(fault)))
        self.page.on("websocket", self._listen)
        self.page.add_init_script(_REPORT_VIOLATIONS)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.frames.append(str(frame)))

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the events that the page was told, of some kinds or of all."""
        lists = [told["list"] for told in map(json.loads, self.frames) if told["t"] == "events"]
        return [event for events in lists for event in events if not kinds or event["e"] in kinds]

    def comes_to_hear(self, kind: str) -> list[dict[str, Any]]:
        """Wait until the page was told an event of a kind, and return all of that kind."""
        end = time.monotonic() + PATIENCE
        while not (found := self.events(kind)) and time.monotonic() < end:
            self.page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")
        return found

    # What one sees.

    def button(self, name: str | re.Pattern[str], *, exact: bool = True) -> Locator:
        return self.page.get_by_role("button", name=name, exact=exact)

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def chat(self) -> Locator:
        """The open conversation."""
        return self.page.get_by_role("log")

    @property
    def writer(self) -> Locator:
        return self.page.get_by_role("textbox", name=re.compile("^Message to"))

    @property
    def roster(self) -> Locator:
        return self.page.get_by_role("region", name="List of people")

    def row(self, name: str) -> Locator:
        """Somebody's row in the list of people."""
        return self.roster.get_by_role("listitem").filter(has_text=name)

    def is_in(self, state: str) -> None:
        """See the page come to a state."""
        expect(self.page.locator("body")).to_have_attribute("data-state", state)

    def is_told(self, title: str, *texts: str | re.Pattern[str]) -> None:
        """See a card with a title and some texts."""
        expect(self.page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()
        for text in texts:
            expect(self.page.get_by_role("main")).to_contain_text(text)

    def reads(self, *texts: str) -> None:
        """See messages in the open conversation, the last of all there."""
        expect(self.chat.locator(".text").last).to_have_text(texts[-1])
        assert self.chat.locator(".text").all_inner_texts()[-len(texts) :] == list(texts)

    def hears(self, text: str | re.Pattern[str]) -> None:
        """Be told something as a screen reader would tell it."""
        expect(self.page.get_by_role("status")).to_contain_text(text)

    # What one does.

    def writes(self, text: str) -> None:
        self.writer.fill(text)
        self.writer.press("Enter")

    def opens(self, tab: str) -> None:
        """Open chat or people."""
        self.page.get_by_role("tab", name=re.compile(f"^{tab}")).click()

    def does(self, name: str, what: str | re.Pattern[str]) -> None:
        """Do something with somebody, by the menu of their row."""
        self.opens("People")
        self.row(name).get_by_role("button", name=re.compile("^Actions for")).click()
        self.dialog.get_by_role("button", name=what).click()

    def chooses(self, what: str | re.Pattern[str]) -> None:
        """Choose something from the menu More."""
        self.button("More").click()
        self.dialog.get_by_role("button", name=what).click()

    def tries_again(self) -> None:
        """Have the page connect at once; it may just have done so by itself, and then nobody can press any more."""
        self.page.get_by_text("Try now").dispatch_event("click")

    def leaves(self) -> None:
        self.button("Leave").click()
        self.dialog.get_by_role("button", name="Leave", exact=True).click()


@dataclass
class House:
    """Where guests come to: one server, and a browser for each."""

    server: Server
    browser: Browser
    size: tuple[int, int] = WIDE
    port: int = 0
    contexts: list[BrowserContext] = field(default_factory=list)
    guests: list[Guest] = field(default_factory=list)
    #: What pages may report in this test.
    expected: list[re.Pattern[str]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port or self.server.daemon.port}{path}"

    def admits(self, name: str = "", **more: Any) -> Guest:
        """Give somebody a browser."""
        width, height = self.size
        # Pages that a test makes itself count as of the wide world, and the daemon is on loopback.
        given = {"locale": "en-GB", "permissions": ["local-network-access"]} | more
        context = self.browser.new_context(viewport={"width": width, "height": height}, **given)
        context.set_default_timeout(HANG)
        self.contexts.append(context)
        return self.opens_tab(context, name)

    def opens_tab(self, context: BrowserContext, name: str = "") -> Guest:
        """Open a page beside those that somebody has."""
        guest = Guest(context.new_page(), name)
        self.guests.append(guest)
        return guest

    def goes(self, guest: Guest, path: str) -> Guest:
        """Follow a link."""
        guest.page.goto(self.url(path))
        return guest

    def invites(self, name: str, **pairs: Any) -> Guest:
        """Give somebody a browser and a link, which they follow."""
        return self.goes(self.admits(name), self.server.link(name, **pairs))

    def joins(self, name: str, **pairs: Any) -> Guest:
        """Have somebody come into the meeting."""
        guest = self.invites(name, **pairs)
        guest.is_in("meeting")
        return guest

    def moderates(self, name: str, **pairs: Any) -> Guest:
        """Have a moderator come in."""
        return self.joins(name, role="MODERATOR", **pairs)

    def shuts(self) -> None:
        """Close all browsers; no page may have reported anything but what was expected."""
        for context in self.contexts:
            context.close()
        reports = [
            f"{guest.name}: {report}"
            for guest in self.guests
            for report in guest.reports
            if not any(pattern.search(report) for pattern in self.expected)
        ]
        assert not reports, reports


def begin(house: House, *documents: str, **pairs: str) -> None:
    """Create the meeting with documents in the body."""
    query = query_of({"meetingID": "demo", "name": "Biology 101"} | pairs)
    url = house.url(house.server.path + signed("create", query))
    with urllib.request.urlopen(urllib.request.Request(url, body(*documents), TYPE)) as answer:
        assert b"<returncode>SUCCESS" in answer.read()


def get_old(guest: Guest, times: int) -> list[str]:
    """Have somebody get a page of another version so many times; return the list of what they load."""
    loads: list[str] = []
    version = ""

    def join(route: Route) -> None:
        nonlocal version
        answer = route.fetch()
        loads.append(answer.url)
        body = answer.text()
        (version,) = set(re.findall("html5client/([0-9a-f]{16})/", body))
        route.fulfill(response=answer, body=body.replace(version, OLD) if len(loads) <= times else body)

    def file(route: Route) -> None:
        route.continue_(url=route.request.url.replace(OLD, version))

    guest.page.route("**/html5client/join*", join)
    guest.page.route(f"**/html5client/{OLD}/**", file)
    return loads
