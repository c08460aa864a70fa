"""Whatever an events.xml says, its recording is well-formed, within its time, and made without a crash."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from playable_recording import png

from bbbd.history.events_xml import events_xml
from bbbd.history.from_events_xml import read_events_file
from bbbd.history.happenings import UnreadableHistory
from bbbd.history.vocabulary import MEANINGS
from bbbd.history.xml_text import clean
from bbbd.presentation.build import BuildOptions, NothingRecorded, build
from bbbd.presentation.stage import intervals, scenes
from bbbd.presentation.timeline import Timeline, recorded_segments, tenths

T0 = 1_531_155_809_613
ID = f"{'0' * 40}-{T0}"
DECKS = (f"{'a' * 40}-{T0}", f"{'b' * 40}-{T0}", "../../etc", "<&>\"'")
#: What each event has, and values that make sense of it.
CHILDREN = {
    "ParticipantJoinEvent": "userId externalUserId name role",
    "ParticipantLeftEvent": "userId participant",
    "ParticipantStatusChangeEvent": "userId status value",
    "AssignPresenterEvent": "userid name",
    "SetPresenterInPodEvent": "nextPresenterId podId",
    "RecordStatusEvent": "status",
    "PublicChatEvent": "senderId sender senderRole message chatEmphasizedText",
    "ConversionCompletedEvent": "presentationName name podId",
    "SetPresentationDownloadable": "presentationName",
    "SharePresentationEvent": "presentationName podId",
    "PresentationRemovedEvent": "presentationName",
    "GotoSlideEvent": "presentationName slide podId",
    "ResizeAndMoveSlideEvent": "presentationName xOffset yOffset widthRatio heightRatio id",
    "WhiteboardCursorMoveEvent": "userId xOffset yOffset",
    "AddShapeEvent": "presentation pageNumber id userId type status dataPoints color thickness fill commands text"
    " textBoxWidth textBoxHeight calcedFontSize fontColor answers",
    "ModifyTextEvent": "presentation pageNumber id dataPoints text textBoxWidth textBoxHeight calcedFontSize",
    "UndoAnnotationEvent": "presentation pageNumber shapeId",
    "UndoShapeEvent": "presentation pageNumber",
    "ClearWhiteboardEvent": "presentation pageNumber fullClear userId",
    "ClearPageEvent": "presentation pageNumber",
    "PollStartedRecordEvent": "pollId type question",
    "PollPublishedRecordEvent": "pollId answers numRespondents numResponders",
    "StartExternalVideoRecordEvent": "externalVideoUrl",
    "ParticipantJoinedEvent": "participant name muted",
    "ParticipantMutedEvent": "participant muted",
    "ParticipantTalkingEvent": "participant talking",
}
USERS, FLAGS, SIZES = ("w_a", "w_a_2", "w_b"), ("true", "false"), ("0", "5", "33.3", "100", "-40")
SENSIBLE = {
    **dict.fromkeys(("userId", "userid", "nextPresenterId", "externalUserId", "senderId", "participant"), USERS),
    **dict.fromkeys(("presentationName", "presentation"), DECKS),
    **dict.fromkeys(("slide", "pageNumber"), ("0", "1", "2")),
    **dict.fromkeys(("id", "shapeId", "pollId"), ("1", "s2", f"{DECKS[0]}/2")),
    **dict.fromkeys(("muted", "talking", "fill", "fullClear", "chatEmphasizedText"), FLAGS),
    **dict.fromkeys(("xOffset", "yOffset", "widthRatio", "heightRatio", "thickness", "calcedFontSize"), SIZES),
    **dict.fromkeys(("textBoxWidth", "textBoxHeight", "color", "fontColor", "numRespondents", "numResponders"), SIZES),
    "status": (*FLAGS, "DRAW_START", "DRAW_UPDATE", "DRAW_END", "raiseHand", "role", "emojiStatus", "reactionEmoji"),
    "value": (*FLAGS, "raiseHand", "none", "MODERATOR", "🎉"),
    "type": ("pencil", "line", "text", "ellipse", "rectangle", "triangle", "poll_result"),
    "dataPoints": ("1,2,3,4", "1,2,3,4,5,6,7,8", "1,3,4", "5,5", ""),
    "commands": ("1,2", "1,4", "1,2,2,2", "9"),
    "answers": (
        '[{"id":0,"key":"A","numVotes":1}]',
        '[{"id":1e400,"key":[],"numVotes":-5}]',
        "[[[[",
        "{}",
        "null",
        r'[{"id":0,"key":"\ud800","numVotes":1}]',
    ),
    "podId": ("DEFAULT_PRESENTATION_POD", "other"),
    "externalVideoUrl": ("https://a.example/<x>?a&b", "javascript:x"),
}
ODD = st.one_of(
    st.sampled_from(
        ("", "-1", "NaN", "inf", "1e308", "9" * 30, "٣", "]]>", "<!--", "&amp;", "</popcorn>", "\u202e\x85")
    ),
    st.text(max_size=8),
)


def _children(name: str) -> st.SearchStrategy[dict[str, str]]:
    """Return what an event may have: mostly what makes sense, and anything."""
    keys = CHILDREN.get(name, "reason").split()
    return st.fixed_dictionaries(
        {key: st.one_of(*[st.sampled_from(SENSIBLE.get(key, ("x",)))] * 4, ODD) for key in keys}
    )


EVENTS = st.tuples(
    st.integers(-500, 3000),
    st.sampled_from(sorted(MEANINGS)).flatmap(lambda kind: st.tuples(st.just(kind), _children(kind[1]))),
).map(lambda drawn: (drawn[0], *drawn[1]))


def written(events: list[tuple[int, tuple[str, str], dict[str, str]]], version: str) -> str:
    now, pieces = 100_000, []
    for after, (module, name), children in events:
        now = max(0, now + after)
        # What XML itself forbids never comes that far.
        inner = "".join(f"<{key}>{escape(clean(value))}</{key}>" for key, value in children.items())
        pieces.append(f'<event timestamp="{now}" module="{module}" eventname={quoteattr(name)}>{inner}</event>')
    marks = '<event timestamp="100000" module="PARTICIPANT" eventname="RecordStatusEvent"><status>true</status></event>'
    return f'<recording meeting_id="{ID}" bbb_version="{version}">{marks}{"".join(pieces)}</recording>'


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw files with two decks of three pages."""
    directory = tmp_path_factory.mktemp("raw") / ID
    for deck in DECKS[:2]:
        (directory / "presentation" / deck).mkdir(parents=True)
        for number in (1, 2, 3):
            (directory / "presentation" / deck / f"slide-{number}.png").write_bytes(png(20, 10, (1, 2, 3)))
    return directory


@settings(max_examples=25)
@given(st.lists(EVENTS, max_size=25), st.sampled_from(("2.0.0", "2.5.0", "2.6.1", "x")))
def test_every_file_is_well_formed_and_within_its_time(
    raw: Path,
    tmp_path_factory: pytest.TempPathFactory,
    events: list[tuple[int, tuple[str, str], dict[str, str]]],
    version: str,
) -> None:
    (raw / "events.xml").write_text(written(events, version), "utf-8", newline="")
    target = tmp_path_factory.mktemp("made") / ID
    try:
        built = build(raw, target, BuildOptions(public_url="https://bbb.example.org"))
    except NothingRecorded:
        return
    last = tenths(built.duration) / 10
    for path in target.glob("*.json"):
        json.loads(path.read_text())
    shapes = etree.parse(target / "shapes.svg").getroot()
    pictures = [one for one in shapes if one.tag.endswith("image")]
    times = [(float(str(one.get("in"))), float(str(one.get("out")))) for one in pictures]
    assert all(begin < end for begin, end in times)
    assert [begin for begin, _end in times[1:]] == [end for _begin, end in times[:-1]]
    assert not times or (times[0][0], times[-1][1]) == (0, last)
    for name, tag in (("panzooms.xml", "timestamp"), ("cursor.xml", "timestamp"), ("slides_new.xml", "in")):
        found = [float(str(one.get(tag))) for one in etree.parse(target / name).getroot()]
        assert found == sorted(found)
        assert all(0 <= time <= last for time in found)
    metadata = etree.parse(target / "metadata.xml").getroot()
    assert metadata.findtext("playback/duration") == str(built.duration)
    for path in target.rglob("*.png"):
        assert path.resolve().is_relative_to(target.resolve())
    # What was understood can be written and is understood in the same way.
    history = read_events_file(raw / "events.xml", ID, 1000)
    again = raw.parent / "again.xml"
    again.write_text("".join(events_xml(history)), "utf-8", newline="")
    assert [type(one) for one in read_events_file(again, ID, 1000).happenings] == [
        type(one) for one in history.happenings
    ]


@settings(max_examples=25)
@given(st.lists(EVENTS, max_size=25), st.sampled_from(("2.5.0", "2.6.1")))
def test_scenes_leave_no_gap(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[int, tuple[str, str], dict[str, str]]], version: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "events.xml"
    path.write_text(written(events, version), "utf-8", newline="")
    history = read_events_file(path, ID, 1000)
    timeline = Timeline(recorded_segments(history))
    found = scenes(history, timeline, lambda page: page.page < 3)
    assert [scene.begin for scene in found[1:]] == [scene.end for scene in found[:-1]]
    if found:
        assert (found[0].begin, found[-1].end) == (0, tenths(timeline.duration))
    for before, after in pairwise(found):
        assert (before.page, before.view) != (after.page, after.view)
    gathered = intervals(found)
    assert sum(len(one.views) for one in gathered) == len(found)
    assert all(view.w > 0 and view.h > 0 for one in gathered for _begin, view in one.views)


@given(
    st.lists(st.sampled_from(["<event>", "</event>", "<a>", "</a>", "text", "&lt;", "<breakoutRoom>", "<![CDATA[x]]>"]))
)
def test_no_order_of_elements_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, pieces: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "order.xml"
    path.write_text(f"<recording>{''.join(pieces)}</recording>")
    with pytest.raises(UnreadableHistory):
        read_events_file(path, ID, 1000)
