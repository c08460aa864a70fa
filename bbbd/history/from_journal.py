"""Reads a meeting's history from the journal that bbbd kept of it: what each of its events tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from bbbd.history import happenings as seen
from bbbd.history.happenings import Facts, Happening, History, UnreadableHistory
from bbbd.history.journal_story import WHOLE, Attendee, PollStory, Story, converted, viewed
from bbbd.meetings import breakouts, chat, config_xml, event, feedback, hands, media, polls, recording, slides
from bbbd.meetings.event import Created, Event, Microphone
from bbbd.meetings.journal_format import DamagedJournal, Line, read_lines
from bbbd.meetings.model import Deck
from bbbd.storage.disk import open_regular

_SPEAKS = (Microphone.MUTED, Microphone.ON)


def read_journal_file(path: Path, record_id: str, most: int) -> History:
    """Return the history in a journal. Raises ``UnreadableHistory`` and ``OSError``."""
    with open_regular(path) as file:
        try:
            return history_of(read_lines(file, record_id), most)
        except DamagedJournal as fault:
            raise UnreadableHistory(f"the journal cannot be read: {fault}") from None


def history_of(lines: Iterable[Line], most: int) -> History:
    """Return the history that a journal's lines tell. Raises ``UnreadableHistory``."""
    story = Story()
    for line in lines:
        if story.created is None:
            story.start(line)
            continue
        story.pass_to(line.at)
        _tell(story, line)
        if len(story.happenings) > most:
            raise UnreadableHistory(f"more than {most} things happened")
    if story.created is None:
        raise UnreadableHistory("the journal has no beginning")
    # Speech is written when it has ended; it began before.
    ordered = sorted(story.happenings, key=lambda one: one.at)
    return History(
        facts=_facts(story.created, tuple(story.rooms)), begin=story.begin, end=story.now, happenings=tuple(ordered)
    )


def _tell(story: Story, line: Line) -> None:
    tell = TELLERS.get(type(line.event))
    try:
        story.happenings += tell(story, line.event, story.now) if tell else ()
    except (KeyError, AssertionError) as fault:
        raise UnreadableHistory(f"the event {line.n} of the journal does not fit those before it: {fault!r}") from None


def _facts(created: Created, rooms: tuple[str, ...]) -> Facts:
    wanted = created.wanted
    return Facts(
        record_id=created.internal_id,
        external_id=wanted.meeting_id,
        name=wanted.name or wanted.meeting_id,
        is_breakout=wanted.is_breakout,
        metadata=dict(wanted.metadata),
        parent_id=created.parent,
        sequence=wanted.sequence or 0,
        free_join=wanted.free_join,
        rooms=rooms,
        webcams_only_for_moderator=wanted.webcams_only_for_moderator,
    )


_Teller = Callable[[Story, Any, int], Iterator[Happening]]
#: The events of which a history tells.
TELLERS: dict[type[Event], _Teller] = {}


#: The events of which it does not: a whole meeting begins one, and what nobody sees in a recording is not in one.
UNTOLD: frozenset[type[Event]] = frozenset(
    (
        Created,
        event.Restored,
        event.Resumed,
        event.InactivityWarned,
        event.SessionEnded,
        event.Waited,
        event.GuestAnswered,
        event.GuestPolicyChanged,
        event.LobbyMessageChanged,
        event.Lost,
        event.Returned,
        event.PresenceAsked,
        event.PresenceConfirmed,
        event.LocksChanged,
        event.LockChanged,
        slides.DeckBegun,
        slides.DeckFailed,
        breakouts.BreakoutsOpened,
        breakouts.BreakoutMoved,
        breakouts.BreakoutsExtended,
        breakouts.BreakoutsAnnounced,
        breakouts.BreakoutsClosed,
        breakouts.BreakoutClosed,
        polls.PollReopened,
        polls.PollClosed,
        breakouts.DurationChanged,
        feedback.Rated,
        recording.RecordingConsent,
        config_xml.ConfigAdded,
    )
)


def _tells(kind: type[Event]) -> Callable[[_Teller], _Teller]:
    """Make a function the one that tells of an event."""

    def made(tell: _Teller) -> _Teller:
        assert kind not in TELLERS
        TELLERS[kind] = tell
        return tell

    return made


@_tells(event.Registered)
def _(story: Story, happened: event.Registered, _at: int) -> Iterator[Happening]:
    story.sessions[happened.token] = happened
    yield from ()


@_tells(event.Joined)
def _(story: Story, happened: event.Joined, at: int) -> Iterator[Happening]:
    session = story.sessions[happened.token]
    person = story.people.setdefault(session.user, Attendee(session.external_id, session.name, session.role))
    person.name, person.token = session.name, session.token
    if not person.inside:
        person.inside, person.role = True, session.role
        yield seen.PersonJoined(
            at=at, user=session.user, external_id=session.external_id, name=session.name, role=session.role
        )
    elif person.role is not session.role:
        person.role = session.role
        yield seen.RoleChanged(at=at, user=session.user, role=session.role)


@_tells(event.Left)
def _(story: Story, happened: event.Left, at: int) -> Iterator[Happening]:
    person = story.people[happened.user]
    if person.voice in _SPEAKS:
        yield seen.VoiceLeft(at=at, user=happened.user)
    person.inside, person.voice = False, Microphone.NONE
    yield seen.PersonLeft(at=at, user=happened.user)


@_tells(event.RoleChanged)
def _(story: Story, happened: event.RoleChanged, at: int) -> Iterator[Happening]:
    person = story.people[happened.user]
    person.role = happened.role
    if person.token:
        # Who leaves and comes back with the same session keeps the role.
        story.sessions[person.token] = msgspec.structs.replace(story.sessions[person.token], role=happened.role)
    yield seen.RoleChanged(at=at, user=happened.user, role=happened.role, by=happened.by)


@_tells(event.PresenterChanged)
def _(story: Story, happened: event.PresenterChanged, at: int) -> Iterator[Happening]:
    if happened.user:
        name = story.people[happened.user].name
        yield seen.PresenterChanged(at=at, user=happened.user, name=name, by=happened.by)


@_tells(media.MediaChanged)
def _(story: Story, happened: media.MediaChanged, at: int) -> Iterator[Happening]:
    person = story.people[happened.user]
    before, person.voice = person.voice, happened.microphone
    muted = happened.microphone is Microphone.MUTED
    if happened.microphone in _SPEAKS and before not in _SPEAKS:
        yield seen.VoiceJoined(at=at, user=happened.user, name=person.name, muted=muted)
    elif happened.microphone in _SPEAKS and before is not happened.microphone:
        yield seen.VoiceMuted(at=at, user=happened.user, muted=muted)
    elif before in _SPEAKS and happened.microphone not in _SPEAKS:
        yield seen.VoiceLeft(at=at, user=happened.user)


@_tells(media.Talked)
def _(story: Story, happened: media.Talked, at: int) -> Iterator[Happening]:
    yield seen.Talking(at=max(story.begin, at - happened.milliseconds), user=happened.user, on=True)
    yield seen.Talking(at=at, user=happened.user, on=False)


def _bare(file: str) -> str:
    """Return a file's name without the ending that Janus', or a page's, has."""
    return file.removesuffix(".mjr").removesuffix(".webm")


@_tells(media.MediaKept)
def _(_story: Story, happened: media.MediaKept, at: int) -> Iterator[Happening]:
    file = _bare(happened.file)
    yield seen.MediaKept(at=at, user=happened.user, track=happened.track.value, file=file, on=not happened.end)


@_tells(media.MediaCut)
def _(_story: Story, happened: media.MediaCut, at: int) -> Iterator[Happening]:
    if happened.file:
        file = _bare(happened.file)
        yield seen.MediaKept(at=at, user=happened.user, track=happened.track.value, file=file, on=False)


@_tells(chat.Chatted)
def _(story: Story, happened: chat.Chatted, at: int) -> Iterator[Happening]:
    if not happened.to:
        name = story.people[happened.user].name if happened.user else happened.name
        yield story.message(at, happened.user, name, happened.text)


@_tells(slides.DeckConverted)
def _(story: Story, happened: slides.DeckConverted, at: int) -> Iterator[Happening]:
    deck = story.decks[happened.deck]
    yield converted(deck, at, happened.name)


@_tells(slides.DeckAdded)
def _(story: Story, happened: slides.DeckAdded, _at: int) -> Iterator[Happening]:
    story.decks[happened.deck] = Deck(deck=happened.deck, document=happened.document)
    yield from ()


@_tells(slides.DeckRemoved)
def _(story: Story, happened: slides.DeckRemoved, at: int) -> Iterator[Happening]:
    if story.stage is not None and story.stage[0] == happened.deck:
        story.stage = None
    yield seen.DeckRemoved(at=at, deck=happened.deck)


@_tells(slides.SlideShown)
def _(story: Story, happened: slides.SlideShown, at: int) -> Iterator[Happening]:
    if story.stage is None or story.stage[0] != happened.deck:
        yield seen.DeckShared(at=at, deck=happened.deck)
    story.stage = (happened.deck, happened.page)
    yield seen.PageShown(at=at, deck=happened.deck, page=happened.page)
    if story.view != WHOLE:
        story.view = WHOLE
        yield viewed(at, story.stage, WHOLE)


@_tells(slides.SlideViewed)
def _(story: Story, happened: slides.SlideViewed, at: int) -> Iterator[Happening]:
    assert story.stage is not None
    story.view = (happened.x, happened.y, happened.w, happened.h)
    yield viewed(at, story.stage, story.view)


@_tells(breakouts.BreakoutOpened)
def _(story: Story, happened: breakouts.BreakoutOpened, _at: int) -> Iterator[Happening]:
    story.rooms[happened.internal_id] = None
    yield from ()


@_tells(recording.RecordingMarked)
def _(_story: Story, happened: recording.RecordingMarked, at: int) -> Iterator[Happening]:
    yield seen.RecordingMarked(at=at, on=happened.on, by=happened.by)


@_tells(chat.ChatCleared)
def _(_story: Story, _happened: chat.ChatCleared, at: int) -> Iterator[Happening]:
    yield seen.ChatCleared(at=at)


@_tells(hands.HandRaised)
def _(_story: Story, happened: hands.HandRaised, at: int) -> Iterator[Happening]:
    yield seen.HandChanged(at=at, user=happened.user, raised=True)


@_tells(hands.HandLowered)
def _(_story: Story, happened: hands.HandLowered, at: int) -> Iterator[Happening]:
    yield seen.HandChanged(at=at, user=happened.user, raised=False)


@_tells(hands.Reacted)
def _(_story: Story, happened: hands.Reacted, at: int) -> Iterator[Happening]:
    yield seen.Reacted(at=at, user=happened.user, emoji=happened.emoji)


@_tells(polls.PollStarted)
def _(story: Story, happened: polls.PollStarted, at: int) -> Iterator[Happening]:
    poll = story.polls[happened.poll] = PollStory(happened)
    yield poll.begun(at)


@_tells(polls.PollVoted)
def _(story: Story, happened: polls.PollVoted, at: int) -> Iterator[Happening]:
    yield from story.polls[happened.poll].answers(at, happened)


@_tells(polls.PollEnded)
def _(story: Story, happened: polls.PollEnded, at: int) -> Iterator[Happening]:
    story.polls[happened.poll].ended = happened
    yield seen.PollStopped(at=at, poll=happened.poll)


@_tells(polls.PollPublished)
def _(story: Story, happened: polls.PollPublished, at: int) -> Iterator[Happening]:
    yield story.polls[happened.poll].result(at)


@_tells(event.Ended)
def _(_story: Story, happened: event.Ended, at: int) -> Iterator[Happening]:
    yield seen.MeetingEnded(at=at, reason=happened.why.value)
