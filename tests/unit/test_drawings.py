"""Drawings of BigBlueButton's whiteboard before tldraw: from its events to elements of shapes.svg."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bbbd.history import happenings as seen
from bbbd.history.from_events_xml import read_events_file
from bbbd.history.happenings import Facts, Happening, History
from bbbd.presentation.drawings import Drawings
from bbbd.presentation.stage import WHOLE, Interval, Page
from bbbd.presentation.timeline import Segment, Timeline

T0 = 1_531_155_809_613
ID = f"{'0' * 40}-{T0}"
DECK = f"{'a' * 40}-{T0}"
TIMELINE = Timeline((Segment(T0, T0 + 100_000),))
SIZE = (1000, 500)
SVG = "{http://www.w3.org/2000/svg}"


def event_xml(at: int, name: str, **children: Any) -> str:
    given = {"presentation": DECK, "pageNumber": 0, "userId": "w_a"} | children
    inner = "".join(f"<{key}>{value}</{key}>" for key, value in given.items())
    return f'<event timestamp="{at}" module="WHITEBOARD" eventname="{name}">{inner}</event>'


def shape(at: int, kind: str, points: str, status: str = "DRAW_END", **children: Any) -> str:
    given = {"id": "s1", "type": kind, "dataPoints": points, "status": status, "color": 255, "thickness": "0.5"}
    return event_xml(at, "AddShapeEvent", **given | children)


def read(tmp_path: Path, *events: str, version: str = "2.5.0") -> History:
    path = tmp_path / "events.xml"
    path.write_text(
        f'<recording meeting_id="{ID}" bbb_version="{version}"><event timestamp="0" module="X" eventname="Y">'
        f"<timestampUTC>{T0}</timestampUTC></event>{''.join(events)}</recording>"
    )
    return read_events_file(path, ID, 1000)


def drawn(history: History, begin: int = 0, end: int = 1000, page: int = 1) -> list[etree._Element]:
    """Return the drawings of a stretch, in tenths of a second."""
    interval = Interval(begin, end, Page(DECK, page), ((begin, WHOLE),))
    text = "".join(Drawings(history, TIMELINE).canvas(7, interval, SIZE))
    if not text:
        return []
    root = etree.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{text}</svg>')
    [canvas] = root
    assert (canvas.get("id"), canvas.get("image"), canvas.get("class")) == ("canvas7", "image7", "canvas")
    assert len({one.get("id") for one in canvas}) == len(canvas)
    return list(canvas)


@pytest.mark.parametrize(
    ("kind", "points", "more", "element"),
    [
        ("line", "10,20,30,40", {}, '<line x1="100" y1="100" x2="300" y2="200"/>'),
        ("pencil", "10,20,30,40,50,60", {}, '<path d="M100 100L300 200 500 300"/>'),
        ("pencil", "10,20", {}, '<path d="M100 100L100 100"/>'),
        (
            "pencil",
            "1,2,3,4,5,6,7,8,9,10,11,12,13,14",
            {"commands": "1,2,3,4"},
            '<path d="M10 10L30 20Q50 30 70 40C90 50 110 60 130 70"/>',
        ),
        # Commands that do not fit the points are none.
        ("pencil", "1,2,3,4", {"commands": "1,4"}, '<path d="M10 10L30 20"/>'),
        ("pencil", "1,2,3,4", {"commands": "2,2"}, '<path d="M10 10L30 20"/>'),
        ("rectangle", "10,20,30,40", {}, '<path d="M100 100L300 100L300 200L100 200Z"/>'),
        ("rectangle", "10,20,30,90", {"square": "true"}, '<path d="M100 100L300 100L300 300L100 300Z"/>'),
        ("triangle", "10,20,30,40", {}, '<path d="M200 100L300 200L100 200Z"/>'),
        ("ellipse", "10,20,30,40", {}, '<path d="M100 150A100 50 0 0 1 300 150A100 50 0 0 1 100 150Z"/>'),
        ("ellipse", "30,40,10,40", {}, '<path d="M100 200A100 0 0 0 1 300 200A100 0 0 0 1 100 200Z"/>'),
    ],
)
def test_shapes_become_elements(tmp_path: Path, kind: str, points: str, more: dict[str, str], element: str) -> None:
    [one] = drawn(read(tmp_path, shape(2000, kind, points, **more)))
    assert (one.get("timestamp"), one.get("undo")) == ("2.0", "-1")
    assert str(one.get("shape")).startswith(f"image7-{kind}")
    style = str(one.get("style"))
    assert "stroke:#0000ff;stroke-width:5;" in style
    assert ";fill:none;visibility:hidden" in style
    assert etree.tostring(one[0], encoding="unicode").replace(' xmlns="http://www.w3.org/2000/svg"', "") == element


def test_a_shape_may_be_filled(tmp_path: Path) -> None:
    [one] = drawn(read(tmp_path, shape(2000, "ellipse", "1,2,3,4", fill="true", color=0xFF8000)))
    assert "fill:#ff8000" in str(one.get("style"))


def test_texts_keep_their_lines_and_run_nothing(tmp_path: Path) -> None:
    size: dict[str, Any] = {"textBoxWidth": 20, "textBoxHeight": 10, "calcedFontSize": 4, "fontColor": 16711680}
    given = "one &lt;script&gt;\ntwo"
    [one] = drawn(read(tmp_path, shape(2000, "text", "10,20", text=given, **size)))
    assert "color:#ff0000" in str(one.get("style"))
    assert "font-size:20px" in str(one.get("style"))
    box = one.find(f"{SVG}switch/{SVG}foreignObject")
    assert box is not None
    assert [box.get(name) for name in ("x", "y", "width", "height")] == ["100", "100", "200", "50"]
    [paragraph] = box
    assert [paragraph.text, *[(child.tag.rpartition("}")[2], child.tail) for child in paragraph]] == [
        "one <script>",
        ("br", "two"),
    ]


def test_a_line_grows_while_it_is_drawn(tmp_path: Path) -> None:
    events = [shape(1000, "pencil", "0,0", "DRAW_START")]
    events += [shape(1000 + step * 100, "pencil", f"{step},{step}", "DRAW_UPDATE") for step in range(1, 65)]
    events.append(shape(9000, "pencil", "0,0,64,64", "DRAW_END"))
    found = drawn(read(tmp_path, *events))
    lengths = [len(re.findall(r"[0-9.]+", str(one[0].get("d")))) // 2 for one in found]
    # Each version has twice the points of the one before: all together grow with the line, not with its square.
    assert lengths == [2, 2, 4, 8, 16, 32, 64, 2]
    assert len({one.get("shape") for one in found}) == 1
    # After it was drawn, its last version alone is there.
    assert len(drawn(read(tmp_path, *events), begin=500)) == 1


def test_a_line_whose_smoothing_failed_stays_as_it_is(tmp_path: Path) -> None:
    events = [
        shape(1000, "pencil", "0,0", "DRAW_START"),
        shape(1100, "pencil", "1,1", "DRAW_UPDATE"),
        shape(1200, "pencil", "2,2", "DRAW_UPDATE"),
        shape(1300, "pencil", "", "DRAW_END"),
    ]
    assert drawn(read(tmp_path, *events))[-1][0].get("d") == "M0 0L10 5 20 10"


def other(at: int, name: str, user: str = "w_a") -> str:
    return shape(at, "line", "1,1,2,2", id=name, userId=user)


@pytest.mark.parametrize(
    ("events", "times"),
    [
        ([event_xml(5000, "UndoAnnotationEvent", shapeId="a")], [("1.0", "5.0"), ("2.0", "-1"), ("3.0", "-1")]),
        # An old server says only that the last one is taken back.
        ([event_xml(5000, "UndoShapeEvent")], [("1.0", "-1"), ("2.0", "-1"), ("3.0", "5.0")]),
        ([event_xml(5000, "ClearWhiteboardEvent", fullClear="true")], [("1.0", "5.0"), ("2.0", "5.0"), ("3.0", "5.0")]),
        ([event_xml(5000, "ClearPageEvent")], [("1.0", "5.0"), ("2.0", "5.0"), ("3.0", "5.0")]),
        (
            [event_xml(5000, "ClearWhiteboardEvent", fullClear="false", userId="w_b")],
            [("1.0", "-1"), ("2.0", "5.0"), ("3.0", "-1")],
        ),
        ([event_xml(5000, "ClearWhiteboardEvent", pageNumber=1)], [("1.0", "-1"), ("2.0", "-1"), ("3.0", "-1")]),
        ([event_xml(5000, "UndoAnnotationEvent", shapeId="none")], [("1.0", "-1"), ("2.0", "-1"), ("3.0", "-1")]),
    ],
)
def test_drawings_go_when_they_are_taken_back(tmp_path: Path, events: list[str], times: list[tuple[str, str]]) -> None:
    drawing = [other(1000, "a"), other(2000, "b", "w_b"), other(3000, "c")]
    history = read(tmp_path, *drawing, *events)
    assert [(one.get("timestamp"), one.get("undo")) for one in drawn(history)] == times
    # A page that comes back later has what is still there, and not what will come.
    there = [(begin, end) for begin, end in times if end == "-1"]
    assert [(one.get("timestamp"), one.get("undo")) for one in drawn(history, begin=60)] == there
    assert [one.get("timestamp") for one in drawn(history, end=20)] == ["1.0"]
    assert drawn(history, page=2) == []


@pytest.mark.parametrize(
    "event",
    [
        shape(1000, "line", "1,2,3"),
        shape(1000, "line", "1,2,3,x"),
        shape(1000, "line", "1,2,3,nan"),
        shape(1000, "line", "1,2,3,1e99"),
        shape(1000, "line", ""),
        shape(1000, "line", "1,2,3,4", thickness="-1"),
        shape(1000, "line", "1,2,3,4", thickness="inf"),
        shape(1000, "line", "1,2,3,4", id=""),
        shape(1000, "star", "1,2,3,4"),
        shape(1000, "text", "1,2"),
    ],
)
def test_shapes_that_make_no_sense_are_left_out(tmp_path: Path, event: str) -> None:
    assert read(tmp_path, event).happenings == ()


def test_no_drawing_of_tldraw_is_taken_for_an_older_one(tmp_path: Path) -> None:
    assert read(tmp_path, shape(1000, "line", "1,2,3,4"), version="2.6.0").happenings == ()


def many(count: int) -> History:
    happened: list[Happening] = [
        seen.ShapeDrawn(
            at=T0 + number, deck=DECK, page=1, shape=str(number), user="w_a", kind="line", points=(1.0, 1.0, 2.0, 2.0)
        )
        for number in range(count)
    ]
    return History(
        facts=Facts(record_id=ID, external_id="m", name="M"), begin=T0, end=T0 + 100_000, happenings=tuple(happened)
    )


@pytest.mark.parametrize("limits", [{"largest": 900}, {"most_looked_at": 900}])
def test_too_many_drawings_are_left_out(limits: dict[str, int]) -> None:
    found = Drawings(many(100), TIMELINE, **limits)
    interval = Interval(0, 1000, Page(DECK, 1), ())
    pieces = [len("".join(found.canvas(number, interval, SIZE))) for number in range(20)]
    assert found.left_out
    assert pieces[-1] == 0
