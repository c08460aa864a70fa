"""Writing to all and to one; what is written by others stays text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from browser_harness import PHONE, WIDE, House, done
from playwright.sync_api import expect
from websocket_clients import Connected

if TYPE_CHECKING:
    from playwright.sync_api import WebSocketRoute


def test_people_write_to_all_and_to_one_whom_nobody_else_hears_of(house: House) -> None:
    house.server.creates()
    ada, ben, cleo = house.moderates("Ada"), house.joins("Ben"), house.joins("Cleo")
    ada.writes("Good morning")
    ben.reads("Good morning")
    ben.writes("Good morning, Ada")
    for guest in (ada, ben, cleo):
        guest.reads("Good morning", "Good morning, Ada")
        expect(guest.chat.get_by_role("article").first).to_contain_text("AdaModerator")
    ada.does("Ben", "Private chat")
    expect(ada.writer).to_be_focused()
    ada.writes("Only for Ben")
    chip = ben.page.get_by_role("group", name="Conversations").get_by_role("button", name="Ada, 1 unread message")
    chip.click()
    ben.reads("Only for Ben")
    ben.writes("Only for Ada")
    ada.reads("Only for Ben", "Only for Ada")
    ben.opens("People")
    ada.button("Everyone").click()
    ada.writes("For all again")
    expect(ben.page).to_have_title("(1) Biology 101 \N{EN DASH} People")
    cleo.reads("Good morning", "Good morning, Ada", "For all again")
    expect(cleo.page.get_by_role("group", name="Conversations")).to_be_hidden()
    assert "Only for" in "".join(ada.frames)
    assert "Only for" in "".join(ben.frames)
    assert "Only for" not in "".join(cleo.frames)
    # Who comes later has the public chat; on coming back one has one's own conversations too.
    dora = house.joins("Dora")
    dora.reads("Good morning", "Good morning, Ada", "For all again")
    ben.page.reload()
    ben.page.get_by_role("group", name="Conversations").get_by_role("button", name=re.compile("^Ada")).click()
    ben.reads("Only for Ben", "Only for Ada")
    assert "Only for" not in "".join(dora.frames)


def test_messages_come_in_the_order_they_were_written_however_fast(house: House) -> None:
    house.server.creates()
    ada, ben = house.joins("Ada"), house.joins("Ben")
    # More than are taken at once: the rest goes out when its time has come.
    wanted = [f"number {number}" for number in range(7)]
    for text in wanted:
        ada.writes(text)
    ben.reads(*wanted)
    expect(ada.chat.get_by_text("Sending")).to_have_count(0)
    ada.writes("x" * 5001)
    expect(ada.page.get_by_text("A message can have at most 5,000 characters.").first).to_be_visible()
    expect(ada.writer).to_have_value("x" * 5001)


def test_older_messages_come_when_asked_for_and_the_place_is_kept(house: House) -> None:
    house.server.creates()
    done(house.server.people(viewers=5, seed=4))
    done(house.server.do("people/act", meetingID="demo", bustle=2000, seed=4))
    ada = house.moderates("Ada")
    messages, older = ada.chat.get_by_role("article"), ada.button("Show older messages")
    expect(messages).to_have_count(100)
    first = messages.first.element_handle()
    older.scroll_into_view_if_needed()
    before = first.bounding_box()
    older.click()
    expect(messages).to_have_count(200)
    after = first.bounding_box()
    assert before is not None
    assert after is not None
    # A scroll position is rounded, and how much depends on the fonts.
    assert abs(after["y"] - before["y"]) < 2
    ada.writes("The newest")
    expect(messages).to_have_count(201)
    ada.chooses("Clear the chat")
    ada.dialog.get_by_role("button", name="Clear").click()
    expect(messages).to_have_count(0)
    ada.hears("The chat was cleared")


#: A text, and the addresses in it that are links.
LINKS = {
    "https://en.wikipedia.org/wiki/Schrödinger's_cat": ["https://en.wikipedia.org/wiki/Schrödinger's_cat"],
    "see 'https://example.org/a', please": ["https://example.org/a"],
    "href='https://example.org/it's'": ["https://example.org/it's"],
    "(https://en.wikipedia.org/wiki/Mercury_(planet))": ["https://en.wikipedia.org/wiki/Mercury_(planet)"],
    "https://example.org/a[1][2].": ["https://example.org/a[1][2]"],
    "„https://example.org/ä” and «https://example.org/b»": ["https://example.org/ä", "https://example.org/b"],
    'a "https://example.org/q?x=1&y=2#z"!': ["https://example.org/q?x=1&y=2#z"],
    "https:// and javascript:alert(1)": [],
}


def test_an_address_is_a_link_up_to_its_end(house: House) -> None:
    house.server.creates()
    ada = house.joins("Ada")
    for text in LINKS:
        ada.writes(text)
    ada.reads(*LINKS)
    messages = ada.chat.locator(".text")
    for at, addresses in enumerate(LINKS.values()):
        expect(messages.nth(at).get_by_role("link")).to_have_text(addresses)


def test_a_long_name_takes_two_lines_of_the_chat(house: House) -> None:
    house.server.creates()
    ada = house.moderates("Ada")
    with house.server.connects("W" * 256) as member:
        member.say("chat.say", text="Hello")
        ada.reads("Hello")
        for width, height in (WIDE, PHONE):
            ada.page.set_viewport_size({"width": width, "height": height})
            author = ada.chat.locator(".author").bounding_box()
            assert author is not None
            assert author["height"] < 48
            assert ada.chat.evaluate("(log) => log.scrollWidth <= log.clientWidth")


def test_half_a_character_stops_no_message_behind_it(house: House) -> None:
    house.server.creates()
    ada, ben = house.joins("Ada"), house.joins("Ben")
    ada.writer.evaluate("(field) => { field.value = 'cut off: \\ud83d'; }")
    ada.writer.press("Enter")
    ada.writes("and on")
    ben.reads("cut off: \N{REPLACEMENT CHARACTER}", "and on")
    expect(ada.chat.get_by_text("Sending")).to_have_count(0)


def test_nobody_makes_anothers_page_take_a_message_for_sent(house: House) -> None:
    house.server.creates()
    ada, mallory = house.joins("Ada"), house.server.connects("Mallory")
    ada.writes("first")
    mallory.until(lambda: bool(mallory.events("Chatted")))
    tab, _, number = mallory.events("Chatted")[0]["key"].partition(":")
    # Some of these wait at Ada's for their time.
    wanted = [f"number {each}" for each in range(6)]
    for text in wanted:
        ada.writes(text)
    with Connected(house.server.daemon, mallory.token, house.server.path) as forger:
        forger.hello(tab=tab)
        for each in (5, 6):
            forger.say("chat.say", text="forged", id=int(number) + each)
        forger.until(lambda: len([one for one in forger.events("Chatted") if one["text"] == "forged"]) == 2)
        expect(ada.chat.get_by_text("forged")).to_have_count(2)
        expect(ada.chat.locator(".text", has_text="number 5")).to_have_count(1)
        expect(ada.chat.get_by_text("Sending")).to_have_count(0)
    mallory.socket.close()
    expect(ada.chat.locator(".text", has_text="number")).to_have_count(6)


def test_a_snapshot_in_place_of_the_event_does_not_leave_a_message_waiting(house: House) -> None:
    house.server.creates()
    ada, ben = house.moderates("Ada"), house.admits("Ben")
    held: list[str] = []
    holds = [True]

    def between(route: WebSocketRoute) -> None:
        # As if the answer took longer than a lock, and both message and lock were told by one snapshot.
        server = route.connect_to_server()

        def told(message: str | bytes) -> None:
            text = str(message)
            if holds and ('"Chatted"' in text or text.startswith('{"t":"ok"')):
                held.extend([text] if text.startswith('{"t":"ok"') else [])
                return
            route.send(text)
            if held and text.startswith('{"t":"snapshot"'):
                holds.clear()
                while held:
                    route.send(held.pop())

        server.on_message(told)

    ben.page.route_web_socket("**/socket", between)
    house.goes(ben, house.server.link("Ben"))
    ben.is_in("meeting")
    ben.writes("Once")
    ada.reads("Once")
    expect(ben.chat.get_by_role("article").last).to_contain_text("Sending")
    ada.chooses("Locks")
    ada.dialog.get_by_role("checkbox", name="Seeing other viewers", exact=True).check()
    ada.dialog.get_by_role("button", name="Save").click()
    expect(ben.chat.get_by_text("Sending")).to_have_count(0)
    expect(ben.chat.locator(".text")).to_have_count(1)
