"""The waiting room: who waits, what they are told, and who lets them in."""

from __future__ import annotations

import re

import pytest
from browser_harness import FORBIDDEN, PHONE, WIDE, House, done
from playwright.sync_api import expect

#: A window of 1280 by 1024 at 400 % zoom.
ZOOMED = (320, 256)


def test_guests_wait_are_told_and_are_let_in_or_not(either_house: House) -> None:
    house = either_house
    house.expected.append(FORBIDDEN)
    house.server.creates(guestPolicy="ASK_MODERATOR")
    ada = house.moderates("Ada")
    priya, quin = (house.invites(name, guest="true", userID=name) for name in ("Priya", "Quin"))
    for guest, place in ((priya, "1"), (quin, "2")):
        guest.is_told("You are in the waiting room of Biology 101", f"Your place in line: {place}")
    expect(ada.page.get_by_role("heading", name="2 people are waiting")).to_be_visible()
    assert house.server.counts() == 1
    knock = ada.page.get_by_role("region", name=re.compile("waiting$"))
    knock.get_by_role("button", name="Waiting room").click()
    ada.dialog.get_by_role("textbox", name="Message to people waiting").fill("Five <b>minutes</b>, please")
    ada.button("Save").click()
    for guest in (priya, quin):
        guest.is_told("You are in the waiting room of Biology 101", "Five <b>minutes</b>, please")
    # A moderator who comes back still sees who waits.
    ada.page.reload()
    knock.get_by_role("checkbox", name="Remember this answer").check()
    ada.button("Admit Priya").click()
    priya.is_in("meeting")
    quin.is_told("You are in the waiting room of Biology 101", "Your place in line: 1")
    ada.button("Refuse Quin").click()
    quin.is_told("You were not let in", "A moderator declined your request to join")
    expect(quin.page.get_by_role("main").get_by_role("button")).to_have_count(0)
    expect(knock).to_be_hidden()
    # What was remembered counts for the next link of the same person.
    house.goes(priya, house.server.link("Priya", guest="true", userID="Priya")).is_in("meeting")
    rosa, sami = (house.invites(name, guest="true") for name in ("Rosa", "Sami"))
    rosa.is_in("waiting")
    sami.is_in("waiting")
    ada.button("Admit all").click()
    rosa.is_in("meeting")
    sami.is_in("meeting")
    expect(ada.page.get_by_role("tab", name="People, 4")).to_be_visible()
    # And who still waits at the end is told so.
    tove = house.invites("Tove", guest="true")
    tove.is_in("waiting")
    assert done(house.server.call("end", meetingID="demo")).code == "SUCCESS"
    tove.is_told("The meeting has ended")


@pytest.mark.parametrize("size", [WIDE, PHONE, ZOOMED], ids=["wide", "phone", "zoomed"])
def test_a_knock_is_seen_in_four_places_with_the_panel_hidden(house: House, size: tuple[int, int]) -> None:
    house.size = size
    house.server.creates(guestPolicy="ASK_MODERATOR")
    ada, ben = house.moderates("Ada"), house.joins("Ben")
    ada.button("Hide chat").click()
    priya = house.invites("Priya", guest="true")
    priya.is_in("waiting")
    expect(ada.page.locator("#toasts")).to_have_text("Priya is waiting to be let in")
    pill = ada.button("1 waiting")
    expect(pill).to_be_in_viewport()
    expect(ada.page).to_have_title(re.compile("^1 waiting"))
    show = ada.button("Show chat, 1 person is waiting")
    expect(show.locator(".count")).to_have_text("1")
    expect(show.locator(".count")).to_be_in_viewport()
    # Those who let nobody in see none of it.
    expect(ben.button("1 waiting")).to_be_hidden()
    expect(ben.page).to_have_title("Biology 101 \N{EN DASH} Chat")
    pill.click()
    ada.button("Admit Priya").click()
    priya.is_in("meeting")
    expect(pill).to_be_hidden()
    expect(ada.page).to_have_title("Biology 101 \N{EN DASH} Chat")


def test_a_layout_without_a_panel_shows_those_who_wait_in_a_dialog(house: House) -> None:
    house.server.creates(guestPolicy="ASK_MODERATOR", meetingLayout="PRESENTATION_ONLY")
    ada = house.moderates("Ada")
    for name in ("Priya", "Quin"):
        house.invites(name, guest="true").is_in("waiting")
    ada.button("2 waiting").click()
    ada.dialog.get_by_role("button", name="Admit Priya").click()
    ada.page.keyboard.press("Escape")
    ada.button("1 waiting").click()
    ada.dialog.get_by_role("button", name="Admit Quin").click()
    expect(ada.dialog).to_have_count(0)
    expect(ada.button("1 waiting")).to_be_hidden()


#: Whether no row of the waiting list is larger than its box, and each begins below the one before it; read at once.
APART = """() => {
  const rows = [...document.querySelectorAll("#knock li")];
  const fits = (row) => row.scrollHeight <= row.clientHeight + 1 && row.scrollWidth <= row.clientWidth + 1;
  const boxes = rows.map((row) => row.getBoundingClientRect());
  return rows.every(fits) && boxes.every((box, place) => !place || boxes[place - 1].bottom <= box.top + 0.5);
}"""


def test_names_in_the_waiting_list_stand_under_each_other(house: House) -> None:
    house.server.creates(guestPolicy="ASK_MODERATOR")
    ada = house.moderates("Ada")
    for name in ("W" * 200, "a long name " * 12, "Priya"):
        house.invites(name, guest="true").is_in("waiting")
    rows = ada.page.locator("#knock li")
    expect(rows).to_have_count(3)
    house.invites("V" * 256, guest="true").is_in("waiting")
    expect(ada.page.locator("#toasts")).to_have_text(f"{'V' * 40}… is waiting to be let in")
    expect(rows).to_have_count(4)
    for size in (WIDE, PHONE, ZOOMED):
        ada.page.set_viewport_size({"width": size[0], "height": size[1]})
        ada.page.wait_for_function(APART)
