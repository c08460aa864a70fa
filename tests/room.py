"""A meeting with people in real browsers: made by signed calls, entered by join links."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kit import Daemon, query_of, signed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

#: Tells what breaks the page's content security policy as the console's errors are told.
_TELL = (
    "document.addEventListener('securitypolicyviolation',"
    " (event) => console.error('CSP', event.violatedDirective, event.blockedURI))"
)


@dataclass
class Room:
    """One meeting of a daemon. ``forgiven`` are parts of errors that a test causes by itself."""

    daemon: Daemon
    browser: Browser
    size: tuple[int, int]
    meeting: str
    reports: list[str] = field(default_factory=list)
    forgiven: set[str] = field(default_factory=set)
    contexts: list[BrowserContext] = field(default_factory=list)

    def call(self, call: str, **pairs: str) -> str:
        """Call the API about the meeting."""
        url = f"http://127.0.0.1:{self.daemon.port}" + self.target(call, **pairs)
        with urllib.request.urlopen(url) as answer:
            body: str = answer.read().decode()
        assert "<returncode>SUCCESS" in body, body
        return body

    def target(self, call: str, **pairs: str) -> str:
        return signed(call, query_of({"meetingID": self.meeting} | pairs), self.daemon.secret)

    def create(self, **pairs: str) -> None:
        self.call("create", name=pairs.pop("name", "Biology 101"), **pairs)

    def developer(self, what: str, **body: Any) -> None:
        """Have something done by the daemon's developer mode."""
        url = f"http://127.0.0.1:{self.daemon.port}/developer/{what}"
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request).close()

    def link(self, name: str, role: str = "VIEWER", **pairs: str) -> str:
        return f"http://127.0.0.1:{self.daemon.port}" + self.target("join", fullName=name, role=role, **pairs)

    def address(self, name: str, **pairs: str) -> str:
        """Register somebody, and return where their browser goes."""
        body = self.call("join", fullName=name, role=pairs.pop("role", "VIEWER"), redirect="false", **pairs)
        return body.partition("<url>")[2].partition("</url>")[0]

    def open(self, url: str, **context: Any) -> Page:
        """Open an address in a browser of its own."""
        width, height = self.size
        self.contexts.append(self.browser.new_context(viewport={"width": width, "height": height}, **context))
        page = self.contexts[-1].new_page()
        page.on("console", lambda said: self.reports.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda fault: self.reports.append(str(fault)))
        page.add_init_script(_TELL)
        page.goto(url)
        return page

    def come(self, name: str, role: str = "VIEWER", state: str = "meeting", **pairs: str) -> Page:
        """Come with a link of one's own, up to a state of the page."""
        page = self.open(self.link(name, role, **pairs))
        reach(page, state)
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        unseen = [one for one in self.reports if not any(part in one for part in self.forgiven)]
        assert not unseen, unseen


def reach(page: Page, state: str) -> None:
    """Wait until the page is in a state."""
    page.wait_for_function("(state) => document.body.dataset.state === state", arg=state)


def say(page: Page, text: str) -> None:
    page.fill("#write", text)
    page.press("#write", "Enter")


def hear(page: Page, text: str) -> None:
    page.locator(".message .text", has_text=text).wait_for()


def pick(page: Page, opener: str, item: str) -> None:
    """Choose from a menu."""
    page.click(opener)
    page.locator(".menu-item", has_text=item).click()


def focused(page: Page) -> str:
    """Return the id, else the text, of what has the focus."""
    found: str = page.evaluate("() => document.activeElement.id || document.activeElement.innerText.trim()")
    return found
