"""Cases of join: redirection, the session in the answer, and refusals."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

from bbbd.conform.assertions import (
    BAD,
    GOOD,
    ContractMismatch,
    expect_equal,
    expect_failure,
    expect_match,
    expect_names,
    expect_success,
    summarize,
)
from bbbd.conform.case import decided, must, should
from bbbd.conform.endpoint_client import Answer, query_of
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import ATTENDEE_PW, MODERATOR_PW, NAME, CaseMeeting, World, refusal

_SESSION = ("returncode", "messageKey", "message", "meeting_id", "user_id", "auth_token", "session_token", "url")
_BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def _token_of(answer: Answer) -> str:
    """Return the session token in a redirection."""
    location = answer.headers.get("location", "")
    if answer.status // 100 != 3 or not location:
        raise ContractMismatch(f"no redirection, but {summarize(answer)}")
    return next(iter(parse_qs(urlsplit(location).query).get("sessionToken", [])), "")


async def _sends_on(world: World) -> None:
    meeting = await world.meeting()
    for password in (ATTENDEE_PW, MODERATOR_PW):
        answer = await world.join(meetingID=meeting.meeting_id, fullName=NAME, password=password)
        if not _token_of(answer):
            raise ContractMismatch("it is sent on without a sessionToken")


async def _session_fields(world: World) -> None:
    found = expect_success(await world.session(await world.meeting()), MessageKey.JOINED)
    expect_names("the answer", (name for name, text in found.texts.items() if text), _SESSION)


async def _session_fits(world: World) -> None:
    meeting = await world.meeting()
    found = expect_success(await world.session(meeting))
    expect_equal("meeting_id", found.texts.get("meeting_id"), meeting.value("internalMeetingID"))
    token = expect_match("session_token", found.texts.get("session_token"), "[A-Za-z0-9]{8,}")
    if f"sessionToken={token}" not in found.texts.get("url", ""):
        raise ContractMismatch(f"url does not carry the session_token: {urlsplit(found.texts.get('url', '')).path}")


async def _sessions_differ(world: World) -> None:
    meeting = await world.meeting()
    one, other = expect_success(await world.session(meeting)), expect_success(await world.session(meeting))
    for name in ("user_id", "auth_token", "session_token"):
        if one.texts.get(name) == other.texts.get(name):
            raise ContractMismatch(f"two people have the same {name}")


async def _made_passwords(world: World) -> None:
    meeting_id = world.new_id()
    meeting = CaseMeeting(meeting_id, expect_success(await world.create(meeting_id, name="Made")))
    for name in ("attendeePW", "moderatorPW"):
        expect_success(await world.session(meeting, password=meeting.value(name)), MessageKey.JOINED)


async def _international(world: World) -> None:
    meeting = await world.meeting()
    name = "J\u00fcrgen <b> & \u0410\u043d\u043d\u0430 \U0001f600"
    expect_success(await world.session(meeting, fullName=name), MessageKey.JOINED)


async def _every_parameter(world: World) -> None:
    meeting = await world.meeting()
    pairs = {
        "userID": "user-1",
        "createTime": meeting.value("createTime"),
        "webVoiceConf": "12345",
        "defaultLayout": "default",
        "avatarURL": "https://example.org/a.png",
        "joinViaHtml5": "true",
        "guest": "false",
        "userdata-own": "1",
    }
    expect_success(await world.session(meeting, **pairs), MessageKey.JOINED)


def _refuses(*keys: str, nobody: bool = False, **pairs: str) -> Callable[[World], Awaitable[None]]:
    """Require that a join is refused. With ``nobody`` the meeting does not exist. Empty parameters are omitted."""

    async def check(world: World) -> None:
        meeting_id = world.new_id() if nobody else (await world.meeting()).meeting_id
        usual = {"meetingID": meeting_id, "fullName": NAME, "password": ATTENDEE_PW, "redirect": "false"}
        given = {name: value for name, value in (usual | pairs).items() if value}
        for asked in (given, {name: value for name, value in given.items() if name != "redirect"}):
            key = refusal(await world.join(**asked))
            if keys and key not in keys:
                raise ContractMismatch(f"messageKey is {key!r}, not {' or '.join(map(repr, keys))}")

    return check


async def _refused_in_xml(world: World) -> None:
    meeting = await world.meeting()
    expect_failure(await world.session(meeting, password="wrong-pw"))  # noqa: S106


async def _create_time(world: World) -> None:
    meeting = await world.meeting()
    expect_success(await world.session(meeting, createTime=meeting.value("createTime")), MessageKey.JOINED)


async def _after_end(world: World) -> None:
    meeting = await world.meeting()
    expect_success(await world.call("end", meetingID=meeting.meeting_id, password=MODERATOR_PW))

    async def fault() -> str:
        found = await world.session(meeting)
        gone = found.code == BAD and found.key in (MessageKey.INVALID_MEETING, MessageKey.ENDED)
        return "" if gone else f"one can still join: {found}"

    await world.wait_until(fault)


async def _nobody_is_in(world: World) -> None:
    meeting = await world.meeting()
    expect_success(await world.session(meeting))
    info = await world.info(meeting)
    expect_equal("participantCount", info.texts.get("participantCount"), "0")
    expect_equal("hasUserJoined", info.texts.get("hasUserJoined"), "false")


async def _own_client(world: World) -> None:
    meeting = await world.meeting()
    answer = await world.join(
        meetingID=meeting.meeting_id,
        fullName=NAME,
        password=ATTENDEE_PW,
        clientURL="https://client.example.org/room?x=1",
    )
    token = _token_of(answer)
    location = answer.headers["location"]
    if not location.startswith("https://client.example.org/room?x=1") or not token:
        raise ContractMismatch(f"it is sent on to {urlsplit(location).netloc}{urlsplit(location).path}")


async def _denied_guest(world: World) -> None:
    meeting = await world.meeting(guestPolicy="ALWAYS_DENY")
    found = await world.session(meeting, guest="true")
    if found.code == GOOD and found.texts.get("guestStatus") != "DENY":
        raise ContractMismatch(str(found))


async def _waiting_guest(world: World) -> None:
    meeting = await world.meeting(guestPolicy="ASK_MODERATOR")
    found = expect_success(await world.session(meeting, guest="true"), MessageKey.GUEST_WAITS)
    expect_equal("guestStatus", found.texts.get("guestStatus", "WAIT"), "WAIT")


async def _no_guests(world: World) -> None:
    for policy in ("ALWAYS_DENY", "ASK_MODERATOR"):
        expect_success(await world.session(await world.meeting(guestPolicy=policy)), MessageKey.JOINED)


async def _denied_by_key(world: World) -> None:
    meeting = await world.meeting(guestPolicy="ALWAYS_DENY")
    expect_failure(await world.session(meeting, guest="true"), MessageKey.GUEST_DENIED)


async def _guest_status(world: World) -> None:
    expect_equal(
        "guestStatus", expect_success(await world.session(await world.meeting())).texts.get("guestStatus"), "ALLOW"
    )


async def _role(world: World) -> None:
    meeting = await world.meeting()
    for role in ("MODERATOR", "viewer"):
        expect_success(await world.session(meeting, role=role, password=""), MessageKey.JOINED)
    expect_failure(await world.session(meeting, role="OWNER"), MessageKey.VALIDATION)


async def _browser(world: World) -> None:
    pairs = {"meetingID": world.new_id(), "fullName": NAME, "password": ATTENDEE_PW}
    query = world.endpoint.signed("join", query_of(pairs | {"logoutURL": "https://example.org/out?a=b"}))
    answer = await world.get("join", query, _BROWSER)
    expect_equal("the HTTP status", answer.status, 302)
    expect_equal("messageKey", refusal(answer), MessageKey.INVALID_MEETING)
    if not answer.headers["location"].startswith("https://example.org/out?a=b&errors="):
        raise ContractMismatch(f"it is sent on to {urlsplit(answer.headers['location']).netloc}")


async def _tokens(world: World) -> None:
    found = expect_success(await world.session(await world.meeting()))
    expect_match("session_token", found.texts.get("session_token"), "[a-z0-9]{26}")
    expect_match("user_id", found.texts.get("user_id"), "w_[a-z0-9]{12}")


async def _no_cookie(world: World) -> None:
    meeting = await world.meeting()
    answer = await world.join(meetingID=meeting.meeting_id, fullName=NAME, password=ATTENDEE_PW)
    expect_equal("Set-Cookie", re.sub("=.*", "", answer.headers.get("set-cookie", "")), "")


_ENTER = "You should simply redirect the user to the call URL, and they will be entered into the meeting."
_XML = "Setting this variable to FALSE will not redirect the browser but returns an XML instead"
_EITHER = "whether the JOIN call has succeeded or not"
_LETS_IN = "If the moderator password is supplied, he will be given moderator status"
_ID = "The meeting ID that identifies the meeting you are attempting to join."
_TIME = "If they differ, BigBlueButton will not proceed with the join request."
_GUESTS = (
    "The guest policy determines whether or not users who send a join request with guest=true will be allowed to join"
    " the meeting."
)

CASES = (
    must("join", "whoever joins with one of the passwords is sent on with a session", _ENTER, _sends_on, "join"),
    must(
        "join",
        "with redirect=false the session is told in XML, with every field of the contract's answer",
        _XML,
        _session_fields,
        "join",
    ),
    must(
        "join",
        "meeting_id is the meeting's internal id, and url carries the session_token",
        "<url>https://yourserver.com/client/BigBlueButton.html?sessionToken=ai1wqj8wb6s7rnk0</url>",
        _session_fits,
        "join",
    ),
    must("join", "everybody has a session of their own", _ENTER, _sessions_differ, "join"),
    must("join", "both passwords that create made let in", _LETS_IN, _made_passwords, "create", "join"),
    must(
        "join",
        "a name of any language lets in",
        "The full name that is to be used to identify this user",
        _international,
        "join",
    ),
    should(
        "join",
        "join takes every parameter that the contract names",
        "Joins a user to the meeting specified in the meetingID parameter.",
        _every_parameter,
        "join",
    ),
    must(
        "join",
        "a wrong password is refused",
        _LETS_IN,
        _refuses(MessageKey.INVALID_PASSWORD, password="wrong-pw"),  # noqa: S106
        "join",
    ),
    must("join", "a join without password and role is refused", "password | Required", _refuses(password=""), "join"),
    must(
        "join",
        "a join without fullName is refused",
        "fullName | Required",
        _refuses(MessageKey.MISSING_FULL_NAME, fullName=""),
        "join",
    ),
    must(
        "join",
        "a join without meetingID is refused",
        _ID,
        _refuses(MessageKey.MISSING_MEETING_ID, meetingID=""),
        "join",
    ),
    must(
        "join",
        "a join of a meeting that nobody knows is refused",
        'the messageKey is simple "invalidMeetingIdentifier"',
        _refuses(MessageKey.INVALID_MEETING, nobody=True),
        "join",
    ),
    must("join", "with redirect=false a failure is told in XML", _EITHER, _refused_in_xml, "join"),
    must("join", "the meeting's createTime lets in", _TIME, _create_time, "join"),
    must("join", "another createTime is refused", _TIME, _refuses(MessageKey.CREATE_TIME, createTime="1"), "join"),
    must(
        "join",
        "nobody joins a meeting that was ended",
        "everyone is kicked and the meeting is immediately cleared from memory",
        _after_end,
        "end",
        "join",
    ),
    must("join", "a guest is not let in where the policy denies guests", _GUESTS, _denied_guest, "join"),
    should("join", "a guest waits where the policy asks the moderators", _GUESTS, _waiting_guest, "join"),
    must("join", "the guest policy concerns guests alone", _GUESTS, _no_guests, "join"),
    should(
        "join",
        "whoever joins with a clientURL is sent to it",
        "the browser will get redirected to the value of clientURL",
        _own_client,
        "join",
    ),
    decided(
        "join",
        "nobody is in a meeting by a join alone",
        "A join makes a session; who connects with it is in.",
        _nobody_is_in,
        "getMeetingInfo",
        "join",
    ),
    decided(
        "join",
        "a guest who is refused is told so",
        "A guest whom the policy refuses is guestDeniedAccess.",
        _denied_by_key,
        "join",
    ),
    decided("join", "the XML answer has the guestStatus", "guestStatus is in the XML answer.", _guest_status, "join"),
    decided(
        "join",
        "a role, in any letter case, needs no password",
        "role (any case) wins over the passwords; an unknown one is validationError.",
        _role,
        "join",
    ),
    decided(
        "join",
        "a browser whose join fails is sent to the logoutURL",
        "Only a browser is sent on, to logoutURL, with the failure in the parameter errors.",
        _browser,
        "join",
    ),
    decided(
        "join",
        "a session token has 128 bits",
        "The session token is 26 lower-case letters and digits.",
        _tokens,
        "join",
    ),
    decided("join", "no cookie is set", "The session token alone counts: no cookie is set.", _no_cookie, "join"),
    decided(
        "join",
        "a createTime that is no number is refused as another is",
        "A createTime that is no number is mismatchCreateTimeParam.",
        _refuses(MessageKey.CREATE_TIME, createTime="now"),
        "join",
    ),
    decided(
        "join",
        "a configToken that nobody knows is refused",
        "An unknown configToken is noConfigFound.",
        _refuses(MessageKey.NO_CONFIG, configToken="none"),
        "join",
    ),
)
