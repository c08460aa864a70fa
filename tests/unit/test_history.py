"""Histories: of journals, of BigBlueButton's events.xml, and written as one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from harness import BEGUN
from hypothesis import given
from hypothesis import strategies as st

from bbbd.api.query import read_query
from bbbd.clock import Moment
from bbbd.history import happenings as seen
from bbbd.history.chat_markup import as_markup, as_text
from bbbd.history.events_xml import events_xml
from bbbd.history.from_events_xml import read_events_file
from bbbd.history.from_journal import TELLERS, UNTOLD, history_of, read_journal_file
from bbbd.history.happenings import Facts, Happening, History, UnreadableHistory
from bbbd.history.vocabulary import KEPT_TRACKS
from bbbd.history.xml_text import clean
from bbbd.meetings import breakouts, chat, event, fold, hands, media, recording, slides
from bbbd.meetings.create_parameters import Create, Document
from bbbd.meetings.event import Created, Event, Microphone
from bbbd.meetings.features import EVENTS
from bbbd.meetings.journal_format import DamagedJournal, Line, read_lines, write_head, write_line
from bbbd.settings.settings import Settings
from bbbd.values.enums import GuestStatus, Role
from bbbd.values.fields import read

T0 = int(BEGUN * 1000)
ID = f"{'0' * 40}-{T0}"
MOST = 10_000


def created() -> Created:
    wanted = replace(read(Create, read_query(b"meetingID=m1&name=M"), Settings()), documents=(Document(name="a.pdf"),))
    return Created(
        internal_id=ID,
        create_time=T0,
        wanted=wanted,
        attendee_pw="a",
        moderator_pw="m",
        voice_bridge="70000",
        record=True,
    )


def joined(user: str, name: str = "Ada", role: Role = Role.VIEWER, token: str = "") -> list[Event]:
    token = token or f"token-{user}"
    session = event.Registered(
        token=token,
        auth_token="x",
        user=user,
        external_id=f"e-{user}",
        name=name,
        role=role,
        guest=False,
        status=GuestStatus.ALLOW,
    )
    return [session, event.Joined(token=token)]


def lines(*events: Event | tuple[int, Event]) -> list[Line]:
    """Return lines a second apart, but for events with a time of their own in milliseconds after the creation."""
    found = []
    for number, one in enumerate(events):
        after, happened = one if isinstance(one, tuple) else (number * 1000, one)
        found.append(Line(number + 1, T0 + after, happened))
    return found


def told(*events: Event | tuple[int, Event]) -> list[Happening]:
    return list(history_of(lines(created(), *events), MOST).happenings)


def test_a_history_tells_of_every_event_or_does_not_on_purpose() -> None:
    assert set(TELLERS) | UNTOLD == set(EVENTS)
    assert not set(TELLERS) & UNTOLD


def test_a_journal_of_an_earlier_bbbd_is_read() -> None:
    path = Path(__file__).parent.parent / "data" / "journal-1.jsonl"
    record_id = json.loads(path.read_text().partition("\n")[0])["meeting"]
    history = read_journal_file(path, record_id, MOST)
    assert (history.facts.name, history.facts.metadata) == ("Golden", {"k": "v"})
    assert [one.name for one in history.happenings if isinstance(one, seen.PersonJoined)] == ["Ada 🎉", "Vi"]


@pytest.mark.parametrize(
    "happened",
    [
        event.Joined(token="nobody's"),
        event.Left(user="w_x"),
        chat.Chatted(user="w_x", text="x"),
        slides.DeckConverted(deck="none", key="k", pages=1),
        slides.SlideViewed(x=0, y=0, w=10, h=10, by="w_x"),
    ],
)
def test_events_that_do_not_fit_make_no_history(happened: Event) -> None:
    with pytest.raises(UnreadableHistory, match="the event 2 of the journal does not fit"):
        told(happened)


def test_people_come_in_once_and_keep_their_role() -> None:
    ada = joined("w_a", role=Role.MODERATOR)
    # The second session takes the place of the first; a lost person who returns by their own session is one who joins.
    again = joined("w_a", "Ada B.", Role.VIEWER, token="other")
    found = told(*ada, *again, event.Left(user="w_a", why=event.LeaveReason.LOST), event.Joined(token="other"))
    assert [type(one).__name__ for one in found] == ["PersonJoined", "RoleChanged", "PersonLeft", "PersonJoined"]
    assert isinstance(found[-1], seen.PersonJoined)
    assert (found[-1].name, found[-1].role) == ("Ada B.", Role.VIEWER)


def test_private_messages_are_in_no_history() -> None:
    people = joined("w_a") + joined("w_b", "Bob")
    found = told(*people, chat.Chatted(user="w_a", text="all"), chat.Chatted(user="w_a", text="secret", to="w_b"))
    assert [one.text for one in found if isinstance(one, seen.Chatted)] == ["all"]


def test_an_application_has_the_name_that_it_gave() -> None:
    [message] = told(chat.Chatted(user="", name="Timer", text="Five minutes"))
    assert message == seen.Chatted(at=T0 + 1000, user="", name="Timer", role=Role.VIEWER, text="Five minutes")


def test_speech_begins_before_it_is_written() -> None:
    people = joined("w_a")
    found = told(
        *people,
        (5000, media.MediaChanged(user="w_a", microphone=Microphone.ON)),
        (20_000, chat.Chatted(user="w_a", text="x")),
        (22_000, media.Talked(user="w_a", milliseconds=4000)),
        (30_000, event.Left(user="w_a")),
    )
    assert [(type(one).__name__, one.at - T0) for one in found[1:]] == [
        ("VoiceJoined", 5000),
        ("Talking", 18_000),
        ("Chatted", 20_000),
        ("Talking", 22_000),
        ("VoiceLeft", 30_000),
        ("PersonLeft", 30_000),
    ]


def test_a_clock_that_is_set_back_takes_no_time_back() -> None:
    marks = [
        (10_000, recording.RecordingMarked(on=True)),
        (-3_600_000, recording.RecordingMarked(on=False)),
        (-3_590_000, recording.RecordingMarked(on=True)),
    ]
    history = history_of(lines(created(), *marks), MOST)
    assert [one.at - T0 for one in history.happenings] == [10_000, 10_000, 20_000]
    assert history.end - history.begin == 20_000


def test_a_new_page_is_shown_whole() -> None:
    deck = f"{'1' * 40}-{T0}"
    show = [
        slides.SlideShown(deck=deck, page=1),
        slides.SlideViewed(x=10, y=10, w=50, h=50, by="w_a"),
        slides.SlideShown(deck=deck, page=2),
        slides.SlideShown(deck=deck, page=3),
    ]
    views = [(one.page, one.w) for one in told(*show) if isinstance(one, seen.PartViewed)]
    assert views == [(1, 50), (2, 100)]


def test_decks_hands_roles_sound_and_rooms_are_told() -> None:
    found = told(
        *joined("w_a", role=Role.MODERATOR),
        slides.DeckAdded(deck="d-1", document=Document(name="b.pdf", downloadable=True)),
        slides.DeckConverted(deck="d-1", key="k", pages=1, name="better.pdf"),
        slides.SlideShown(deck="d-1", page=1),
        slides.DeckRemoved(deck="d-1", by="w_a"),
        hands.HandRaised(user="w_a"),
        hands.HandLowered(user="w_a"),
        hands.Reacted(user="w_a", emoji="🎉"),
        event.RoleChanged(user="w_a", role=Role.VIEWER, by="w_a"),
        event.PresenterChanged(user="w_a"),
        event.PresenterChanged(user=""),
        media.MediaChanged(user="w_a", microphone=Microphone.LISTEN),
        media.MediaChanged(user="w_a", microphone=Microphone.MUTED),
        media.MediaChanged(user="w_a", microphone=Microphone.ON),
        media.MediaChanged(user="w_a", microphone=Microphone.NONE),
        event.Left(user="w_a", why=event.LeaveReason.LOST),
        # With the session of before a person has the role of before.
        event.Joined(token="token-w_a"),
        chat.ChatCleared(by="w_a"),
        event.Ended(why=event.EndReason.API),
    )
    assert [replace(one, at=0) for one in found[1:]] == [
        seen.DeckConverted(at=0, deck="d-1", name="better.pdf", downloadable=True),
        seen.DeckShared(at=0, deck="d-1"),
        seen.PageShown(at=0, deck="d-1", page=1),
        seen.DeckRemoved(at=0, deck="d-1"),
        seen.HandChanged(at=0, user="w_a", raised=True),
        seen.HandChanged(at=0, user="w_a", raised=False),
        seen.Reacted(at=0, user="w_a", emoji="🎉"),
        seen.RoleChanged(at=0, user="w_a", role=Role.VIEWER, by="w_a"),
        seen.PresenterChanged(at=0, user="w_a", name="Ada"),
        seen.VoiceJoined(at=0, user="w_a", name="Ada", muted=True),
        seen.VoiceMuted(at=0, user="w_a", muted=False),
        seen.VoiceLeft(at=0, user="w_a"),
        seen.PersonLeft(at=0, user="w_a"),
        seen.PersonJoined(at=0, user="w_a", external_id="e-w_a", name="Ada", role=Role.VIEWER),
        seen.ChatCleared(at=0),
        seen.MeetingEnded(at=0, reason="ENDED_FROM_API"),
    ]


def test_a_parent_lists_its_rooms_and_a_room_its_parent() -> None:
    opened = breakouts.BreakoutOpened(internal_id="room", external_id="r", sequence=1)
    assert history_of(lines(created(), opened), MOST).facts.rooms == ("room",)
    room = replace(created().wanted, is_breakout=True, sequence=2, free_join=True)
    facts = history_of(lines(msgspec.structs.replace(created(), wanted=room, parent="p")), MOST).facts
    assert (facts.is_breakout, facts.parent_id, facts.sequence, facts.free_join) == (True, "p", 2, True)
    text = "".join(events_xml(History(facts=facts, begin=T0, end=T0, happenings=())))
    assert '<breakout meetingId="' in text
    assert 'parentMeetingId="p" sequence="2" freeJoin="true"/>' in text


def test_the_stage_of_a_lost_journal_is_told() -> None:
    meeting = fold.begin(created(), Moment(T0, 0))
    [deck] = meeting.decks
    for one in (
        *joined("w_a"),
        slides.DeckConverted(deck=deck, key="k", pages=3),
        slides.SlideShown(deck=deck, page=2),
        slides.SlideViewed(x=10, y=10, w=50, h=50, by="w_a"),
        event.Left(user="w_a"),
    ):
        fold.apply(meeting, one, Moment(T0 + 1000, 1000))
    left = fold.as_restored(meeting, Moment(T0 + 2000, 2000))
    found = history_of([Line(9, T0 + 2000, left)], MOST).happenings
    assert [(type(one).__name__, one.at - T0) for one in found] == [
        ("DeckConverted", 0),
        ("DeckShared", 0),
        ("PageShown", 0),
        ("PartViewed", 0),
        ("PersonJoined", 1000),
        ("PersonLeft", 1000),
    ]


def test_a_journal_that_was_lost_tells_what_is_left() -> None:
    events = [
        *joined("w_a", role=Role.MODERATOR),
        chat.Chatted(user="w_a", text="early"),
        recording.RecordingMarked(on=True, by="w_a"),
    ]
    meeting = fold.begin(created(), Moment(T0, 0))
    for number, one in enumerate(events, 1):
        fold.apply(meeting, one, Moment(T0 + number * 1000, number * 1000))
    left = fold.as_restored(meeting, Moment(T0 + 60_000, 60_000))
    after = chat.Chatted(user="w_a", text="late")
    history = history_of([Line(9, T0 + 60_000, left), Line(10, T0 + 70_000, after)], MOST)
    assert [(type(one).__name__, one.at - T0) for one in history.happenings] == [
        ("PersonJoined", 2000),
        ("Chatted", 3000),
        ("RecordingMarked", 4000),
        ("Chatted", 70_000),
    ]
    assert (history.facts.external_id, history.begin, history.end) == ("m1", T0, T0 + 70_000)


def written(*events: Line) -> bytes:
    return write_head(ID) + b"".join(map(write_line, events))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (written(*lines(created())), ""),
        (written(*lines(created()))[:-5], ""),
        (written(Line(1, T0, created()), Line(3, T0, chat.ChatCleared(by="x"))), "has number 3, after 1"),
        (
            written(*lines(created(), chat.ChatCleared(by="x"), chat.ChatCleared(by="y"))).replace(b'"x"', b'"z"'),
            "line 3 is damaged and good ones follow it",
        ),
        (write_head("f" * 40 + "-1531155809613"), "is the journal of ffff"),
    ],
)
def test_a_journal_is_read_up_to_a_torn_end_and_no_further(data: bytes, says: str) -> None:
    if says:
        with pytest.raises(DamagedJournal, match=says):
            list(read_lines(BytesIO(data), ID))
    else:
        assert len(list(read_lines(BytesIO(data), ID))) <= 1


def test_a_journal_without_a_beginning_makes_no_history(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for data, says in ((write_head(ID), "no beginning"), (written(Line(1, T0, chat.ChatCleared(by="x"))), "creation")):
        path.write_bytes(data)
        with pytest.raises(UnreadableHistory, match=says):
            read_journal_file(path, ID, MOST)
    path.write_bytes(written(*lines(created(), *[chat.ChatCleared(by="x")] * 30)))
    with pytest.raises(UnreadableHistory, match="more than 20 things"):
        read_journal_file(path, ID, 20)


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("a < b & \"c\" 'd'", "a &lt; b &amp; &quot;c&quot; 'd'"),
        ("one\ntwo", "one\ntwo"),
        ("<br/>", "&lt;br/&gt;"),
        (
            "see http://a.example/b?c=1&d=2.",
            'see <a href="http://a.example/b?c=1&amp;d=2" rel="nofollow"><u>http://a.example/b?c=1&amp;d=2</u></a>.',
        ),
        (
            "(https://a.example/b_(c))",
            '(<a href="https://a.example/b_(c)" rel="nofollow"><u>https://a.example/b_(c)</u></a>)',
        ),
        ("https:// javascript:x http://", "https:// javascript:x http://"),
        ("", ""),
    ],
)
def test_chat_is_escaped_and_links_are_wrapped(text: str, markup: str) -> None:
    assert as_markup(text) == markup
    assert as_text(markup) == text


def test_line_ends_of_other_servers_are_line_ends() -> None:
    assert as_text("one<br/>two<br>three<BR />four &lt;br/&gt;") == "one\ntwo\nthree\nfour <br/>"


@given(st.text())
def test_chat_comes_back_as_it_was_typed(text: str) -> None:
    assert as_text(as_markup(text)) == text


NAMES = st.text(max_size=6).map(clean).map(str.strip)
USERS = st.sampled_from(["w_a", "w_b_2", "w_ü"])
WORDS = st.sampled_from(["a-1", "b-2", "c-3"])
ROLES = st.sampled_from(Role)
NUMBERS = st.floats(-1000, 1000, allow_subnormal=False).map(lambda number: number + 0.0)
SIZES = st.floats(0.001, 1000)
TEXTS: dict[str, st.SearchStrategy[Any]] = {
    "user": USERS,
    "by": st.just(""),
    "external_id": USERS,
    "name": NAMES,
    "text": NAMES,
    "role": ROLES,
    "deck": WORDS,
    "emoji": WORDS,
    "url": WORDS.map("https://a.example/{}".format),
    "page": st.integers(1, 99),
    "x": NUMBERS,
    "y": NUMBERS,
    "w": SIZES,
    "h": SIZES,
    "reason": WORDS,
    "poll": WORDS,
    "kind": WORDS,
    "track": st.sampled_from(KEPT_TRACKS),
    "file": WORDS,
    "question": NAMES,
    "options": st.lists(NAMES, max_size=3).map(tuple),
    "number": st.integers(0, 9),
    "answer": NAMES,
    "respondents": st.integers(0, 99),
    "responders": st.integers(0, 99),
    "shape": WORDS,
    "answers": st.lists(
        st.builds(seen.PollAnswer, number=st.integers(0, 9), text=NAMES, votes=st.integers(0, 99)), max_size=3
    ).map(tuple),
}


#: Drawings have what their kind has.
POINTS = st.lists(NUMBERS, min_size=4, max_size=4).map(tuple)
DRAWN = {"at": st.just(0), "deck": WORDS, "page": st.integers(1, 9), "shape": WORDS, "user": USERS, "points": POINTS}
COLORS = st.integers(0, 0xFFFFFF)
DRAWINGS = st.one_of(
    st.builds(
        seen.ShapeDrawn,
        **DRAWN,
        kind=st.sampled_from(["rectangle", "ellipse"]),
        color=COLORS,
        thickness=SIZES,
        is_filled=st.booleans(),
        is_even=st.booleans(),
    ),
    st.builds(
        seen.ShapeDrawn,
        **DRAWN,
        kind=st.just("pencil"),
        color=COLORS,
        thickness=SIZES,
        commands=st.lists(st.integers(1, 4), max_size=3).map(tuple),
    ),
    st.builds(
        seen.ShapeDrawn,
        **DRAWN,
        kind=st.just("text"),
        color=COLORS,
        text=NAMES,
        font_size=SIZES,
        box=st.tuples(SIZES, SIZES),
    ),
    st.builds(seen.PageCleared, at=st.just(0), deck=WORDS, page=st.integers(1, 9), user=st.sampled_from(["", "w_a"])),
)


def _any(kind: type[Happening]) -> st.SearchStrategy[Happening]:
    if kind in (seen.ShapeDrawn, seen.PageCleared):
        return DRAWINGS
    given_by = {one.name: TEXTS.get(one.name, st.booleans()) for one in fields(kind) if one.name != "at"}
    return st.builds(kind, at=st.just(0), **given_by)


KINDS: Sequence[type[Happening]] = [
    kind
    for kind in vars(seen).values()
    if isinstance(kind, type) and issubclass(kind, Happening) and kind not in (Happening, seen.MeetingEnded)
]
HAPPENINGS = st.lists(st.tuples(st.integers(0, 1000), st.one_of([_any(kind) for kind in KINDS])), max_size=12)
FACTS = st.builds(
    Facts,
    record_id=st.just(ID),
    external_id=NAMES.filter(bool),
    name=NAMES.filter(bool),
    is_breakout=st.booleans(),
    metadata=st.dictionaries(st.sampled_from(["course", "bbb-origin"]), NAMES, max_size=3),
    parent_id=st.just(""),
    rooms=st.lists(WORDS, max_size=2).map(tuple),
    webcams_only_for_moderator=st.booleans(),
)


def _as_begun(one: seen.PollPublished, start: seen.PollStarted) -> seen.PollPublished:
    return replace(one, kind=start.kind, question=start.question or one.question)


def _normal(history: History) -> History:
    """Return a history with one of each poll and deck, every poll begun, and with the presenter's pointer alone."""
    kept: list[Happening] = []
    begun: dict[str, seen.PollStarted] = {}
    names: set[tuple[str, str]] = set()
    presenter = ""
    for one in history.happenings:
        presenter = one.user if isinstance(one, seen.PresenterChanged) else presenter
        if isinstance(one, seen.CursorMoved) and one.user != presenter:
            continue
        if isinstance(one, seen.PollStarted):
            if one.poll in begun:
                continue
            begun[one.poll] = one
        if isinstance(one, seen.PollPublished):
            options = tuple(answer.text for answer in one.answers)
            if one.poll not in begun:
                begun[one.poll] = seen.PollStarted(
                    at=one.at, poll=one.poll, kind=one.kind, question=one.question, options=options
                )
                kept.append(begun[one.poll])
        own = ("poll", one.poll) if isinstance(one, seen.PollPublished) else ("", "")
        if isinstance(one, seen.DeckConverted):
            own = ("deck", one.deck)
        if own[0] and own in names:
            continue
        names.add(own)
        kept.append(_as_begun(one, begun[one.poll]) if isinstance(one, seen.PollPublished) else one)
    return History(facts=history.facts, begin=history.begin, end=history.end, happenings=tuple(kept))


@given(FACTS, HAPPENINGS)
def test_a_history_comes_back_from_events_xml(
    tmp_path_factory: pytest.TempPathFactory, facts: Facts, happened: list[tuple[int, Happening]]
) -> None:
    now, found = T0, []
    for after, one in happened:
        now += after
        found.append(replace(one, at=now))
    ended = seen.MeetingEnded(at=now, reason="ENDED")
    history = _normal(History(facts=facts, begin=T0, end=now, happenings=(*found, ended)))
    text = "".join(events_xml(history))
    path = tmp_path_factory.getbasetemp() / "events.xml"
    path.write_text(text, "utf-8", newline="")
    again = read_events_file(path, ID, MOST)
    assert again == history
    assert "".join(events_xml(again)) == text


def event_xml(module: str, event: str, at: Any = 1000, **children: Any) -> str:
    inner = "".join(f"<{key}>{value}</{key}>" for key, value in children.items())
    return f'<event timestamp="{at}" module="{module}" eventname="{event}">{inner}</event>'


def foreign(tmp_path: Path, *events: str, version: str = "2.5.0", head: str = "") -> History:
    path = tmp_path / "events.xml"
    begin = event_xml("CONFIG", "MeetingConfigurationEvent", at=500, timestampUTC=T0)
    path.write_text(
        f'{head}<recording meeting_id="{ID}" bbb_version="{version}"><metadata meetingName="N" meetingId="x"/>'
        f"{begin}{''.join(events)}</recording>"
    )
    return read_events_file(path, ID, MOST)


DECK = "a" * 40 + "-1684351990846"


def test_pods_but_the_default_one_are_left_out(tmp_path: Path) -> None:
    shared = [
        event_xml("PRESENTATION", "SharePresentationEvent", presentationName=DECK, podId=pod, share="true")
        for pod in ("DEFAULT_PRESENTATION_POD", "other")
    ]
    assert foreign(tmp_path, *shared).happenings == (seen.DeckShared(at=T0 + 500, deck=DECK),)


@pytest.mark.parametrize(
    ("children", "view"),
    [
        ({"xOffset": "-12.5", "yOffset": "-5", "widthRatio": "50", "heightRatio": "40.0"}, (25, 10, 50, 40)),
        ({"xOffset": "NaN", "yOffset": "NaN", "widthRatio": "NaN", "heightRatio": "NaN"}, (0, 0, 100, 100)),
        ({"xOffset": "0", "yOffset": "0", "widthRatio": "0", "heightRatio": "100"}, (0, 0, 100, 100)),
        ({"xOffset": "x", "widthRatio": "1e999"}, (0, 0, 100, 100)),
        ({}, (0, 0, 100, 100)),
    ],
)
def test_views_are_read_with_their_oddities(tmp_path: Path, children: dict[str, str], view: tuple[float, ...]) -> None:
    shared = event_xml("PRESENTATION", "SharePresentationEvent", presentationName=DECK)
    _shared, one = foreign(
        tmp_path, shared, event_xml("PRESENTATION", "ResizeAndMoveSlideEvent", **children)
    ).happenings
    assert isinstance(one, seen.PartViewed)
    assert (one.x, one.y, one.w, one.h) == view
    # tldraw's views are in pixels of a canvas of its own.
    assert (
        len(foreign(tmp_path, shared, event_xml("PRESENTATION", "ResizeAndMoveSlideEvent"), version="2.6.1").happenings)
        == 1
    )


def test_times_never_go_back(tmp_path: Path) -> None:
    cleared = [event_xml("CHAT", "ClearPublicChatEvent", at=at) for at in (2000, 900, "x", "-1", "9" * 40, 3000)]
    history = foreign(tmp_path, *cleared)
    assert [one.at - T0 for one in history.happenings] == [1500, 1500, 2500]
    assert history.end - T0 == 2500


def test_pointers_are_the_presenters(tmp_path: Path) -> None:
    moved = [
        event_xml("WHITEBOARD", "WhiteboardCursorMoveEvent", userId=user, xOffset="1", yOffset="2")
        for user in ("w_a", "w_b")
    ]
    presenter = event_xml("PARTICIPANT", "AssignPresenterEvent", userid="w_a", name="Ada")
    in_pod = [
        event_xml("PRESENTATION", "SetPresenterInPodEvent", nextPresenterId=user, podId="DEFAULT_PRESENTATION_POD")
        for user in ("w_a", "w_b")
    ]
    found = foreign(tmp_path, *moved, presenter, in_pod[0], *moved, in_pod[1], *moved).happenings
    assert [one.user for one in found if isinstance(one, seen.CursorMoved)] == ["w_a", "w_b"]
    assert [one.user for one in found if isinstance(one, seen.PresenterChanged)] == ["w_a", "w_b"]


def test_hands_of_all_versions_are_hands(tmp_path: Path) -> None:
    def status(name: str, value: str) -> str:
        return event_xml("PARTICIPANT", "ParticipantStatusChangeEvent", userId="w_a", status=name, value=value)

    old = [status("emojiStatus", value) for value in ("raiseHand", "none", "none", "happy")]
    new = [status("raiseHand", "true"), status("raiseHand", "false"), status("reactionEmoji", "🎉")]
    hands = [getattr(one, "raised", getattr(one, "emoji", None)) for one in foreign(tmp_path, *old, *new).happenings]
    assert hands == [True, False, "happy", True, False, "🎉"]


def test_texts_in_cdata_are_texts(tmp_path: Path) -> None:
    said = event_xml(
        "CHAT",
        "PublicChatEvent",
        senderId="w_a",
        sender="\n<![CDATA[Ada & <b>]]>\n",
        message="\n<![CDATA[see <a href='event:https://a.example'><u>https://a.example</u></a> &amp; go]]>\n",
    )
    [one] = foreign(tmp_path, said).happenings
    assert one == seen.Chatted(
        at=T0 + 500, user="w_a", name="Ada & <b>", role=Role.VIEWER, text="see https://a.example & go"
    )


def test_the_role_of_old_messages_is_that_of_their_sender(tmp_path: Path) -> None:
    joined = event_xml("PARTICIPANT", "ParticipantJoinEvent", userId="w_a", name="Ada", role="MODERATOR")
    said = event_xml("CHAT", "PublicChatEvent", senderId="w_a", sender="Ada", message="x")
    message = foreign(tmp_path, joined, said).happenings[-1]
    assert isinstance(message, seen.Chatted)
    assert message.role is Role.MODERATOR


def test_results_of_polls_are_read_from_events_and_from_the_slide(tmp_path: Path) -> None:
    published = event_xml(
        "POLL",
        "PollPublishedRecordEvent",
        pollId="p/1",
        question="Why?",
        answers='[{"id":0,"key":"Yes","numVotes":2}]',
        numRespondents=3,
        numResponders=2,
    )
    drawn = event_xml(
        "WHITEBOARD",
        "AddShapeEvent",
        type="poll_result",
        id="p/2",
        result='[{"id":0,"key":"A","num_votes":1}]',
        num_respondents=1,
        num_responders=1,
    )
    repeated = drawn.replace("p/2", "p/1")
    broken = published.replace("p/1", "p/3").replace('"key"', '"kee"')
    halved = published.replace("p/1", "p/4").replace("Yes", r"\ud800Half")
    found = foreign(tmp_path, published, repeated, drawn, broken, halved).happenings
    assert [(one.poll, one.question, one.answers[0].votes) for one in found if isinstance(one, seen.PollPublished)] == [
        ("p/1", "Why?", 2),
        ("p/2", "", 1),
        ("p/4", "Why?", 2),
    ]
    # Half a character of two can be written to no file.
    assert isinstance(found[-1], seen.PollPublished)
    assert found[-1].answers[0].text == "Half"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('<!DOCTYPE r [<!ENTITY a "b">]><recording/>', "a DTD is not allowed"),
        ("<recording><event>&a;</event></recording>", "is not well-formed"),
        ("<recording>", "is not well-formed"),
        ("", "is not well-formed"),
        ("<other/>", "is not a recording's"),
        ("<recording/>", "has no events"),
        (f'<recording meeting_id="{"f" * 40}-1531155809613"/>', "but lies in"),
        (f"<recording>{event_xml('CHAT', 'PublicChatEvent', message='x' * (1 << 20) + 'y')}</recording>", "too long"),
        (
            f'<recording><event timestamp="1">{"".join(f"<a{n}/>" for n in range(300))}</event></recording>',
            "too many elements",
        ),
        (f"<recording>{event_xml('CHAT', 'ClearPublicChatEvent') * 31}</recording>", "more than 30 events"),
        ("<recording>" + "<a>" * 99, "nested"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "events.xml"
    path.write_text(text)
    with pytest.raises(UnreadableHistory, match=says):
        read_events_file(path, ID, 30)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.xml"
    path.write_bytes(b"<recording>" + data)
    with pytest.raises(UnreadableHistory):
        read_events_file(path, ID, MOST)
