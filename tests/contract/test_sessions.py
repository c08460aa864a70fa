"""The calls that take a session token: what each says, to whom, and what ends a session."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from callback_receivers import Receiver, told_by
from harness import BEGUN, FORM, Answer, Caller, Daemon, Memory, awaited, query_of, signed
from twisted.logger import LogEvent
from websocket_clients import InMemory, inside, told

from bbbd.meetings.chat import Chatted
from bbbd.meetings.event import (
    GuestAnswered,
    GuestPolicyChanged,
    Joined,
    LeaveReason,
    Left,
    LobbyMessageChanged,
    Lost,
    RoleChanged,
)
from bbbd.values.enums import GuestPolicy, Role

JSON = "application/json;charset=utf-8"
#: The calls that need a token, and the name by which each tells the way out.
WAYS_OUT = {
    "enter": "logoutURL",
    "guestWait": "url",
    "stuns": "logoutURL",
    "getJoinUrl": "logoutURL",
    "configXML": "logoutURL",
}


async def ask(bbb: Caller, call: str, token: str = "", **more: Any) -> Answer:
    """Make a call that needs no checksum."""
    headers = more.pop("headers", None)
    pairs = ({"sessionToken": token} if token else {}) | more
    return await bbb.fetch(f"/bigbluebutton/api/{call}?{query_of(pairs)}", headers=headers)


def said(answer: Answer) -> dict[str, Any]:
    """Return what an answer says, in whichever of the forms."""
    if answer.headers["content-type"] == JSON:
        told = json.loads(answer.body)
        members: dict[str, Any] = told.get("response", told)
        return members
    return {str(child.tag): child.text for child in answer.xml}


async def waiting(bbb: Caller, meeting_id: str, name: str = "Gus", **more: Any) -> str:
    """Create a meeting with a lobby, and return the token of a guest in it."""
    await bbb.call("create", meetingID=meeting_id, attendeePW="ap", guestPolicy="ASK_MODERATOR", **more)
    return await bbb.token(meeting_id, name, password="ap", guest="true")


def users(memory: Memory, *tokens: str) -> tuple[str, ...]:
    found = [memory.app.meetings.find_session(token) for token in tokens]
    return tuple(session.user for both in found if both for session in both[1:])


async def attendees(bbb: Caller, meeting_id: str) -> list[str | None]:
    return [node.text for node in (await bbb.info(meeting_id)).xml.iterfind("attendees/attendee/fullName")]


# --- tokens


@pytest.mark.parametrize("call", WAYS_OUT)
@awaited
async def test_a_token_that_nobody_has_is_told_with_the_way_out(bbb: Caller, call: str) -> None:
    # The daemon is called by other tests too, and counts.
    for token in ("a" * 26, "%00", "ü", "x" * 2000) if isinstance(bbb, Memory) else ("a" * 26,):
        answer = await bbb.fetch(f"/bigbluebutton/api/{call}?sessionToken={quote(token, safe='%')}")
        assert answer.status == 200
        assert said(answer)["returncode"] == "FAILED"
        assert said(answer)["messageKey"] in ("missingSession", "validationError")
        assert said(answer)[WAYS_OUT[call]].startswith("http")
        assert token not in answer.body.decode()


@pytest.mark.parametrize("call", WAYS_OUT)
@awaited
async def test_a_token_that_is_not_sent_is_told(bbb: Caller, call: str) -> None:
    for query in ("", "?sessionToken=", "?sessionToken=+", "?sessiontoken=abc"):
        answer = await bbb.fetch(f"/bigbluebutton/api/{call}{query}")
        assert (said(answer)["messageKey"], said(answer)["message"]) == (
            "missingToken",
            "You must provide a session token",
        )


@awaited
async def test_the_first_of_two_tokens_counts_and_blanks_around_it_do_not(bbb: Caller) -> None:
    await bbb.call("create", meetingID="s-first", attendeePW="ap")
    token = await bbb.token("s-first", "Ada", password="ap")
    assert (await bbb.fetch(f"/bigbluebutton/api/enter?sessionToken=+{token}+&sessionToken=x")).json[
        "fullname"
    ] == "Ada"
    assert (await bbb.fetch(f"/bigbluebutton/api/enter?sessionToken=x&sessionToken={token}")).json[
        "returncode"
    ] == "FAILED"


@awaited
async def test_who_guesses_tokens_is_refused_until_the_minute_is_over(memory: Memory) -> None:
    await memory.call("create", meetingID="s-guess", attendeePW="ap")
    token = await memory.token("s-guess", "Ada", password="ap")
    page = f"/html5client/join?sessionToken={token}"
    for call in list(WAYS_OUT) * 6:
        assert said(await ask(memory, call, "a" * 26))["messageKey"] == "missingSession"
    refused = (await ask(memory, "enter", "a" * 26)).json
    assert (refused["returncode"], refused["messageKey"]) == ("FAILED", "missingSession")
    assert "Wait a minute" in refused["message"]
    # Others who have the same address are not shut out.
    assert (await ask(memory, "enter", token)).json["returncode"] == "SUCCESS"
    assert (await memory.fetch(page)).status == 200
    assert (await authorized(memory, token)).status == 200
    # What is signed, and what tells nothing, goes on.
    assert (await memory.info("s-guess")).code == "SUCCESS"
    assert (await memory.fetch("/bigbluebutton/api")).code == "SUCCESS"
    memory.advance(60)
    assert (await ask(memory, "enter", token)).json["returncode"] == "SUCCESS"
    assert (await memory.fetch(page)).status == 200


@awaited
async def test_forgetting_a_token_is_not_guessing_one(memory: Memory) -> None:
    await memory.call("create", meetingID="s-none", attendeePW="ap")
    for _ in range(40):
        assert (await ask(memory, "enter")).json["messageKey"] == "missingToken"
        assert (await ask(memory, "signOut", "a" * 26)).code == "SUCCESS"
    token = await memory.token("s-none", "Ada", password="ap")
    assert (await ask(memory, "enter", token)).json["returncode"] == "SUCCESS"


# --- enter


@awaited
async def test_enter_tells_who_one_is_and_nobody_comes_in_by_it(bbb: Caller) -> None:
    made = await bbb.call(
        "create",
        meetingID="s-enter",
        name="Biology",
        attendeePW="ap",
        welcome="Hello <b>you</b>",
        record="true",
        moderatorOnlyMessage="psst",
        bannerText="Exam",
        bannerColor="#112233",
        logoutURL="https://lms.example.org/",
        copyright="(c)",
        muteOnStart="true",
        meta_Course="Ä & ü",
        dialNumber="123",
        logoutTimer="7",
    )
    joined = await bbb.call(
        "join",
        meetingID="s-enter",
        fullName="Ada",
        password="ap",
        userID="ada",
        redirect="false",
        avatarURL="https://lms.example.org/a.png",
        **{"userdata-group": "b", "userdata-seat": "1"},
    )
    answer = await ask(bbb, "enter", joined.text("session_token") or "")
    assert answer.headers["content-type"] == JSON
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json
    internal = made.text("internalMeetingID")
    assert list(told) == [
        "returncode",
        "fullname",
        "confname",
        "meetingID",
        "externMeetingID",
        "externUserID",
        "internalUserID",
        "authToken",
        "role",
        "guest",
        "guestStatus",
        "conference",
        "room",
        "voicebridge",
        "dialnumber",
        "webvoiceconf",
        "mode",
        "record",
        "isBreakout",
        "logoutTimer",
        "allowStartStopRecording",
        "recordFullDurationMedia",
        "webcamsOnlyForModerator",
        "welcome",
        "bannerText",
        "bannerColor",
        "customLogoURL",
        "customCopyright",
        "muteOnStart",
        "allowModsToUnmuteUsers",
        "logoutUrl",
        "defaultLayout",
        "avatarURL",
        "breakoutRooms",
        "customdata",
        "metadata",
    ]
    assert told["returncode"] == "SUCCESS"
    assert (told["fullname"], told["confname"], told["role"]) == ("Ada", "Biology", "VIEWER")
    assert (told["meetingID"], told["conference"], told["room"]) == (internal, internal, internal)
    assert (told["externMeetingID"], told["externUserID"]) == ("s-enter", "ada")
    assert told["internalUserID"] == joined.text("user_id")
    assert told["authToken"] == joined.text("auth_token")
    assert (told["guest"], told["guestStatus"]) == (False, "ALLOW")
    assert (told["record"], told["isBreakout"], told["logoutTimer"], told["muteOnStart"]) == ("true", False, 7, True)
    assert told["voicebridge"] == told["webvoiceconf"] == made.text("voiceBridge")
    assert told["welcome"].startswith("Hello <b>you</b>")
    assert (told["logoutUrl"], told["avatarURL"]) == ("https://lms.example.org/", "https://lms.example.org/a.png")
    assert told["customdata"] == [{"group": "b"}, {"seat": "1"}]
    assert told["metadata"] == [{"course": "Ä & ü"}]
    info = await bbb.info("s-enter")
    assert (info.text("running"), info.text("hasUserJoined"), info.text("participantCount")) == ("false", "false", "0")


@awaited
async def test_enter_is_xml_or_jsonp_for_who_asks(bbb: Caller) -> None:
    await bbb.call("create", meetingID="s-forms", attendeePW="ap", meta_a="1")
    token = await bbb.token("s-forms", "A<b>", password="ap", **{"userdata-x": "y"})
    for headers, more in (({"Accept": "text/xml"}, {}), ({}, {"format": "xml"})):
        answer = await ask(bbb, "enter", token, headers=headers, **more)
        assert answer.headers["content-type"] == "text/xml;charset=utf-8"
        assert (answer.text("fullname"), answer.text("isBreakout")) == ("A<b>", "false")
        assert answer.text("customdata/custdata/x") == "y"
    jsonp = await ask(bbb, "enter", token, callback="page.got")
    assert jsonp.body.startswith(b'/**/page.got({"response":{"returncode":"SUCCESS","fullname":"A\\u003cb>"')
    assert (await ask(bbb, "enter", token, callback="1;x")).json["messageKey"] == "validationError"


@awaited
async def test_pages_of_other_makers_read_it_where_the_setting_says_so(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__clientOrigins="https://client.example.org:443")
    await memory.call("create", meetingID="s-origin")
    token = await memory.token("s-origin", "Ada", role="VIEWER")
    for origin in ("https://client.example.org", "https://evil.example.org", "null", "http://["):
        allowed = origin == "https://client.example.org"
        for call in ("enter", "guestWait", "stuns"):
            answer = await ask(memory, call, token, headers={"Origin": origin}, redirect="false")
            assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
            assert answer.headers["vary"] == "Origin"
    info = signed("getMeetingInfo", "meetingID=s-origin")
    answer = await memory.fetch(info, headers={"Origin": "https://client.example.org"})
    assert "access-control-allow-origin" not in answer.headers


@awaited
async def test_the_moderators_message_is_for_moderators(bbb: Caller) -> None:
    await bbb.call("create", meetingID="s-told", moderatorOnlyMessage="psst")
    moderator = await bbb.token("s-told", "M", role="MODERATOR")
    viewer = await bbb.token("s-told", "V", role="VIEWER")
    assert (await ask(bbb, "enter", moderator)).json["modOnlyMessage"] == "psst"
    assert b"psst" not in (await ask(bbb, "enter", viewer)).body


@awaited
async def test_a_session_is_good_for_a_reload_and_a_restart_until_one_leaves(memory: Memory) -> None:
    await memory.call("create", meetingID="s-life", attendeePW="ap")
    token = await memory.token("s-life", "Ada", password="ap", userID="ada")
    memory.happen("s-life", Joined(token=token))
    assert (await ask(memory, "enter", token)).json["externUserID"] == "ada"
    await memory.restart(5)
    assert (await ask(memory, "enter", token)).json["externUserID"] == "ada"
    (user,) = users(memory, token)
    memory.happen("s-life", Left(user=user, why=LeaveReason.LOST))
    assert (await ask(memory, "enter", token)).json["externUserID"] == "ada"
    memory.happen("s-life", Joined(token=token))
    memory.happen("s-life", Left(user=user))
    assert (await ask(memory, "enter", token)).json["messageKey"] == "missingSession"


@awaited
async def test_a_session_survives_the_daemons_kill(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    await daemon.call("create", meetingID="s-kill", attendeePW="ap")
    token = await daemon.token("s-kill", "Ada", password="ap")
    await daemon.restart()
    assert (await ask(daemon, "enter", token)).json["fullname"] == "Ada"
    assert (await ask(daemon, "signOut", token)).code == "SUCCESS"
    await daemon.restart()
    assert (await ask(daemon, "enter", token)).json["messageKey"] == "missingSession"


@awaited
async def test_the_same_person_joining_again_takes_the_old_place_over(memory: Memory) -> None:
    await memory.call("create", meetingID="s-over", attendeePW="ap")
    old = await memory.token("s-over", "Ada", password="ap", userID="ada")
    memory.happen("s-over", Joined(token=old))
    new = await memory.token("s-over", "Ada 2", password="ap", userID="ada")
    # Both are good until the new one comes in.
    both = [(await ask(memory, "enter", token)).json["internalUserID"] for token in (old, new)]
    assert both[0] == both[1]
    memory.happen("s-over", Joined(token=new))
    assert (await ask(memory, "enter", old)).json["messageKey"] == "missingSession"
    assert (await ask(memory, "enter", new)).json["fullname"] == "Ada 2"
    assert await attendees(memory, "s-over") == ["Ada 2"]


@awaited
async def test_a_session_dies_with_its_meeting_and_by_removal(memory: Memory) -> None:
    await memory.call("create", meetingID="s-die")
    ada = await memory.enter("s-die", "Ada", role="VIEWER")
    bob = await memory.enter("s-die", "Bob", role="VIEWER")
    memory.happen("s-die", Left(user=ada.user, why=LeaveReason.REMOVED))
    assert (await ask(memory, "enter", ada.session)).json["messageKey"] == "missingSession"
    await memory.call("end", meetingID="s-die")
    assert (await ask(memory, "enter", bob.session)).json["messageKey"] == "missingSession"


@awaited
async def test_enter_says_when_the_seats_went_meanwhile(memory: Memory) -> None:
    await memory.call("create", meetingID="s-full", maxParticipants=1, logoutURL="https://lms.example.org/")
    first = await memory.token("s-full", "A", role="VIEWER", userID="a")
    second = await memory.token("s-full", "B", role="VIEWER", userID="b")
    memory.happen("s-full", Joined(token=first))
    full = (await ask(memory, "enter", second)).json
    assert (full["returncode"], full["messageKey"]) == ("FAILED", "maxParticipantsReached")
    assert full["message"] == "The maximum number of participants allowed for this meeting has been reached."
    assert full["logoutURL"] == "https://lms.example.org/"
    assert (await ask(memory, "enter", first)).json["returncode"] == "SUCCESS"
    again = await memory.token("s-full", "A", role="VIEWER", userID="a")
    assert (await ask(memory, "enter", again)).json["returncode"] == "SUCCESS"
    assert (await ask(memory, "signOut", first)).code == "SUCCESS"
    assert (await ask(memory, "enter", second)).json["returncode"] == "SUCCESS"


@awaited
async def test_the_servers_own_limit_counts_at_enter_too(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__maxAttendees="1")
    await memory.call("create", meetingID="s-one")
    await memory.call("create", meetingID="s-two")
    first = await memory.token("s-one", "A", role="VIEWER")
    second = await memory.token("s-two", "B", role="VIEWER")
    memory.happen("s-one", Joined(token=first))
    assert (await ask(memory, "enter", first)).json["returncode"] == "SUCCESS"
    assert (await ask(memory, "enter", second)).json["messageKey"] == "maxParticipantsReached"


@awaited
async def test_who_asks_is_still_there_and_a_full_meeting_is_waited_for(memory: Memory) -> None:
    await memory.call("create", meetingID="s-stay", maxParticipants=1)
    token = await memory.token("s-stay", "B", role="VIEWER")
    silent = await memory.token("s-stay", "C", role="VIEWER")
    await memory.enter("s-stay", "A", role="VIEWER")
    for _ in range(10):
        memory.advance(15)
        assert (await ask(memory, "enter", token)).json["messageKey"] == "maxParticipantsReached"
    assert (await ask(memory, "enter", silent)).json["messageKey"] == "missingSession"


@awaited
async def test_asking_without_end_does_not_fill_the_journal(memory: Memory) -> None:
    token = await waiting(memory, "s-flood")
    before = memory.meeting("s-flood").n
    memory.advance(20)
    for _ in range(200):
        await ask(memory, "enter", token)
        await ask(memory, "guestWait", token)
    assert memory.meeting("s-flood").n == before + 1


# --- guests


@awaited
async def test_a_guest_waits_and_hears_their_place(bbb: Caller) -> None:
    first = await waiting(bbb, "s-lobby", welcome="secret welcome", moderatorOnlyMessage="psst", meta_course="c")
    second = await bbb.token("s-lobby", "Hal", role="MODERATOR", guest="true", clientURL="https://c.example.org/c?x=1")
    for place, token in enumerate((first, second), 1):
        answer = await ask(bbb, "guestWait", token)
        assert (answer.status, answer.headers["content-type"]) == (200, JSON)
        assert answer.headers["cache-control"] == "no-store"
        told = answer.json
        assert list(told) == [
            "returncode",
            "messageKey",
            "message",
            "meeting_id",
            "user_id",
            "auth_token",
            "session_token",
            "guestStatus",
            "lobbyMessage",
            "url",
            "positionInWaitingQueue",
        ]
        assert (told["returncode"], told["messageKey"], told["guestStatus"]) == ("SUCCESS", "guestWait", "WAIT")
        assert told["message"] == "Please wait for a moderator to approve you joining the meeting."
        assert told["session_token"] == token
        assert told["url"].endswith(f"/html5client/guestWait?sessionToken={token}")
        assert told["positionInWaitingQueue"] == str(place)
    entered = await ask(bbb, "enter", second)
    assert (entered.json["returncode"], entered.json["guest"], entered.json["guestStatus"]) == ("SUCCESS", True, "WAIT")
    assert (entered.json["welcome"], entered.json["metadata"]) == ("", [])
    assert b"psst" not in entered.body
    assert (await bbb.info("s-lobby")).text("participantCount") == "0"


@awaited
async def test_a_guest_is_let_in_and_sent_on(memory: Memory) -> None:
    token = await waiting(memory, "s-let")
    elsewhere = await memory.token("s-let", "B", role="VIEWER", guest="true", clientURL="https://c.example.org/c?x=1")
    memory.happen("s-let", LobbyMessageChanged(text="Soon <b>"))
    assert (await ask(memory, "guestWait", token)).json["lobbyMessage"] == "Soon <b>"
    memory.happen("s-let", GuestAnswered(users=users(memory, token, elsewhere), admit=True))
    sent = await ask(memory, "guestWait", token)
    assert (sent.status, sent.body) == (302, b"")
    assert sent.headers["location"] == f"http://bbb.example.org/html5client/join?sessionToken={token}"
    away = await ask(memory, "guestWait", elsewhere)
    assert away.headers["location"] == f"https://c.example.org/c?x=1&sessionToken={elsewhere}"
    told = (await ask(memory, "guestWait", token, redirect="false")).json
    assert (told["messageKey"], told["guestStatus"]) == ("guestAllowed", "ALLOW")
    assert (told["url"], told["positionInWaitingQueue"]) == (sent.headers["location"], "")
    assert (await ask(memory, "enter", token)).json["guestStatus"] == "ALLOW"


@awaited
async def test_a_guest_is_refused_and_told(memory: Memory) -> None:
    token = await waiting(memory, "s-deny", logoutURL="https://lms.example.org/")
    memory.happen("s-deny", GuestAnswered(users=users(memory, token), admit=False))
    told = (await ask(memory, "guestWait", token)).json
    assert (told["returncode"], told["messageKey"], told["guestStatus"]) == ("SUCCESS", "guestDeny", "DENY")
    assert (told["message"], told["url"]) == ("Guest denied of joining the meeting.", "https://lms.example.org/")
    entered = (await ask(memory, "enter", token)).json
    assert (entered["returncode"], entered["messageKey"]) == ("FAILED", "guestDeny")
    assert (entered["message"], entered["logoutURL"]) == (
        "User denied access for this session",
        "https://lms.example.org/",
    )
    assert (await ask(memory, "getJoinUrl", token)).json["message"] == "Access denied"
    assert (await authorized(memory, token)).status == 401


@awaited
async def test_a_guest_who_was_let_in_waits_for_a_seat(memory: Memory) -> None:
    token = await waiting(memory, "s-seat", maxParticipants=1)
    memory.happen("s-seat", GuestAnswered(users=users(memory, token), admit=True))
    ada = await memory.enter("s-seat", "Ada", role="VIEWER")
    for _ in range(5):
        memory.advance(30)
        told = (await ask(memory, "guestWait", token)).json
        assert (told["messageKey"], told["guestStatus"]) == ("seatWait", "WAIT")
        assert told["url"].endswith(f"/html5client/guestWait?sessionToken={token}")
    memory.happen("s-seat", Left(user=ada.user))
    assert (await ask(memory, "guestWait", token)).status == 302


@awaited
async def test_who_asks_keeps_their_place_in_the_lobby(memory: Memory) -> None:
    asks = await waiting(memory, "s-keep", meetingExpireIfNoUserJoinedInMinutes=0)
    silent = await memory.token("s-keep", "Silent", role="VIEWER", guest="true")
    for _ in range(8):
        memory.advance(30)
        assert (await ask(memory, "guestWait", asks)).json["positionInWaitingQueue"] == "1"
    assert (await ask(memory, "guestWait", silent)).json["messageKey"] == "missingSession"


# --- signOut


@awaited
async def test_who_signs_out_has_left(memory_with: Callable[..., Memory], receiver: Receiver) -> None:
    memory = memory_with(bbbd__callbackNetworks="127.0.0.0/8")
    await memory.call("hooks/create", callbackURL=receiver.url())
    await memory.call("create", meetingID="s-out")
    ada = await memory.enter("s-out", "Ada", role="MODERATOR", userID="ada")
    await memory.enter("s-out", "Bob", role="VIEWER")
    answer = await ask(memory, "signOut", ada.session)
    assert answer.body == b"<response><returncode>SUCCESS</returncode></response>"
    assert answer.headers["content-type"] == "text/xml;charset=utf-8"
    assert await attendees(memory, "s-out") == ["Bob"]
    assert (await memory.call("getMeetings")).text("meetings/meeting/participantCount") == "1"
    assert (await ask(memory, "enter", ada.session)).json["messageKey"] == "missingSession"
    got = await told_by(memory, receiver, 5)
    left = [one.event for one in got if one.event["id"] == "user-left"]
    assert [one["attributes"]["user"]["external-user-id"] for one in left] == ["ada"]
    before = memory.meeting("s-out").n
    assert (await ask(memory, "signOut", ada.session)).code == "SUCCESS"
    assert memory.meeting("s-out").n == before


@awaited
async def test_signing_out_before_one_came_in_ends_the_session_alone(memory: Memory) -> None:
    await memory.call("create", meetingID="s-out2")
    ada = await memory.enter("s-out2", "Ada", role="VIEWER", userID="ada")
    other = await memory.token("s-out2", "Ada", role="VIEWER", userID="ada")
    assert (await ask(memory, "signOut", other)).code == "SUCCESS"
    assert await attendees(memory, "s-out2") == ["Ada"]
    assert (await ask(memory, "enter", other)).json["messageKey"] == "missingSession"
    assert (await ask(memory, "enter", ada.session)).json["returncode"] == "SUCCESS"


@awaited
async def test_who_lost_the_connection_can_sign_out_and_who_timed_out_too(memory: Memory) -> None:
    await memory.call("create", meetingID="s-out3")
    ada = await memory.enter("s-out3", "Ada", role="VIEWER")
    bob = await memory.enter("s-out3", "Bob", role="VIEWER")
    await memory.enter("s-out3", "Cy", role="VIEWER")
    memory.happen("s-out3", Lost(user=ada.user))
    memory.happen("s-out3", Left(user=bob.user, why=LeaveReason.LOST))
    for token in (ada.session, bob.session):
        assert (await ask(memory, "signOut", token)).code == "SUCCESS"
        assert (await ask(memory, "enter", token)).json["messageKey"] == "missingSession"
    assert await attendees(memory, "s-out3") == ["Cy"]


@awaited
async def test_a_guest_who_signs_out_gives_the_place_free(bbb: Caller) -> None:
    first = await waiting(bbb, "s-out4")
    second = await bbb.token("s-out4", "Next", role="VIEWER", guest="true")
    assert (await ask(bbb, "signOut", first)).code == "SUCCESS"
    assert (await ask(bbb, "guestWait", second)).json["positionInWaitingQueue"] == "1"


@awaited
async def test_signing_out_succeeds_whatever_the_token(bbb: Caller) -> None:
    for query in ("", "?sessionToken=", "?sessionToken=none", "?format=json&sessionToken=none"):
        answer = await bbb.fetch(f"/bigbluebutton/api/signOut{query}")
        assert said(answer) == {"returncode": "SUCCESS"}
    posted = await bbb.fetch("/bigbluebutton/api/signOut?sessionToken=none", "POST")
    assert posted.code == "SUCCESS"


# --- stuns

ICE = {
    "bbbd__stunServers": "stun:stun.example.org stun:[2001:db8::1]:3478",
    "bbbd__turnServers": "turn:turn.example.org:3478?transport=udp,turns:turn.example.org:443?transport=tcp",
    "bbbd__turnSecret": "north",
    "bbbd__turnLifetimeSeconds": "3600",
}


@awaited
async def test_relays_have_a_name_and_password_of_ones_own(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(**ICE)
    await memory.call("create", meetingID="s-ice")
    ada = await memory.enter("s-ice", "Ada", role="VIEWER")
    answer = await ask(memory, "stuns", ada.session)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == (JSON, "no-store")
    told = json.loads(answer.body)
    assert list(told) == ["stunServers", "turnServers", "remoteIceCandidates"]
    assert told["stunServers"] == [{"url": "stun:stun.example.org"}, {"url": "stun:[2001:db8::1]:3478"}]
    assert told["remoteIceCandidates"] == []
    username = f"{int(BEGUN) + 3600}:{ada.user}"
    password = b64encode(hmac.digest(b"north", username.encode(), "sha1")).decode()
    assert told["turnServers"] == [
        {"username": username, "password": password, "url": url, "ttl": 3600}
        for url in ("turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:443?transport=tcp")
    ]
    xml = await ask(memory, "stuns", ada.session, format="xml")
    assert xml.text("turnServers/turnServer/ttl") == "3600"
    assert b"north" not in answer.body + xml.body


@awaited
async def test_relays_are_for_those_who_may_be_in(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(**ICE)
    told = json.loads((await ask(memory, "stuns", await waiting(memory, "s-ice2"))).body)
    assert (len(told["stunServers"]), told["turnServers"]) == (2, [])


@awaited
async def test_without_settings_there_are_no_servers(bbb: Caller) -> None:
    await bbb.call("create", meetingID="s-ice3", attendeePW="ap")
    token = await bbb.token("s-ice3", "Ada", password="ap")
    told = json.loads((await ask(bbb, "stuns", token)).body)
    assert told == {"stunServers": [], "turnServers": [], "remoteIceCandidates": []}
    failed = json.loads((await ask(bbb, "stuns", "none")).body)
    assert list(failed) == ["returncode", "messageKey", "message", "logoutURL"]
    assert (failed["returncode"], failed["message"]) == ("FAILED", "Could not find conference.")
    broken = json.loads((await ask(bbb, "stuns", token, callback="1x")).body)
    assert broken["messageKey"] == "validationError"


@awaited
async def test_relays_without_their_secret_are_not_told(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__turnServers="turn:turn.example.org")
    await memory.call("create", meetingID="s-ice4")
    token = await memory.token("s-ice4", "Ada", role="VIEWER")
    assert json.loads((await ask(memory, "stuns", token)).body)["turnServers"] == []


# --- checkAuthorization


async def authorized(bbb: Caller, token: str, path: str = "/bigbluebutton/connection/checkAuthorization") -> Answer:
    return await bbb.fetch(path, headers={"X-Original-URI": f"/bigbluebutton/presentation/1?a=b&sessionToken={token}"})


@pytest.mark.parametrize("place", ["/bigbluebutton", ""])
@pytest.mark.parametrize("name", ["checkAuthorization", "legacyCheckAuthorization"])
@awaited
async def test_another_web_server_is_told_who_it_is(bbb: Caller, place: str, name: str) -> None:
    made = await bbb.call("create", meetingID="s-auth", attendeePW="ap")
    joined = await bbb.call("join", meetingID="s-auth", fullName="Ada Löwe\t&", password="ap", redirect="false")
    answer = await authorized(bbb, joined.text("session_token") or "", f"{place}/connection/{name}")
    assert (answer.status, answer.body) == (200, b"authorized")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["user-id"] == joined.text("user_id")
    assert answer.headers["meeting-id"] == made.text("internalMeetingID")
    assert answer.headers["voice-bridge"] == made.text("voiceBridge")
    assert answer.headers["user-name"] == "Ada+L%C3%B6we+%26"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Original-URI": "/x"},
        {"X-Original-URI": "/x?sessionToken="},
        {"X-Original-URI": "/x?sessionToken=none"},
        {"X-Original-URI": "//[?sessionToken=%zz%00&&=;"},
        {"X-Original-URI": "?" + "a=b&" * 3000},
    ],
)
@awaited
async def test_nobody_else_is_authorized(bbb: Caller, headers: dict[str, str]) -> None:
    answer = await bbb.fetch("/bigbluebutton/connection/checkAuthorization", headers=headers)
    assert (answer.status, answer.body) == (401, b"unauthorized")
    assert "user-id" not in answer.headers
    assert (await bbb.fetch("/bigbluebutton/connection/other")).status == 404


@awaited
async def test_who_waits_or_has_left_is_not_authorized(memory: Memory) -> None:
    assert (await authorized(memory, await waiting(memory, "s-auth2"))).status == 401
    ada = await memory.enter("s-auth2", "Ada", role="MODERATOR")
    assert (await authorized(memory, ada.session)).status == 200
    memory.happen("s-auth2", Left(user=ada.user))
    assert (await authorized(memory, ada.session)).status == 401


# --- getJoinUrl


async def link(bbb: Caller, token: str, **more: str) -> str:
    told = (await ask(bbb, "getJoinUrl", token, **more)).json
    assert list(told) == ["returncode", "message", "url"]
    assert (told["returncode"], told["message"]) == ("SUCCESS", "Join URL provided successfully.")
    url: str = told["url"]
    return url


def parameters(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def follow(bbb: Caller, url: str) -> Answer:
    parts = urlsplit(url)
    return await bbb.fetch(f"{parts.path}?{parts.query}")


@awaited
async def test_a_join_link_is_for_the_same_person(bbb: Caller) -> None:
    made = await bbb.call("create", meetingID="s link&ü", moderatorPW="mp")
    token = await bbb.token(
        "s link&ü",
        "Ada & Löwe",
        password="mp",
        avatarURL="https://a.example.org/a?b=c",
        defaultLayout="SMART_LAYOUT",
        clientURL="https://c.example.org/c",
        **{"userdata-a": "1", "userdata-b": "2"},
    )
    before = (await ask(bbb, "enter", token)).json
    more = {"userdata-b": "3", "enforceLayout": "VIDEO_FOCUS", "replaceSession": "true", "sessionName": "phone"}
    url = await link(bbb, token, **more)
    told = parameters(url)
    assert list(told)[:5] == ["fullName", "meetingID", "role", "redirect", "userID"]
    assert (told["fullName"], told["meetingID"], told["role"]) == ("Ada & Löwe", "s link&ü", "MODERATOR")
    assert (told["userID"], told["createTime"]) == (before["externUserID"], made.text("createTime"))
    sent = await follow(bbb, url)
    assert sent.headers["location"].startswith("https://c.example.org/c?sessionToken=")
    after = (await ask(bbb, "enter", parameters(sent.headers["location"])["sessionToken"])).json
    assert after["authToken"] != before["authToken"]
    assert after["defaultLayout"] == "VIDEO_FOCUS"
    assert after["customdata"] == [{"a": "1"}, {"b": "3"}]
    for name in ("fullname", "internalUserID", "externUserID", "role", "guest", "avatarURL"):
        assert after[name] == before[name], name
    changed = url.replace("MODERATOR", "VIEWER")
    assert (await follow(bbb, changed)).key == "checksumError"


@awaited
async def test_a_join_link_has_the_role_of_now_and_dies_with_the_meeting(memory: Memory) -> None:
    await memory.call("create", meetingID="s-link2")
    ada = await memory.enter("s-link2", "Ada", role="VIEWER")
    assert parameters(await link(memory, ada.session))["role"] == "VIEWER"
    memory.happen("s-link2", RoleChanged(user=ada.user, role=Role.MODERATOR))
    url = await link(memory, ada.session)
    assert parameters(url)["role"] == "MODERATOR"
    await memory.call("end", meetingID="s-link2")
    memory.advance(1)
    await memory.call("create", meetingID="s-link2")
    assert (await follow(memory, url)).key == "mismatchCreateTimeParam"


@awaited
async def test_a_join_link_is_no_way_round_the_lobby(memory: Memory) -> None:
    token = await waiting(memory, "s-link3")
    refused = (await ask(memory, "getJoinUrl", token)).json
    assert (refused["returncode"], refused["message"]) == ("FAILED", "Access denied")
    assert "url" not in refused
    memory.happen("s-link3", GuestAnswered(users=users(memory, token), admit=True))
    memory.happen("s-link3", Joined(token=token))
    url = await link(memory, token)
    assert parameters(url)["guest"] == "true"
    assert urlsplit((await follow(memory, url)).headers["location"]).path == "/html5client/join"
    await ask(memory, "signOut", token)
    assert urlsplit((await follow(memory, url)).headers["location"]).path == "/html5client/guestWait"
    memory.happen("s-link3", GuestPolicyChanged(policy=GuestPolicy.ALWAYS_DENY))
    assert (await follow(memory, url)).key == "guestDeniedAccess"


@awaited
async def test_a_join_link_is_signed_with_what_is_allowed(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(supportedChecksumAlgorithms="sha1,sha512")
    await memory.call("create", meetingID="s-link4")
    url = await link(memory, await memory.token("s-link4", "Ada", role="VIEWER"))
    assert len(parameters(url)["checksum"]) == 128
    assert (await follow(memory, url)).status == 302


# --- feedback


async def rate(bbb: Caller, query: str, body: bytes = b"", content_type: str = "application/json") -> Answer:
    headers = {"Content-Type": content_type} if body else None
    return await bbb.fetch(f"/bigbluebutton/api/feedback?{query}", "POST", headers, body)


@awaited
async def test_feedback_is_kept_once_and_its_words_stay_out_of_the_log(memory: Memory, logged: list[LogEvent]) -> None:
    await memory.call("create", meetingID="s-rate", meetingKeepEvents="true")
    ada = await memory.enter("s-rate", "Ada", role="VIEWER")
    bob = await memory.enter("s-rate", "Bob", role="VIEWER")
    body = {"rating": 4, "comment": "Too <b>loud", "userName": "Ada", "isModerator": False, "more": {"a": []}}
    for _ in range(2):
        answer = await rate(memory, f"sessionToken={ada.session}", json.dumps(body).encode())
        assert answer.json == {"returncode": "SUCCESS"}
    assert (await rate(memory, f"sessionToken={bob.session}&rating=5")).json == {"returncode": "SUCCESS"}
    await memory.restart()
    internal = memory.meeting("s-rate").internal_id
    assert (await rate(memory, f"sessionToken={ada.session}&rating=1")).json == {"returncode": "SUCCESS"}
    await memory.call("end", meetingID="s-rate")
    memory.settle(lambda: not memory.app.meetings.ending)
    (journal,) = (memory.directory / "events" / internal).glob("*.jsonl")
    lines = [json.loads(line) for line in journal.read_text().splitlines()[1:]]
    kept = [(line["rating"], line["comment"]) for line in lines if line["e"] == "Rated"]
    assert kept == [(4, "Too <b>loud"), (5, "")]
    assert [one["rating"] for one in logged if one.get("event") == "feedback"] == [4, 5]
    assert "loud" not in str(logged) + "".join(memory.lines)


@pytest.mark.parametrize(
    ("query", "body", "content_type", "key"),
    [
        ("", b'{"rating": 3}', "application/json", "missingToken"),
        ("sessionToken=none", b'{"rating": 3}', "application/json", "missingSession"),
        ("sessionToken=TOKEN", b"", "", "validationError"),
        ("sessionToken=TOKEN", b"{}", "application/json", "validationError"),
        ("sessionToken=TOKEN", b"[1]", "application/json", "validationError"),
        ("sessionToken=TOKEN", b"{", "application/json", "validationError"),
        ("sessionToken=TOKEN", b"[" * 9000, "application/json", "validationError"),
        ("sessionToken=TOKEN", b'{"rating": ' + b"9" * 9000 + b"}", "application/json", "validationError"),
        ("sessionToken=TOKEN", b"\xff\xfe", "application/json", "validationError"),
        ("sessionToken=TOKEN", b'{"rating": 0}', "application/json", "validationError"),
        ("sessionToken=TOKEN", b'{"rating": 6}', "application/json", "validationError"),
        ("sessionToken=TOKEN", b'{"rating": -1}', "application/json", "validationError"),
        ("sessionToken=TOKEN", b'{"rating": NaN}', "application/json", "validationError"),
        ("sessionToken=TOKEN", b'{"rating": true}', "application/json", "validationError"),
        ("sessionToken=TOKEN", b'{"rating": "many"}', "application/json", "validationError"),
        (
            "sessionToken=TOKEN",
            b'{"rating": 1, "comment": "' + b"x" * 5001 + b'"}',
            "application/json",
            "validationError",
        ),
        ("sessionToken=TOKEN", b'{"rating": 1}' + b" " * 17_000, "application/json", "requestTooLarge"),
        ("sessionToken=TOKEN", b'{"rating": 1}', "text/plain", "unsupportedContentType"),
        ("sessionToken=TOKEN", b"rating=1", FORM, "validationError"),
    ],
)
@awaited
async def test_bad_feedback_is_refused_by_name(
    bbb: Caller, query: str, body: bytes, content_type: str, key: str
) -> None:
    await bbb.call("create", meetingID="s-rate2", attendeePW="ap")
    token = await bbb.token("s-rate2", "Ada", password="ap", userID="ada")
    answer = await rate(bbb, query.replace("TOKEN", token), body, content_type)
    assert (answer.status, answer.json["returncode"], answer.json["messageKey"]) == (200, "FAILED", key)


@awaited
async def test_a_form_without_a_query_counts_for_calls_without_checksum_too(bbb: Caller) -> None:
    await bbb.call("create", meetingID="s-form", attendeePW="ap")
    token = await bbb.token("s-form", "Ada", password="ap")
    form = {"Content-Type": FORM}

    async def post(call: str, target: str = "", **pairs: Any) -> dict[str, Any]:
        answer = await bbb.fetch(f"/bigbluebutton/api/{call}{target}", "POST", form, query_of(pairs).encode())
        return said(answer)

    assert (await post("enter", sessionToken=token))["fullname"] == "Ada"
    assert (await post("enter", "?format=json", sessionToken=token))["messageKey"] == "missingToken"
    assert (await post("feedback", sessionToken=token, rating=5))["returncode"] == "SUCCESS"
    assert (await post("signOut", sessionToken=token))["returncode"] == "SUCCESS"
    assert (await ask(bbb, "enter", token)).json["messageKey"] == "missingSession"


@awaited
async def test_only_feedback_takes_json_and_only_by_post(bbb: Caller) -> None:
    assert (await ask(bbb, "feedback", "none", rating="1")).key == "unsupportedRequest"
    answer = await bbb.fetch(
        "/bigbluebutton/api/enter?sessionToken=none", "POST", {"Content-Type": "application/json"}, b"{}"
    )
    assert answer.json["messageKey"] == "unsupportedContentType"


@awaited
async def test_a_meeting_that_keeps_too_much_takes_no_more_feedback(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__maxJournal="1 MiB")
    await memory.call("create", meetingID="s-much")
    ada = await memory.enter("s-much", "Ada", role="VIEWER")
    memory.happen("s-much", Chatted(user=ada.user, text="x" * 1_100_000))
    assert (await rate(memory, f"sessionToken={ada.session}&rating=1")).json["messageKey"] == "validationError"
    assert (await ask(memory, "signOut", ada.session)).code == "SUCCESS"


@pytest.mark.parametrize(
    ("policy", "status", "key"), [("ALWAYS_ACCEPT", "ALLOW", "guestAllowed"), ("ALWAYS_DENY", "DENY", "guestDeny")]
)
@awaited
async def test_a_policy_for_all_answers_those_who_wait(memory: Memory, policy: str, status: str, key: str) -> None:
    token = await waiting(memory, "s-policy")
    moderator = await inside(memory, "s-policy", "Mo", role="MODERATOR")
    guest = InMemory(memory, token)
    guest.hello()
    assert moderator.ask("guest.policy", policy="ALWAYS_ACCEPT_AUTH")["t"] == "ok"
    assert said(await ask(memory, "guestWait", token, redirect="false"))["guestStatus"] == "WAIT"
    assert moderator.ask("guest.policy", policy=policy)["t"] == "ok"
    memory.advance(1)
    answer = said(await ask(memory, "guestWait", token, redirect="false"))
    assert (answer["guestStatus"], answer["messageKey"]) == (status, key)
    told(moderator, guest)
    assert moderator.events("Lobby")[-1]["waiting"] == []
    assert (guest.all("snapshot") != []) == (status == "ALLOW")


@awaited
async def test_who_waits_twice_is_one_person(memory: Memory) -> None:
    await waiting(memory, "s-twice", name="Other")
    first = await memory.token("s-twice", "Gus", password="ap", guest="true", userID="u1")
    old = InMemory(memory, first)
    old.hello()
    moderator = await inside(memory, "s-twice", "Mo", role="MODERATOR")
    second = await memory.token("s-twice", "Gus", password="ap", guest="true", userID="u1")
    told(moderator, old)
    assert [one["name"] for one in moderator.events("Lobby")[-1]["waiting"]] == ["Other", "Gus"]
    assert old.last("bye")["reason"] == "elsewhere"
    assert said(await ask(memory, "guestWait", first, redirect="false"))["returncode"] == "FAILED"
    assert said(await ask(memory, "guestWait", second, redirect="false"))["positionInWaitingQueue"] == "2"
