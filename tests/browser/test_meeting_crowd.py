"""Many people at once, and some who mean harm: whoever sits at a page goes on."""

from __future__ import annotations

from contextlib import ExitStack

from browser_harness import House
from playwright.sync_api import expect
from websocket_clients import Connected

OTHERS = 199


def test_two_hundred_come_and_raise_their_hands_and_the_page_goes_on(house: House) -> None:
    house.server.creates()
    ada = house.moderates("Ada")
    ada.opens("People")
    with ExitStack() as stack:
        crowd = []
        for number in range(OTHERS):
            token = house.server.comes(f"Person {number:03}")
            crowd.append(stack.enter_context(Connected(house.server.daemon, token, house.server.path)))
            crowd[-1].hello()
        expect(ada.page.get_by_role("tab", name=f"People, {OTHERS + 1}")).to_be_visible()
        for member in crowd:
            member.say("hand", up=True)
        for number, member in enumerate(crowd[:30]):
            member.say("chat.say", text=f"Message {number}")
        expect(ada.roster.get_by_role("heading", name=f"Raised hands ({OTHERS}), in order")).to_be_visible()
        # Of so many only the rows in sight exist; the last one does once it is looked for.
        assert ada.roster.get_by_role("listitem").count() < 40
        ada.page.get_by_role("searchbox", name="Find someone").fill("person 198")
        expect(ada.row("Person 198")).to_be_visible()
        expect(ada.roster.get_by_role("listitem")).to_have_count(1)
        ada.opens("Chat")
        expect(ada.chat.get_by_role("article")).to_have_count(30)
        ada.writes("I hear you all")
        expect(ada.chat.locator(".text").last).to_have_text("I hear you all")
        ada.does("Person 198", "Lower hand")
        crowd[198].until(lambda: any(event.get("by") for event in crowd[198].events("HandLowered")))
    expect(ada.row("Person 198")).to_contain_text("Reconnecting")


def test_who_means_harm_is_refused_by_name_and_harms_nobody(house: House) -> None:
    house.server.creates()
    ada, ben = house.moderates("Ada"), house.joins("Ben")
    token = house.server.comes("Mallory")
    with ExitStack() as stack:

        def opens(token: str = token, **headers: str) -> Connected:
            return stack.enter_context(Connected(house.server.daemon, token, house.server.path, **headers))

        assert opens(Origin="http://evil.example.org").status == 403
        assert opens(Host="evil.example.org").status == 403
        mallory = opens()
        mallory.hello()
        mallory.until(lambda: bool(mallory.all("snapshot")))
        for text in ("{", "[]", '{"t": "no such thing"}', '{"t": "end"}', '{"t": "hand", "up": 1}', "[" * 10_000):
            mallory.say_raw(text)
        mallory.until(lambda: len(mallory.all("no")) == 6)
        assert [one["key"] for one in mallory.all("no")] == [
            "malformed",
            "malformed",
            "unsupported",
            "notAllowed",
            "malformed",
            "malformed",
        ]
        for _ in range(100):
            mallory.say("record", on=True)
        mallory.until(lambda: mallory.closed is not None)
        assert mallory.closed == (4007, "flood")
        again = opens()
        again.hello()
        for _ in range(100):
            again.say("record", on=True)
        again.until(lambda: again.closed is not None)
        assert again.closed == (4007, "flood")
        large = opens(house.server.comes("Large"))
        large.hello()
        large.say_raw('{"t": "chat.say", "text": "' + "x" * (65 << 10) + '"}')
        large.until(lambda: large.closed is not None)
        assert large.closed == (1009, "at most 65536 bytes")
        ada.writes("Is all well?")
        ben.reads("Is all well?")
        ben.writes("All is well")
        ada.reads("Is all well?", "All is well")
    for guest in (ada, ben):
        guest.is_in("meeting")
    assert not ada.events("Ended", "RecordingMarked")
    harmful = {one.last("welcome")["you"]["user"] for one in (mallory, large)}
    assert {event["user"] for event in ada.events("Lost")} == harmful
