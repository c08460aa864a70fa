"""Invitations that a moderator copies, and notifications of the system while the page is in the background."""

from __future__ import annotations

import re

from browser_harness import House, done
from playwright.sync_api import expect

#: A page in the background, in a browser that notes what it would show.
HIDDEN = """() => {
  window.shown = [];
  window.asked = 0;
  window.Notification = class {
    static permission = "default";
    static async requestPermission() { window.asked += 1; this.permission = window.answer; return window.answer; }
    constructor(title, {body}) { window.shown.push([title, body]); }
    close() {}
  };
}"""
BACKGROUND = '() => Object.defineProperty(document, "hidden", {value: true, configurable: true})'


def test_an_invitation_is_copied_and_leads_a_guest_to_the_lobby(house: House) -> None:
    house.server.creates(guestPolicy="ASK_MODERATOR")
    ada = house.moderates("Ada")
    ada.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ada.opens("People")
    ada.button("Invite").click()
    expect(ada.dialog).to_contain_text("Guests wait until a moderator lets them in.")
    guests = ada.dialog.get_by_role("textbox", name="For guests").input_value()
    moderators = ada.dialog.get_by_role("textbox", name="For moderators").input_value()
    ada.dialog.get_by_role("button", name="Copy").first.click()
    expect(ada.dialog.locator(".toast")).to_contain_text("Link copied")
    assert ada.page.evaluate("() => navigator.clipboard.readText()") == guests
    assert house.server.secret not in ada.page.content() + "".join(ada.frames)
    gil = house.admits("Gil")
    gil.page.goto(guests)
    expect(gil.page.get_by_role("heading", name="Biology 101")).to_be_visible()
    gil.page.get_by_role("textbox", name="Your name").fill("Gil Guest")
    gil.page.get_by_role("textbox", name="Your name").press("Enter")
    gil.is_in("waiting")
    ada.dialog.get_by_role("button", name="Change what happens to guests").click()
    ada.dialog.get_by_role("radio", name="Let them in right away").check()
    ada.dialog.get_by_role("button", name="Save").click()
    gil.is_in("meeting")
    expect(ada.row("Gil Guest")).to_contain_text("Guest")
    zoe = house.admits("Zoe")
    zoe.page.goto(moderators)
    zoe.page.get_by_role("textbox", name="Your name").fill("Zoe")
    zoe.page.get_by_role("button", name="Join").click()
    zoe.is_in("meeting")
    expect(ada.row("Zoe")).to_contain_text("Moderator")
    expect(gil.button("Invite")).to_be_hidden()
    ada.leaves()
    done(house.server.call("end", meetingID="demo"))
    over = gil.page.request.get(guests)
    assert (over.status, "This link is no longer valid" in over.text()) == (403, True)


def test_the_system_tells_of_knocks_private_messages_and_polls_only_when_asked_to(house: House) -> None:
    house.server.creates(guestPolicy="ASK_MODERATOR")
    ada, ben = house.moderates("Ada"), house.joins("Ben")
    mo = house.moderates("Zoe")
    mo.page.evaluate(HIDDEN)
    mo.page.evaluate(BACKGROUND)
    ada.does("Zoe", "Private chat")
    ada.writes("Only for Zoe")
    expect(mo.page).to_have_title(re.compile("^\\(1\\)"))
    assert mo.page.evaluate("() => [window.asked, window.shown.length]") == [0, 0]
    mo.chooses("Settings")
    box = mo.dialog.get_by_role("checkbox", name=re.compile("Notifications of the system"))
    mo.page.evaluate('() => { window.answer = "denied"; }')
    box.click()
    expect(mo.page.locator("dialog .toast")).to_contain_text("does not allow notifications")
    expect(box).not_to_be_checked()
    mo.page.evaluate('() => { window.answer = "granted"; }')
    box.click()
    expect(box).to_be_checked()
    mo.dialog.get_by_role("button", name="Done").click()
    ada.writes("Secret words")
    ada.button("Everyone").click()
    ada.writes("For all")
    done(house.server.people(name="Gil", guest=True))
    ada.button("Poll").click()
    ada.dialog.get_by_label("Question").fill("Go on?")
    ada.dialog.get_by_role("button", name="Start").click()
    wanted = [
        ["Biology 101", "Ada writes to you privately"],
        ["Biology 101", "Gil is waiting to be let in"],
        ["Biology 101", "Poll: Go on?"],
    ]
    mo.page.wait_for_function("() => window.shown.length === 3")
    assert sorted(mo.page.evaluate("() => window.shown")) == wanted
    mo.chooses("Settings")
    mo.dialog.get_by_role("checkbox", name=re.compile("Notifications of the system")).uncheck()
    mo.dialog.get_by_role("button", name="Done").click()
    ben.does("Zoe", "Private chat")
    ben.writes("Hello")
    expect(mo.page).to_have_title(re.compile("^\\([34]\\)"))
    assert len(mo.page.evaluate("() => window.shown")) == 3
