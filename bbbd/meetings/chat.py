"""Chat: messages to all and to one person."""

from __future__ import annotations

from bbbd.clock import Moment
from bbbd.meetings.event import Event
from bbbd.meetings.model import ChatMessage, Meeting
from bbbd.meetings.rules import note_activity, rule

#: Messages that a meeting keeps in memory for people who enter later.
CHAT_KEPT = 2000
#: Keys of the last messages of a session, by which a repeated one is recognized.
SAID_KEPT = 50


class Chatted(Event, frozen=True, kw_only=True, tag="Chatted"):
    """A message to all, or to one person. A repeated message has the same ``key`` of its sender.

    A message to all breakout rooms of the parent has no ``user``, and a ``key``.
    """

    user: str
    #: The sender's name, when an application wrote; ``user`` is empty then.
    name: str = ""
    text: str
    to: str = ""
    key: str = ""


class ChatCleared(Event, frozen=True, kw_only=True, tag="ChatCleared"):
    """The public chat was emptied."""

    by: str


EVENTS: tuple[type[Event], ...] = (Chatted, ChatCleared)


@rule(Chatted)
def _(event: Chatted, meeting: Meeting, at: Moment) -> None:
    if not event.user:
        assert event.name
        # An application wrote: no person was active.
        meeting.chat.append(ChatMessage(n=meeting.n + 1, at=at.wall, user="", name=event.name, text=event.text))
        del meeting.chat[:-CHAT_KEPT]
        if event.key:
            meeting.announced += 1
        return
    person = meeting.people[event.user]
    message = ChatMessage(n=meeting.n + 1, at=at.wall, user=event.user, name=person.name, text=event.text, to=event.to)
    meeting.chat.append(message)
    del meeting.chat[:-CHAT_KEPT]
    if event.key:
        said = meeting.sessions[person.session].said
        said.append(event.key)
        del said[:-SAID_KEPT]
    if record := meeting.attended.get(event.user):
        record.chats += 1
    note_activity(meeting, event.user, at)


@rule(ChatCleared)
def _(event: ChatCleared, meeting: Meeting, at: Moment) -> None:
    meeting.chat[:] = [message for message in meeting.chat if message.to]
    note_activity(meeting, event.by, at)
