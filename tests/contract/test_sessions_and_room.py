"""Where the calls of sessions and the room meet: what one of them does, the other shows at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from harness import Answer, Caller, Daemon, Memory, awaited, query_of
from twisted.logger import LogEvent
from websocket_clients import Connected, InMemory, enter_at, inside, member_at, told

from bbbd.live.lobby import describe_waiting
from bbbd.meetings.fold import as_restored, restored


async def ask(bbb: Caller, call: str, token: str, **more: Any) -> Any:
    """Make a call that needs no checksum, and return what it says."""
    pairs = query_of({"sessionToken": token, "format": "json", **more})
    said = json.loads((await bbb.fetch(f"/bigbluebutton/api/{call}?{pairs}")).body)
    return said.get("response", said)


async def follow(bbb: Caller, url: str) -> Answer:
    parts = urlsplit(url)
    return await bbb.fetch(f"{parts.path}?{parts.query}")


def token_in(answer: Answer) -> str:
    return parse_qs(urlsplit(answer.headers["location"]).query)["sessionToken"][0]


async def count(bbb: Caller, meeting_id: str) -> str | None:
    return (await bbb.info(meeting_id)).text("participantCount")


def ended(member: InMemory | Connected, reason: str, code: int) -> dict[str, Any]:
    member.until(lambda: member.closed is not None)
    bye = member.last("bye")
    assert (bye["reason"], member.closed) == (reason, (code, reason))
    return bye


def heard(member: InMemory | Connected, kind: str) -> None:
    member.until(lambda: bool(member.events(kind)))


async def door(bbb: Caller, token: str) -> dict[str, str]:
    answer = await bbb.fetch("/html5client/door", headers={"Authorization": f"Bearer {token}"})
    state: dict[str, str] = json.loads(answer.body)
    return state


# --- signOut


@awaited
async def test_signing_out_ends_the_page_and_all_others_see_it(bbb: Caller) -> None:
    await bbb.call("create", meetingID="r-out", logoutURL="https://lms.example.org/")
    token = await bbb.token("r-out", "Ada", role="VIEWER")
    with (
        enter_at(bbb, token) as ada,
        enter_at(bbb, await bbb.token("r-out", "Bob", role="VIEWER")) as bob,
    ):
        assert (await ask(bbb, "signOut", token))["returncode"] == "SUCCESS"
        assert ended(ada, "left", 4000)["back"] == "https://lms.example.org/"
        assert await count(bbb, "r-out") == "1"
        heard(bob, "Left")
        assert (bob.events("Left")[0]["why"], bob.events("Lost")) == ("left", [])
    assert await door(bbb, token) == {"state": "left", "reason": "", "back": "https://lms.example.org/"}
    with member_at(bbb, token) as again:
        ended(again, "left", 4000)
    gone = await ask(bbb, "enter", token)
    assert (gone["messageKey"], gone["logoutURL"]) == ("missingSession", "https://lms.example.org/")


@awaited
async def test_signing_out_on_the_way_in_ends_the_page_too(bbb: Caller) -> None:
    await bbb.call("create", meetingID="r-out2", guestPolicy="ASK_MODERATOR")
    waits = await bbb.token("r-out2", "Gus", role="VIEWER", guest="true")
    opens = await bbb.token("r-out2", "Ole", role="VIEWER")
    with member_at(bbb, waits) as gus, member_at(bbb, opens) as ole:
        gus.hello()
        gus.until(lambda: bool(gus.all("lobby")))
        for member, token in ((gus, waits), (ole, opens)):
            await ask(bbb, "signOut", token)
            ended(member, "left", 4000)
            assert (await door(bbb, token))["state"] == "left"
    assert await count(bbb, "r-out2") == "0"


@awaited
async def test_leaving_by_the_page_spends_the_token(bbb: Caller) -> None:
    await bbb.call("create", meetingID="r-leave", guestPolicy="ASK_MODERATOR")
    goes = await bbb.token("r-leave", "Ada", role="VIEWER")
    gives_up = await bbb.token("r-leave", "Gus", role="VIEWER", guest="true")
    with enter_at(bbb, goes) as ada, member_at(bbb, gives_up) as gus:
        gus.hello()
        gus.until(lambda: bool(gus.all("lobby")))
        for member, token in ((ada, goes), (gus, gives_up)):
            member.say("leave")
            ended(member, "left", 4000)
            for call in ("enter", "stuns", "guestWait", "getJoinUrl"):
                pairs = query_of({"sessionToken": token})
                assert b"missingSession" in (await bbb.fetch(f"/bigbluebutton/api/{call}?{pairs}")).body
            assert (await ask(bbb, "signOut", token))["returncode"] == "SUCCESS"


# --- tokens that are good no more


@awaited
async def test_a_token_that_was_good_is_no_guess_and_leads_back(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", logoutURL="https://lms.example.org/")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    bob = await inside(memory, "demo", "Bob", role="VIEWER", userID="bob")
    link = (await ask(memory, "getJoinUrl", bob.token))["url"]
    bob_is = bob.last("snapshot")["you"]["user"]
    assert ada.ask("remove", who=bob_is, forGood=True)["t"] == "ok"
    for _ in range(40):
        gone = await ask(memory, "enter", bob.token)
        assert (gone["messageKey"], gone["logoutURL"]) == ("missingSession", "https://lms.example.org/")
    original = {"X-Original-URI": f"/x?sessionToken={bob.token}"}
    for _ in range(40):
        answer = await memory.fetch("/bigbluebutton/connection/checkAuthorization", headers=original)
        assert answer.status == 401
    # Neither the link of their own nor a new join brings them back.
    assert (await follow(memory, link)).key == "guestDeniedAccess"
    again = await memory.call("join", meetingID="demo", fullName="Robert", role="MODERATOR", userID="bob")
    assert again.key == "guestDeniedAccess"
    await memory.call("end", meetingID="demo")
    for _ in range(40):
        assert (await ask(memory, "guestWait", ada.token))["url"] == "https://lms.example.org/"
    memory.advance(601)
    # Nobody knows of it any more.
    for _ in range(30):
        assert (await ask(memory, "enter", ada.token))["logoutURL"] != "https://lms.example.org/"
    assert "Wait a minute" in (await ask(memory, "enter", ada.token))["message"]


@awaited
async def test_who_was_denied_or_never_came_is_no_guesser(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", guestPolicy="ASK_MODERATOR", logoutURL="https://lms.example.org/")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    denied = await memory.token("demo", "Gus", role="VIEWER", guest="true")
    never = await memory.token("demo", "Nemo", role="VIEWER")
    assert ada.ask("guest.answer", all=True, admit=False)["t"] == "ok"
    for _ in range(7):
        memory.advance(10)
        told(ada)
    for token, state in ((denied, "denied"), (never, "unknown")):
        for _ in range(40):
            asked = await ask(memory, "guestWait", token)
            assert (asked["messageKey"], asked["url"]) == ("missingSession", "https://lms.example.org/")
            assert (await door(memory, token))["state"] == state
        late = InMemory(memory, token)
        assert (late.status, late.last("bye")["reason"]) == (101, state)


@awaited
async def test_who_has_left_says_how_they_liked_it_once(memory: Memory, logged: list[LogEvent]) -> None:
    async def rate(token: str, rating: int) -> str:
        body = json.dumps({"rating": rating, "comment": "fine", "role": "VIEWER"}).encode()
        target = f"/bigbluebutton/api/feedback?sessionToken={token}"
        answer = await memory.fetch(target, "POST", {"Content-Type": "application/json"}, body)
        return str(answer.json["returncode"])

    given: list[tuple[str, str]] = []
    memory.app.meetings.listeners.append(
        lambda meeting, event, _at: given.append((meeting.external_id, type(event).__name__))
    )
    await memory.call("create", meetingID="demo")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    bob = await inside(memory, "demo", "Bob", role="VIEWER")
    assert await rate(ada.token, 5) == "SUCCESS"
    for member in (ada, bob):
        member.say("leave")
        assert await rate(member.token, 4) == "SUCCESS"
        assert await rate(member.token, 1) == "SUCCESS"
    assert given.count(("demo", "Rated")) == 2
    eve = await inside(memory, "demo", "Eve", role="VIEWER")
    await memory.call("end", meetingID="demo")
    assert [await rate(eve.token, 3) for _ in range(2)] == ["SUCCESS"] * 2
    assert await rate("a" * 26, 3) == "FAILED"
    assert [one["rating"] for one in logged if one.get("event") == "feedback"] == [5, 4, 3]
    assert "fine" not in str(logged)


# --- the lobby


@awaited
async def test_who_asks_by_the_call_stands_in_the_same_line(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", guestPolicy="ASK_MODERATOR")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    polls = await memory.token("demo", "Polls", role="VIEWER", guest="true")
    page = InMemory(memory, await memory.token("demo", "Page", role="VIEWER", guest="true"))
    page.hello()
    told(ada, page)
    assert (page.last("lobby")["place"], (await ask(memory, "guestWait", polls))["positionInWaitingQueue"]) == (2, "1")
    assert [one["name"] for one in ada.events("Lobby")[-1]["waiting"]] == ["Polls", "Page"]
    assert ada.ask("guest.message", text="Five minutes")["t"] == "ok"
    told(ada, page)
    waits = await ask(memory, "guestWait", polls)
    assert page.last("lobby")["message"] == waits["lobbyMessage"] == "Five minutes"
    # Neither of the two is away, nor has either waited for a moment only.
    since = memory.meeting("demo").waiting()[0].since
    for _ in range(20):
        memory.advance(10)
        assert (await ask(memory, "guestWait", polls))["positionInWaitingQueue"] == "1"
        told(ada, page)
    waiting = ada.events("Lobby")[-1]["waiting"]
    assert [(one["name"], one["away"]) for one in waiting] == [("Polls", False), ("Page", False)]
    assert waiting[0]["since"] == since
    # Who stops asking loses the place, and the page moves up.
    for _ in range(14):
        memory.advance(10)
        told(ada, page)
    assert page.last("lobby")["place"] == 1
    assert (await ask(memory, "guestWait", polls))["messageKey"] == "missingSession"


@awaited
async def test_a_moderators_answer_reaches_who_asks_by_the_call(bbb: Caller) -> None:
    await bbb.call("create", meetingID="r-lobby", guestPolicy="ASK_MODERATOR", logoutURL="https://lms.example.org/")
    yes, no = [await bbb.token("r-lobby", name, role="VIEWER", guest="true", userID=name) for name in ("yes", "no")]
    with enter_at(bbb, await bbb.token("r-lobby", "Ada", role="MODERATOR")) as ada:
        who = {one["name"]: one["user"] for one in ada.last("snapshot")["lobby"]}
        assert who["yes"] == (await ask(bbb, "guestWait", yes))["user_id"]
        ada.say("guest.answer", who=[who["yes"]], admit=True, id=1)
        ada.say("guest.answer", who=[who["no"]], admit=False, remember=True, id=2)
        ada.until(lambda: len(ada.all("ok")) == 2)
        sent = await bbb.fetch(f"/bigbluebutton/api/guestWait?sessionToken={yes}")
        assert (sent.status, token_in(sent)) == (302, yes)
        refused = await ask(bbb, "guestWait", no)
        assert (refused["guestStatus"], refused["url"]) == ("DENY", "https://lms.example.org/")
        with member_at(bbb, no) as denied:
            denied.hello()
            ended(denied, "denied", 4004)
        assert (await ask(bbb, "enter", no))["messageKey"] == "guestDeny"
        again = await bbb.call("join", meetingID="r-lobby", fullName="no", role="VIEWER", guest="true", userID="no")
        assert again.key == "guestDeniedAccess"
        with enter_at(bbb, yes) as guest:
            assert guest.last("snapshot")["you"]["guest"] is True
            assert (await ask(bbb, "enter", yes))["guestStatus"] == "ALLOW"
        assert await count(bbb, "r-lobby") == "2"


@awaited
async def test_a_restart_keeps_the_lobby_for_pages_and_for_who_asks(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", guestPolicy="ASK_MODERATOR")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    polls = await memory.token("demo", "Polls", role="VIEWER", guest="true")
    page = InMemory(memory, await memory.token("demo", "Page", role="VIEWER", guest="true"))
    page.hello()
    told(ada, page)
    await memory.restart(5)
    ada, page = InMemory(memory, ada.token), InMemory(memory, page.token)
    ada.hello()
    told(ada)
    assert [one["away"] for one in ada.last("snapshot")["lobby"]] == [True, True]
    page.hello()
    memory.advance(16)
    assert (await ask(memory, "guestWait", polls))["positionInWaitingQueue"] == "1"
    told(ada, page)
    assert [one["away"] for one in ada.events("Lobby")[-1]["waiting"]] == [False, False]
    assert page.last("lobby")["place"] == 2


@awaited
async def test_what_was_written_of_a_meeting_before_is_read(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", guestPolicy="ASK_MODERATOR")
    await memory.token("demo", "Gus", role="VIEWER", guest="true")
    now = memory.app.meetings.clock.now()
    written = as_restored(memory.meeting("demo"), now)
    (session,) = written.state["meeting"]["sessions"].values()
    for later in ("since", "away", "rated"):
        del session[later]
    (waits,) = restored(written, now).waiting()
    assert (waits.since, waits.away, waits.rated) == (0, False, False)
    assert describe_waiting(waits)["since"] == waits.used.wall


@awaited
async def test_who_only_waits_on_is_no_news(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", guestPolicy="ASK_MODERATOR")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    page = InMemory(memory, await memory.token("demo", "Gus", role="VIEWER", guest="true"))
    page.hello()
    told(ada, page)
    ada.forget()
    page.forget()
    for _ in range(12):
        memory.advance(10)
        told(ada, page)
    assert (ada.got, page.got) == ([], [])
    page.hang_up()
    told(ada)
    assert [one["away"] for one in ada.events("Lobby")[-1]["waiting"]] == [True]


@awaited
async def test_who_finds_it_full_keeps_the_session_while_they_try(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", maxParticipants=1)
    token = await memory.token("demo", "Bob", role="VIEWER")
    ada = await inside(memory, "demo", "Ada", role="VIEWER")
    for _ in range(12):
        bob = InMemory(memory, token)
        bob.hello()
        bob.listen()
        assert (bob.last("bye")["reason"], bob.last("bye")["again"]) == ("full", 15)
        memory.advance(15)
        told(ada)
    ada.say("leave")
    bob = InMemory(memory, token)
    bob.hello()
    told(bob)
    assert bob.all("snapshot")


# --- getJoinUrl, userdata


@awaited
async def test_who_follows_their_own_link_takes_their_place_over(bbb: Caller) -> None:
    await bbb.call("create", meetingID="r-link")
    old = await bbb.token(
        "r-link",
        "Ada",
        role="MODERATOR",
        **{"userdata-bbb_client_title": "Old", "userdata-bbb_prefer_dark_theme": "true", "userdata-seat": "7"},
    )
    with enter_at(bbb, old) as before:
        assert before.last("snapshot")["userdata"] == {
            "bbb_client_title": "Old",
            "bbb_prefer_dark_theme": "true",
        }
        url = (await ask(bbb, "getJoinUrl", old, **{"userdata-bbb_client_title": "Phone"}))["url"]
        new = token_in(await follow(bbb, url))
        assert (new != old, before.closed) == (True, None)
        with enter_at(bbb, new) as after:
            ended(before, "elsewhere", 4003)
            you = after.last("snapshot")["you"]
            assert (you["user"], you["role"], you["presenter"]) == (
                before.last("snapshot")["you"]["user"],
                "MODERATOR",
                True,
            )
            assert after.last("snapshot")["userdata"] == {
                "bbb_client_title": "Phone",
                "bbb_prefer_dark_theme": "true",
            }
            assert {"seat": "7"} in (await ask(bbb, "enter", new))["customdata"]
            assert await count(bbb, "r-link") == "1"
            assert (await ask(bbb, "enter", old))["messageKey"] == "missingSession"
            assert (await door(bbb, old))["state"] == "elsewhere"
            # The old page's goodbye is not theirs.
            assert (await ask(bbb, "signOut", old))["returncode"] == "SUCCESS"
            assert (await count(bbb, "r-link"), after.closed) == ("1", None)


@awaited
async def test_a_demoted_moderators_link_is_a_viewers(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    bob = await inside(memory, "demo", "Bob", role="MODERATOR", userID="bob")
    other = await memory.token("demo", "Bob", role="MODERATOR", userID="bob")
    assert ada.ask("role", who=bob.last("snapshot")["you"]["user"], role="VIEWER")["t"] == "ok"
    for token in (bob.token, other):
        assert "role=VIEWER" in (await ask(memory, "getJoinUrl", token))["url"]


# --- reload, reconnect, restart


@awaited
async def test_a_session_goes_on_over_a_kill_and_ends_by_leaving(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    await daemon.call("create", meetingID="r-kill")
    token = await daemon.token("r-kill", "Ada", role="VIEWER", userID="ada")
    with enter_at(daemon, token) as ada:
        first = ada.last("snapshot")["you"]["user"]
        await daemon.restart()
    assert (await ask(daemon, "enter", token))["internalUserID"] == first
    with enter_at(daemon, token) as reloaded:
        assert reloaded.last("snapshot")["you"]["user"] == first
        assert await count(daemon, "r-kill") == "1"
        await daemon.call("sendChatMessage", meetingID="r-kill", message="kept")
        await ask(daemon, "signOut", token)
        ended(reloaded, "left", 4000)
    await daemon.restart()
    assert (await ask(daemon, "enter", token))["messageKey"] == "missingSession"
    with enter_at(daemon, await daemon.token("r-kill", "Bob", role="VIEWER")) as bob:
        assert [one["text"] for one in bob.last("snapshot")["chat"]] == ["kept"]


@pytest.mark.parametrize("call", ["enter", "stuns", "getJoinUrl"])
@awaited
async def test_asking_changes_nothing_in_the_room(memory: Memory, call: str) -> None:
    await memory.call("create", meetingID="demo")
    ada = await inside(memory, "demo", "Ada", role="VIEWER")
    ada.forget()
    before = memory.meeting("demo").n
    memory.advance(15)
    await ask(memory, call, ada.token)
    told(ada)
    assert (memory.meeting("demo").n, ada.got) == (before, [])
