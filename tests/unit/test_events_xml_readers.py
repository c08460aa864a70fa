"""bbbd's events.xml has what three public tools read in one, by their own rules.

They are bbb-events (statistics of attendance, a Ruby library), bbb-presentation-video (the slides as a film), and
BigBlueButton's own scripts (record-and-playback). The tables are their rules: an element that is missing or empty is an
error there.
"""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from lxml import etree

from bbbd.history import happenings as seen
from bbbd.history.events_xml import events_xml
from bbbd.history.happenings import Facts, Happening, History
from bbbd.values.enums import Role

T0 = 1_531_155_809_613
ID = f"{'0' * 40}-{T0}"
DECK = f"{'a' * 40}-{T0}"
EVERYTHING: tuple[Happening, ...] = (
    seen.PersonJoined(at=T0, user="w_a", external_id="ada", name="Ada", role=Role.MODERATOR),
    seen.PresenterChanged(at=T0 + 1, user="w_a", name="Ada"),
    seen.RecordingMarked(at=T0 + 2, on=True, by="w_a"),
    seen.DeckConverted(at=T0 + 3, deck=DECK, name="a.pdf"),
    seen.DeckShared(at=T0 + 4, deck=DECK),
    seen.PageShown(at=T0 + 5, deck=DECK, page=2),
    seen.PartViewed(at=T0 + 6, deck=DECK, page=2, x=25, y=10, w=50, h=40),
    seen.Chatted(at=T0 + 7, user="w_a", name="Ada", role=Role.MODERATOR, text="Hello", emphasized=True),
    seen.Chatted(at=T0 + 8, user="", name="Timer", role=Role.VIEWER, text="5 minutes"),
    seen.ChatCleared(at=T0 + 9),
    seen.HandChanged(at=T0 + 10, user="w_a", raised=True),
    seen.HandChanged(at=T0 + 11, user="w_a", raised=False),
    seen.Reacted(at=T0 + 12, user="w_a", emoji="🎉"),
    seen.RoleChanged(at=T0 + 13, user="w_a", role=Role.VIEWER),
    seen.VoiceJoined(at=T0 + 14, user="w_a", name="Ada", muted=False),
    seen.Talking(at=T0 + 15, user="w_a", on=True),
    seen.VoiceMuted(at=T0 + 16, user="w_a", muted=True),
    seen.VoiceLeft(at=T0 + 17, user="w_a"),
    seen.PollStarted(at=T0 + 18, poll="p/1/2", kind="YN", question="", options=("Yes",)),
    seen.PollAnswered(at=T0 + 18, poll="p/1/2", user="w_a", number=0, answer="Yes"),
    seen.PollStopped(at=T0 + 18, poll="p/1/2"),
    seen.PollPublished(
        at=T0 + 18,
        poll="p/1/2",
        kind="YN",
        question="",
        answers=(seen.PollAnswer(number=0, text="Yes", votes=1),),
        respondents=2,
        responders=1,
    ),
    seen.CursorMoved(at=T0 + 19, user="w_a", x=1, y=2),
    *(
        seen.ShapeDrawn(
            at=T0 + 20, deck=DECK, page=1, shape="s", user="w_a", kind=kind, points=(1.0, 2.0, 3.0, 4.0), text="x"
        )
        for kind in ("pencil", "line", "rectangle", "ellipse", "triangle", "text")
    ),
    seen.ShapeUndone(at=T0 + 21, deck=DECK, page=1, shape="s"),
    seen.PageCleared(at=T0 + 22, deck=DECK, page=1),
    seen.ExternalVideoStarted(at=T0 + 23, url="https://a.example"),
    seen.ExternalVideoStopped(at=T0 + 24),
    seen.DeckRemoved(at=T0 + 25, deck=DECK),
    seen.PersonLeft(at=T0 + 26, user="w_a"),
    seen.MeetingEnded(at=T0 + 27, reason="ENDED_FROM_API"),
)
HISTORY = History(facts=Facts(record_id=ID, external_id="m", name="M"), begin=T0, end=T0 + 27, happenings=EVERYTHING)
#: Of bbb-presentation-video: what it knows in the modules in which it takes an unknown event for an error, and the
#: elements that it asks for; of the participants' those it reads.
FILM = {
    "GotoSlideEvent": "slide",
    "ResizeAndMoveSlideEvent": "xOffset yOffset widthRatio heightRatio",
    "SetPresenterInPodEvent": "nextPresenterId podId",
    "SharePresentationEvent": "presentationName",
    "CreatePresentationPodEvent": "",
    "ConversionCompletedEvent": "",
    "SetPresentationDownloadable": "",
    "AddShapeEvent": "type dataPoints pageNumber status",
    "ClearWhiteboardEvent": "pageNumber",
    "UndoAnnotationEvent": "pageNumber",
    "WhiteboardCursorMoveEvent": "xOffset yOffset userId",
    "ParticipantJoinEvent": "userId name",
    "ParticipantLeftEvent": "userId",
    "RecordStatusEvent": "status",
}
#: Of its shapes, by type.
SHAPES = dict.fromkeys(("pencil", "line", "rectangle", "ellipse", "triangle"), "color thickness") | {
    "text": "textBoxWidth textBoxHeight fontColor fontSize calcedFontSize"
}
#: Of bbb-events.
STATISTICS = {
    "ParticipantJoinEvent": "userId externalUserId name role",
    "ParticipantLeftEvent": "userId",
    "ConversionCompletedEvent": "originalFilename",
    "ParticipantStatusChangeEvent": "userId status value",
    "ParticipantTalkingEvent": "participant talking",
    "ParticipantMutedEvent": "participant muted",
    "PollStartedRecordEvent": "pollId type answers",
    "UserRespondedToPollRecordEvent": "pollId userId answerId",
    "PollPublishedRecordEvent": "pollId",
}
#: Of BigBlueButton's scripts.
SCRIPTS = {
    "PublicChatEvent": "sender senderRole chatEmphasizedText message",
    "RecordStatusEvent": "status",
    "StartExternalVideoRecordEvent": "externalVideoUrl",
    "ResizeAndMoveSlideEvent": "xOffset yOffset widthRatio heightRatio",
    "PollPublishedRecordEvent": "pollId answers numRespondents numResponders",
}


@pytest.fixture(scope="module")
def root() -> etree._Element:
    return etree.fromstring("".join(events_xml(HISTORY)).encode())


def named(root: etree._Element, name: str, *modules: str) -> list[etree._Element]:
    """Return the events of a name, of some modules or of all."""
    every = (event for event in root.iter("event") if event.get("eventname") == name)
    return [event for event in every if not modules or event.get("module") in modules]


@pytest.mark.parametrize("rules", [FILM, STATISTICS, SCRIPTS], ids=["presentation-video", "events", "scripts"])
def test_every_element_that_a_tool_asks_for_is_there(root: etree._Element, rules: dict[str, str]) -> None:
    for name, children in rules.items():
        # A person leaves the meeting and the sound by events of one name.
        modules = ("PARTICIPANT",) if name == "ParticipantLeftEvent" else ()
        found = named(root, name, *modules)
        assert found, name
        for event in found:
            for child in children.split():
                assert event.findtext(child), (name, child)
    drawn = named(root, "AddShapeEvent")
    assert {event.findtext("type") for event in drawn} == SHAPES.keys()
    for event in drawn:
        for child in SHAPES[str(event.findtext("type"))].split():
            assert event.findtext(child), child


def test_no_event_is_unknown_to_the_tool_that_stops_at_one(root: etree._Element) -> None:
    strict = (event for event in root.iter("event") if event.get("module") in ("PRESENTATION", "WHITEBOARD"))
    assert {event.get("eventname") for event in strict} <= FILM.keys()


def test_times_and_versions_are_as_readers_take_them(root: etree._Element) -> None:
    # The first time must not be 0, which one tool takes for none; a version from 2.6 on would promise tldraw's events.
    times = [int(str(event.get("timestamp"))) for event in root.iter("event")]
    assert times == sorted(times)
    assert times[0] == T0
    version = re.fullmatch(r"(\d+)\.(\d+)\.\d+", str(root.get("bbb_version")))
    assert version
    assert (2, 1) <= (int(version[1]), int(version[2])) < (2, 6)
    for event, time in zip(root.iter("event"), times, strict=True):
        assert event.findtext("timestampUTC") == str(time)
        assert datetime.fromisoformat(str(event.findtext("date"))).timestamp() * 1000 == pytest.approx(time)
    assert root.find("metadata") is not None
    assert root.find("meeting") is not None


def test_a_message_has_a_sender_who_came_in_or_none(root: etree._Element) -> None:
    # The scripts look every id up, and stop at one that they do not find.
    people = {event.findtext("userId") for event in named(root, "ParticipantJoinEvent")}
    senders = [event.findtext("senderId") for event in named(root, "PublicChatEvent")]
    assert senders == ["w_a", None]
    assert {sender for sender in senders if sender} <= people
