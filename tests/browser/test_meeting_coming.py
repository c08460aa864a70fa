"""Coming into a meeting by a link: who comes in, once, and what nobody else learns of it."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

from browser_harness import FORBIDDEN, PHONE, WIDE, House, Server
from developer_harness import running
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_a_link_leads_straight_in_and_a_reload_is_the_same_person(either_house: House) -> None:
    house = either_house
    house.server.creates()
    ada = house.moderates("Ada Adler")
    ada.opens("People")
    ben = house.joins("Ben Brandt")
    assert ben.page.url == house.url(f"{house.server.path}/html5client/join")
    assert ben.page.evaluate("location.search + location.hash + document.cookie") == ""
    assert "token" not in ben.page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    expect(ben.page).to_have_title("Biology 101 \N{EN DASH} Chat")
    expect(ben.page.get_by_role("heading", level=1)).to_have_text("Biology 101")
    expect(ada.page.get_by_role("tab", name="People, 2")).to_be_visible()
    ben.page.reload()
    ben.is_in("meeting")
    ben.opens("People")
    expect(ben.row("Ben Brandt")).to_contain_text("(you)")
    expect(ben.roster.get_by_role("listitem")).to_have_count(2)
    expect(ada.roster.get_by_role("listitem")).to_have_count(2)
    assert [event["person"]["name"] for event in ada.events("Joined")] == ["Ben Brandt"]
    assert house.server.counts() == 2


def test_one_link_in_two_tabs_is_one_person_and_either_tab_can_go(either_house: House) -> None:
    house = either_house
    house.server.creates()
    ada = house.moderates("Ada")
    path = house.server.page_of(house.server.comes("Ben", userID="ben"))
    old = house.goes(house.admits("Ben"), path)
    old.is_in("meeting")
    new = house.goes(house.opens_tab(old.page.context), path)
    new.is_in("meeting")
    old.is_told("Open in another tab", "Biology 101 continues in another tab or on another device.")
    old.button("Use it here").click()
    old.is_in("meeting")
    new.is_told("Open in another tab")
    new.page.close()
    old.writes("From the first tab")
    ada.reads("From the first tab")
    newest = house.goes(house.opens_tab(old.page.context), path)
    old.is_told("Open in another tab")
    old.page.close()
    newest.writes("From the last tab")
    ada.reads("From the first tab", "From the last tab")
    ada.opens("People")
    expect(ada.roster.get_by_role("listitem")).to_have_count(2)
    assert [event["person"]["name"] for event in ada.events("Joined")] == ["Ben"]
    assert not ada.events("Left", "Lost", "Returned")
    # A newer link takes the place for good; the old one is void.
    house.expected.append(FORBIDDEN)
    newer = house.goes(house.opens_tab(old.page.context), house.server.link("Ben", userID="ben"))
    newer.is_in("meeting")
    newest.button("Use it here").click()
    newest.is_told("Open in another tab", "You have joined again with a newer link.")


def test_in_a_full_meeting_one_waits_for_a_seat(house: House) -> None:
    house.server.creates(maxParticipants=2)
    ada = house.moderates("Ada")
    path = house.server.page_of(house.server.comes("Cleo"))
    ben = house.joins("Ben")
    cleo = house.admits("Cleo")
    cleo.page.clock.install()
    house.goes(cleo, path)
    cleo.is_told("The meeting is full", "All 2 places are taken.", "This page tries again every 15 seconds")
    ben.leaves()
    expect(ada.page.get_by_role("tab", name="People, 1")).to_be_visible()
    cleo.page.clock.fast_forward(15_000)
    cleo.is_in("meeting")
    expect(ada.page.get_by_role("tab", name="People, 2")).to_be_visible()


def test_names_and_messages_of_any_kind_are_only_text(house: House) -> None:
    house.server.creates(maxParticipants=20)
    ada = house.moderates("Ada")
    long = "W" * 256
    shown = {
        "<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>",
        "\u202eevil\u2066\u0007": "evil",
        "مُدرِّسة العلوم": "مُدرِّسة العلوم",
        long: long,
        "<b>Ada</b> Moderator (you)": "<b>Ada</b> Moderator (you)",
        "Ada": "Ada",
    }
    with ExitStack() as stack:
        for name in shown:
            member = stack.enter_context(house.server.connects(name))
            member.say("chat.say", text=f"{name} javascript:alert(1) https://example.org/<b>")
        expect(ada.chat.get_by_role("article")).to_have_count(len(shown))
        for name in shown.values():
            text = f"{name} javascript:alert(1) https://example.org/<b>"
            message = ada.chat.get_by_role("article").filter(has_text=text)
            expect(message.get_by_text(text, exact=True)).to_be_visible()
            expect(message.get_by_role("link")).to_have_text("https://example.org/")
        ada.opens("People")
        for name in shown.values():
            expect(ada.row(name).locator("bdi").get_by_text(name, exact=True).last).to_be_visible()
        # Two of one name are told apart, and nobody becomes a moderator by their name.
        expect(ada.row("Ada (1)")).to_contain_text("Moderator")
        expect(ada.row("Ada (2)")).to_contain_text("Viewer")
        expect(ada.row("<b>Ada</b>")).to_contain_text("Viewer")
        for width, height in (WIDE, PHONE):
            ada.page.set_viewport_size({"width": width, "height": height})
            assert ada.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert ada.page.locator("img").count() == 0


def test_without_a_script_the_page_says_what_is_needed_and_nobody_is_let_in(house: House) -> None:
    house.server.creates(maxParticipants=1)
    ben = house.goes(house.admits("Ben", java_script_enabled=False), house.server.link("Ben"))
    expect(ben.page.get_by_role("heading", level=1)).to_have_text("This page cannot run here")
    expect(ben.page.get_by_text("Nobody has been let in yet.")).to_be_visible()
    assert house.server.counts() == 0
    # Nor where the join fails: that is a page of its own, in one's language.
    house.joins("Ada")
    cleo = house.goes(house.admits("Cleo", java_script_enabled=False, locale="de-AT"), house.server.link("Cleo"))
    expect(cleo.page.locator("html")).to_have_attribute("lang", "de")
    expect(cleo.page.get_by_role("main")).to_contain_text("maxParticipantsReached")


def test_little_is_asked_for_before_somebody_is_in(house: House) -> None:
    house.server.creates()
    path = house.server.link("Ada", role="MODERATOR")
    ada = house.admits("Ada")
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url))
    ada.page.on("websocket", lambda socket: asked.append(socket.url))
    house.goes(ada, path)
    ada.is_in("meeting")
    assert len(asked) <= 9, asked
    # The connection is the one that was opened before the modules were there.
    assert sum(url.endswith("/html5client/socket") for url in asked) == 1
    assert sum("/strings." in url for url in asked) == 1
    assert ada.page.evaluate("early.socket") is None


def test_nobody_is_in_whose_page_cannot_run(house: House) -> None:
    house.server.creates()
    ada = house.admits("Ada")
    house.expected.append(re.compile("Failed to load resource"))
    ada.page.route("**/shell/main.js", lambda route: route.abort())
    house.goes(ada, house.server.link("Ada"))
    ada.page.wait_for_function("early.socket.readyState === WebSocket.CLOSED")


def test_modules_of_their_own_do_the_same(browser: Browser) -> None:
    """As a developer reads them, each in a file of its own."""
    for shared in running(bbbd__pageModules="true")():
        house = House(Server(daemon=shared.daemon), browser)
        house.server.creates()
        ada = house.moderates("Ada")
        ben = house.joins("Ben")
        ben.writes("Here too")
        ada.reads("Here too")
        scripts = "performance.getEntriesByType('resource').filter(({name}) => name.endsWith('.js')).length"
        assert ben.page.evaluate(scripts) > 50
        house.shuts()
