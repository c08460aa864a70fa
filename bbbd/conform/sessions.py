"""Cases of session calls and sendChatMessage, which are in later editions of the contract."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from bbbd.conform.assertions import (
    BAD,
    ContractMismatch,
    ParsedAnswer,
    expect_answer,
    expect_equal,
    expect_failure,
    expect_names,
    expect_success,
)
from bbbd.conform.case import beyond, decided
from bbbd.conform.endpoint_client import query_of
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import NAME, CaseMeeting, World, refusal

_CHAT = "sendChatMessage"
#: Has the form of a token, but is unknown.
_NOBODY = "bbbdconform" + "0" * 15


async def _says(world: World) -> None:
    meeting = await world.meeting()
    for more in ({}, {"userName": "The school"}):
        expect_success(
            await world.call(_CHAT, meetingID=meeting.meeting_id, message="Five <b>minutes & \u00fc", **more)
        )


async def _says_nothing(world: World) -> None:
    meeting = await world.meeting()
    for pairs in ({}, {"message": ""}, {"message": "x" * 501}):
        expect_failure(await world.call(_CHAT, meetingID=meeting.meeting_id, **pairs))


async def _unsigned_word(world: World) -> None:
    meeting = await world.meeting()
    query = query_of({"meetingID": meeting.meeting_id, "message": "x"})
    expect_failure(expect_answer(await world.get(_CHAT, query)), MessageKey.CHECKSUM)


async def _says_to_nobody(world: World) -> None:
    expect_failure(await world.call(_CHAT, meetingID=world.new_id(), message="x"), MessageKey.MEETING_NOT_FOUND)


async def _token(world: World, meeting: CaseMeeting, **pairs: str) -> str:
    return expect_success(await world.session(meeting, **pairs)).texts.get("session_token", "")


async def _with_token(world: World, call: str, token: str, **pairs: str) -> ParsedAnswer:
    """Make a call that is authenticated by a session token."""
    return expect_answer(await world.get(call, query_of({"sessionToken": token, **pairs})))


async def _enters(world: World) -> None:
    meeting = await world.meeting()
    found = expect_success(await _with_token(world, "enter", await _token(world, meeting)))
    expect_names(
        "the answer", found.names, ("fullname", "confname", "internalUserID", "authToken", "role", "customdata")
    )
    expect_equal("fullname", found.texts.get("fullname"), NAME)
    expect_equal("meetingID", found.texts.get("meetingID"), meeting.value("internalMeetingID"))
    expect_equal("externMeetingID", found.texts.get("externMeetingID"), meeting.meeting_id)
    expect_equal("participantCount", (await world.info(meeting)).texts.get("participantCount"), "0")


async def _nobodys_token(world: World) -> None:
    for call in ("enter", "guestWait", "getJoinUrl"):
        expect_failure(await _with_token(world, call, _NOBODY), MessageKey.NO_SESSION)
        expect_failure(expect_answer(await world.get(call, "")), MessageKey.NO_TOKEN)


async def _signs_out(world: World) -> None:
    for query in ("", query_of({"sessionToken": _NOBODY})):
        expect_success(expect_answer(await world.get("signOut", query)))


async def _is_spent(world: World) -> None:
    token = await _token(world, await world.meeting())
    expect_success(await _with_token(world, "signOut", token))
    expect_failure(await _with_token(world, "enter", token), MessageKey.NO_SESSION)


async def _ends_with_meeting(world: World) -> None:
    meeting = await world.meeting()
    token = await _token(world, meeting)
    expect_success(await world.call("end", meetingID=meeting.meeting_id, password=meeting.value("moderatorPW")))

    async def fault() -> str:
        found = await _with_token(world, "enter", token)
        return "" if found.code == BAD else f"the session is still good: {found}"

    await world.wait_until(fault)


async def _waits(world: World) -> None:
    meeting = await world.meeting(guestPolicy="ASK_MODERATOR")
    tokens = [await _token(world, meeting, guest="true") for _ in range(2)]
    for place, token in enumerate(tokens, 1):
        found = expect_success(await _with_token(world, "guestWait", token), MessageKey.GUEST_WAITS)
        expect_equal("guestStatus", found.texts.get("guestStatus"), "WAIT")
        expect_equal("positionInWaitingQueue", found.texts.get("positionInWaitingQueue"), str(place))
    expect_failure(await _with_token(world, "getJoinUrl", tokens[0]))


async def _own_link(world: World) -> None:
    meeting = await world.meeting()
    token = await _token(world, meeting, userID="user-1")
    url = expect_success(await _with_token(world, "getJoinUrl", token)).texts.get("url", "")
    if not urlsplit(url).path.endswith("/join"):
        raise ContractMismatch(f"url leads to {urlsplit(url).path!r}")
    # The endpoint may be reached by another host name than its own.
    answer = await world.get("join", urlsplit(url).query)
    landed = urljoin(url, answer.headers.get("location", ""))
    if "sessionToken=" not in landed:
        raise ContractMismatch(f"its join is refused: {refusal(answer)}")


CASES = (
    beyond(
        _CHAT,
        "an application says something in the chat of a meeting",
        "Since 3.0, sendChatMessage puts a message into the public chat.",
        _says,
        _CHAT,
    ),
    beyond(
        _CHAT,
        "a message that is empty or too long is refused",
        "message has 1 to 500 characters.",
        _says_nothing,
        _CHAT,
    ),
    beyond(_CHAT, "a message needs a checksum", "sendChatMessage is signed as create is.", _unsigned_word, _CHAT),
    decided(
        _CHAT,
        "a message to a meeting that nobody knows is refused",
        "Its messageKey is meetingNotFound.",
        _says_to_nobody,
        _CHAT,
    ),
    beyond(
        "signOut", "signing out succeeds whatever the token", "signOut always answers SUCCESS.", _signs_out, "signOut"
    ),
    decided(
        "signOut",
        "who has signed out has no session any more",
        "A session is spent by leaving.",
        _is_spent,
        "join",
        "enter",
        "signOut",
    ),
    decided(
        "enter",
        "a token alone tells a client who it is, and nobody is in by that",
        "The session token alone counts; enter brings nobody in.",
        _enters,
        "join",
        "enter",
        "getMeetingInfo",
    ),
    decided(
        "enter",
        "a token that nobody has is refused, and one that is not sent",
        "missingSession and missingToken, for enter, guestWait and getJoinUrl.",
        _nobodys_token,
        "enter",
        "guestWait",
        "getJoinUrl",
    ),
    decided(
        "enter",
        "a session ends with its meeting",
        "When a meeting has ended, none of its tokens is good.",
        _ends_with_meeting,
        "join",
        "enter",
        "end",
    ),
    decided(
        "guestWait",
        "guests who wait hear their place in the line",
        "positionInWaitingQueue counts from 1; getJoinUrl is no way round the lobby.",
        _waits,
        "join",
        "guestWait",
        "getJoinUrl",
    ),
    decided(
        "getJoinUrl",
        "a session gets a join link of its own that lets in",
        "getJoinUrl answers a signed URL for the same person.",
        _own_link,
        "join",
        "getJoinUrl",
    ),
)
