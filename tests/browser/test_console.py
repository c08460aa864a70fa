"""The console of developer mode in a real browser: calls signed there, meetings looked at, the server told things."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

import pytest
from developer_harness import Running, running
from harness import SECRET, Answer, Daemon, query_of, signed

from bbbd.api.calls import CALLS
from bbbd.developer.faults import Fault
from bbbd.values.fields import declarations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = "<img src=x onerror=document.title='got'> & <b>101</b>"


@dataclass
class Server:
    """A server in developer mode, asked without the reactor: the browser's driver has a loop of its own."""

    daemon: Daemon
    name: str = ""

    def url(self, path: str = "/developer/") -> str:
        space = f"/{self.name}" if self.name else ""
        return f"http://127.0.0.1:{self.daemon.port}{space}{path}"

    def get(self, path: str, method: str = "GET", body: bytes | None = None) -> Answer:
        class Staying(HTTPRedirectHandler):
            def redirect_request(self, *_any: Any, **_more: Any) -> None:
                return None

        try:
            with build_opener(Staying).open(Request(self.url(path), body, method=method)) as answer:
                return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
        except HTTPError as refused:
            return Answer(refused.code, {k.lower(): v for k, v in refused.headers.items()}, refused.read())

    def call(self, call: str, **pairs: Any) -> Answer:
        return self.get(signed(call, query_of(pairs)))

    def told(self, path: str) -> Any:
        return json.loads(self.get(f"/developer/{path}").body)

    def ask(self, path: str, **body: Any) -> Any:
        data = json.dumps(body).encode()
        with urlopen(Request(self.url(f"/developer/{path}"), data, {"Content-Type": "application/json"})) as answer:
            return json.load(answer)

    def lives(self, meeting_id: str = "demo") -> bool:
        return any(one["meetingID"] == meeting_id for one in self.told("state")["meetings"])


FILES = (("", "html"), ("console.css", "css"), ("console.js", "javascript"), ("dom.js", "javascript"))
#: For what looks the same on a phone.
wide = pytest.mark.parametrize("page", [(1280, 800)], indirect=True, ids=["wide"])
shared = pytest.fixture(running(), scope="module")
_numbers = count(1)


@pytest.fixture
def server(shared: Running, asked_for: set[str]) -> Iterator[Server]:
    """A namespace for a test: its console is the same page."""
    yield Server(shared.daemon, f"console-{next(_numbers)}")
    assert not shared.unseen(asked_for)


@pytest.fixture
def main(shared: Running) -> Server:
    return Server(shared.daemon)


@dataclass
class Called:
    """An application that is called back."""

    port: int
    got: list[str] = field(default_factory=list)


@pytest.fixture
def called() -> Iterator[Called]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.got.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_any: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Called(listening.server_port)
    Thread(target=listening.serve_forever, daemon=True).start()
    yield told
    listening.shutdown()
    listening.server_close()


def see(page: Page, selector: str, text: str = "") -> None:
    page.locator(selector, has_text=text).first.wait_for()


def view(page: Page, name: str) -> None:
    page.click(f"#views a[href='#/{name}']")


def enter(page: Page, server: Server, secret: str = SECRET) -> None:
    page.goto(server.url())
    page.wait_for_selector("body[data-ready]")
    page.fill("#secret", secret)


def fill(page: Page, **values: str) -> None:
    """Fill fields of parameters, those too that are folded away."""
    for name, value in values.items():
        own = page.locator(f"[id='p-{name}']")
        if not own.is_visible():
            page.click("#more summary")
        if own.evaluate("(element) => element.tagName") == "SELECT":
            own.select_option(value)
        else:
            own.fill(value)


def do(page: Page, call: str, how: str = "get", **values: str) -> str:
    """Call by the form and return what is said beside its button."""
    view(page, "call")
    page.select_option("#call", call)
    if page.locator("#how").is_enabled():
        page.select_option("#how", how)
    fill(page, **values)
    return press(page)


def press(page: Page) -> str:
    page.evaluate("() => { document.getElementById('call-told').textContent = ''; }")
    page.click("#caller button.primary")
    page.wait_for_function(
        "() => /^(good|bad)$/.test(document.getElementById('call-told').dataset.how)"
        " && document.getElementById('call-told').textContent"
    )
    return page.inner_text("#call-told")


def fits(page: Page) -> bool:
    found: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return found


@pytest.mark.parametrize("algorithm", ["SHA-256", "SHA-1", "SHA-384", "SHA-512"])
@wide
def test_a_call_is_signed_with_the_secret_that_is_typed(server: Server, page: Page, algorithm: str) -> None:
    enter(page, server)
    assert "Nothing here is for people" in page.inner_text("header")
    page.select_option("#algorithm", algorithm)
    assert do(page, "create", meetingID="demo", name="Ä ~*'()!&=+%", welcome="a  b") == "create: SUCCESS"
    assert page.inner_text("#answer-facts").startswith("SUCCESS")
    assert "HTTP 200" in page.inner_text("#answer-facts")
    assert "\n  <meetingID>demo</meetingID>\n" in page.inner_text("#answer-text")
    assert server.call("getMeetingInfo", meetingID="demo").text("meetingName") == "Ä ~*'()!&=+%"
    address = page.input_value("#url")
    assert address.startswith(server.url("/bigbluebutton/api/create?meetingID=demo&name="))
    assert page.get_attribute("#open", "href") == address
    assert server.get(address.removeprefix(server.url(""))).code == "SUCCESS"
    assert fits(page)


@wide
def test_a_wrong_secret_is_told_with_what_was_wrong(server: Server, page: Page) -> None:
    enter(page, server, "not the secret")
    assert do(page, "create", meetingID="demo") == "create: checksumError"
    assert "FAILED" in page.inner_text("#answer-facts")
    assert "<messageKey>checksumError</messageKey>" in page.inner_text("#answer-text")
    assert not server.lives()
    page.fill("#secret", "")
    assert "Enter the shared secret first" in press(page)
    assert page.input_value("#url") == ""


@wide
def test_the_secret_is_neither_sent_nor_kept(server: Server, page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.headers} {request.post_data}"))
    enter(page, server)
    do(page, "create", meetingID="demo")
    do(page, "getMeetings", "form")
    assert [one for one in sent if "checksum=" in one]
    assert not [one for one in sent if SECRET in one]
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.input_value("#secret") == ""


def test_every_call_has_a_form_with_all_its_parameters(server: Server, page: Page) -> None:
    enter(page, server)
    assert page.locator("#call option").all_inner_texts() == list(CALLS)
    for name, call in CALLS.items():
        page.select_option("#call", name)
        assert page.inner_text("#meaning") == call.meaning
        wanted = declarations(call.parameters)
        shown = page.locator(".parameters [id^='p-']:is(input, select, textarea)")
        assert sorted(shown.evaluate_all("(all) => all.map((one) => one.id)")) == sorted(
            f"p-{one.name}" for one in wanted
        )
        for one in wanted:
            own = page.locator(f"[id='p-{one.name}']")
            assert own.get_attribute("aria-required") == ("true" if one.required else None)
            help_ = page.locator(f"[id='{own.get_attribute('aria-describedby')}']")
            assert (help_.text_content() or "").startswith(one.meaning)
            assert own.is_visible() or not one.required
    assert fits(page)


@wide
def test_parameters_are_found_by_a_filter(server: Server, page: Page) -> None:
    enter(page, server)
    page.click("#more summary")
    page.fill("#filter", "breakout")
    found = page.locator("#more-parameters label:visible").all_inner_texts()
    assert "breakoutRoomsRecord" in found
    assert "freeJoin" in found
    assert "lockSettingsDisableCam" not in found
    page.fill("#filter", "no such thing")
    see(page, "#none-left")
    fill(page, meetingID="demo", duration="7")
    assert press(page) == "create: SUCCESS"
    assert server.call("getMeetingInfo", meetingID="demo").text("duration") == "7"


@wide
def test_all_kinds_of_bodies_are_sent(server: Server, page: Page) -> None:
    enter(page, server)
    assert do(page, "create", "form", meetingID="demo", name="Ä ~*'()!&=+%", **{"meta_*": "a=1=2\nb=é &"}) == (
        "create: SUCCESS"
    )
    assert page.input_value("#url").startswith(server.url("/bigbluebutton/api/create\n\nmeetingID=demo&name="))
    assert server.call("getMeetingInfo", meetingID="demo").text("metadata/a") == "1=2"
    page.select_option("#how", "xml")
    page.fill("#b-xml", "<modules/>")
    fill(page, meetingID="slides")
    with page.expect_request(lambda request: "/api/create?" in request.url) as asked:
        assert press(page) == "create: SUCCESS"
    assert (asked.value.headers["content-type"], asked.value.post_data) == ("application/xml", "<modules/>")
    assert do(page, "setConfigXML", meetingID="demo", configXML="<config a='1'> ~*é </config>") == (
        "setConfigXML: SUCCESS"
    )
    (own,) = server.ask("recordings", meetingID="demo")["recordIDs"]
    page.select_option("#call", "putRecordingTextTrack")
    page.set_input_files(
        "#b-file",
        {"name": "a.vtt", "mimeType": "text/vtt", "buffer": b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n"},
    )
    fill(page, recordID=own, kind="captions", lang="en")
    assert press(page) == "putRecordingTextTrack: SUCCESS"
    assert '\n    "returncode": "SUCCESS"' in page.inner_text("#answer-text")
    server.ask("clock", advance=60)
    assert do(page, "getRecordingTextTracks", recordID=own) == "getRecordingTextTracks: SUCCESS"
    see(page, "#answer-text", '"lang": "en"')


@wide
def test_links_of_an_answer_can_be_followed_and_a_redirect_is_opened(server: Server, page: Page) -> None:
    enter(page, server)
    server.call("create", meetingID="demo", moderatorPW="mp")
    assert do(page, "join", fullName="Ada", meetingID="demo", role="MODERATOR", redirect="false") == "join: SUCCESS"
    link = page.locator("#answer-text a")
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert "&amp;" not in (link.get_attribute("href") or "")
    assert "sessionToken=" in (link.get_attribute("href") or "")
    assert do(page, "join", fullName="Ada", meetingID="demo", role="MODERATOR", redirect="true") == "join: answered"
    assert "redirect" in page.inner_text("#answer-facts")
    assert page.locator("#open").is_visible()


def test_people_come_and_are_seen(server: Server, page: Page) -> None:
    enter(page, server)
    do(page, "create", meetingID="demo", guestPolicy="ASK_MODERATOR")
    view(page, "meetings")
    see(page, ".meeting", "nobody joined")
    for label, people in {"Moderators": "2", "Viewers": "3", "Guests": "4"}.items():
        page.get_by_label(label, exact=True).fill(people)
    page.click("text=Add people")
    see(page, ".meeting .told", "9 people joined.")
    see(page, ".meeting summary", "5 people")
    see(page, ".waiting", "4 guests wait")
    assert page.locator(".person", has_text="Moderator").count() == 2
    page.click("text=Admit all")
    see(page, ".meeting .told", "4 guests admitted.")
    see(page, ".meeting summary", "9 people")
    assert page.locator(".person").count() == 9
    assert page.locator(".person", has_text="Guest").count() == 4
    page.get_by_text("Act at random").click()
    see(page, ".meeting .told", "100 actions done.")
    see(page, ".person .pill", "hand")
    # What others do is seen as well, and what is written in a field stays.
    page.get_by_label("Viewers", exact=True).fill("77")
    server.ask("people", meetingID="demo", name=HOSTILE, userID="h")
    see(page, ".who", HOSTILE)
    assert page.get_by_label("Viewers", exact=True).input_value() == "77"
    page.click("text=Act as a person")
    page.get_by_label("Person", exact=True).select_option(label=HOSTILE)
    page.get_by_label("Action", exact=True).select_option("share screen")
    page.click("text=Do it")
    see(page, ".person", "screen")
    assert fits(page)
    page.get_by_role("button", name="End demo").click()
    see(page, "#no-meetings")
    assert not server.lives()


@wide
def test_guests_are_refused(server: Server, page: Page) -> None:
    server.call("create", meetingID="demo", guestPolicy="ASK_MODERATOR")
    server.ask("people", meetingID="demo", guests=2, moderators=1)
    enter(page, server)
    view(page, "meetings")
    page.click("text=Refuse all")
    see(page, ".meeting .told", "2 guests refused.")
    page.locator(".waiting").wait_for(state="hidden")
    assert page.locator(".person").count() == 1


@wide
def test_the_clock_is_moved_and_a_meeting_of_five_minutes_is_over(server: Server, page: Page) -> None:
    enter(page, server)
    do(page, "create", meetingID="demo", duration="5")
    do(page, "create", meetingID="long", duration="240")
    server.ask("people", meetingID="long", viewers=1)
    view(page, "meetings")
    see(page, ".meeting code", "demo")
    page.click("[data-advance='360']")
    see(page, "#clock-told", "The clock was moved by 6 min.")
    # Real time goes on while it is moved.
    assert re.fullmatch(r"moved by (6 min|5 min \d+ s)", page.inner_text("#moved"))
    page.locator(".meeting code", has_text="demo").wait_for(state="detached")
    see(page, ".meeting code", "long")
    assert not server.lives("demo")
    page.fill("#span", "5h")
    page.click("#clock button:has-text('Move')")
    see(page, "#clock-told", "The clock was moved by 5 h.")
    see(page, "#no-meetings")
    page.fill("#span", "soon")
    page.keyboard.press("Enter")
    see(page, "#clock-told", "Enter a duration like 90s, 6m or 1h30m.")


@wide
def test_a_fault_makes_the_next_call_fail_until_it_is_removed(server: Server, page: Page) -> None:
    enter(page, server)
    do(page, "create", meetingID="demo")
    view(page, "faults")
    assert page.locator("#f-fault option").all_inner_texts() == list(Fault)
    for fault in Fault:
        page.select_option("#f-fault", fault.value)
        assert page.inner_text("#fault-help")
    page.select_option("#f-fault", "notFound")
    page.select_option("#f-call", "getMeetingInfo")
    page.fill("#f-times", "1")
    page.click("#fault button.primary")
    see(page, "#fault-list li", "getMeetingInfo · 0 hits of 1")
    assert do(page, "getMeetingInfo", meetingID="demo") == "getMeetingInfo: notFound"
    assert do(page, "getMeetingInfo", meetingID="demo") == "getMeetingInfo: SUCCESS"
    view(page, "faults")
    see(page, "#fault-list li", "1 hit of 1")
    page.get_by_role("button", name="Remove notFound").click()
    see(page, "#no-fault")
    page.select_option("#f-fault", "malformed")
    page.select_option("#f-call", "")
    page.click("#fault button.primary")
    see(page, "#fault-list li", "malformed")
    do(page, "getMeetings")
    assert "not well-formed XML" in page.inner_text("#answer-facts")
    view(page, "faults")
    page.click("#no-faults")
    see(page, "#no-fault")
    assert server.told("faults") == {"faults": []}


def test_what_is_hostile_is_text(server: Server, page: Page) -> None:
    server.call("create", meetingID=HOSTILE, name=HOSTILE, meta_x=HOSTILE)
    server.ask("people", meetingID=HOSTILE, name=HOSTILE, role="MODERATOR")
    server.get(f"/bigbluebutton/api/{quote(HOSTILE)}")
    enter(page, server)
    assert do(page, "getMeetings") == "getMeetings: SUCCESS"
    assert "&lt;img src=x onerror=" in page.inner_text("#answer-text")
    view(page, "meetings")
    assert page.inner_text(".meeting h3") == HOSTILE
    assert page.inner_text(".who") == HOSTILE
    view(page, "came")
    see(page, "#calls tbody")
    for row in page.locator("#calls button").all():
        row.click()
    assert page.locator("dd", has_text=HOSTILE).count() >= 2
    assert page.locator("main img, main b, main script").count() == 0
    assert page.title().endswith(server.name)
    assert fits(page)


@wide
def test_calls_are_listed_as_they_come(server: Server, page: Page) -> None:
    enter(page, server)
    view(page, "came")
    see(page, "#no-calls")
    server.call("create", meetingID="demo", name="First")
    see(page, "#calls tbody", "create")
    page.click("#calls tbody button")
    see(page, ".behind dd", "First")
    see(page, ".behind pre", "<returncode>SUCCESS</returncode>")
    server.call("getMeetingInfo", meetingID="nothing")
    see(page, "#calls tbody:first-of-type", "notFound")
    # The one that is open stays so.
    assert page.locator(".behind:visible dd", has_text="First").count() == 1
    page.select_option("#came-call", "create")
    assert page.locator("#calls tbody").count() == 1
    page.select_option("#came-call", "")
    page.click("#forget")
    see(page, "#no-calls")
    assert server.told("calls") == {"calls": []}
    # After a reset by somebody else their numbers begin anew.
    server.call("create", meetingID="demo")
    see(page, "#calls tbody", "create")
    server.ask("reset")
    server.call("getMeetings")
    see(page, "#calls tbody", "getMeetings")
    page.locator("#calls tbody", has_text="create").wait_for(state="detached")


def test_callbacks_are_listed_and_sent_again(server: Server, page: Page, called: Called) -> None:
    enter(page, server)
    do(page, "create", meetingID="demo", **{"meta_*": f"endCallbackUrl=http://127.0.0.1:{called.port}/ended"})
    do(page, "end", meetingID="demo")
    page.fill("#span", "1s")
    page.click("#clock button:has-text('Move')")
    view(page, "callbacks")
    see(page, "#tries tbody .pill", "200")
    page.click("#tries tbody button")
    see(page, ".behind dd", "/ended?meetingID=demo")
    page.click("text=Send again")
    page.locator("#tries tbody").nth(1).wait_for()
    assert len(called.got) == 2
    assert page.locator(".behind:visible").count() == 1
    assert fits(page)


def test_recordings_are_made(server: Server, page: Page) -> None:
    enter(page, server)
    view(page, "recordings")
    states = page.locator("#r-state option").all_inner_texts()
    for state in states:
        page.fill("#r-meetingID", state)
        page.fill("#r-name", "Cells")
        page.fill("#r-count", "2")
        page.fill("#r-minutes", "45")
        page.fill("#r-start", "2024-05-06T07:08")
        page.fill("#r-meta", "course=Biology & <b>")
        page.select_option("#r-state", state)
        page.check("#r-notify")
        page.click("#recordings button.primary")
        see(page, "#recordings-told", "2 recordings made:")
        own = page.inner_text("#record-ids").split("\n")
        assert len(own) == 2
        listed = server.call("getRecordings", recordID=",".join(own), state="any").xml
        assert [one.text for one in listed.iter("state")] == [state] * 2
        assert [one.text for one in listed.iter("course")] == ["Biology & <b>"] * 2
    assert fits(page)


@wide
def test_a_namespace_has_a_console_of_its_own(main: Server, page: Page) -> None:
    enter(page, main)
    assert page.inner_text("#space") == "Main server"
    view(page, "server")
    page.fill("#namespace", "no/name")
    page.click("text=Go to its console")
    see(page, "#namespace-told", "Not a valid name of a namespace")
    page.fill("#namespace", "mine")
    page.click("text=Go to its console")
    page.wait_for_url(main.url("/mine/developer/"))
    see(page, "#space", "Namespace mine")
    mine = Server(main.daemon, "mine")
    page.fill("#secret", SECRET)
    assert do(page, "create", meetingID="demo") == "create: SUCCESS"
    assert (mine.lives(), main.lives()) == (True, False)
    page.click("[data-advance='60']")
    see(page, "#clock-told", "The clock was moved by 1 min.")
    assert main.told("clock")["moved"] == 0
    view(page, "server")
    page.fill("#namespace", "other")
    page.click("text=Go to its console")
    page.wait_for_url(main.url("/other/developer/"))
    see(page, "#space", "Namespace other")
    view(page, "server")
    page.click("text=Main server")
    page.wait_for_url(main.url("/developer/"))
    see(page, "#space", "Main server")


@wide
def test_a_reset_asks_first(main: Server, page: Page) -> None:
    main.call("create", meetingID="demo")
    mine = Server(main.daemon, "mine")
    mine.call("create", meetingID="own")
    enter(page, main)
    view(page, "server")
    page.click("#reset")
    page.click("text=Keep it")
    page.click("#reset")
    page.keyboard.press("Escape")
    assert main.lives()
    page.click("#reset")
    page.click("#drop")
    see(page, "#reset-told", "All data deleted.")
    assert (main.lives(), mine.lives("own")) == (False, True)
    page.click("#reset")
    page.check("#all")
    page.click("#drop")
    page.wait_for_function("() => document.getElementById('reset-told').dataset.how === 'good'")
    assert not mine.lives("own")


def test_it_is_used_by_keys_and_everything_has_a_name(server: Server, page: Page) -> None:
    server.call("create", meetingID="demo", guestPolicy="ASK_MODERATOR")
    server.ask("people", meetingID="demo", guests=1, moderators=1)
    page.goto(server.url())
    page.wait_for_selector("body[data-ready]")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip"
    page.keyboard.press("Enter")
    assert page.get_attribute("body", "data-view") == "call"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "call"
    for name in ("meetings", "recordings", "faults", "came", "callbacks", "server", "call"):
        page.focus(f"#views a[href='#/{name}']")
        page.keyboard.press("Enter")
        page.wait_for_function("(name) => document.body.dataset.view === name", arg=name)
        assert page.locator(f"#views a[href='#/{name}']").get_attribute("aria-current") == "page"
        nameless = page.evaluate("""() => [...document.querySelectorAll("input, select, textarea, button")]
          .filter((one) => one.checkVisibility() && !one.textContent.trim() && !one.labels?.length
            || one.matches("select, textarea") && !one.labels.length)
          .map((one) => one.outerHTML)""")
        assert nameless == []
        assert fits(page)
    page.fill("#secret", SECRET)
    page.fill("#p-meetingID", "by-keys")
    page.keyboard.press("Enter")
    see(page, "#call-told", "create: SUCCESS")
    assert page.evaluate("document.activeElement.id") == "p-meetingID"


def test_what_is_refused_is_said_beside_the_button(browser: Browser, start_daemon: Callable[..., Daemon]) -> None:
    """A page of its own: a browser reports every status of 400 as an error."""
    server = Server(start_daemon(arguments=["--developer"]))
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda said: faults.append(said.text) if "Failed to load" not in said.text else None)
    server.call("create", meetingID="demo")
    enter(page, server)
    page.get_by_label("Viewers", exact=True).fill("999")
    page.get_by_label("Guests", exact=True).fill("2")
    page.click("text=Add people")
    see(page, ".meeting .told[data-how='bad']", "at most 1000 people come at once")
    page.get_by_label("Viewers", exact=True).fill("2")
    page.click("text=Add people")
    see(page, ".meeting .told[data-how='good']", "people joined")
    view(page, "recordings")
    page.fill("#r-meetingID", "demo")
    page.fill("#r-formats", "no/format")
    page.click("#recordings button.primary")
    see(page, "#recordings-told[data-how='bad']", "'no/format' is no format")
    view(page, "faults")
    page.select_option("#f-fault", "missing")
    page.click("#fault button.primary")
    see(page, "#fault-told[data-how='bad']", "element must name what is missing")
    page.select_option("#f-fault", "cut")
    page.click("#fault button.primary")
    see(page, "#fault-list li", "cut")
    assert do(page, "getMeetings").startswith("No answer")
    server.daemon.end()
    see(page, "#lost", "No answer")
    server.daemon.start()
    page.wait_for_function("() => document.getElementById('lost').textContent === ''")
    assert [fault for fault in faults if "Password field" not in fault] == []
    page.context.close()


def test_its_files_are_served_strictly(server: Server, main: Server) -> None:
    for start in (server, main):
        answer = start.get("/developer")
        assert (answer.status, answer.headers["location"]) == (302, "developer/")
        for name, kind in (
            ("", "html"),
            ("console.css", "css"),
            ("console.js", "javascript"),
            ("dom.js", "javascript"),
        ):
            answer = start.get(f"/developer/{name}")
            assert (answer.status, answer.headers["content-type"]) == (200, f"text/{kind};charset=utf-8")
            files = start.url().removeprefix("http://")
            assert answer.headers["content-security-policy"] == (
                f"default-src 'none'; script-src {files}; style-src {files}; connect-src 'self'; img-src 'self';"
                " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            )
            assert ("cross-origin-opener-policy" in answer.headers) is (kind == "html")
            assert b" style=" not in answer.body
            assert b"innerHTML" not in answer.body
            head = start.get(f"/developer/{name}", "HEAD")
            assert (head.status, head.body) == (200, b"")
        assert start.told("console.json") == {"namespace": start.name, "faults": list(Fault)}
        assert start.get("/developer/../console.py").status == 404
        assert start.get("/developer/console.html/x").status == 404
        assert start.get("/developer/", "POST", b"{}").status == 404
