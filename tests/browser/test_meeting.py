"""What people do in a meeting, in real browsers."""

from __future__ import annotations

from pathlib import Path

from room import Room, focused, hear, pick, reach, say


def test_a_link_leads_in_and_a_reload_is_the_same_person(room: Room) -> None:
    room.create(welcome="Welcome to <b>Biology</b><script>alert(1)</script>.")
    ada = room.come("Ada", "MODERATOR")
    assert ada.url.endswith("/html5client/join")
    assert ada.title() == "Biology 101 \N{EN DASH} Chat"
    assert ada.inner_text('[data-identifier="meetingName"]') == "Biology 101"
    assert ada.text_content('[data-identifier="fullName"]') == "Ada"
    assert ada.text_content('[data-identifier="attendeeRole"]') == "Moderator"
    assert ada.inner_text(".log .welcome b") == "Biology"
    assert focused(ada) == "name"
    ada.reload()
    reach(ada, "meeting")
    assert "<participantCount>1</participantCount>" in room.call("getMeetingInfo")
    assert ada.text_content("#tab-people b") == "1"


def test_people_chat_and_a_third_does_not_hear_what_is_private(room: Room) -> None:
    room.create()
    ada, bo, cy = room.come("Ada", "MODERATOR"), room.come("Bo"), room.come("Cy")
    frames: list[str] = []
    say(ada, "Hello all, see https://example.org/a_(b).")
    for page in (ada, bo, cy):
        hear(page, "Hello all")
    assert bo.get_attribute(".message a", "href") == "https://example.org/a_(b)"
    cy.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(str(data))))
    cy.reload()
    reach(cy, "meeting")
    bo.click("#tab-people")
    pick(bo, ".person:has-text('Ada') .row-menu", "Private chat")
    say(bo, "only for you")
    ada.locator("#threads .chip", has_text="Bo").click()
    hear(ada, "only for you")
    say(ada, "and for you")
    hear(bo, "and for you")
    say(bo, "done")
    hear(ada, "done")
    ada.locator("#threads .chip", has_text="Everyone").click()
    say(ada, "to all again")
    hear(cy, "to all again")
    assert not [frame for frame in frames if "only for you" in frame or "and for you" in frame]


def test_what_people_are_called_and_write_is_text(room: Room) -> None:
    room.create()
    name = "<img src=x onerror=alert(1)>"
    ada, long, leyla = room.come(name, "MODERATOR"), room.come("W" * 256), room.come("ليلى منصور")
    say(ada, "<script>alert(1)</script> " + "w" * 400)
    say(leyla, "شكرا، هذا واضح الآن")
    for page in (ada, long, leyla):
        hear(page, "شكرا")
        hear(page, "<script>alert(1)</script>")
        page.click("#tab-people")
        page.locator(".person", has_text=name).wait_for()
        assert page.evaluate("() => document.scrollingElement.scrollWidth <= innerWidth")
        assert page.locator("img[src=x], .message script").count() == 0


def test_messages_come_in_the_order_they_were_written_however_fast(room: Room) -> None:
    room.create()
    ada, bo = room.come("Ada"), room.come("Bo")
    wanted = [f"number {n}" for n in range(7)]
    for text in wanted:
        say(ada, text)
    hear(bo, wanted[-1])
    assert bo.locator(".message .text").all_inner_texts() == wanted
    ada.wait_for_function("() => !document.querySelector('.pending')")
    say(ada, "x" * 5001)
    ada.locator(".toast", has_text="5,000").wait_for()
    assert len(ada.input_value("#write")) == 5001


def test_a_lock_takes_and_gives_back_while_somebody_writes(room: Room) -> None:
    room.create()
    ada, bo = room.come("Ada", "MODERATOR"), room.come("Bo")
    bo.fill("#write", "half a sent")
    bo.focus("#write")
    for locked in (True, False):
        pick(ada, "#tool-more", "Locks")
        for lock in ("Public chat", "Private chat", "Seeing other viewers"):
            ada.locator("dialog .check", has_text=lock).first.locator("input").set_checked(locked)
        ada.click("dialog .primary")
        bo.wait_for_function(
            "(is) => document.getElementById('write').getAttribute('aria-disabled') === is", arg=str(locked).lower()
        )
        assert bo.is_visible("#write-why") == locked
        assert bo.input_value("#write") == "half a sent"
        assert focused(bo) == "write"
    bo.press("#write", "Enter")
    hear(ada, "half a sent")


def test_hands_are_in_order_and_a_moderator_lowers_them(room: Room) -> None:
    room.create()
    ada, bo, cy = room.come("Ada", "MODERATOR"), room.come("Bo"), room.come("Cy")
    for page in (cy, bo):
        page.click("#tool-hand.tool:not(.on)")
        page.locator("#tool-hand.on").wait_for()
    ada.click("#tab-people")
    ada.wait_for_function("() => document.querySelectorAll('.person .hand').length === 2")
    raised = ada.locator(".person:has(.hand)")
    assert raised.locator("bdi").all_inner_texts() == ["Cy", "Bo"]
    pick(ada, ".person:has-text('Cy') .row-menu", "Lower the hand")
    cy.locator("#tool-hand:not(.on)").wait_for()
    ada.click("#manage button:has-text('Lower all hands')")
    ada.click("dialog .primary")
    bo.locator("#tool-hand:not(.on)").wait_for()


def test_reactions_are_seen(room: Room) -> None:
    room.create()
    ada, bo = room.come("Ada"), room.come("Bo")
    ada.click("#tab-people")
    pick(bo, "#tool-react", "Applause")
    ada.locator(".person .reaction", has_text="Applause").wait_for()


def test_roles_and_the_presenter_change(room: Room) -> None:
    room.create(allowPromoteGuestToModerator="false", guestPolicy="ALWAYS_ACCEPT")
    ada, bo = room.come("Ada", "MODERATOR"), room.come("Bo")
    room.come("Gil", guest="true")
    ada.click("#tab-people")
    pick(ada, ".person:has-text('Bo') .row-menu", "Make presenter")
    bo.locator("#now h2", has_text="Bo").wait_for()
    pick(ada, ".person:has-text('Bo') .row-menu", "Make moderator")
    bo.wait_for_function("() => document.getElementById('role').textContent === 'Moderator'")
    ada.click(".person:has-text('Gil') .row-menu")
    assert ada.get_attribute(".menu-item:has-text('Make moderator')", "aria-disabled") == "true"
    ada.keyboard.press("Escape")
    bo.click("#tab-people")
    pick(bo, ".person:has-text('Ada') .row-menu", "Make viewer")
    ada.wait_for_function("() => document.getElementById('role').textContent === 'Viewer'")
    assert not ada.is_visible("#manage")


def test_who_comes_to_a_recording_is_asked_first(room: Room) -> None:
    room.create(record="true", notifyRecordingIsOn="true")
    ada, bo = room.come("Ada", "MODERATOR"), room.come("Bo")
    ada.click("#tool-record")
    reach(bo, "recorded")
    bo.keyboard.press("Escape")
    bo.keyboard.press("Escape")
    assert bo.locator("dialog[open]").count() == 1
    bo.click("dialog .primary")
    reach(bo, "meeting")
    bo.locator("#recording.on").wait_for()
    cy = room.open(room.link("Cy"))
    reach(cy, "recorded")
    cy.click("dialog .quiet")
    reach(cy, "left")
    bo.reload()
    reach(bo, "meeting")
    ada.click("#tool-record")
    bo.locator("#recording").wait_for(state="hidden")


def test_of_many_people_only_the_rows_in_sight_exist(room: Room) -> None:
    room.create()
    ada = room.come("Ada", "MODERATOR")
    room.developer("people", meetingID=room.meeting, moderators=3, viewers=150, seed=4)
    ada.click("#tab-people")
    ada.wait_for_function("() => document.querySelector('#tab-people b').textContent === '154'")
    ada.locator(".person", has_text="(you)").wait_for()
    assert ada.locator(".person").count() < 40
    ada.evaluate("() => { document.getElementById('roster').scrollTop = 1e6; }")
    ada.locator(".person[aria-posinset='150']").wait_for()
    ada.fill("#find", "ada")
    ada.locator(".person", has_text="Ada").first.wait_for()
    assert ada.locator(".person[aria-posinset='150']").count() == 0


def test_older_messages_come_when_asked_for_and_the_place_is_kept(room: Room) -> None:
    room.create()
    room.developer("people", meetingID=room.meeting, moderators=0, viewers=5, seed=4)
    for seed in range(4):
        room.developer("people/act", meetingID=room.meeting, bustle=300, seed=seed)
    ada = room.come("Ada", "MODERATOR")
    ada.wait_for_function("() => document.querySelectorAll('.message').length === 100")
    ada.evaluate("() => { window.first = document.querySelector('.message'); }")
    top = "() => window.first.getBoundingClientRect().top"
    ada.evaluate("() => { document.querySelector('.log').scrollTop = 0; }")
    before = ada.evaluate(top)
    ada.click(".log-top button")
    ada.wait_for_function("() => document.querySelectorAll('.message').length > 100")
    assert abs(ada.evaluate(top) - before) < 2
    say(ada, "the newest")
    hear(ada, "the newest")
    pick(ada, "#tool-more", "Clear the chat")
    ada.click("dialog .danger")
    ada.wait_for_function("() => document.querySelectorAll('.message').length === 0")


def test_all_of_it_can_be_done_by_keys(room: Room) -> None:
    room.create()
    ada, bo = room.come("Ada", "MODERATOR"), room.come("Bo")
    ada.keyboard.press("Tab")
    assert focused(ada) == "Skip to the chat"
    ada.keyboard.press("Enter")
    assert focused(ada) == "write"
    ada.keyboard.type("by keys")
    ada.keyboard.press("Shift+Enter")
    ada.keyboard.type("two lines")
    ada.keyboard.press("Enter")
    hear(bo, "by keys\ntwo lines")
    ada.keyboard.press("Escape")
    assert focused(ada) == "tab-chat"
    ada.keyboard.press("ArrowRight")
    assert focused(ada) == "tab-people"
    bo.keyboard.press("Alt+Shift+KeyH")
    ada.wait_for_function("() => document.getElementById('polite').textContent.includes('Bo raised a hand')")
    assert focused(ada) == "tab-people"
    bo.keyboard.press("Alt+Shift+KeyU")
    assert focused(bo) == "people"
    ada.keyboard.press("?")
    ada.locator("dialog .keys").wait_for()
    ada.keyboard.press("Escape")
    assert focused(ada) == "tab-people"
    ada.keyboard.press("Alt+Shift+KeyX")
    ada.locator("dialog").wait_for()
    ada.keyboard.press("Escape")
    pick(ada, "#tool-more", "Settings")
    ada.uncheck("dialog .check:has-text('shortcuts') input")
    ada.keyboard.press("Escape")
    ada.locator("dialog").wait_for(state="detached")
    assert focused(ada) == "tool-more"
    ada.keyboard.press("?")
    ada.keyboard.press("Alt+Shift+KeyX")
    assert ada.locator("dialog").count() == 0


def test_the_page_looks_as_create_and_join_say(room: Room) -> None:
    room.create(
        bannerText="Exam on Friday", bannerColor="#ffff00", copyright="© Example", meetingLayout="PRESENTATION_FOCUS"
    )
    ada = room.come(
        "Ada", "MODERATOR",
        **{"userdata-bbb_override_default_locale": "de", "userdata-bbb_client_title": "Uni",
           "userdata-bbb_prefer_dark_theme": "true", "userdata-bbb_default_layout": "smartLayout"},
    )  # fmt: skip
    ada.wait_for_function("() => document.documentElement.lang === 'de'")
    assert ada.title().startswith("Uni")
    assert ada.get_attribute("html", "data-theme") == "dark"
    assert ada.get_attribute("body", "data-layout") == "SMART_LAYOUT"
    assert ada.inner_text("#banner p") == "Exam on Friday"
    assert ada.evaluate("() => getComputedStyle(document.getElementById('banner')).color") == "rgb(0, 0, 0)"
    ada.click("#banner button")
    assert not ada.is_visible("#banner")
    bo = room.come("Bo")
    assert bo.get_attribute("body", "data-layout") == "PRESENTATION_FOCUS"
    pick(bo, "#tool-more", "Settings")
    bo.select_option("dialog select[name=language]", "fr")
    bo.wait_for_function("() => document.documentElement.lang === 'fr'")
    bo.locator("dialog select[name=language]:focus").wait_for()


def test_the_chat_is_saved_as_text(room: Room, tmp_path: Path) -> None:
    room.create()
    ada = room.come("Ada")
    say(ada, "keep this")
    hear(ada, "keep this")
    with ada.expect_download() as saved:
        pick(ada, "#tool-more", "Save the chat")
    saved.value.save_as(tmp_path / "chat.txt")
    assert saved.value.suggested_filename == "Biology 101.txt"
    assert (tmp_path / "chat.txt").read_text().endswith("] Ada: keep this\n")
