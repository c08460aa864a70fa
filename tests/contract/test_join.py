"""``join``: roles, guests, seats, and where one is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from harness import Caller, Memory, awaited, query_of, signed
from twisted.logger import LogEvent
from websocket_clients import welcome_of

from bbbd.meetings.event import GuestAnswered, GuestPolicyChanged, LeaveReason, Left
from bbbd.values.enums import GuestPolicy

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@awaited
async def test_a_join_sends_on_with_a_session_token_and_no_cookie(bbb: Caller) -> None:
    await bbb.call("create", meetingID="j1", attendeePW="ap", moderatorPW="mp")
    answer = await bbb.call("join", meetingID="j1", fullName="Ada", password="mp")
    assert answer.status == 302
    assert answer.body == b""
    url = urlsplit(answer.headers["location"])
    assert url.path == "/html5client/join"
    (token,) = parse_qs(url.query)["sessionToken"]
    assert re.fullmatch(r"[a-z0-9]{26}", token)
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    page = await bbb.fetch(f"{url.path}?{url.query}")
    assert page.status == 200
    assert page.headers["content-type"] == "text/html;charset=utf-8"
    assert token not in page.body.decode()
    you = welcome_of(bbb, token)["you"]
    assert (you["name"], you["role"]) == ("Ada", "MODERATOR")


@awaited
async def test_with_redirect_false_the_session_is_told_in_xml(bbb: Caller) -> None:
    made = await bbb.call("create", meetingID="j2", attendeePW="ap", moderatorPW="mp")
    answer = await bbb.call("join", meetingID="j2", fullName="Ada", password="ap", redirect="false")
    assert answer.status == 200
    assert answer.names == [
        "returncode",
        "messageKey",
        "message",
        "meeting_id",
        "user_id",
        "auth_token",
        "session_token",
        "guestStatus",
        "url",
    ]
    assert (answer.key, answer.text("message")) == ("successfullyJoined", "You have joined successfully.")
    assert answer.text("meeting_id") == made.text("internalMeetingID")
    assert re.fullmatch(r"w_[a-z0-9]{12}", answer.text("user_id") or "")
    assert re.fullmatch(r"[a-z0-9]{12}", answer.text("auth_token") or "")
    assert (answer.text("url") or "").endswith("?sessionToken=" + (answer.text("session_token") or ""))
    assert answer.text("guestStatus") == "ALLOW"


@pytest.mark.parametrize(
    ("pairs", "key"),
    [
        ({"meetingID": "none", "fullName": "A", "password": "ap"}, "invalidMeetingIdentifier"),
        ({"meetingID": "j3", "password": "ap"}, "missingParamFullName"),
        ({"meetingID": "j3", "fullName": "  ", "password": "ap"}, "missingParamFullName"),
        ({"meetingID": "j3", "fullName": "\u200b \u3164\ufeff", "password": "ap"}, "missingParamFullName"),
        ({"fullName": "A", "password": "ap"}, "missingParamMeetingID"),
        ({"meetingID": "j3", "fullName": "A"}, "invalidPassword"),
        ({"meetingID": "j3", "fullName": "A", "password": "wrong"}, "invalidPassword"),
        ({"meetingID": "j3", "fullName": "A", "role": "OWNER"}, "validationError"),
        ({"meetingID": "j3", "fullName": "A", "password": "ap", "guest": "perhaps"}, "validationError"),
        ({"meetingID": "j3", "fullName": "A", "password": "ap", "createTime": "1"}, "mismatchCreateTimeParam"),
        ({"meetingID": "j3", "fullName": "A", "password": "ap", "createTime": "now"}, "mismatchCreateTimeParam"),
        ({"meetingID": "j3", "fullName": "A", "password": "ap", "configToken": "none"}, "noConfigFound"),
        ({"meetingID": "j3", "fullName": "A", "password": "ap", "configToken": "../secret"}, "noConfigFound"),
        ({"meetingID": "j3", "fullName": "A", "password": "ap", "userID": "a\x07b"}, "validationError"),
        ({"meetingID": "j3", "fullName": "A" * 257, "password": "ap"}, "validationError"),
        ({"meetingID": "j3", "fullName": "A", "password": "ap", "clientURL": "javascript:1"}, "validationError"),
    ],
)
@awaited
async def test_a_failure_is_xml_for_applications_and_a_page_for_browsers(
    bbb: Caller, pairs: dict[str, str], key: str
) -> None:
    await bbb.call("create", meetingID="j3", attendeePW="ap", moderatorPW="mp")
    answer = await bbb.call("join", **pairs)
    assert (answer.status, answer.code, answer.key) == (200, "FAILED", key)
    sent = await bbb.call("join", headers=BROWSER, **pairs)
    assert sent.status == 302
    url = urlsplit(sent.headers["location"])
    (error,) = json.loads(parse_qs(url.query)["errors"][0])
    assert error["key"] == key
    assert error["message"]
    stays = await bbb.call("join", headers=BROWSER, redirect="false", **pairs)
    assert (stays.status, stays.key) == (200, key)
    page = await bbb.fetch(f"{url.path}?{url.query}")
    assert page.status == 200
    assert key.encode() in page.body


@awaited
async def test_a_browser_goes_where_a_signed_link_says_and_nowhere_else(bbb: Caller) -> None:
    wrong = {"meetingID": "none", "fullName": "A", "password": "x"}
    first = await bbb.call("join", headers=BROWSER, logoutURL="https://lms.example.org/a?b=c", **wrong)
    assert first.headers["location"].startswith("https://lms.example.org/a?b=c&errors=")
    second = await bbb.call(
        "join",
        headers=BROWSER,
        logoutURL="https://lms.example.org/",
        errorRedirectUrl="https://err.example.org/",
        **wrong,
    )
    assert second.headers["location"].startswith("https://err.example.org/?errors=")
    for url in ("javascript:alert(1)", "//evil.example.org", "ftp://evil.example.org/"):
        refused = await bbb.call("join", headers=BROWSER, logoutURL=url, **wrong)
        assert (refused.status, refused.key) == (200, "invalidMeetingIdentifier")
    unsigned = await bbb.fetch("/bigbluebutton/api/join?logoutURL=http://evil.example.org/&checksum=0", headers=BROWSER)
    assert unsigned.status == 302
    assert "evil" not in unsigned.headers["location"]
    assert "checksumError" in unsigned.headers["location"]


@pytest.mark.parametrize(
    ("pairs", "role"),
    [
        ({"password": "mp"}, "MODERATOR"),
        ({"password": "ap"}, "VIEWER"),
        ({"role": "moderator"}, "MODERATOR"),
        ({"role": "VIEWER", "password": "mp"}, "VIEWER"),
        ({"role": "MODERATOR", "password": "wrong"}, "MODERATOR"),
    ],
)
@awaited
async def test_the_role_wins_over_the_password(bbb: Caller, pairs: dict[str, str], role: str) -> None:
    await bbb.call("create", meetingID="j4", attendeePW="ap", moderatorPW="mp")
    token = await bbb.token("j4", "Ada", **pairs)
    assert welcome_of(bbb, token)["you"]["role"] == role


@awaited
async def test_equal_passwords_make_a_moderator(bbb: Caller) -> None:
    await bbb.call("create", meetingID="j5", attendeePW="same", moderatorPW="same")
    token = await bbb.token("j5", "Ada", password="same")
    assert welcome_of(bbb, token)["you"]["role"] == "MODERATOR"


@awaited
async def test_a_link_with_the_right_time_works_and_by_the_internal_id_too(bbb: Caller) -> None:
    made = await bbb.call("create", meetingID="j6", attendeePW="ap")
    for meeting_id in ("j6", made.text("internalMeetingID")):
        answer = await bbb.call(
            "join", meetingID=meeting_id, fullName="A", password="ap", createTime=made.text("createTime")
        )
        assert answer.status == 302


@awaited
async def test_another_makers_page_is_honoured(bbb: Caller) -> None:
    await bbb.call("create", meetingID="j7", attendeePW="ap")
    answer = await bbb.call(
        "join", meetingID="j7", fullName="A", password="ap", clientURL="https://client.example.org/x?y=1#z"
    )
    assert re.fullmatch(r"https://client\.example\.org/x\?y=1&sessionToken=[a-z0-9]{26}#z", answer.headers["location"])


@awaited
async def test_names_are_cleaned_and_shown_as_text(bbb: Caller) -> None:
    await bbb.call("create", meetingID="j8", name="<img src=x onerror=1>", attendeePW="ap")
    token = await bbb.token("j8", "\u202eA\x00<script>alert(1)</script>\u2066", password="ap")
    # The page itself has nothing of them: it shows what it is told as text.
    assert welcome_of(bbb, token)["you"]["name"] == "A<script>alert(1)</script>"
    page = await bbb.fetch(f"/html5client/join?sessionToken={token}")
    assert b"alert(" not in page.body
    assert b"onerror" not in page.body
    assert "script-src 'self'" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"


@awaited
async def test_joins_by_post_form_and_as_json(bbb: Caller) -> None:
    await bbb.call("create", meetingID="j9", attendeePW="ap")
    form = query_of({"meetingID": "j9", "fullName": "A", "password": "ap", "redirect": "false"})
    assert (await bbb.post("join", form)).key == "successfullyJoined"
    answer = await bbb.call("join", meetingID="j9", fullName="A", password="ap", redirect="false", format="json")
    assert answer.json["returncode"] == "SUCCESS"


@awaited
async def test_a_token_that_nobody_has_is_forbidden_and_guessing_is_stopped(memory: Memory) -> None:
    for _ in range(30):
        assert (await memory.fetch("/html5client/join?sessionToken=" + "a" * 26)).status == 403
    assert (await memory.fetch("/html5client/join?sessionToken=" + "a" * 26)).status == 429
    refused = await memory.fetch("/html5client/join?sessionToken=" + "a" * 26, headers={"Accept-Language": "pt-PT"})
    assert '<html lang="pt-BR" dir="ltr">' in refused.body.decode()
    assert "Tentativas demais" in refused.body.decode()
    await memory.call("create", meetingID="j10", attendeePW="ap")
    token = await memory.token("j10", "A", password="ap")
    assert (await memory.fetch(f"/html5client/join?sessionToken={token}")).status == 200
    memory.advance(61)
    assert (await memory.fetch("/html5client/join?sessionToken=" + "a" * 26)).status == 403


@awaited
async def test_seats_are_for_people_who_are_in_and_a_rejoin_is_never_refused(memory: Memory) -> None:
    await memory.call("create", meetingID="seats", maxParticipants=2, attendeePW="ap")
    for _ in range(5):
        await memory.token("seats", "never comes", password="ap")
    await memory.enter("seats", "One", password="ap", userID="u1")
    await memory.enter("seats", "Two", password="ap", userID="u2")
    full = await memory.call("join", meetingID="seats", fullName="Three", password="ap", userID="u3")
    assert full.key == "maxParticipantsReached"
    again = await memory.call("join", meetingID="seats", fullName="One", password="ap", userID="u1", redirect="false")
    assert again.key == "successfullyJoined"


@awaited
async def test_the_same_user_id_is_the_same_person(memory: Memory) -> None:
    await memory.call("create", meetingID="same", attendeePW="ap", moderatorPW="mp")
    first = await memory.enter("same", "Old name", password="ap", userID="u1")
    old_token = first.session
    second = await memory.enter("same", "New name", password="mp", userID="u1")
    assert second is first
    info = await memory.info("same")
    assert (info.text("participantCount"), info.text("moderatorCount")) == ("1", "1")
    assert info.text("attendees/attendee/fullName") == "New name"
    assert (await memory.fetch(f"/html5client/join?sessionToken={old_token}")).status == 403


@awaited
async def test_without_user_id_everybody_is_new(memory: Memory) -> None:
    await memory.call("create", meetingID="new", attendeePW="ap")
    one = await memory.enter("new", "A", password="ap")
    other = await memory.enter("new", "A", password="ap")
    assert one.user != other.user
    assert (await memory.info("new")).text("attendees/attendee/userID") == one.user


@awaited
async def test_no_more_people_than_the_server_takes(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__maxAttendees="1")
    await memory.call("create", meetingID="m1", attendeePW="ap")
    await memory.call("create", meetingID="m2", attendeePW="ap")
    await memory.enter("m1", "A", password="ap", userID="u1")
    assert (await memory.call("join", meetingID="m2", fullName="B", password="ap")).key == "maxParticipantsReached"
    again = await memory.call("join", meetingID="m1", fullName="A", password="ap", userID="u1", redirect="false")
    assert again.key == "successfullyJoined"


@pytest.mark.parametrize(
    ("policy", "guest", "outcome"),
    [
        ("ALWAYS_ACCEPT", "true", "successfullyJoined"),
        ("ALWAYS_DENY", "true", "guestDeniedAccess"),
        ("ALWAYS_DENY", "false", "successfullyJoined"),
        ("ALWAYS_DENY", "", "successfullyJoined"),
        ("ASK_MODERATOR", "true", "guestWait"),
        ("ASK_MODERATOR", "", "successfullyJoined"),
        ("ALWAYS_ACCEPT_AUTH", "true", "guestWait"),
    ],
)
@awaited
async def test_the_policy_concerns_guests(bbb: Caller, policy: str, guest: str, outcome: str) -> None:
    meeting_id = f"guests-{policy}-{guest}"
    await bbb.call("create", meetingID=meeting_id, guestPolicy=policy, attendeePW="ap")
    answer = await bbb.call(
        "join",
        meetingID=meeting_id,
        fullName="G",
        password="ap",
        guest=guest,
        redirect="false",
    )
    assert answer.key == outcome


@awaited
async def test_a_guest_who_waits_is_sent_to_the_waiting_page(bbb: Caller) -> None:
    await bbb.call("create", meetingID="lobby", guestPolicy="ASK_MODERATOR", attendeePW="ap")
    pairs = {"meetingID": "lobby", "fullName": "G", "password": "ap", "guest": "true"}
    sent = await bbb.call("join", **pairs, **{"userdata-bbb_override_default_locale": "pt-BR"})
    url = urlsplit(sent.headers["location"])
    assert url.path == "/html5client/guestWait"
    assert parse_qs(url.query)["locale"] == ["pt-BR"]
    assert (await bbb.fetch(f"{url.path}?{url.query}")).status == 200
    told = await bbb.call("join", redirect="false", **pairs)
    assert (told.text("guestStatus"), told.text("message")) == (
        "WAIT",
        "Guest waiting for approval to join meeting.",
    )


@awaited
async def test_a_remembered_answer_counts_at_the_next_join(memory: Memory) -> None:
    await memory.call("create", meetingID="rem", guestPolicy="ASK_MODERATOR", attendeePW="ap")
    for name in ("yes", "no"):
        await memory.token("rem", name, password="ap", guest="true", userID=name)
    users = {session.name: session.user for session in memory.meeting("rem").waiting()}
    memory.happen("rem", GuestAnswered(users=(users["yes"],), admit=True, remember=True))
    memory.happen("rem", GuestAnswered(users=(users["no"],), admit=False, remember=True))
    keys = {}
    for name in ("yes", "no", "other"):
        answer = await memory.call(
            "join", meetingID="rem", fullName=name, password="ap", guest="true", userID=name, redirect="false"
        )
        keys[name] = answer.key
    assert keys == {"yes": "successfullyJoined", "no": "guestDeniedAccess", "other": "guestWait"}


@awaited
async def test_a_policy_changed_in_the_meeting_counts(memory: Memory) -> None:
    await memory.call("create", meetingID="pol", attendeePW="ap")
    memory.happen("pol", GuestPolicyChanged(policy=GuestPolicy.ALWAYS_DENY))
    answer = await memory.call("join", meetingID="pol", fullName="G", password="ap", guest="true")
    assert answer.key == "guestDeniedAccess"


@awaited
async def test_a_lobby_has_room_for_so_many(memory: Memory) -> None:
    await memory.call("create", meetingID="full", guestPolicy="ASK_MODERATOR", attendeePW="ap")
    for number in range(500):
        await memory.token("full", f"g{number}", password="ap", guest="true")
    answer = await memory.call("join", meetingID="full", fullName="G", password="ap", guest="true")
    assert answer.key == "guestDeniedAccess"


@awaited
async def test_settings_say_where_people_go(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(
        defaultClientUrl="https://c.example.org/join",
        defaultGuestWaitURL="https://c.example.org/wait",
        errorRedirectUrl="https://c.example.org/error",
        useDefaultAvatar="true",
        defaultAvatarURL="https://c.example.org/avatar.png",
    )
    await memory.call("create", meetingID="where", attendeePW="ap", guestPolicy="ASK_MODERATOR")
    went = await memory.call("join", meetingID="where", fullName="A", password="ap")
    assert went.headers["location"].startswith("https://c.example.org/join?sessionToken=")
    waits = await memory.call("join", meetingID="where", fullName="A", password="ap", guest="true")
    assert waits.headers["location"].startswith("https://c.example.org/wait?sessionToken=")
    failed = await memory.call("join", meetingID="none", fullName="A", headers=BROWSER)
    assert failed.headers["location"].startswith("https://c.example.org/error?errors=")
    assert next(iter(memory.meeting("where").sessions.values())).avatar == "https://c.example.org/avatar.png"


@awaited
async def test_a_join_link_is_nowhere_in_the_log(memory: Memory, logged: list[dict[str, object]]) -> None:
    await memory.call("create", meetingID="log", attendeePW="secret-ap")
    target = signed("join", "meetingID=log&fullName=Name-Of-Somebody&password=secret-ap")
    await memory.fetch(target)
    told = repr(logged) + repr(memory.lines)
    assert memory.told("call")
    for hidden in ("secret-ap", "Name-Of-Somebody", target.rsplit("=", 1)[1], "sessionToken="):
        assert hidden not in told


@pytest.mark.parametrize("name", ["meetingID", "password"])
@awaited
async def test_an_identifier_with_a_control_character_is_no_other(bbb: Caller, name: str) -> None:
    await bbb.call("create", meetingID="exact", attendeePW="ap", moderatorPW="mp")
    pairs = {"meetingID": "exact", "fullName": "A", "password": "ap", "configToken": "x"}
    answer = await bbb.call("join", **(pairs | {name: pairs[name] + "\x07"}))
    assert (answer.code, answer.key) == ("FAILED", "validationError")
    ended = await bbb.call("end", **{"meetingID": "exact", "password": "mp"} | {name: f"{pairs[name]}\x01"})
    assert ended.code == "FAILED"
    assert (await bbb.info("exact")).code == "SUCCESS"


@awaited
async def test_a_name_of_nothing_that_can_be_shown_is_none(bbb: Caller) -> None:
    await bbb.call("create", meetingID="noname", attendeePW="ap")
    answer = await bbb.query("join", "meetingID=noname&fullName=%01%02&password=ap")
    assert answer.key == "missingParamFullName"


@awaited
async def test_a_long_redirect_is_xml_too_and_unsigned_ones_are_heard(bbb: Caller) -> None:
    await bbb.call("create", meetingID="redir", attendeePW="ap")
    answer = await bbb.call("join", meetingID="redir", fullName="A", password="ap", redirect="no" * 30)
    assert answer.key == "successfullyJoined"
    unsigned = await bbb.fetch("/bigbluebutton/api/join?redirect=false&checksum=0", headers=BROWSER)
    assert (unsigned.status, unsigned.key) == (200, "checksumError")


@awaited
async def test_another_role_at_a_rejoin_changes_the_lock_and_who_moderates(memory: Memory) -> None:
    await memory.call("create", meetingID="rejoin", endWhenNoModerator="true", attendeePW="ap", moderatorPW="mp")
    person = await memory.enter("rejoin", "A", password="mp", userID="u1")
    await memory.enter("rejoin", "B", password="ap", userID="u2")
    assert not person.locked
    await memory.enter("rejoin", "A", password="ap", userID="u1")
    assert person.locked
    memory.advance(61)
    assert (await memory.info("rejoin")).key == "notFound"


@awaited
async def test_nothing_is_kept_of_people_who_never_came(memory: Memory) -> None:
    await memory.call("create", meetingID="clicks", attendeePW="ap", meetingExpireIfNoUserJoinedInMinutes=0)
    for _ in range(5):
        await memory.token("clicks", "A", password="ap", **{"userdata-x": "y" * 1000})
    person = await memory.enter("clicks", "B", password="ap", **{"userdata-x": "z"})
    memory.advance(62)
    assert memory.meeting("clicks").customdata == {person.external_id: {"x": "z"}}
    memory.happen("clicks", Left(user=person.user))
    assert memory.meeting("clicks").customdata == {}


@awaited
async def test_a_waiting_guest_who_looks_at_the_page_stays(memory: Memory) -> None:
    await memory.call("create", meetingID="waits", guestPolicy="ASK_MODERATOR", attendeePW="ap")
    token = await memory.token("waits", "G", password="ap", guest="true")
    for _ in range(20):
        memory.advance(10)
        assert (await memory.fetch(f"/html5client/guestWait?sessionToken={token}")).status == 200
    assert memory.meeting("waits").n < 20


@awaited
async def test_whoever_was_removed_has_no_other_way_in(memory: Memory) -> None:
    await memory.call("create", meetingID="removed", attendeePW="ap")
    person = await memory.enter("removed", "A", password="ap", userID="u1")
    other = await memory.token("removed", "A", password="ap", userID="u1")
    memory.happen("removed", Left(user=person.user, why=LeaveReason.REMOVED))
    assert (await memory.fetch(f"/html5client/join?sessionToken={other}")).status == 403


@awaited
async def test_a_form_says_whether_it_wants_a_redirect(bbb: Caller) -> None:
    await bbb.call("create", meetingID="formed", attendeePW="ap")
    form = query_of({"meetingID": "formed", "fullName": "x", "password": "bad", "redirect": "false"})
    assert (await bbb.post("join", form, headers=BROWSER)).key == "invalidPassword"
    sent = await bbb.post("join", form.replace("false", "true"), headers=BROWSER)
    assert sent.status == 302


@pytest.mark.parametrize(("scheme", "blocked"), [("http", []), ("https", ["logo", "avatarURL"])])
@awaited
async def test_pictures_by_http_are_shown_where_the_server_has_http_and_else_logged(
    memory_with: Callable[..., Memory], logged: list[LogEvent], scheme: str, blocked: list[str]
) -> None:
    memory = memory_with(bigbluebutton__web__serverURL=f"{scheme}://bbb.example.org")
    picture = "http://pictures.example.org/a.png"
    await memory.call("create", meetingID="demo", logo=picture, darklogo="https://pictures.example.org/a.png")
    token = await memory.token("demo", "Ada", role="VIEWER", avatarURL=picture)
    assert [one["name"] for one in logged if one.get("event") == "picture_blocked"] == blocked
    page = await memory.fetch(f"/html5client/join?sessionToken={token}")
    sources = page.headers["content-security-policy"].partition("img-src ")[2].partition(";")[0].split()
    assert ("http:" in sources) == (not blocked)
