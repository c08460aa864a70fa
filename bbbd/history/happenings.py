"""The structures of a history: the meeting's facts, and what happened in it, in order.

They say the same whether they were read from bbbd's journal or from another server's events.xml. A stay, a segment or
a page's time on the stage is not stored; it follows from the happenings.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bbbd.values.enums import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """The base of all happenings. ``at`` is milliseconds since 1970 and never goes back from one to the next."""

    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonJoined(Happening):
    """A person came in."""

    user: str
    external_id: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLeft(Happening):
    """A person went out."""

    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(Happening):
    """A person became moderator or viewer."""

    user: str
    role: Role
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenterChanged(Happening):
    """A person became the presenter."""

    user: str
    name: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingMarked(Happening):
    """Recording was switched on or off; ``by`` is empty when it started by itself."""

    on: bool
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chatted(Happening):
    """A message to all, as plain text. ``user`` is empty when an application wrote."""

    user: str
    name: str
    role: Role
    text: str
    emphasized: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCleared(Happening):
    """The public chat was emptied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeckConverted(Happening):
    """A document became slides. ``deck`` is the name of their directory."""

    deck: str
    name: str
    downloadable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeckShared(Happening):
    """A deck came on the stage, with the page of it that was shown last."""

    deck: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeckRemoved(Happening):
    """A deck was removed, from the stage too."""

    deck: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageShown(Happening):
    """A page of a deck was chosen; pages count from 1."""

    deck: str
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartViewed(Happening):
    """The visible part of the stage changed, in percent of the page. It holds for the pages that follow too."""

    deck: str
    page: int
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HandChanged(Happening):
    """A hand was raised or lowered."""

    user: str
    raised: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted(Happening):
    """A person reacted with an emoji."""

    user: str
    emoji: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceJoined(Happening):
    """A person came into the sound with a microphone."""

    user: str
    name: str
    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceMuted(Happening):
    """A microphone was muted or unmuted."""

    user: str
    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceLeft(Happening):
    """A person left the sound."""

    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Talking(Happening):
    """A person began or ceased to speak."""

    user: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PollStarted(Happening):
    """A poll began. ``options`` are its answers in their order; a typed one has none."""

    poll: str
    kind: str
    question: str
    options: tuple[str, ...]
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PollAnswered(Happening):
    """A person gave one answer of an open poll; ``number`` is its place."""

    poll: str
    user: str
    number: int
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PollStopped(Happening):
    """A poll ended."""

    poll: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaKept(Happening):
    """A track of a person is kept in a file of this name (without its ending) from now on, or no longer.

    ``track`` is ``microphone``, ``camera``, ``screen`` or ``screenSound``.
    """

    user: str
    track: str
    file: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PollAnswer:
    """An answer of a poll and how many gave it."""

    number: int
    text: str
    votes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPublished(Happening):
    """The result of a poll was shown to all. ``respondents`` were asked, ``responders`` answered."""

    poll: str
    kind: str
    question: str
    answers: tuple[PollAnswer, ...]
    respondents: int
    responders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalVideoStarted(Happening):
    """A video of another site came on the stage."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalVideoStopped(Happening):
    """The video of another site left the stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorMoved(Happening):
    """A person's pointer moved: in percent of the page, outside of 0 to 100 when it left it."""

    user: str
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeDrawn(Happening):
    """A drawing on a page as it was then: the first of its id, or another one in its place.

    ``points`` are x and y in turn, in percent of the page; ``thickness`` is in percent of its width, ``font_size`` and
    the box of a text in percent of the page. ``commands`` say what the points of a pencil's smoothed line are: 1 is a
    move, 2 a line, 3 and 4 are Bézier curves with one and two control points. Colours are RGB numbers.
    """

    deck: str
    page: int
    shape: str
    user: str
    kind: str
    points: tuple[float, ...]
    commands: tuple[int, ...] = ()
    color: int = 0
    thickness: float = 0
    is_filled: bool = False
    #: Whether its width is its height as well: a square or a circle.
    is_even: bool = False
    text: str = ""
    font_size: float = 0
    box: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeUndone(Happening):
    """A drawing was taken back."""

    deck: str
    page: int
    shape: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCleared(Happening):
    """All drawings were removed from a page; with ``user`` those of one person."""

    deck: str
    page: int
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingEnded(Happening):
    """The meeting was over."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts of a meeting, which do not change. ``record_id`` is the meeting's internal id."""

    record_id: str
    external_id: str
    name: str
    is_breakout: bool = False
    #: Metadata of create: names in lower case.
    metadata: dict[str, str] = field(default_factory=dict)
    #: Of a breakout room: the internal id of its parent, its number, and whether people chose it themselves.
    parent_id: str = ""
    sequence: int = 0
    free_join: bool = False
    #: Internal ids of the meeting's own breakout rooms.
    rooms: tuple[str, ...] = ()
    webcams_only_for_moderator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A meeting from its begin to its end, in milliseconds since 1970."""

    facts: Facts
    begin: int
    end: int
    happenings: tuple[Happening, ...]


class UnreadableHistory(ValueError):
    """The sources of a recording cannot be read; the text says why."""
