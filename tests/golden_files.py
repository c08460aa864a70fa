"""What the golden files in ``data/formats`` say, by hand: no field of it has its default, and no two the same value."""

from __future__ import annotations

from pathlib import Path

from bbbd.callbacks.batch_format import Due, Left
from bbbd.callbacks.deliveries import CallbackKind, Delivery
from bbbd.callbacks.hooks import Hook
from bbbd.clock import Moment
from bbbd.media.links import DownLink, Feed, KeptTrack, Stretch, UpLink, _Line
from bbbd.meetings import breakouts, chat, config_xml, event, feedback, hands, media, polls, recording, slides
from bbbd.meetings.attendance import AttendanceRecord
from bbbd.meetings.create_parameters import Create, Document
from bbbd.meetings.event import EndReason, Event, LeaveReason, Microphone
from bbbd.meetings.media import TrackKind
from bbbd.meetings.model import (
    AnswerTotal,
    Ballot,
    ChatMessage,
    Deck,
    DeckState,
    KeptChat,
    KeptLine,
    Meeting,
    Person,
    PlannedRoom,
    Poll,
    PollKind,
    PollState,
    RoomMessage,
    RoomPlan,
    Session,
    Stage,
)
from bbbd.recordings.atomic_replace import Replacement
from bbbd.recordings.importer import Imported, ImportOutcome
from bbbd.recordings.index import FileStamp, MetadataKey
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import HERE, Metadata, PlaybackFormat
from bbbd.recordings.status_files import Ticket
from bbbd.recordings.transactions import Transaction, TransactionStep
from bbbd.recordings.uploaded_media import Slice, StoredUpload, UploadHead
from bbbd.texttracks.inbox import InboxNote
from bbbd.values.enums import GuestPolicy, GuestStatus, PageLayout, RecordedMedia, RecordingFormat, Role

FORMATS = Path(__file__).parent / "data/formats"
ID = "89e495e7941cf9e40e6980d14a16bf023ccd4c91-1531155809613"
#: When each journal's first event happened, in milliseconds.
BEGUN = 1_531_155_809_613


def golden(name: str) -> bytes:
    """Return what a golden file has."""
    return (FORMATS / name).read_bytes()


DOCUMENT = Document(
    name="a.pdf",
    url="https://docs.example.org/a.pdf",
    kept="kept/1.base64",
    current=True,
    downloadable=True,
    removable=False,
    standard=True,
    spare=True,
    content_type="application/pdf",
)
CREATE = Create(
    meeting_id="meeting id",
    name="name",
    attendee_pw="attendee pw",
    moderator_pw="moderator pw",
    welcome="welcome",
    dial_number="dial number",
    voice_bridge="voice bridge",
    web_voice="web voice",
    max_participants=101,
    logout_url="logout url",
    login_url="login url",
    record=True,
    duration=102,
    is_breakout=True,
    parent_meeting_id="parent meeting id",
    sequence=103,
    free_join=True,
    metadata={"metadata": "value"},
    moderator_only_message="moderator only message",
    auto_start_recording=True,
    allow_start_stop_recording=True,
    record_full_duration=True,
    notify_recording=True,
    keep_events=True,
    webcams_only_for_moderator=True,
    logo="logo",
    darklogo="darklogo",
    banner_text="banner text",
    banner_color="banner color",
    copyright="copyright",
    mute_on_start=True,
    allow_unmute=True,
    allow_eject_cameras=True,
    lock_cam=True,
    lock_mic=True,
    lock_private_chat=True,
    lock_public_chat=True,
    lock_notes=True,
    lock_layout=True,
    lock_user_list=True,
    lock_cursor=True,
    lock_annotation=True,
    lock_on_join=True,
    lock_on_join_configurable=True,
    guest_policy=GuestPolicy.ASK_MODERATOR,
    allow_promote_guest=True,
    end_without_moderator=True,
    end_without_moderator_after=104,
    meeting_ended_url="meeting ended url",
    logout_timer=105,
    layout=PageLayout.VIDEO_FOCUS,
    learning_dashboard=True,
    learning_dashboard_cleanup=106,
    allow_requests_without_session=True,
    virtual_backgrounds_disabled=True,
    camera_bridge="camera bridge",
    screen_share_bridge="screen share bridge",
    audio_bridge="audio bridge",
    user_camera_cap=107,
    meeting_camera_cap=108,
    max_pinned_cameras=109,
    expire_unjoined=110,
    expire_left=111,
    groups=({"id": "group", "name": "Group", "roster": ["somebody"]},),
    disabled_features=("disabled_features",),
    disabled_features_exclude=("disabled_features_exclude",),
    breakout_rooms_enabled=True,
    breakout_rooms_record=True,
    breakout_rooms_private_chat=True,
    breakout_rooms_capture_slides=True,
    breakout_rooms_capture_notes=True,
    breakout_rooms_slides_name="breakout rooms slides name",
    breakout_rooms_notes_name="breakout rooms notes name",
    slides_override_default=True,
    slides_url="slides url",
    slides_name="slides name",
    upload_external_url="upload external url",
    upload_external_description="upload external description",
    documents=(DOCUMENT,),
    application="application of create",
)
CREATED = event.Created(
    internal_id=ID,
    create_time=BEGUN,
    wanted=CREATE,
    attendee_pw="attendee",
    moderator_pw="moderator",
    voice_bridge="71234",
    record=True,
    formats=(RecordingFormat.PRESENTATION, RecordingFormat.VIDEO),
    parent="parent",
    welcome="<b>Welcome</b>",
    moderator_only_message="Psst",
    logout_url="https://example.org/",
    disabled_features=("polls",),
    max_inactivity=1,
    warn_before_inactivity=2,
    inspect_every=3,
    user_inactive_after=4,
    user_answers_within=5,
    users_timeout=6,
    waiting_guests_timeout=7,
    session_timeout=8,
)
#: Every kind of event. They make no meeting: what is in them is only read.
EVENTS: tuple[Event, ...] = (
    CREATED,
    event.Resumed(),
    event.Restored(state={"meeting": {"any": ["thing"]}, "steady": 17}),
    event.Ended(why=EndReason.NO_MODERATOR),
    event.InactivityWarned(),
    event.Registered(
        token="token",
        auth_token="auth",
        user="w_1",
        external_id="u1",
        name="Ada 🎉",
        role=Role.MODERATOR,
        guest=True,
        status=GuestStatus.WAIT,
        avatar="https://example.org/a.png",
        layout="SMART_LAYOUT",
        config_token="config",
        web_voice="voice",
        client_url="https://client.example.org/",
        customdata={"bbb_client_title": "T"},
    ),
    event.SessionEnded(token="token", why=LeaveReason.INACTIVE),
    event.Waited(token="token", away=True),
    event.GuestAnswered(users=("w_1", "w_2"), admit=True, remember=True, by="w_3"),
    event.GuestPolicyChanged(policy=GuestPolicy.ALWAYS_DENY, by="w_3"),
    event.LobbyMessageChanged(text="Soon", by="w_3"),
    event.Joined(token="token"),
    event.Lost(user="w_1"),
    event.Returned(user="w_1"),
    event.Left(user="w_1", why=LeaveReason.REMOVED, by="w_3", for_good=True),
    event.PresenceAsked(user="w_1"),
    event.PresenceConfirmed(user="w_1"),
    event.RoleChanged(user="w_1", role=Role.VIEWER, by="w_3"),
    event.PresenterChanged(user="w_1", by="w_3"),
    event.LocksChanged(locks={"lock_cam": True, "webcams_only_for_moderator": False}, by="w_3"),
    event.LockChanged(user="w_1", locked=True, by="w_3"),
    media.MediaChanged(user="w_1", microphone=Microphone.MUTED, cameras=2, screen=True, by="w_3"),
    media.Talked(user="w_1", milliseconds=1500),
    chat.Chatted(user="w_1", name="An application", text="Hello\n🎉", to="w_2", key="tab:7"),
    chat.ChatCleared(by="w_3"),
    hands.HandRaised(user="w_1"),
    hands.HandLowered(user="w_1", by="w_3"),
    hands.Reacted(user="w_1", emoji="👍"),
    feedback.Rated(token="token", rating=5, comment="Good"),
    slides.DeckAdded(deck="deck", document=DOCUMENT, by="w_3"),
    slides.DeckBegun(deck="deck"),
    slides.DeckConverted(deck="deck", key="pdf-key", pages=3, name="b.pdf"),
    slides.DeckFailed(deck="deck", why="is locked"),
    slides.DeckRemoved(deck="deck", by="w_3"),
    slides.SlideShown(deck="deck", page=2, by="w_3"),
    slides.SlideViewed(x=10.5, y=20.5, w=30.5, h=40.5, by="w_3"),
    recording.RecordingMarked(on=True, by="w_3", of=RecordedMedia.SOUND),
    config_xml.ConfigAdded(token="config", text="<config/>", default=True),
    breakouts.BreakoutOpened(internal_id="room", external_id="Room 1", sequence=1),
    breakouts.BreakoutClosed(
        internal_id="room",
        left_ago=1000,
        unmoderated_ago=2000,
        active_ago=3000,
        chat=(KeptLine(at=BEGUN + 17, name="Ada", text="Kept"),),
    ),
    recording.RecordingConsent(user="w_3", agrees=True, of=RecordedMedia.OFF),
    polls.PollStarted(
        poll="deck/1/7",
        poll_kind=PollKind.CUSTOM,
        question="Why?",
        answers=("So", "No"),
        secret=True,
        multiple=True,
        by="w_3",
    ),
    polls.PollVoted(poll="deck/1/7", user="w_1", answers=(1, 2), text="Because"),
    polls.PollReopened(poll="deck/1/7"),
    polls.PollEnded(poll="deck/1/7", totals=(AnswerTotal(text="So", votes=3),), respondents=5, responders=4, by="w_3"),
    polls.PollPublished(poll="deck/1/7", by="w_3"),
    polls.PollClosed(poll="deck/1/7", by="w_3"),
    breakouts.BreakoutsOpened(
        rooms=(breakouts.RoomWanted(meeting_id="Room 2", sequence=2, name="Owls", users=("w_1",), roster=("u9",)),),
        minutes=15,
        free_join=True,
        keep_chat=True,
        by="w_3",
    ),
    breakouts.BreakoutMoved(user="w_1", sequence=2, by="w_3"),
    breakouts.BreakoutsExtended(minutes=20, by="w_3"),
    breakouts.BreakoutsAnnounced(name="Ada", text="Come back", by="w_3"),
    breakouts.BreakoutsClosed(by="w_3"),
    breakouts.DurationChanged(minutes=20),
    media.MediaKept(
        user="w_1", track=media.TrackKind.CAMERA, file="m_w_1_5-video-1.mjr", start=5, end=9, engine="other"
    ),
    media.MediaCut(user="w_1", track=media.TrackKind.SCREEN_SOUND, why=media.CutReason.DISK, file="f.mjr"),
)


#: The number of the event that holds a whole meeting, and when that was written on both clocks.
RESTORED, WRITTEN = 500, Moment(BEGUN + 60_000, 160_000)


def meeting(shift: int) -> Meeting:
    """Return the meeting of the journal that was written anew, as it is on a steady clock that begins elsewhere."""

    def at(milliseconds: int) -> Moment:
        return Moment(BEGUN + milliseconds, 100_000 + milliseconds + shift)

    return Meeting(
        created=CREATED,
        created_at=at(0),
        n=RESTORED,
        ended=EndReason.REPLACED,
        end_time=BEGUN + 50_000,
        has_user_joined=True,
        people={
            "w_1": Person(
                user="w_1",
                external_id="u1",
                name="Ada",
                role=Role.VIEWER,
                guest=True,
                avatar="https://example.org/a.png",
                session="token",
                locked=True,
                joined=at(1),
                active=at(2),
                away=at(3),
                asked=at(4),
                microphone=Microphone.LISTEN,
                cameras=2,
                screen=True,
                hand=at(5),
                talked=1500,
                kept={"m_w_1_5-video-1.mjr": "camera"},
            )
        },
        sessions={
            "token": Session(
                token="token",
                auth_token="auth",
                user="w_1",
                external_id="u1",
                name="Ada",
                role=Role.VIEWER,
                guest=True,
                status=GuestStatus.ALLOW,
                avatar="https://example.org/a.png",
                layout="SMART_LAYOUT",
                config_token="config",
                web_voice="voice",
                client_url="https://client.example.org/",
                used=at(6),
                entered=True,
                rated=True,
                since=BEGUN + 7,
                away=True,
                said=["tab:7"],
            )
        },
        presenter="w_1",
        empty_since=at(8),
        left_since=at(9),
        unmoderated_since=at(10),
        active=at(11),
        warned=at(12),
        recording=True,
        marked=True,
        recording_since=at(13),
        recorded=14,
        consents={"w_1": False, "w_2": True},
        consents_to={"w_2": RecordedMedia.SOUND},
        policy=GuestPolicy.ASK_MODERATOR,
        lobby_message="Soon",
        answers={"u2": True},
        banned=["u3"],
        locks={"lock_cam": True},
        lock_on_join=False,
        chat=[ChatMessage(n=499, at=BEGUN + 15, user="w_1", name="Ada", text="Hello", to="w_2")],
        customdata={"u1": {"bbb_client_title": "T"}},
        configs={"config": "<config/>"},
        default_config="config",
        breakouts={"room": "Room 1"},
        room_plan=RoomPlan(
            opened=at(17),
            rooms=[
                PlannedRoom(
                    meeting_id="Room 1",
                    sequence=1,
                    name="Owls",
                    users=["w_1"],
                    roster=["u9"],
                    internal_id="room",
                    over=True,
                )
            ],
            minutes=15,
            free_join=True,
            keep_chat=True,
            closed=True,
            chose=["w_1"],
            said=2,
            messages=[RoomMessage(number=2, name="Ada", text="Come back")],
        ),
        kept_chats=[
            KeptChat(
                internal_id="earlier",
                sequence=3,
                name="Bats",
                at=BEGUN + 18,
                lines=(KeptLine(at=BEGUN + 19, name="Ada", text="Kept"),),
            )
        ],
        announced=4,
        lasts=25,
        decks={
            "deck": Deck(
                deck="deck", document=DOCUMENT, state=DeckState.FAILED, tries=2, pages=3, key="pdf-key", why="is locked"
            )
        },
        stage=Stage(deck="deck", page=2, x=10.5, y=20.5, w=30.5, h=40.5),
        next_deck="deck",
        polls=[
            Poll(
                poll="deck/1/7",
                n=18,
                begun=BEGUN + 17,
                kind=PollKind.TYPED,
                question="Why?",
                answers=("So", "No"),
                secret=True,
                multiple=True,
                by="w_3",
                state=PollState.PUBLISHED,
                ballots={"w_1": Ballot(answers=(1, 2), text="Because")},
                totals=(AnswerTotal(text="So", votes=3),),
                respondents=5,
                responders=4,
                published=BEGUN + 18,
                published_n=19,
            )
        ],
        attended={
            "w_1": AttendanceRecord(
                external_id="u1",
                name="Ada",
                moderator=True,
                joins=[BEGUN + 1],
                leaves=[BEGUN + 16],
                chats=1,
                talks=2,
                talked=1500,
                hands=3,
                emojis=4,
                polls=5,
            )
        },
    )


def entry(kind: CallbackKind, said: str) -> Delivery:
    """Return an entry of the outbox."""
    return Delivery(
        kind=kind,
        url=f"https://app.example.org/{kind.value}?a=b",
        receiver=f"receiver of {kind.value}",
        content=said,
        application="application",
        meeting=ID,
        event_number=12,
        created_at=BEGUN,
        next_try_at=BEGUN + 30_000,
        tries=1,
        last_result="500",
        answer="HTTP/1.1 500 Said: no",
    )


#: Every kind of what is due, by number.
ENTRIES = {
    1: entry(CallbackKind.END, "nothing"),
    2: entry(CallbackKind.ANALYTICS, '{"version":"1.0"}'),
    3: entry(CallbackKind.EVENT, "nothing"),
    4: entry(CallbackKind.READY, '{"meeting_id": "demo", "record_id": "r"}'),
    5: entry(CallbackKind.HOOK, '{"data":{"type":"event"}}'),
}
#: What one event makes due to several, and who left it, by the lines of their file.
BATCH = "000000000000006-000000000000008.jsonl"
DUE = [
    Due(
        kind=CallbackKind.HOOK,
        content='[{"data":{"type":"event"}}]',
        application="application",
        meeting=ID,
        event_number=13,
        created_at=BEGUN,
        receivers=(("https://app.example.org/hook", "100000001"), ("https://other.example.org/hook", "100000002")),
    ),
    Due(
        kind=CallbackKind.END,
        content="nothing",
        application="application",
        meeting=ID,
        event_number=13,
        created_at=BEGUN,
        receivers=(("https://app.example.org/end?a=b", "https://app.example.org/end?a=b"),),
    ),
]
LEFT = Left(numbers=(7,))
HOOKS = [
    Hook(
        id="100000001",
        url="https://app.example.org/hook",
        meeting="demo",
        events=("user-joined", "user-left"),
        raw=True,
        application="application of hook",
        permanent=True,
        failing_since=BEGUN + 60_000,
        last_status=500,
    ),
]
RECORD_ID = "2b9d1c5f3a7e4d6c8b0a1f2e3d4c5b6a7f8e9d0c-1531155809613"


def step(source: Place, target: Place, **more: bool) -> TransactionStep:
    """Return a step of a change."""
    return TransactionStep(
        format="presentation",
        record_id=RECORD_ID,
        source=source,
        target=target,
        meta={"name": "New", "gone": ""},
        protected="true",
        deleted_at=BEGUN,
        aside=f".old-{RECORD_ID}-0a1b2c3d",
        **more,
    )


#: A change of recordings: from each place, to each place, forth and back.
INTENT = Transaction(
    steps=(
        step(Place.PUBLISHED, Place.UNPUBLISHED),
        step(Place.UNPUBLISHED, Place.DELETED, undo=True),
        step(Place.DELETED, Place.PUBLISHED, undo=True),
        step(Place.PROCESS, Place.PROCESS),
    )
)
ARRIVALS = (
    Replacement(
        source=f"/data/published/.bbbd-work/{RECORD_ID}",
        target=f"/data/published/presentation/{RECORD_ID}",
        replaced=(f"/data/unpublished/presentation/{RECORD_ID}", f"/data/deleted/presentation/{RECORD_ID}"),
    ),
)
NOTE = InboxNote(
    record_id=RECORD_ID,
    kind="subtitles",
    lang="de-DE",
    label="Deutsch",
    original_filename="a.srt",
    temp_filename=f"{RECORD_ID}-{BEGUN}-track.txt",
    content_type="application/x-subrip",
)
TICKET = Ticket(tries=2, rebuild=True, more=True)
#: When somebody left who was removed for good.
EJECTED = {"w_bob": 1531155814500}
UPLOAD = StoredUpload(
    "89e495e7941cf9e40e6980d14a16bf023ccd4c91-1531155809613_w_ada_1531155810000",
    UploadHead(
        user="w_ada",
        session="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        kind="microphone+camera",
        mime="video/webm;codecs=vp8,opus",
        started=1531155809900,
        begun=1531155810000,
        seq=7,
        size=90,
    ),
    [Slice(30, 1531155812000, 1531155812100), Slice(30, 0, 1531155813000), Slice(90, 1531155814000, 1531155814100)],
    81,
)
IMPORTED = [
    Imported("r presentation", ImportOutcome.IMPORTED, "by hand"),
    Imported("r video", ImportOutcome.ALREADY_THERE, "as it was"),
    Imported("a.tar", ImportOutcome.REFUSED, "has no metadata.xml in it"),
]


def known(place: Place, number: int) -> tuple[MetadataKey, FileStamp, Metadata]:
    """Return a format as the index has it."""
    return (
        MetadataKey(place, "presentation", RECORD_ID),
        FileStamp(1_531_155_809_000_000_000 + number, 1000 + number),
        Metadata(
            record_id=RECORD_ID,
            state="processed" if place is Place.PROCESS else place.value,
            start=BEGUN,
            end=BEGUN + 90_000,
            participants=3,
            meeting_id="demo",
            internal_meeting_id=ID,
            name="Demo",
            is_breakout=True,
            meta={"k": "v"},
            breakout=(("parentId", "parent"), ("sequence", "1")),
            rooms=("room",),
            raw_size=871_354,
            protected=True,
            format=PlaybackFormat(
                name="presentation",
                link=f"/playback/presentation/2.3/{RECORD_ID}",
                processing_time=4882,
                duration=3_660_000,
                size=1000,
                extensions=f"<preview><image>{HERE}/a.png</image></preview>",
            ),
        ),
    )


INDEX = [known(place, number) for number, place in enumerate(Place)]
#: Lines of the file of links: the session, a person with both links, one whose links have ended.
LINKS = (
    _Line(session=1_234_567_890_123_456, control=11),
    _Line(
        meeting=ID,
        user="w_1",
        up=UpLink(
            handle=12,
            page="page",
            tracks={"0": TrackKind.MICROPHONE, "1": TrackKind.CAMERA},
            simulcast={"1"},
            is_up=True,
            live={"0"},
            arriving={"1"},
            blocked={"1"},
            muted={"0"},
            lines={"0": 0, "1": 1},
            stretch=Stretch(
                name="m_w_1_5",
                tracks={"1": KeptTrack(file="m_w_1_5-video-1.mjr", track=TrackKind.CAMERA, start=5)},
                missing={"0"},
            ),
            was_refused=True,
        ),
        down=DownLink(
            handle=13, page="page", feeds={"0": Feed("w_2", "1", TrackKind.CAMERA, 14)}, number=3, layers={"0": 2}
        ),
    ),
    _Line(meeting=ID, user="w_2"),
)
