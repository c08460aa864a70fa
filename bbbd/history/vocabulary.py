"""What each event of BigBlueButton's ``events.xml`` means for a history.

The vocabulary is that of 2.0 to 2.5, pods included, and of tldraw's versions all but drawings, views and pointers. An
event that makes no sense is left out, as is one of a kind that is not known. Drawings: ``whiteboard.py``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bbbd.history import happenings as seen
from bbbd.history.chat_markup import as_text
from bbbd.history.event_fields import NUMBER, Fields, Senseless
from bbbd.history.events_xml import HALF, POD
from bbbd.history.happenings import Happening
from bbbd.history.xml_text import clean
from bbbd.values.enums import Role

#: The kinds of tracks that are kept.
KEPT_TRACKS = ("microphone", "camera", "screen", "screenSound")
#: Answers of a poll that are kept.
_MOST_ANSWERS = 100
_MOST_COUNTED = 1_000_000_000


def _role(text: str) -> Role:
    return Role.MODERATOR if text.upper() == Role.MODERATOR else Role.VIEWER


class Story:
    """Turns events into happenings, one after the other."""

    def __init__(self) -> None:
        self.begin: int | None = None
        self.now = 0
        self.happenings: list[Happening] = []
        self.is_tldraw = False
        self.webcams_only_for_moderator = False
        self.first = 0
        self.deck = ""
        self.pages: dict[str, int] = {}
        self.presenter = ""
        self.names: dict[str, str] = {}
        self.roles: dict[str, Role] = {}
        self.hands: set[str] = set()
        #: Where in the list a deck's conversion stands.
        self.converted: dict[str, int] = {}
        #: Lines of pencils that are being drawn, by their ids: how many numbers were told, and all numbers;
        #: and how many numbers of drawings were told in all.
        self.numbers = 0
        self.strokes: dict[str, tuple[int, list[float]]] = {}
        #: Kinds and questions of polls, and the polls that were published.
        self.polls: dict[str, tuple[str, str]] = {}
        self.published: set[str] = set()

    def add(self, attributes: Mapping[str, str], children: Mapping[str, str]) -> None:
        """Add an event; one that makes no sense is left out."""
        timestamp = attributes.get("timestamp", "")
        if not NUMBER.fullmatch(timestamp):
            return
        if self.begin is None:
            utc = children.get("timestampUTC", "")
            self.begin = self.now = int(utc) if NUMBER.fullmatch(utc) else int(timestamp)
            self.first = int(timestamp)
        # No time goes back.
        self.now = max(self.now, self.begin + int(timestamp) - self.first)
        kind = (attributes.get("module", ""), attributes.get("eventname", ""))
        if (tell := MEANINGS.get(kind)) is not None:
            fields = Fields(children)
            if kind[0] == "PRESENTATION" and fields.text("podId") not in ("", POD):
                return
            try:
                self.happenings.extend(tell(self, fields, self.now))
            except Senseless:
                return


Meaning = Callable[[Story, Fields, int], Iterator[Happening]]
#: What happened by an event, by its module and name.
MEANINGS: dict[tuple[str, str], Meaning] = {}


def meaning_of(module: str, name: str) -> Callable[[Meaning], Meaning]:
    """Make a function the meaning of an event."""

    def made(tell: Meaning) -> Meaning:
        assert (module, name) not in MEANINGS
        MEANINGS[module, name] = tell
        return tell

    return made


@meaning_of("CONFIG", "MeetingConfigurationEvent")
def _(story: Story, fields: Fields, _at: int) -> Iterator[Happening]:
    story.webcams_only_for_moderator = fields.flag("webcamsOnlyForModerator")
    yield from ()


@meaning_of("PARTICIPANT", "ParticipantJoinEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    user, role = fields.needed("userId"), _role(fields.text("role"))
    story.roles[user], story.names[user] = role, fields.text("name")
    external_id = fields.text("externalUserId") or user
    yield seen.PersonJoined(at=at, user=user, external_id=external_id, name=fields.text("name"), role=role)


@meaning_of("PARTICIPANT", "ParticipantLeftEvent")
def _(_story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    yield seen.PersonLeft(at=at, user=fields.needed("userId"))


@meaning_of("PARTICIPANT", "ParticipantStatusChangeEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    user, status, value = fields.needed("userId"), fields.text("status"), fields.text("value")
    if status == "role":
        story.roles[user] = _role(value)
        yield seen.RoleChanged(at=at, user=user, role=_role(value))
    elif status == "raiseHand" or value == "raiseHand":
        raised = value in ("true", "raiseHand")
        (story.hands.add if raised else story.hands.discard)(user)
        yield seen.HandChanged(at=at, user=user, raised=raised)
    elif status == "emojiStatus" and value == "none":
        if user in story.hands:
            story.hands.discard(user)
            yield seen.HandChanged(at=at, user=user, raised=False)
    elif status in ("emojiStatus", "reactionEmoji") and value not in ("", "none"):
        yield seen.Reacted(at=at, user=user, emoji=value)


@meaning_of("PARTICIPANT", "AssignPresenterEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    story.presenter = user = fields.needed("userid")
    yield seen.PresenterChanged(at=at, user=user, name=fields.text("name"), by=fields.text("assignedBy"))


@meaning_of("PARTICIPANT", "RecordStatusEvent")
def _(_story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    yield seen.RecordingMarked(at=at, on=fields.flag("status"), by=fields.text("userId"))


@meaning_of("CHAT", "PublicChatEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    user = fields.text("senderId")
    role = _role(fields.text("senderRole")) if fields.text("senderRole") else story.roles.get(user, Role.VIEWER)
    yield seen.Chatted(
        at=at,
        user=user,
        name=fields.text("sender"),
        role=role,
        text=as_text(fields.text("message")),
        emphasized=fields.flag("chatEmphasizedText"),
    )


@meaning_of("PRESENTATION", "ConversionCompletedEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    deck = fields.needed("presentationName")
    story.converted[deck] = len(story.happenings)
    yield seen.DeckConverted(at=at, deck=deck, name=fields.text("originalFilename"))


@meaning_of("CHAT", "ClearPublicChatEvent")
def _(_story: Story, _fields: Fields, at: int) -> Iterator[Happening]:
    yield seen.ChatCleared(at=at)


@meaning_of("PRESENTATION", "SetPresentationDownloadable")
def _(story: Story, fields: Fields, _at: int) -> Iterator[Happening]:
    place = story.converted.get(fields.needed("presentationName"))
    if place is not None:
        one = story.happenings[place]
        assert isinstance(one, seen.DeckConverted)
        story.happenings[place] = seen.DeckConverted(
            at=one.at, deck=one.deck, name=one.name, downloadable=fields.flag("downloadable")
        )
    yield from ()


@meaning_of("PRESENTATION", "SharePresentationEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    story.deck = fields.needed("presentationName")
    yield seen.DeckShared(at=at, deck=story.deck)


@meaning_of("BBBD", "PresentationRemovedEvent")
def _(_story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    yield seen.DeckRemoved(at=at, deck=fields.needed("presentationName"))


@meaning_of("PRESENTATION", "SetPresenterInPodEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    # Mostly this repeats that somebody was made the presenter.
    user = fields.needed("nextPresenterId")
    if user != story.presenter:
        story.presenter = user
        yield seen.PresenterChanged(at=at, user=user, name=story.names.get(user, ""))


@meaning_of("PRESENTATION", "GotoSlideEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    deck = fields.text("presentationName") or story.deck
    if not deck:
        raise Senseless("presentationName")
    story.pages[deck] = fields.number("slide") + 1
    yield seen.PageShown(at=at, deck=deck, page=story.pages[deck])


@meaning_of("PRESENTATION", "ResizeAndMoveSlideEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    if story.is_tldraw:
        return
    deck = fields.text("presentationName") or story.deck
    number = fields.text("id").rpartition("/")[2]
    page = int(number) if NUMBER.fullmatch(number) else story.pages.get(deck, 1)
    x, y = (fields.decimal(name) * HALF + 0.0 for name in ("xOffset", "yOffset"))
    w, h = fields.decimal("widthRatio"), fields.decimal("heightRatio")
    if not all(map(math.isfinite, (x, y, w, h))) or w <= 0 or h <= 0:
        x, y, w, h = 0.0, 0.0, 100.0, 100.0
    yield seen.PartViewed(at=at, deck=deck, page=page, x=x, y=y, w=w, h=h)


@meaning_of("VOICE", "ParticipantJoinedEvent")
def _(_story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    user, name = fields.needed("participant"), fields.text("callername")
    yield seen.VoiceJoined(at=at, user=user, name=name, muted=fields.flag("muted"))


@meaning_of("VOICE", "ParticipantMutedEvent")
def _(_story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    yield seen.VoiceMuted(at=at, user=fields.needed("participant"), muted=fields.flag("muted"))


@meaning_of("VOICE", "ParticipantLeftEvent")
def _(_story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    yield seen.VoiceLeft(at=at, user=fields.needed("participant"))


@meaning_of("VOICE", "ParticipantTalkingEvent")
def _(_story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    yield seen.Talking(at=at, user=fields.needed("participant"), on=fields.flag("talking"))


def _kept(name: str, module: str, track: str) -> None:
    """Let a pair of events tell that a file begins and ends."""

    def told(*, on: bool) -> Meaning:
        def tell(_story: Story, fields: Fields, at: int) -> Iterator[Happening]:
            file = fields.needed("filename").rpartition("/")[2].rpartition(".")[0]
            kind, user = fields.text("track") or track, fields.text("userId")
            if file and kind in KEPT_TRACKS:
                yield seen.MediaKept(at=at, user=user, track=kind, file=file, on=on)

        return tell

    meaning_of(module, f"Start{name}")(told(on=True))
    meaning_of(module, f"Stop{name}")(told(on=False))


_kept("RecordingEvent", "VOICE", "microphone")
_kept("WebRTCShareEvent", "bbb-webrtc-sfu", "camera")
_kept("WebRTCDesktopShareEvent", "bbb-webrtc-sfu", "screen")


@meaning_of("POLL", "PollStartedRecordEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    poll, kind, question = fields.needed("pollId"), fields.text("type"), fields.text("question")
    story.polls[poll] = kind, question
    yield seen.PollStarted(
        at=at,
        poll=poll,
        kind=kind,
        question=question,
        options=_poll_options(fields.text("answers")),
        secret=fields.flag("secretPoll"),
    )


@meaning_of("POLL", "UserRespondedToPollRecordEvent")
def _(_story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    yield seen.PollAnswered(
        at=at,
        poll=fields.needed("pollId"),
        user=fields.text("userId"),
        number=fields.number("answerId"),
        answer=fields.text("answer"),
    )


@meaning_of("POLL", "PollStoppedRecordEvent")
def _(_story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    yield seen.PollStopped(at=at, poll=fields.needed("pollId"))


@meaning_of("POLL", "PollPublishedRecordEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    poll = fields.needed("pollId")
    asked, answered = fields.number("numRespondents"), fields.number("numResponders")
    answers = poll_answers(fields.text("answers"), "numVotes")
    yield from poll_result(story, at, poll, fields.text("question"), answers, asked, answered)


def poll_result(
    story: Story,
    at: int,
    poll: str,
    asked: str,
    answers: tuple[seen.PollAnswer, ...],
    respondents: int,
    responders: int,
) -> Iterator[Happening]:
    """Give the result of a poll, unless it was given before."""
    if poll in story.published:
        return
    story.published.add(poll)
    kind, question = story.polls.get(poll, ("", ""))
    yield seen.PollPublished(
        at=at,
        poll=poll,
        kind=kind,
        question=question or asked,
        answers=answers,
        respondents=respondents,
        responders=responders,
    )


@meaning_of("EXTERNAL-VIDEO", "StartExternalVideoRecordEvent")
def _(_story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    yield seen.ExternalVideoStarted(at=at, url=fields.needed("externalVideoUrl"))


@meaning_of("EXTERNAL-VIDEO", "StopExternalVideoRecordEvent")
def _(_story: Story, _fields: Fields, at: int) -> Iterator[Happening]:
    yield seen.ExternalVideoStopped(at=at)


@meaning_of("WHITEBOARD", "WhiteboardCursorMoveEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    # Only the presenter's is shown in recordings, and others may move theirs a million times.
    user, x, y = fields.text("userId"), fields.decimal("xOffset"), fields.decimal("yOffset")
    if user in ("", story.presenter) and not story.is_tldraw and math.isfinite(x) and math.isfinite(y):
        yield seen.CursorMoved(at=at, user=user, x=x, y=y)


@meaning_of("PARTICIPANT", "EndAndKickAllEvent")
def _(_story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    yield seen.MeetingEnded(at=at, reason=fields.text("reason"))


def poll_answers(given: str, votes: str) -> tuple[seen.PollAnswer, ...]:
    """Return the answers of a poll. Raises ``Senseless``."""
    try:
        read: Any = json.loads(given)
        return tuple(
            seen.PollAnswer(number=_count(one["id"]), text=clean(str(one["key"])), votes=_count(one[votes]))
            for one in read[:_MOST_ANSWERS]
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise Senseless("answers") from None


def _poll_options(given: str) -> tuple[str, ...]:
    """Return the texts of a poll's answers. Raises ``Senseless``."""
    try:
        return tuple(clean(str(one["key"])) for one in json.loads(given)[:_MOST_ANSWERS])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Senseless("answers") from None


def _count(given: Any) -> int:
    return min(max(0, int(given)), _MOST_COUNTED)
