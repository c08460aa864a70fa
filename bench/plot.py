"""Draws the curves of the results of the benches: ``docs/performance/*.svg``. ``make bench-plot``.

``python bench/plot.py [RESULT]…``; without one, all of them: of each row the newest. Both axes are logarithmic, so what
grows with its cause is a straight slope, and where a curve bends is seen.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.compare import RESULTS, newest, rows  # noqa: E402

PICTURES = ROOT / "docs" / "performance"
WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 210, 40, 48
#: Told apart in print and by those who see no red or green.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#a06000")
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 4", "1 2")


@dataclass(frozen=True)
class Curve:
    """A line of a picture: what it tells, and its points."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis from one power of ten to another, between two places."""

    low: int
    high: int
    begin: float
    end: float

    @classmethod
    def of(cls, values: list[float], begin: float, end: float) -> Axis:
        """Return the axis on which all of these are."""
        low = math.floor(math.log10(min(values)))
        return cls(low, max(low + 1, math.ceil(math.log10(max(values)))), begin, end)

    def place(self, value: float) -> float:
        """Return where a value is."""
        return self.begin + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.begin)

    def marks(self) -> list[float]:
        """Return the powers of ten."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(x: float, y: float, other: float, below: float) -> str:
    return f'<path d="M{x:.0f} {y:.0f}L{other:.0f} {below:.0f}" stroke="#8884" fill="none"/>'


def _grid(across: Axis, up: Axis) -> list[str]:
    parts = []
    for value in across.marks():
        x = across.place(value)
        parts += [_line(x, TOP, x, HEIGHT - BOTTOM), _text(x, HEIGHT - BOTTOM + 18, f"{value:,.0f}")]
    for value in up.marks():
        y = up.place(value)
        parts += [_line(LEFT, y, WIDTH - RIGHT, y), _text(LEFT - 8, y + 4, f"{value:,g}", "end")]
    return parts


def drawn(title: str, across: str, curves: list[Curve]) -> str:
    """Return a picture of curves as SVG."""
    points = [point for curve in curves for point in curve.points]
    x_axis = Axis.of([x for x, _y in points], LEFT, WIDTH - RIGHT)
    y_axis = Axis.of([y for _x, y in points], HEIGHT - BOTTOM, TOP)
    parts = _grid(x_axis, y_axis)
    for number, curve in enumerate(curves):
        places = [(x_axis.place(x), y_axis.place(y)) for x, y in curve.points]
        look = f'stroke="{COLOURS[number % len(COLOURS)]}" stroke-dasharray="{DASHES[number % len(DASHES)]}"'
        joined = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        parts.append(f'<path d="M{joined}" fill="none" stroke-width="2" {look}/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{COLOURS[number % 6]}"/>' for x, y in places]
        y = TOP + 12 + 22 * number
        parts.append(f'<path d="M{WIDTH - RIGHT + 14} {y}h28" stroke-width="2" {look}/>')
        parts.append(_text(WIDTH - RIGHT + 48, y + 4, curve.name, "start"))
    parts += [
        f'<text x="{LEFT}" y="22" font-weight="bold">{escape(title)}</text>',
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, across),
    ]
    style = "font-family='system-ui,sans-serif' font-size='12' fill='#555'"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" {style}>'
    return "\n".join([head, f"<title>{escape(title)}</title>", *parts, "</svg>\n"])


Rows = dict[tuple[str, str], list[float]]


def by_row(found: Rows, name: str, columns: dict[str, int]) -> list[Curve]:
    """Return curves of rows that are labelled with a size, as ``meetings, 1,000``: what each column tells."""
    sizes = {
        float(label.removeprefix(f"{name}, ").replace(",", "")): numbers
        for (bench, label), numbers in found.items()
        if bench == "curves" and label.startswith(f"{name}, ")
    }
    return _of_columns(sizes, columns)


def of_recordings(found: Rows) -> list[Curve]:
    """Return the curves of recordings, whose sizes are columns, in the order of the first row."""
    sizes = found.get(("recordings", "recordings"), [])
    told = {
        "first start, s": ("first start, without a snapshot", 0, 1),
        "start with a snapshot, s": ("start with a snapshot", 0, 1),
        "page of 100, ms CPU": ("page of 100", 2, 4),
        "by meeting id, ms CPU": ("by meeting id", 2, 4),
        "longest step, no filter, ms": ("no filter", 3, 4),
        "longest step, meta with %, ms": ("by meta, with %", 3, 4),
    }
    curves = {}
    for name, (label, first, step) in told.items():
        if numbers := found.get(("recordings", label)):
            curves[name] = list(zip(sizes, numbers[first::step], strict=False))
    return _curves(curves)


def of_media(found: Rows) -> list[Curve]:
    """Return the curves of people with sound, whose rows begin with how many they are."""
    people = {
        float(label): numbers for (bench, label), numbers in found.items() if bench == "media" and label.isdigit()
    }
    columns = {"Janus, % of a core": 1, "bbbd, % of a core": 2, "packets a second": 0}
    return _of_columns(people, columns)


def _of_columns(rows_by_size: dict[float, list[float]], columns: dict[str, int]) -> list[Curve]:
    """Return a curve for each column; a row of an older bench may not have it."""
    by_size = sorted(rows_by_size.items())
    return _curves(
        {
            told: [(size, numbers[column]) for size, numbers in by_size if column < len(numbers)]
            for told, column in columns.items()
        }
    )


def _curves(points: dict[str, list[tuple[float, float]]]) -> list[Curve]:
    # Zero has no place on such an axis.
    kept = {name: tuple(point for point in each if min(point) > 0) for name, each in points.items()}
    return [Curve(name, each) for name, each in kept.items() if each]


def main(names: list[str]) -> None:
    """Draw what the result has."""
    found: Rows = {}
    for path in [Path(name) for name in names] or newest(RESULTS):
        found |= rows(path.read_text())
    calls = {"isMeetingRunning, µs": 0, "getMeetingInfo, µs": 1, "getMeetings, ms": 2, "start, s": 3, "memory, MB": 4}
    calls["longest turn, ms"] = 5
    chat = {"getMeetingInfo, µs": 0, "to come in, ms": 1, "a frame of chat, µs": 2, "longest turn, ms": 4}
    idle = {"to come in, ms": 0, "idle, % of a core": 1, "KB each": 2, "memory, MB": 3, "longest turn, ms": 4}
    pictures = {
        "meetings": ("Meetings of one attendee each", "meetings", by_row(found, "meetings", calls)),
        "attendees": ("Attendees of one meeting", "attendees", by_row(found, "attendees", chat)),
        "sockets": ("People who do nothing, in meetings of 50", "sockets", by_row(found, "sockets", idle)),
        "recordings": ("Recordings", "recordings", of_recordings(found)),
        "media": ("People with sound: three speak, one shows a camera", "people", of_media(found)),
    }
    PICTURES.mkdir(exist_ok=True)
    for name, (title, across, curves) in pictures.items():
        if curves:
            (PICTURES / f"{name}.svg").write_text(drawn(title, across, curves))
            print(f"drawn: {PICTURES / name}.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
