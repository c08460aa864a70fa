"""What the benches print is read back, compared and drawn."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench import compare, plot
from bench.compare import newest, rows
from bench.plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Axis, Curve, by_row, drawn, of_media, of_recordings

RESULT = """f00ba47, Python 3.11.7, 2 x A Processor @ 2.5GHz, load 1.5 before

== curves

meetings               isRunning us  getInfo us       MB
meetings, 10                    110         120     60.5
meetings, 1,000                 118         125     70.0
sockets, 10                    3.01        0.00     11.0
(12 s)

== recordings
recordings                                               1,000                    10,000
first start, without a snapshot             0.17 s                    1.94 s
start with a snapshot                       0.00 s                    0.26 s
filter                                 found  wall ms   CPU ms  longest   found  wall ms   CPU ms  longest
page of 100                              100    0.003    0.004    0.005     100    0.003    0.006    0.007

== media
listeners   packets   Janus %   bbbd %
4               500      12.5      0.0
25            3,100      60.0      1.5
metrics failed with 1
"""


@pytest.mark.parametrize(
    ("line", "label", "numbers"),
    [
        ("a call     110    0.5", "a call", [110, 0.5]),
        ("meetings, 1,000      118     1,250.5", "meetings, 1,000", [118, 1250.5]),
        ("  indented      7 s     8 B/recording", "indented", [7, 8]),
        ("a label with 2 numbers  3", "a label with 2 numbers", [3]),
        ("h264 and 2.5GHz      v3 4x 5", "h264 and 2.5GHz", [5]),
        ("49         7", "49", [7]),
        ("no numbers at all", None, []),
        ("told: 1 blank between, 2", None, []),
        ("", None, []),
    ],
)
def test_a_line_is_a_label_and_the_numbers_of_its_columns(line: str, label: str | None, numbers: list[float]) -> None:
    assert rows(f"== some\n{line}\n") == ({} if label is None else {("some", label): numbers})


def test_lines_are_told_apart_by_their_bench() -> None:
    found = rows(RESULT + "\n== other\nmeetings, 10      5\n")
    assert found["curves", "meetings, 10"] == [110, 120, 60.5]
    assert found["other", "meetings, 10"] == [5]
    assert {bench for bench, _label in found} == {"curves", "recordings", "media", "other"}


def test_results_are_in_the_order_of_their_dates(tmp_path: Path) -> None:
    for name in ("2026-11-30T1417.txt", "2026-11-29T2359.txt", "README.md"):
        (tmp_path / name).write_text("")
    assert [path.stem for path in newest(tmp_path)] == ["2026-11-29T2359", "2026-11-30T1417"]


def test_two_results_are_compared_by_their_last_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text("== calls\na call     10    200\ngone     1\nwas zero     0\n")
    new.write_text("== calls\na call     10    50\nnew     1\nwas zero     3\n")
    compare.main([str(old), str(new)])
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["old", "and", "new", "old", "new", "new", "/", "old"]
    assert [line.split() for line in lines] == [["calls:", "a", "call", "200.00", "50.00", "0.25"]]


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([1], 0, 1), ([1, 10], 0, 1), ([0.5, 20], -1, 2), ([100, 100_000], 2, 5), ([0.003], -3, -2), ([7, 9], 0, 1)],
)
def test_an_axis_goes_from_one_power_of_ten_to_another(values: list[float], low: int, high: int) -> None:
    axis = Axis.of(values, 0, 100)
    assert (axis.low, axis.high) == (low, high)
    assert axis.marks() == [10.0**power for power in range(low, high + 1)]
    assert (axis.place(axis.marks()[0]), axis.place(axis.marks()[-1])) == (0, 100)
    assert all(0 <= axis.place(value) <= 100 for value in values)


def test_what_grows_tenfold_moves_by_the_same_everywhere() -> None:
    axis = Axis.of([1, 1000], 30, 0)
    assert [axis.place(value) for value in (1, 10, 100, 1000)] == pytest.approx([30, 20, 10, 0])


def test_curves_are_made_of_labelled_rows() -> None:
    found = rows(RESULT)
    assert by_row(found, "meetings", {"running": 0, "memory": 2}) == [
        Curve("running", ((10, 110), (1000, 118))),
        Curve("memory", ((10, 60.5), (1000, 70))),
    ]
    # Zero has no place on a logarithmic axis, and what has no other value no curve.
    assert by_row(found, "sockets", {"to come in": 0, "idle": 1}) == [Curve("to come in", ((10, 3.01),))]
    assert by_row(found, "attendees", {"any": 0}) == []


def test_points_are_in_the_order_of_their_sizes_and_rows_may_lack_a_column() -> None:
    found = {("curves", "m, 1,000"): [3.0, 30.0], ("curves", "m, 10"): [1.0], ("curves", "m, 100"): [2.0, 20.0]}
    assert by_row(found, "m", {"first": 0, "second": 1}) == [
        Curve("first", ((10, 1), (100, 2), (1000, 3))),
        Curve("second", ((100, 20), (1000, 30))),
    ]


def test_curves_of_recordings_are_made_of_columns() -> None:
    curves = {curve.name: curve.points for curve in of_recordings(rows(RESULT))}
    assert curves == {
        "first start, s": ((1000, 0.17), (10_000, 1.94)),
        "start with a snapshot, s": ((10_000, 0.26),),
        "page of 100, ms CPU": ((1000, 0.004), (10_000, 0.006)),
    }


def test_columns_of_recordings_are_those_that_were_measured() -> None:
    told = "== recordings\nrecordings      10,000    100,000\nstart with a snapshot      0.2 s    1.3 s\n"
    assert of_recordings(rows(told)) == [Curve("start with a snapshot, s", ((10_000, 0.2), (100_000, 1.3)))]


def test_curves_of_people_with_sound_are_made_of_rows_that_begin_with_their_number() -> None:
    curves = {curve.name: curve.points for curve in of_media(rows(RESULT))}
    assert curves == {
        "packets a second": ((4, 500), (25, 3100)),
        "Janus, % of a core": ((4, 12.5), (25, 60)),
        "bbbd, % of a core": ((25, 1.5),),
    }


def test_a_picture_has_every_curve_within_its_frame() -> None:
    curves = [Curve("a < b", ((10, 1), (100, 20))), Curve("flat", ((10, 5), (1000, 5)))]
    picture = ET.fromstring(drawn("Title & more", "people", curves))
    texts = [one.text for one in picture.iter() if one.text and one.text.strip()]
    assert {"Title & more", "people", "a < b", "flat", "10", "100", "1,000", "1"} <= set(texts)
    circles = [one.attrib for one in picture.iter() if one.tag.endswith("circle")]
    assert len(circles) == 4
    assert all(LEFT <= float(one["cx"]) <= WIDTH - RIGHT for one in circles)
    assert all(TOP <= float(one["cy"]) <= HEIGHT - BOTTOM for one in circles)
    assert len({one["fill"] for one in circles}) == 2


def test_a_newer_result_takes_the_place_of_older_rows_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "1.txt", tmp_path / "2.txt"
    old.write_text(RESULT)
    new.write_text("== recordings\npage of 100      100    0.003    9.004    0.005\n")
    monkeypatch.setattr(plot, "PICTURES", tmp_path / "pictures")
    plot.main([str(old), str(new)])
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == [
        "media.svg",
        "meetings.svg",
        "recordings.svg",
        "sockets.svg",
    ]
    assert capsys.readouterr().out.count("drawn: ") == 4
