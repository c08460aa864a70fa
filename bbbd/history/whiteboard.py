"""What the events of BigBlueButton's whiteboard before tldraw mean for a history: drawings and their end.

An event of a pencil's line has only the points that are new, until the last one has all. So that a history grows no
faster than its file, the line in between is told each time that it has become twice as long.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from bbbd.history import happenings as seen
from bbbd.history.event_fields import NUMBER, Fields, Senseless
from bbbd.history.happenings import Happening
from bbbd.history.vocabulary import Story, meaning_of, poll_answers, poll_result

PENCIL, TEXT = "pencil", "text"
#: Kinds of drawings, with the numbers that their points have at least.
KINDS = {PENCIL: 2, "line": 4, "rectangle": 4, "ellipse": 4, "triangle": 4, TEXT: 2}
#: Kinds that may be filled.
FILLED = ("rectangle", "ellipse", "triangle")
DONE = ("DRAW_END", "textPublished", "")
#: Numbers of one drawing, and of all that a history tells; lines of pencils that are drawn at the same time.
_MOST_NUMBERS, _MOST_NUMBERS_IN_ALL, _MOST_STROKES = 40_000, 4_000_000, 50
_FARTHEST = 10_000.0
_MOST_COLOR = 0xFFFFFF


@meaning_of("WHITEBOARD", "AddShapeEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    kind = fields.text("type")
    if kind == "poll_result":
        # Before 2.3 the result on the slide was all that told of one.
        asked, answered = fields.number("num_respondents"), fields.number("num_responders")
        answers = poll_answers(fields.text("result"), "num_votes")
        yield from poll_result(story, at, fields.needed("id"), "", answers, asked, answered)
    elif kind in KINDS and not story.is_tldraw:
        yield from _drawn(story, fields, kind, at)


@meaning_of("WHITEBOARD", "ModifyTextEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    if not story.is_tldraw:
        yield from _drawn(story, fields, TEXT, at)


def _drawn(story: Story, fields: Fields, kind: str, at: int) -> Iterator[Happening]:
    deck, page = _place(story, fields)
    shape = fields.text("id") or fields.needed("shapeId")
    points = _numbers(fields.text("dataPoints"))
    if kind == PENCIL:
        told = _stroke(story, shape, fields.text("status"), points)
        if told is None:
            return
        points = told
    if len(points) < KINDS[kind]:
        raise Senseless("dataPoints")
    story.numbers += len(points)
    if story.numbers > _MOST_NUMBERS_IN_ALL:
        raise Senseless("dataPoints")
    is_text = kind == TEXT
    commands = fields.text("commands") if kind == PENCIL and fields.text("status") in DONE else ""
    yield seen.ShapeDrawn(
        at=at,
        deck=deck,
        page=page,
        shape=shape,
        user=fields.text("userId"),
        kind=kind,
        points=tuple(points),
        commands=tuple(int(one) for one in commands.split(",") if one in ("1", "2", "3", "4")),
        color=_color(fields.text("fontColor" if is_text else "color")),
        thickness=0.0 if is_text else _size(fields, "thickness"),
        is_filled=kind in FILLED and fields.flag("fill"),
        is_even=(kind == "rectangle" and fields.flag("square")) or (kind == "ellipse" and fields.flag("circle")),
        text=fields.text("text") if is_text else "",
        font_size=_size(fields, "calcedFontSize") if is_text else 0.0,
        box=(_size(fields, "textBoxWidth"), _size(fields, "textBoxHeight")) if is_text else (0.0, 0.0),
    )


def _stroke(story: Story, shape: str, status: str, points: list[float]) -> list[float] | None:
    """Return all points of a pencil's line if it is to be told now, else None."""
    if status == "DRAW_END":
        _told, known = story.strokes.pop(shape, (0, points))
        # Where smoothing failed the last event has none, and the line stays as it is.
        return points or known
    if status != "DRAW_UPDATE":
        if len(story.strokes) >= _MOST_STROKES:
            story.strokes.pop(next(iter(story.strokes)))
        story.strokes[shape] = (len(points), list(points))
        return points if len(points) >= KINDS[PENCIL] else None
    told, known = story.strokes.get(shape, (0, []))
    known += points[: max(0, _MOST_NUMBERS - len(known))]
    is_due = len(known) >= max(2 * told, KINDS[PENCIL]) and len(known) > told
    story.strokes[shape] = (len(known) if is_due else told, known)
    return list(known) if is_due else None


@meaning_of("WHITEBOARD", "UndoAnnotationEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    deck, page = _place(story, fields)
    yield seen.ShapeUndone(at=at, deck=deck, page=page, shape=fields.text("shapeId"))


@meaning_of("WHITEBOARD", "UndoShapeEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    deck, page = _place(story, fields)
    yield seen.ShapeUndone(at=at, deck=deck, page=page, shape=fields.text("shapeId"))


@meaning_of("WHITEBOARD", "ClearWhiteboardEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    deck, page = _place(story, fields)
    is_full = fields.text("fullClear") in ("", "true")
    yield seen.PageCleared(at=at, deck=deck, page=page, user="" if is_full else fields.text("userId"))


@meaning_of("WHITEBOARD", "ClearPageEvent")
def _(story: Story, fields: Fields, at: int) -> Iterator[Happening]:
    deck, page = _place(story, fields)
    is_full = fields.text("fullClear") in ("", "true")
    yield seen.PageCleared(at=at, deck=deck, page=page, user="" if is_full else fields.text("userId"))


def _place(story: Story, fields: Fields) -> tuple[str, int]:
    """Return the deck and the page that an event is about."""
    deck = fields.text("presentation") or story.deck
    number = fields.text("pageNumber")
    return deck, int(number) + 1 if NUMBER.fullmatch(number) else story.pages.get(deck, 1)


def _numbers(text: str) -> list[float]:
    """Return the numbers between commas, an even number of them. Raises ``Senseless``."""
    try:
        found = [float(one) for one in text.split(",", _MOST_NUMBERS)[:_MOST_NUMBERS]] if text else []
    except ValueError:
        raise Senseless("dataPoints") from None
    if not all(abs(one) <= _FARTHEST for one in found):
        raise Senseless("dataPoints")
    return found[: len(found) // 2 * 2]


def _size(fields: Fields, name: str) -> float:
    """Return a size in percent. Raises ``Senseless`` for one that is none."""
    found = fields.decimal(name)
    if not (math.isfinite(found) and 0 <= found <= _FARTHEST):
        raise Senseless(name)
    return found


def _color(text: str) -> int:
    return min(int(text), _MOST_COLOR) if NUMBER.fullmatch(text) else 0
