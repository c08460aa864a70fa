"""Breakout rooms in the page: opened by a moderator, entered, changed, written to and closed, and chosen by people."""

from __future__ import annotations

import re

from browser_harness import Guest, House, done
from playwright.sync_api import expect


def follows(house: House, guest: Guest, name: str) -> Guest:
    """Go into a room: it opens in a tab beside the meeting."""
    with guest.page.context.expect_page() as opened:
        guest.page.get_by_role("region", name="Breakout rooms").get_by_role("button", name=name).click()
    there = Guest(opened.value, guest.name)
    house.guests.append(there)
    there.is_in("meeting")
    return there


def test_rooms_are_opened_entered_changed_and_closed(house: House) -> None:  # noqa: PLR0915 - one journey
    house.server.creates()
    ada, bob = house.moderates("Ada"), house.joins("Bob")
    for name in ("Cyd", "Dan"):
        done(house.server.people(name=name))
    expect(ada.page.get_by_role("tab", name="People, 4")).to_be_visible()

    # By keyboard alone: the dialog, a name, people by hand and by chance.
    ada.opens("People")
    ada.button("Breakout rooms").focus()
    ada.page.keyboard.press("Enter")
    dialog = ada.page.get_by_role("dialog", name="Open breakout rooms")
    expect(dialog).to_be_visible()
    dialog.get_by_role("textbox", name="Name of room 1").fill("Owls")
    dialog.get_by_role("textbox", name="Name of room 1").press("Tab")
    dialog.get_by_role("button", name="By chance").press("Enter")
    chosen = [dialog.get_by_role("combobox", name=f"Room of {name}").input_value() for name in ("Bob", "Cyd", "Dan")]
    assert sorted(set(chosen)) == ["0", "1"]
    dialog.get_by_role("button", name="Clear").press("Enter")
    dialog.get_by_role("combobox", name="Room of Bob").select_option("Owls")
    dialog.get_by_role("checkbox", name=re.compile("^Keep what is written")).check()
    dialog.get_by_role("button", name="Open rooms").press("Enter")
    expect(dialog).to_be_hidden()
    rooms = ada.page.get_by_role("region", name="Breakout rooms")
    expect(rooms.get_by_role("listitem")).to_have_count(2)

    # Bob is told, sees his own room alone, and goes in; there is a way back in the page.
    bob.hears("Your room: Owls")
    mine = bob.page.get_by_role("region", name="Breakout rooms")
    expect(mine.get_by_role("listitem")).to_have_count(1)
    there = follows(house, bob, "Go to Owls")
    expect(there.page.get_by_role("heading", level=1, name="Owls")).to_be_visible()
    expect(there.page.locator("#room")).to_have_text("Room 1 of Biology 101")
    expect(there.page.get_by_text("What is written to everyone here is kept for the moderators.")).to_be_visible()
    expect(there.page.get_by_text("15 min left")).to_be_visible()
    assert house.server.secret not in there.page.content()
    there.writes("It is a cell")
    there.reads("It is a cell")

    # A word to all, more time, and another room: the tab follows.
    expect(rooms.get_by_text("1 person there")).to_be_visible()
    rooms.get_by_role("button", name="Manage rooms").click()
    dialog = ada.page.get_by_role("dialog", name="Breakout rooms")
    dialog.get_by_role("textbox", name="Message to all rooms").fill("Soon back")
    dialog.get_by_role("button", name="Send").click()
    there.reads("It is a cell", "Soon back")
    dialog.get_by_role("button", name="10 more minutes").click()
    expect(there.page.get_by_text("25 min left")).to_be_visible()
    dialog.get_by_role("combobox", name="Room of Bob").select_option("Room 2")
    expect(there.page.get_by_role("heading", level=1, name="Room 2")).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text="Bob")).to_contain_text("There")

    # Closing leads everybody back, and the chat is there to be saved.
    dialog.get_by_role("button", name="Close rooms").click()
    ada.dialog.get_by_role("button", name="Close rooms").click()
    expect(there.page.get_by_role("heading", level=1, name="The meeting has ended")).to_be_visible()
    expect(there.page.get_by_text("The moderators have closed the rooms.")).to_be_visible()
    expect(there.button("Return to Biology 101")).to_be_visible()
    bob.hears("The breakout rooms are closed")
    expect(rooms).to_be_hidden()
    assert "breakoutRooms" not in done(house.server.info("demo")).names
    ada.button("Breakout rooms").click()
    with ada.page.expect_download() as saved:
        ada.page.get_by_role("button", name="Save the chat of Owls").click()
    assert "It is a cell" in saved.value.path().read_text()


def test_a_room_is_chosen_and_left(house: House) -> None:
    house.server.creates()
    bob = house.joins("Bob")
    with house.server.connects("Ada", role="MODERATOR") as teacher:
        rooms = [{"name": "Owls"}, {"name": "Bats"}]
        teacher.say("breakout.open", rooms=rooms, freeJoin=True, id=1)
        teacher.until(lambda: bool(teacher.all("ok")))
    expect(bob.page.get_by_role("button", name="Choose a room")).to_be_visible()
    there = follows(house, bob, "Go to Bats")
    expect(bob.page.get_by_role("button", name="Your room: Bats")).to_be_visible()
    with there.page.expect_event("close"):
        there.button("Return").click()
    expect(bob.page.get_by_role("region", name="Breakout rooms").get_by_text("0 people there")).to_have_count(2)
