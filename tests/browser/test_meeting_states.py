"""The page's states: coming in, waiting, losing the connection, and the ends, in real browsers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kit import Daemon
from playwright.sync_api import Browser
from room import Room, focused, hear, pick, reach, say


def test_a_guest_waits_is_told_something_and_let_in_or_refused(room: Room) -> None:
    room.create(guestPolicy="ASK_MODERATOR")
    ada = room.come("Ada", "MODERATOR")
    gil, pri = room.come("Gil", state="waiting", guest="true"), room.come("Priya", state="waiting", guest="true")
    assert pri.inner_text(".place strong") == "2"
    ada.click("#knock .link")
    ada.fill("dialog textarea", "We start at ten.")
    ada.click("dialog .primary")
    gil.locator("blockquote", has_text="We start at ten.").wait_for()
    ada.reload()
    ada.locator("#knock li", has_text="Gil").locator(".refuse").click()
    reach(gil, "denied")
    assert focused(gil) == "You were not let in"
    pri.wait_for_function("() => document.querySelector('.place strong').textContent === '1'")
    ada.wait_for_function("() => document.activeElement.matches('#knock .admit')")
    ada.keyboard.press("Enter")
    reach(pri, "meeting")
    ada.locator("#knock").wait_for(state="hidden")
    gil.reload()
    reach(gil, "denied")


def test_who_finds_no_place_comes_in_when_one_is_free(room: Room) -> None:
    room.create(maxParticipants="1")
    here, there = room.address("Ada"), room.address("Bo")
    ada = room.open(here)
    reach(ada, "meeting")
    bo = room.open(there)
    reach(bo, "full")
    assert bo.inner_text("#card h1") == "The meeting is full"
    ada.click("#leave")
    ada.click("dialog .danger")
    reach(ada, "left")
    assert ada.locator("#card .actions").count() == 0
    reach(bo, "meeting")


def test_the_same_link_in_two_tabs_is_one_person(room: Room) -> None:
    room.create()
    link = room.address("Ada")
    first = room.open(link)
    reach(first, "meeting")
    second = room.open(link)
    reach(second, "meeting")
    reach(first, "elsewhere")
    assert "<participantCount>1</participantCount>" in room.call("getMeetingInfo")
    first.click("#card .primary")
    reach(first, "meeting")
    reach(second, "elsewhere")


def test_a_newer_link_of_the_same_person_takes_over(room: Room) -> None:
    room.create()
    old = room.come("Ada", userID="u1")
    room.come("Ada", userID="u1")
    reach(old, "elsewhere")
    old.click("#card .primary")
    old.locator("#card .lead", has_text="newer link").wait_for()


def test_who_is_removed_is_told_by_whom_and_does_not_come_back(room: Room) -> None:
    room.create(logoutURL="https://moodle.example.edu/course")
    ada, bo = room.come("Ada", "MODERATOR"), room.come("Bo")
    ada.click("#tab-people")
    pick(ada, ".person:has-text('Bo') .row-menu", "Remove")
    ada.click("dialog .danger")
    reach(bo, "removed")
    assert "Ada has removed you" in bo.inner_text("#card .lead")
    assert bo.inner_text("#card .actions") == "Back to moodle.example.edu"
    bo.reload()
    reach(bo, "removed")


def test_an_end_says_why_and_leads_back(room: Room) -> None:
    room.create(logoutURL="https://moodle.example.edu/course")
    ada, bo = room.come("Ada", "MODERATOR"), room.come("Bo")
    say(bo, "bye")
    hear(ada, "bye")
    ada.click("#leave")
    ada.click("dialog .danger")
    for page in (ada, bo):
        reach(page, "ended")
        assert "ended by a moderator" in page.inner_text("#card .lead")
        assert page.locator("#card .actions button").all_inner_texts() == [
            "Back to moodle.example.edu",
            "Save the chat",
        ]
        page.click("#card .link")
        assert focused(page) == "The meeting has ended"
    bo.reload()
    reach(bo, "ended")


def test_an_end_by_the_application_reaches_those_who_wait(room: Room) -> None:
    room.create(guestPolicy="ASK_MODERATOR")
    gil = room.come("Gil", state="waiting", guest="true")
    room.call("end")
    reach(gil, "ended")


def test_an_unknown_link_says_so(room: Room) -> None:
    room.forgiven |= {"403"}
    page = room.open(f"http://127.0.0.1:{room.daemon.port}/html5client/join?sessionToken={'x' * 26}")
    reach(page, "unknown")
    assert page.title() == "This link is no longer good"


def test_an_old_page_loads_itself_again_once(room: Room) -> None:
    room.create()
    ada = room.come("Ada")
    ada.route(
        "**/session.js",
        lambda route: route.fulfill(
            body=route.fetch().text().replace("const OWN = ", "const OWN = 'old' + "), content_type="text/javascript"
        ),
    )
    ada.reload()
    reach(ada, "outdated")


def test_who_does_not_answer_is_asked_and_goes(room: Room) -> None:
    room.create(logoutTimer="1")
    width, height = room.size
    context = room.browser.new_context(viewport={"width": width, "height": height})
    room.contexts.append(context)
    bo = context.new_page()
    bo.clock.install()
    bo.goto(room.link("Bo"))
    reach(bo, "meeting")
    bo.clock.fast_forward(66_000)
    reach(bo, "idle")
    bo.keyboard.press("a")
    reach(bo, "meeting")
    bo.clock.fast_forward(66_000)
    reach(bo, "idle")
    bo.clock.fast_forward(61_000)
    reach(bo, "left")
    assert "Nobody answered" in bo.inner_text("#card .lead")


def test_without_a_script_the_page_says_what_is_needed(room: Room) -> None:
    room.create()
    page = room.open(room.link("Ada"), java_script_enabled=False)
    assert page.inner_text("h1") == "This page cannot run here"
    assert "<participantCount>0</participantCount>" in room.call("getMeetingInfo")


def test_a_join_that_fails_is_told_as_a_page(room: Room) -> None:
    room.create(maxParticipants="1")
    room.come("Ada")
    page = room.open(room.link("Bo"), java_script_enabled=False, locale="de-AT")
    assert page.get_attribute("html", "lang") == "de"
    assert "maxParticipantsReached" in page.inner_text("main")


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["wide", "phone"])
def test_a_server_that_was_killed_loses_and_doubles_nothing(
    browser: Browser, start_daemon: Callable[..., Daemon], size: tuple[int, int]
) -> None:
    daemon = start_daemon()
    room = Room(daemon, browser, size, "killed", forgiven={"WebSocket connection", "ERR_CONNECTION"})
    room.create()
    ada, bo = room.come("Ada", "MODERATOR"), room.come("Bo")
    say(ada, "before")
    hear(bo, "before")
    bo.fill("#write", "half typed")
    daemon.process.kill()
    daemon.wait()
    reach(ada, "reconnecting")
    say(ada, "meanwhile")
    ada.locator(".pending", has_text="meanwhile").wait_for()
    daemon.start()
    for page in (ada, bo):
        reach(page, "meeting")
        hear(page, "meanwhile")
        assert page.locator(".message .text").all_inner_texts() == ["before", "meanwhile"]
    assert bo.input_value("#write") == "half typed"
    room.close()
