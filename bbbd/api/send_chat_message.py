"""``sendChatMessage``: posts to the public chat on behalf of the application."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.api.call import Reply, succeed
from bbbd.api.problems import Failed, Problem
from bbbd.api.server import Server
from bbbd.meetings.chat import Chatted
from bbbd.values.fields import given
from bbbd.values.texts import chat_text
from bbbd.values.value_types import ANY_IDENTIFIER, BeyondLimit, ValueType, person_name

#: Length limit in characters, from the contract's later editions.
LONGEST = 500
#: The sender if no visible name is given.
NOBODY = "System"


def _message(given: str) -> str:
    message = chat_text(given)
    if len(message) > LONGEST:
        raise BeyondLimit(f"is too long; allowed is {_MESSAGE.allowed}")
    return message


_MESSAGE = ValueType(f"a text of at most {LONGEST} characters", _message, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendChatMessage:
    """Parameters of ``sendChatMessage``."""

    meeting_id: str = given("meetingID", ANY_IDENTIFIER, "The meeting, by external id or by full internal id.")
    message: str = given("message", _MESSAGE, "The message as plain text.")
    user_name: str = given("userName", person_name(255), "The sender's name as shown.", default=NOBODY)


def send_chat_message(server: Server, params: SendChatMessage) -> Reply:
    """Post a message to the public chat on behalf of the application."""
    meeting = server.meetings.find_live(params.meeting_id)
    if meeting is None:
        raise Failed(Problem.MEETING_NOT_FOUND)
    if not meeting.has("chat"):
        raise Failed(Problem.NO_CHAT)
    if server.meetings.is_full(meeting, server.settings.max_journal):
        raise Failed(Problem.KEEPS_TOO_MUCH)
    server.meetings.happen(meeting, Chatted(user="", name=params.user_name or NOBODY, text=params.message))
    return succeed(("messageKey", ""), ("message", ""))
