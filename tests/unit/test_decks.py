"""Which documents a meeting has, in what order they are shown, and what each event makes of its decks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbbd.clock import Moment
from bbbd.meetings import fold
from bbbd.meetings.create_parameters import Create, Document
from bbbd.meetings.decks import MOST_DECKS, documents_of, name_of
from bbbd.meetings.event import Created, Event
from bbbd.meetings.lifecycle import follows
from bbbd.meetings.model import DeckState, Meeting
from bbbd.meetings.slides import DeckAdded, DeckConverted, DeckFailed, DeckRemoved, SlideShown, SlideViewed

NOW = Moment(1_000, 1_000)


def create(*documents: Document, **more: Any) -> Create:
    return Create(meeting_id="demo", documents=documents, **defaults(), **more)


def defaults() -> dict[str, Any]:
    """Return what a setting says where create does not."""
    from bbbd.api.query import read_query  # noqa: PLC0415 - only here
    from bbbd.settings.settings import Settings  # noqa: PLC0415
    from bbbd.values.fields import read  # noqa: PLC0415

    made = read(Create, read_query(b"meetingID=demo"), Settings())
    return {
        name: getattr(made, name)
        for name in Create.__dataclass_fields__
        if name not in ("meeting_id", "documents", "slides_url", "slides_name", "slides_override_default")
    }


def named(*names: str, **more: Any) -> tuple[Document, ...]:
    return tuple(Document(name=name, **more) for name in names)


def begun(*documents: Document) -> Meeting:
    return fold.begin(
        Created(
            internal_id="x",
            create_time=5,
            wanted=create(*documents, slides_override_default=True),
            attendee_pw="",
            moderator_pw="",
            voice_bridge="",
            record=False,
        ),
        NOW,
    )


def happen(meeting: Meeting, event: Event) -> None:
    """Let an event happen, and what follows."""
    following: Event | None = event
    while following is not None:
        fold.apply(meeting, following, NOW)
        following = follows(meeting)


def ready(meeting: Meeting, deck: str, pages: int = 3) -> None:
    happen(meeting, DeckConverted(deck=deck, key=f"key of {deck}", pages=pages))


@pytest.mark.parametrize(
    ("given_documents", "more", "has_default", "found"),
    [
        ((), {}, True, [("default.pdf", False)]),
        ((), {}, False, []),
        (named("a", "b"), {}, True, [("a", False), ("b", False), ("default.pdf", True)]),
        (named("a"), {"slides_override_default": False}, True, [("a", False), ("default.pdf", False)]),
        (
            (*named("a", "b"), Document(name="c", current=True), Document(name="d", current=True)),
            {},
            False,
            [("c", False), ("a", False), ("b", False), ("d", False)],
        ),
        (named("a"), {"slides_url": "http://x/dir/b.pdf?c#d"}, False, [("a", False), ("b.pdf", False)]),
        ((), {"slides_url": "http://x/", "slides_name": "n.pdf"}, True, [("n.pdf", False), ("default.pdf", True)]),
    ],
)
def test_the_documents_of_a_meeting(
    given_documents: tuple[Document, ...], more: dict[str, Any], *, has_default: bool, found: list[tuple[str, bool]]
) -> None:
    wanted = create(*given_documents, **{"slides_override_default": True} | more)
    assert [(one.name, one.spare) for one in documents_of(wanted, has_default=has_default)] == found


def test_a_meeting_has_a_hundred_documents_at_most() -> None:
    wanted = create(*named(*["a"] * 200), slides_override_default=True)
    assert len(documents_of(wanted, has_default=True)) == MOST_DECKS


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://x/a/b.pdf", "b.pdf"),
        ("http://x/a/?b=/c.pdf", "a"),
        ("http://x", "x"),
        ("", ""),
        ("http://x/%C3%9Cbung%201.pdf", "Übung 1.pdf"),
        ("http://x/a%0D%00%FF.pdf", "a\ufffd.pdf"),
    ],
)
def test_a_url_names_its_document(url: str, name: str) -> None:
    assert name_of(url) == name


def test_the_first_is_shown_though_others_are_ready_before() -> None:
    meeting = begun(*named("a", "b"))
    first, second = meeting.decks
    ready(meeting, second)
    assert meeting.stage is None
    ready(meeting, first)
    assert meeting.stage is not None
    assert (meeting.stage.deck, meeting.stage.page, meeting.next_deck) == (first, 1, "")


def test_when_the_first_fails_the_next_is_shown_and_at_last_the_spare() -> None:
    meeting = begun(*named("a", "b"), Document(name="default.pdf", standard=True, spare=True))
    first, second, spare = meeting.decks
    happen(meeting, DeckFailed(deck=first, why="x"))
    assert meeting.next_deck == second
    happen(meeting, DeckFailed(deck=second, why="x"))
    assert meeting.next_deck == spare
    ready(meeting, spare)
    assert meeting.stage is not None
    assert meeting.stage.deck == spare


def test_who_chooses_another_deck_keeps_it() -> None:
    meeting = begun(*named("a", "b"))
    first, second = meeting.decks
    ready(meeting, second)
    happen(meeting, SlideShown(deck=second, page=2, by="ada"))
    ready(meeting, first)
    assert meeting.stage is not None
    assert (meeting.stage.deck, meeting.stage.page) == (second, 2)


def test_a_deck_that_comes_to_be_shown_waits_through_turned_pages() -> None:
    meeting = begun(*named("a"))
    [first] = meeting.decks
    ready(meeting, first)
    happen(meeting, DeckAdded(deck="new", document=Document(name="new", current=True), by="ada"))
    happen(meeting, SlideShown(deck=first, page=2, by="ada"))
    ready(meeting, "new")
    assert meeting.stage is not None
    assert meeting.stage.deck == "new"


def test_a_deck_that_is_taken_away_leaves_the_stage() -> None:
    meeting = begun(*named("a", "b"))
    first, second = meeting.decks
    ready(meeting, first)
    ready(meeting, second)
    happen(meeting, SlideViewed(x=1, y=2, w=3, h=4, by="ada"))
    happen(meeting, DeckRemoved(deck=first, by="ada"))
    assert meeting.stage is not None
    assert (meeting.stage.deck, meeting.stage.x) == (second, 0)
    happen(meeting, DeckRemoved(deck=second, by="ada"))
    assert not meeting.next_deck
    assert_nothing_is_shown(meeting)
    assert {deck.state for deck in meeting.decks.values()} == {DeckState.REMOVED}


def assert_nothing_is_shown(meeting: Meeting) -> None:
    assert meeting.stage is None


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "ready", "fail", "remove", "show"]), st.integers(0, 5), st.booleans()),
    max_size=30,
)


@given(STEPS)
def test_whatever_happens_what_is_shown_can_be_shown(steps: list[tuple[str, int, bool]]) -> None:
    meeting = begun(*named("a", "b"), Document(name="default.pdf", standard=True, spare=True))
    for number, (step, place, flag) in enumerate(steps):
        deck = list(meeting.decks.values())[place % len(meeting.decks)]
        waits, is_ready = deck.state is DeckState.WAITING, deck.state is DeckState.READY
        if step == "add":
            document = Document(name="n", current=flag)
            happen(meeting, DeckAdded(deck=f"n{number}", document=document, by="ada"))
        elif step == "ready" and waits:
            ready(meeting, deck.deck)
        elif step == "fail" and waits:
            happen(meeting, DeckFailed(deck=deck.deck, why="x"))
        elif step == "remove" and deck.state is not DeckState.REMOVED:
            happen(meeting, DeckRemoved(deck=deck.deck, by="ada"))
        elif step == "show" and is_ready:
            happen(meeting, SlideShown(deck=deck.deck, page=1, by="ada"))
        if meeting.stage is not None:
            assert meeting.decks[meeting.stage.deck].state is DeckState.READY
        elif any(one.state is DeckState.READY and not one.document.spare for one in meeting.decks.values()):
            # Nothing is shown though something could be, only while another is to come first.
            assert meeting.decks[meeting.next_deck].state is DeckState.WAITING
    whole = fold.restored(fold.as_restored(meeting, NOW), NOW)
    assert (whole.decks, whole.stage, whole.next_deck) == (meeting.decks, meeting.stage, meeting.next_deck)
