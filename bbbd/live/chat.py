"""Chat: messages to all and to one person.

The snapshot has ``chat`` (the last 100 messages that the viewer may see, oldest first) and ``more`` (whether there are
others). A message is ``n``, ``at``, ``user``, ``name``, ``text`` and ``to`` (``""`` for all). ``user`` is ``""`` where
an application wrote (``sendChatMessage``). The answer ``chat`` has ``id``, ``with``, ``messages`` and ``more``.
"""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

import msgspec

from bbbd.clock import Moment
from bbbd.live.commands import Answer, DirectReply, Repeated, Who, cleaned, command, need, other_person
from bbbd.live.feature import Feature
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey
from bbbd.live.rate_limits import Rate
from bbbd.live.visibility import Viewer, VisibleEvent, facts_of, is_locked, view
from bbbd.meetings.chat import ChatCleared, Chatted
from bbbd.meetings.model import ChatMessage, Meeting, Person, is_moderator

#: Characters of a message.
LONGEST_TEXT = 5000
#: Messages in a snapshot, and in the answer to ``chat.more``.
CHAT_AT_ONCE = 100


class Say(ClientMessage, frozen=True, kw_only=True, tag="chat.say"):
    """Write to all, or to one person. The same ``id`` from the same tab is written once, however often it is sent."""

    text: str
    to: Annotated[str, msgspec.Meta(max_length=64)] = ""


class More(ClientMessage, frozen=True, kw_only=True, tag="chat.more"):
    """Ask for the 100 messages before one: of the public chat, or with one person. The answer is ``chat``."""

    before: int
    with_: Annotated[str, msgspec.Meta(max_length=64)] = msgspec.field(default="", name="with")


class Clear(ClientMessage, frozen=True, kw_only=True, tag="chat.clear"):
    """Empty the public chat."""


@command(Say, rate=Rate(0.5, 5), shared_rate=Rate(20, 40), fills=Chatted)
def _(message: Say, meeting: Meeting, person: Person, tab: str) -> Answer:
    key = f"{tab}:{message.id}" if tab and message.id is not None else ""
    if key and key in meeting.sessions[person.session].said:
        return Repeated()
    need(meeting, "chat")
    text = cleaned(message.text, LONGEST_TEXT)
    if message.to:
        need(meeting, "privateChat")
        other = other_person(meeting, message.to)
        if other.user == person.user:
            raise CommandRefused(RefusalKey.MALFORMED, "nobody writes to themselves")
        # A locked viewer may still turn to a moderator.
        if is_locked(meeting, person, "lock_private_chat") and not is_moderator(other):
            raise CommandRefused(RefusalKey.LOCKED, "private chat is locked")
    elif is_locked(meeting, person, "lock_public_chat"):
        raise CommandRefused(RefusalKey.LOCKED, "the chat is locked")
    return [Chatted(user=person.user, text=text, to=message.to, key=key)]


@command(Clear, who=Who.MODERATORS)
def _(_message: Clear, _meeting: Meeting, person: Person, _tab: str) -> Answer:
    return [ChatCleared(by=person.user)]


@command(More)
def _(message: More, meeting: Meeting, person: Person, _tab: str) -> Answer:
    found, more = older(meeting, person.user, message.before, message.with_)
    return DirectReply("chat", {"with": message.with_, "messages": found, "more": more})


def describe_message(message: ChatMessage) -> dict[str, Any]:
    """Return a line of the chat."""
    return {
        "n": message.n,
        "at": message.at,
        "user": message.user,
        "name": message.name,
        "text": message.text,
        "to": message.to,
    }


def concerns(message: ChatMessage, user: str) -> bool:
    """Return whether a line of the chat is for a user."""
    return not message.to or user in (message.to, message.user)


@view(Chatted)
def _(event: Chatted, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``user``, ``name``, ``text``, ``to``, and ``key``: ``<tab>:<id>`` of the sender, if there were both."""
    # A message has its sender's name, also for viewers from whom the sender is hidden in the list.
    message = meeting.chat[-1]
    facts = facts_of(event, user=event.user, name=message.name, text=event.text, to=event.to)
    if event.key:
        facts["key"] = event.key
    return VisibleEvent(facts, to=frozenset((event.user, event.to)) if event.to else None)


@view(ChatCleared)
def _(event: ChatCleared, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``by``."""
    return VisibleEvent(facts_of(event, by=event.by))


def older(meeting: Meeting, user: str, before: int, other: str) -> tuple[list[dict[str, Any]], bool]:
    """Return the messages before one, oldest first, and whether there are more: public, or those with ``other``."""

    def wanted(message: ChatMessage) -> bool:
        if not other:
            return not message.to
        return {message.user, message.to} == {user, other}

    found = (one for one in reversed(meeting.chat) if one.n < before and wanted(one))
    taken = list(islice(found, CHAT_AT_ONCE + 1))
    return [describe_message(one) for one in reversed(taken[:CHAT_AT_ONCE])], len(taken) > CHAT_AT_ONCE


def _for_all(meeting: Meeting) -> dict[str, Any]:
    return _latest(meeting, "")


def _for_viewer(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    return _latest(meeting, viewer.user) if any(message.to for message in meeting.chat) else {}


def _latest(meeting: Meeting, user: str) -> dict[str, Any]:
    own = [message for message in meeting.chat if concerns(message, user)]
    return {"chat": [describe_message(one) for one in own[-CHAT_AT_ONCE:]], "more": len(own) > CHAT_AT_ONCE}


FEATURE = Feature(
    __name__,
    "Chat",
    __doc__,
    messages=(Say, More, Clear),
    for_all=_for_all,
    for_viewer=_for_viewer,
    limits={"chat": LONGEST_TEXT},
)
