"""The golden files, which an earlier bbbd wrote: each is read in whole, and would be written the same again."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
import pytest
from format_names import NAMES
from golden_files import (
    ARRIVALS,
    BATCH,
    BEGUN,
    DUE,
    EJECTED,
    ENTRIES,
    EVENTS,
    FORMATS,
    HOOKS,
    ID,
    IMPORTED,
    INDEX,
    INTENT,
    LEFT,
    LINKS,
    NOTE,
    RECORD_ID,
    RESTORED,
    TICKET,
    UPLOAD,
    WRITTEN,
    golden,
    meeting,
)
from sample_archives import DEMO, layout_at, pack, recording
from sample_recordings import places

from bbbd.callbacks.deliveries import Delivery
from bbbd.callbacks.hooks import Hook, read_hooks
from bbbd.callbacks.outbox_batches import read_batch
from bbbd.callbacks.outbox_store import OutboxStore
from bbbd.clock import Clock, Moment
from bbbd.media import links
from bbbd.meetings import fold, journal_format
from bbbd.meetings.journal import replay
from bbbd.meetings.journal_format import DamagedJournal, Line, read_journal, write_head, write_line
from bbbd.playback.tracklinks import TrackLinks
from bbbd.recordings import atomic_replace, index_snapshot
from bbbd.recordings.atomic_replace import finish_replacements
from bbbd.recordings.importer import Imported, Importer, ImportOutcome
from bbbd.recordings.index import Index, IndexPart, encoded
from bbbd.recordings.index_snapshot import read_snapshot, stored_count, write_snapshot
from bbbd.recordings.metadata import MetadataHead
from bbbd.recordings.spool import RequestResult, Requests, request_import, take_answer
from bbbd.recordings.status_files import StatusFiles, Ticket
from bbbd.recordings.transactions import Transaction
from bbbd.recordings.uploaded_media import HEAD, SLICES, note_end, read_ejected, read_end, read_upload, slice_line
from bbbd.settings.current import CurrentSettings
from bbbd.settings.properties import read_settings
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk
from bbbd.texttracks.inbox import Inbox, WaitingUpload
from bbbd.texttracks.indexes import TrackKey, TrackKind
from bbbd.values.fields import declarations

#: Structures around others, which are read and written with them.
FRAMES = {journal_format._Head, atomic_replace._Note, index_snapshot._Head, index_snapshot._Part, MetadataHead}


def plain(value: Any) -> Any:
    """Return a value that can be compared, with the attributes' names."""
    if isinstance(value, msgspec.Struct):
        return type(value), {name: plain(part) for name, part in msgspec.structs.asdict(value).items()}
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value


def defaults(value: Any, where: str = "") -> Iterable[str]:
    """Give every field of a value that has its default, or nothing in it."""
    if isinstance(value, msgspec.Struct):
        told = {one.name: one.default for one in msgspec.structs.fields(value)}
    elif dataclasses.is_dataclass(value):
        told = {one.name: one.default for one in dataclasses.fields(value)}
    else:
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
        for part in parts:
            yield from defaults(part, where)
        return
    for name, default in told.items():
        own, here = getattr(value, name), f"{where}.{name}"
        if own == default or (not own and default is not True):
            yield here
        yield from defaults(own, here)


@pytest.mark.parametrize(
    "told",
    [
        *EVENTS,
        meeting(0),
        *ENTRIES.values(),
        *DUE,
        LEFT,
        *HOOKS,
        *ARRIVALS,
        NOTE,
        TICKET,
        UPLOAD.head,
        LINKS[1].up,
        LINKS[1].down,
        [one[2] for one in INDEX],
    ],
    ids=lambda told: type(told).__name__,
)
def test_no_field_of_what_is_golden_has_its_default(told: object) -> None:
    assert list(defaults(told, type(told).__name__)) == []


def structures(value: Any) -> Iterable[type]:
    """Give the types of all structures in a value."""
    if isinstance(value, msgspec.Struct) or dataclasses.is_dataclass(value):
        yield type(value)
        names = value.__struct_fields__ if isinstance(value, msgspec.Struct) else value.__dataclass_fields__
        value = [getattr(value, name) for name in names]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    for part in parts:
        yield from structures(part)


def test_a_ticket_is_read_and_written(tmp_path: Path) -> None:
    status = StatusFiles(Disk(), layout_at(tmp_path))
    path = tmp_path / "recording/status/recorded" / f"{RECORD_ID}.done"
    status.write_ticket(RECORD_ID, TICKET)
    assert path.read_bytes() == golden("status/ticket.done")
    assert status.ticket(RECORD_ID) == TICKET
    # What an older bbbd, and BigBlueButton, leave.
    path.write_bytes(b"")
    assert status.ticket(RECORD_ID) == Ticket()


def test_what_a_page_sent_is_read_and_written(tmp_path: Path) -> None:
    directory = tmp_path / "uploads"
    directory.mkdir()
    for ending in (HEAD, SLICES):
        (directory / f"{UPLOAD.name}{ending}").write_bytes(golden(f"upload/file{ending}"))
    assert read_upload(tmp_path, UPLOAD.name) == UPLOAD
    assert (UPLOAD.length, UPLOAD.last_sign) == (90, 1531155814100)
    assert msgspec.json.encode(UPLOAD.head) + b"\n" == golden("upload/file.json")
    assert b"".join(map(slice_line, UPLOAD.slices)) == golden("upload/file.slices")
    # What is noted at the meeting's end.
    note_end(Disk(), tmp_path, 1531155815000, EJECTED)
    for name in ("ended", "ejected.json"):
        assert (directory / name).read_bytes() == golden(f"upload/{name}")
    assert (read_end(tmp_path), read_ejected(tmp_path)) == (1531155815000, EJECTED)


def test_every_structure_on_disk_is_in_a_golden_file() -> None:
    written = [
        EVENTS,
        meeting(0),
        list(ENTRIES.values()),
        DUE,
        LEFT,
        HOOKS,
        INTENT,
        ARRIVALS,
        NOTE,
        TICKET,
        INDEX,
        LINKS,
        UPLOAD,
    ]
    wires = {one for one in NAMES if one.__module__.startswith(("bbbd.live.", "bbbd.uploads."))}
    plain_ones = {one for one in NAMES if issubclass(one, (Enum, tuple))}
    assert set(structures(written)) == set(NAMES) - wires - plain_ones - FRAMES


def test_the_journal_of_every_kind_is_read_and_written() -> None:
    data = golden("journal.jsonl")
    contents = read_journal(data, ID)
    expected = [Line(n, BEGUN + n, event) for n, event in enumerate(EVENTS, 1)]
    for line, known in zip(contents.lines, expected, strict=True):
        assert line == known
        assert type(line.event) is type(known.event)
    assert contents.torn == b""
    assert write_head(ID) + b"".join(write_line(line) for line in expected) == data


@pytest.mark.parametrize("shift", [0, 5000])
def test_a_whole_meeting_in_one_line_is_read_and_written(shift: int) -> None:
    data = golden("journal-anew.jsonl")
    read = replay(read_journal(data, ID), Moment(WRITTEN.wall, WRITTEN.steady + shift))
    assert plain(read) == plain(meeting(shift))
    restored = fold.as_restored(meeting(0), WRITTEN)
    assert write_head(ID) + write_line(Line(RESTORED, WRITTEN.wall, restored)) == data


def test_the_outbox_is_read_and_written(tmp_path: Path) -> None:
    shutil.copytree(FORMATS / "outbox", tmp_path / "old")
    old, new = OutboxStore(Disk(), tmp_path / "old"), OutboxStore(Disk(), tmp_path / "new")
    old.prepare()
    assert dict(old.load(old.numbers())) == ENTRIES
    assert old.next_number() == 9
    (tmp_path / "old/000000000000002.json").rename(old.again / "000000000000002.json")
    assert list(old.to_retry()) == [(old.again / "000000000000002.json", ENTRIES[2])]
    new.prepare()
    for number, entry in ENTRIES.items():
        path, data = new.write(number, entry)
        assert path.read_bytes() == data == golden(f"outbox/{path.name}")
    new.give_up(5, ENTRIES[5])
    assert (tmp_path / "new/given-up/000000000000005.json").read_bytes() == golden("outbox/000000000000005.json")


def test_a_batch_of_the_outbox_is_read_and_written(tmp_path: Path) -> None:
    box = OutboxStore(Disk(), FORMATS / "outbox")
    assert box.find() == [*ENTRIES, 6, 7, 8]
    assert [number for number, _entry in box.look(box.numbers())] == [*ENTRIES, 6, 8]
    read = read_batch(FORMATS / "outbox" / BATCH)
    assert read
    assert list(read.deliveries) == [6, 7, 8]
    told = [(one, url, receiver) for one in DUE for url, receiver in one.receivers]
    for (one, url, receiver), entry in zip(told, read.deliveries.values(), strict=True):
        assert (entry.url, entry.receiver, entry.kind, entry.content) == (url, receiver, one.kind, one.content)
        assert (entry.application, entry.meeting, entry.event_number, entry.created_at) == (
            one.application,
            one.meeting,
            one.event_number,
            one.created_at,
        )
        assert not entry.tries
    new = OutboxStore(Disk(), tmp_path / "outbox")
    new.prepare()
    path, _data = new.write_batch(6, list(read.deliveries.values()))
    assert new.batches.leave([7]) == []
    assert (path.name, path.read_bytes()) == (BATCH, golden(f"outbox/{BATCH}"))


def test_hooks_are_read_and_written() -> None:
    assert read_hooks(FORMATS / "hooks") == HOOKS
    for hook in HOOKS:
        assert msgspec.json.encode(hook) == golden(f"hooks/{hook.id}.json")


def test_a_change_that_was_begun_is_read_and_written() -> None:
    data = golden("moves/change.json")
    assert msgspec.json.decode(data, type=Transaction) == INTENT
    assert msgspec.json.encode(INTENT) == data


def test_an_arrival_that_was_begun_is_read_written_and_finished(tmp_path: Path) -> None:
    data = golden("moves/note.arrival")
    note = atomic_replace._Note(replacements=ARRIVALS)
    assert msgspec.json.decode(data, type=atomic_replace._Note) == note
    assert msgspec.json.encode(note) == data
    layout = layout_at(tmp_path)
    for path in (ARRIVALS[0].source, *ARRIVALS[0].replaced):
        directory = tmp_path / path.removeprefix("/data/")
        directory.mkdir(parents=True)
        (directory / "metadata.xml").write_text(path)
    layout.moves.mkdir()
    (layout.moves / "note.arrival").write_bytes(data.replace(b"/data", bytes(tmp_path)))
    assert finish_replacements(Disk(), layout)
    left = list(tmp_path.glob(f"*/*/{RECORD_ID}/metadata.xml"))
    assert left == [layout.published / "presentation" / RECORD_ID / "metadata.xml"]
    assert left[0].read_text() == ARRIVALS[0].source
    assert not list(layout.moves.iterdir())


def test_a_text_track_that_waits_is_read_and_written(tmp_path: Path) -> None:
    layout = layout_at(tmp_path)
    shutil.copytree(FORMATS / "inbox", layout.captions / "inbox")
    inbox = Inbox(Disk(), layout)
    path = inbox.directory / f"{RECORD_ID}-{BEGUN}-track.json"
    assert inbox.waiting() == [
        WaitingUpload(path, NOTE, TrackKey(TrackKind.SUBTITLES, "de-DE"), path.with_suffix(".txt"))
    ]
    data = path.read_bytes()
    path.unlink()
    assert inbox.add(BEGUN, NOTE) == path
    assert path.read_bytes() == data


def test_a_text_track_that_waits_may_be_another_servers(tmp_path: Path) -> None:
    layout = layout_at(tmp_path)
    path = layout.captions / "inbox" / f"{RECORD_ID}-{BEGUN}-track.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"record_id": RECORD_ID, "kind": "captions", "lang": "en", "more": 1}))
    [waiting] = Inbox(Disk(), layout).waiting()
    assert waiting.key == TrackKey(TrackKind.CAPTIONS, "en")


def test_links_of_media_are_read_and_written(tmp_path: Path) -> None:
    data = golden("media.links")
    assert b"".join(map(links.line, LINKS)) == data
    path = tmp_path / "media.links"
    path.write_bytes(data + b'{"meeting":"torn')
    known = links.LinksFile(Disk(), path).read()
    assert (known.session, known.control) == (LINKS[0].session, LINKS[0].control)
    assert list(known.links) == [(ID, "w_1")]
    up, down = known.links[ID, "w_1"]
    assert (plain(up), plain(down)) == (plain(LINKS[1].up), plain(LINKS[1].down))


def test_requests_of_the_command_are_read_and_written(tmp_path: Path) -> None:
    assert (
        request_import(Disk(), tmp_path, "one", Path("/spool/a.tar"), unpublished=True, notify=True)
        == tmp_path / "one.answer"
    )
    assert (tmp_path / "one.ask").read_bytes() == golden("import/one.ask")
    shutil.copy(FORMATS / "import/one.answer", tmp_path)
    assert take_answer(Disk(), tmp_path / "one.answer") == IMPORTED


def test_a_request_of_the_command_is_done_as_it_says(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.tar", recording())
    coming = tmp_path / "import"
    coming.mkdir()
    (coming / "one.ask").write_bytes(golden("import/one.ask").replace(b"/spool/a.tar", bytes(archive)))
    requests = Requests(Disk(), coming, Importer(Disk(), layout_at(tmp_path)))
    answers = requests.carry_out(protect=False)
    told = [Imported(f"{DEMO} presentation", ImportOutcome.IMPORTED)]
    assert answers == {coming / "one.ask": RequestResult(told, notify=True)}
    assert places(tmp_path, DEMO) == {"unpublished/presentation"}
    requests.answer(answers)
    assert [path.name for path in coming.iterdir()] == ["one.answer"]
    assert json.loads((coming / "one.answer").read_bytes()) == [[f"{DEMO} presentation", "imported", ""]]


def test_the_index_of_recordings_is_read_and_written(tmp_path: Path) -> None:
    index = Index()
    index.change((), INDEX)
    formats = encoded([metadata for _key, _stamp, metadata in INDEX])
    parts = [IndexPart([formats], [stamp for _key, stamp, _metadata in INDEX])]
    assert list(index.parts()) == list(read_snapshot(FORMATS / "recordings.index").parts()) == parts
    assert stored_count(FORMATS / "recordings.index") == 1
    write_snapshot(Disk(), tmp_path / "recordings.index", 1, parts)
    assert (tmp_path / "recordings.index").read_bytes() == golden("recordings.index")


def test_an_index_of_another_version_or_a_broken_one_is_made_anew(tmp_path: Path) -> None:
    data = golden("recordings.index")
    broken = tmp_path / "broken.index"
    for version in (2, 3, 4):
        assert not len(read_snapshot(FORMATS / f"recordings.{version}.index"))
        assert not stored_count(FORMATS / f"recordings.{version}.index")
    contents = [data[:length] for length in range(len(data))]
    contents += [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(len(data))]
    contents += [data + data, data.replace(b"published", b"elsewhere")]
    for content in contents:
        broken.write_bytes(content)
        assert not len(read_snapshot(broken))


LINK = "5b43a371682fd2cf3e9578882d662a4b843d5cd4"


class _Still:
    def seconds(self) -> float:
        return 0


def test_a_link_to_a_text_track_is_made_and_good() -> None:
    links = TrackLinks(Clock(_Still(), lambda: BEGUN / 1000), CurrentSettings(Settings(), ("secret",)))
    target = f"{RECORD_ID}/captions_en.vtt"
    assert links.link(RECORD_ID, "captions_en.vtt", once=False) == f"/textTrack/{LINK}/{target}"
    assert links.admits(LINK, RECORD_ID, "captions_en.vtt", once=False, spend=False)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("journal.jsonl", b"moderator_only_message"),
        *(
            ("journal-anew.jsonl", known)
            for known in (
                b"moderator_only_message",
                b"chat",
                b"end_time",
                b"said",
                b"cameras",
                b"to",
                b"tries",
                b"x",
                b"hands",
            )
        ),
    ],
)
def test_no_field_of_a_journal_may_be_one_that_is_not_known(name: str, known: bytes) -> None:
    head, first, *_rest = golden(name).splitlines()
    text = first[: first.rindex(b',"crc"')]
    # Of two of a name the last is in a structure of the meeting, the first may be in what create asked for.
    before, after = text.rsplit(b'"%b":' % known, 1)
    changed = journal_format._closed(b'%b"of_old":%b' % (before, after))
    with pytest.raises(DamagedJournal):
        replay(read_journal(head + b"\n" + changed, ID), WRITTEN)


@pytest.mark.parametrize(
    ("name", "structure"),
    [
        ("outbox/000000000000001.json", Delivery),
        (f"hooks/{HOOKS[0].id}.json", Hook),
        ("moves/change.json", Transaction),
        ("moves/note.arrival", atomic_replace._Note),
    ],
)
def test_no_note_may_have_a_field_that_is_not_known(name: str, structure: type) -> None:
    places = re.findall(rb'"[a-z_]+":', golden(name))
    for known in dict.fromkeys(places):
        changed = golden(name).replace(known, b'"of_old_' + known[1:])
        if known in KEYS_OF_MAPS:
            continue
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(changed, type=structure)


KEYS_OF_MAPS = {b'"name":', b'"gone":', b'"data":', b'"type":'}


def setting(value: Any) -> Any:
    """Return a setting's value as JSON has it."""
    if isinstance(value, frozenset):
        return sorted(str(one) for one in value)
    return [str(one) for one in value] if isinstance(value, tuple) else value


#: Other names of settings, which files of BigBlueButton have.
ALSO = {
    "defaultClientUrl": "defaultHTML5ClientUrl",
    "keepEvents": "defaultKeepEvents",
    "lockSettingsDisableNote": "lockSettingsDisableNotes",
}


def test_a_file_of_every_setting_is_read() -> None:
    settings, faults = read_settings([str(FORMATS / "settings.properties")])
    assert faults == ()
    expected = json.loads(golden("settings.json"))
    assert {one.name: setting(getattr(settings, one.attribute)) for one in declarations(Settings)} == expected
    usual, _faults = read_settings(["/dev/null"])
    for one in declarations(Settings):
        assert setting(getattr(usual, one.attribute)) != expected[one.name], one.name
    assert {also: one.name for one in declarations(Settings) for also in one.names[1:]} == ALSO
