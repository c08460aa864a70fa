"""The journal's lines: written and read again, cut at every byte, changed at every byte, and of every version."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbbd.clock import Moment
from bbbd.meetings import fold
from bbbd.meetings.chat import Chatted
from bbbd.meetings.event import Created, Ended, EndReason, Event, Joined, Registered, Resumed
from bbbd.meetings.journal import replay
from bbbd.meetings.journal_format import DamagedJournal, Line, read_journal, write_head, write_line
from bbbd.values.enums import GuestStatus, Role

DATA = Path(__file__).parent.parent / "data"
ID = "89e495e7941cf9e40e6980d14a16bf023ccd4c91-1531155809613"
TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)


def journal(*events: Event) -> bytes:
    return write_head(ID) + b"".join(write_line(Line(n, 1000 + n, event)) for n, event in enumerate(events, 1))


def test_what_is_written_is_read_again() -> None:
    @given(TEXTS, TEXTS)
    def any_text(user: str, text: str) -> None:
        event = Chatted(user=user, text=text)
        contents = read_journal(journal(event), ID)
        assert contents.lines == (Line(1, 1001, event),)
        assert contents.torn == b""

    any_text()


@pytest.fixture
def golden() -> bytes:
    """A journal that an earlier bbbd wrote: format 1."""
    return (DATA / "journal-1.jsonl").read_bytes()


def test_a_journal_of_format_1_is_read_for_ever(golden: bytes) -> None:
    meeting = replay(read_journal(golden, ID), Moment(1531156000000, 0))
    assert meeting is not None
    assert meeting.external_id == "demo"
    assert meeting.created_at == Moment(1531155809613, -190387)
    assert [person.name for person in meeting.people.values()] == ["Ada 🎉"]
    assert [message.text for message in meeting.chat] == ["Hello"]
    assert meeting.created.wanted.metadata == {"k": "v"}
    assert meeting.presenter in meeting.people
    assert meeting.n == 8


def test_every_prefix_is_what_had_been_written_by_then(golden: bytes) -> None:
    ends = [at for at, byte in enumerate(golden, 1) if byte == 10]
    for length in range(len(golden)):
        whole = sum(end <= length for end in ends)
        contents = read_journal(golden[:length], ID)
        assert len(contents.lines) == max(0, whole - 1)
        assert contents.length == (ends[whole - 1] if whole else 0)
        assert contents.torn == golden[contents.length : length]


def test_no_changed_byte_goes_unseen(golden: bytes) -> None:
    whole = read_journal(golden, ID).lines
    last = golden.rindex(b"\n", 0, -1) + 1
    for at in range(len(golden)):
        changed = bytearray(golden)
        changed[at] ^= 0x01
        try:
            contents = read_journal(bytes(changed), ID)
        except DamagedJournal:
            assert at < last, "in the last line it is a torn end, not damage"
        else:
            # A line end that is gone makes one bad line of two.
            assert at >= last - 1
            assert contents.lines == whole[: -1 if at >= last else -2]
            assert contents.torn == changed[contents.length :]


def test_nuls_behind_the_last_line_are_a_torn_end(golden: bytes) -> None:
    contents = read_journal(golden + b"\0" * 512, ID)
    assert contents.torn == b"\0" * 512
    assert contents.length == len(golden)


def closed(text: bytes) -> bytes:
    from bbbd.meetings.journal_format import _closed  # noqa: PLC0415 - a line with its checksum, whatever it says

    return _closed(text)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (closed(b'{"bbbd":2,"meeting":"%b","n":0' % ID.encode()), "newer bbbd"),
        (closed(b'{"bbbd":1,"meeting":"other","n":0'), "journal of other"),
        (closed(b'{"n":1'), "not a journal's"),
        (closed(b"[1"), "not a journal's"),
        (write_head(ID) + closed(b'{"n":1,"t":1,"e":"Flew","user":"x"'), "newer bbbd"),
        (write_head(ID) + closed(b'{"n":1,"t":1,"e":"Left","user":"x","newer":1'), "newer bbbd"),
        (write_head(ID) + closed(b'{"n":1,"t":1,"e":"Left"'), "newer bbbd"),
        (write_head(ID) + closed(b'{"n":1,"t":1,"e":"Left",'), "not JSON"),
        (write_head(ID) + closed(b'{"hello":1'), "not an event"),
        (journal(Resumed()) + write_line(Line(3, 5, Resumed())), "has number 3, after 1"),
    ],
)
def test_what_cannot_be_trusted_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(DamagedJournal, match=says):
        read_journal(data, ID)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_journal_or_damaged(data: bytes) -> None:
    try:
        contents = read_journal(data, ID)
    except DamagedJournal:
        return
    assert data[contents.length :] == contents.torn


CREATED = read_journal((DATA / "journal-1.jsonl").read_bytes(), ID).lines[0].event
assert isinstance(CREATED, Created)


@pytest.mark.parametrize(
    "events",
    [
        (Joined(token="nobody"),),
        (Chatted(user="nobody", text="x"),),
        (Ended(why=EndReason.API), Ended(why=EndReason.API)),
        (CREATED,),
    ],
)
def test_events_that_do_not_fit_are_damage(events: tuple[Event, ...]) -> None:
    lines = tuple(Line(n, n, event) for n, event in enumerate((CREATED, *events), 1))
    contents = read_journal(journal(Resumed()), ID)._replace(lines=lines)
    with pytest.raises(DamagedJournal, match="do not fit"):
        replay(contents, Moment(0, 0))
    with pytest.raises(DamagedJournal, match="not the beginning"):
        replay(contents._replace(lines=lines[1:]), Moment(0, 0))


def test_a_whole_meeting_in_one_line_is_the_same_meeting() -> None:
    assert isinstance(CREATED, Created)
    meeting = fold.begin(CREATED, Moment(1_000, 50))
    registered = Registered(
        token="t",
        auth_token="a",
        user="w_1",
        external_id="u",
        name="N",
        role=Role.VIEWER,
        guest=False,
        status=GuestStatus.ALLOW,
        customdata={"a": "b"},
    )
    for event in (registered, Joined(token="t"), Chatted(user="w_1", text="x")):
        fold.apply(meeting, event, Moment(2_000, 60))
    restored = fold.restored(fold.as_restored(meeting, Moment(3_000, 70)), Moment(3_000, 1_070))
    assert restored.created_at == Moment(1_000, 1_050)
    assert restored.people["w_1"].joined == Moment(2_000, 1_060)
    assert restored.sessions["t"].used == Moment(2_000, 1_060)
    assert (restored.n, restored.chat, restored.customdata) == (meeting.n, meeting.chat, meeting.customdata)


@pytest.mark.parametrize(("begin", "end", "is_hole"), [(0, 1024, True), (1, 1024, False), (0, 1000, False)])
def test_whole_sectors_of_nuls_are_a_torn_end_though_good_lines_follow(begin: int, end: int, is_hole: bool) -> None:  # noqa: FBT001
    """A power cut leaves them in what was never synced; fewer NULs, or elsewhere, are damage."""
    first = journal(Chatted(user="a", text="first"))
    rest = [write_line(Line(n, 1000 + n, Chatted(user="a", text="x" * 400))) for n in range(2, 8)]
    data = bytearray(first + b"".join(rest))
    hole = slice(len(first) if begin == 0 else len(first) + begin, end)
    data[hole] = bytes(hole.stop - hole.start)
    if is_hole:
        contents = read_journal(bytes(data), ID)
        assert (len(contents.lines), contents.length) == (1, len(first))
    else:
        with pytest.raises(DamagedJournal, match="good ones follow"):
            read_journal(bytes(data), ID)
