"""Readers of strangers' bytes, each as a function that takes any bytes and raises nothing but a real fault.

``make fuzz`` gives them what atheris invents; ``tests/faults/test_fuzz_targets.py`` a few samples of each.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from zlib import crc32

from harness import Memory
from kill_points import now
from stock_channel import read_by_bbbd, read_by_twisted
from websocket_clients import InMemory

from bbbd.api.checksum import split_checksum
from bbbd.api.multipart_upload import MultipartUpload
from bbbd.api.problems import Failed
from bbbd.api.query import EMPTY, read_query, with_members
from bbbd.live import features
from bbbd.live.protocol import UnreadableMessage
from bbbd.meetings.create_parameters import Create
from bbbd.meetings.journal import replay
from bbbd.meetings.journal_format import DamagedJournal, read_journal, write_head
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import UnreadableMetadata, read_metadata
from bbbd.recordings.metadata_edits import canonical, change_metadata, meta_names
from bbbd.settings.properties import BadSettings, read_settings
from bbbd.subtitles import UnreadableSubtitles, to_webvtt, webvtt
from bbbd.texttracks.language_names import english_name
from bbbd.texttracks.languages import canonical as canonical_tag
from bbbd.values.fields import MissingValue, RefusedValue, read
from bbbd.values.safe_xml import BadXML, check_xml

Target = Callable[[bytes], None]
#: What a text from outside may be refused with.
_REFUSED = (Failed, MissingValue, RefusedValue)
_ID = "89e495e7941cf9e40e6980d14a16bf023ccd4c91-1531155809613"


def query(data: bytes) -> None:
    """Read a query as create does."""
    text, _checksum = split_checksum(data)
    with suppress(*_REFUSED):
        read(Create, read_query(text), _server().app.server.settings)


class _Sink:
    """A file that counts."""

    def __init__(self) -> None:
        self.length = 0

    def take(self, data: bytes) -> None:
        self.length += len(data)


def body(data: bytes) -> None:
    """Read a body: as multipart in two pieces, as XML, and as members in JSON."""
    sink = _Sink()
    upload = MultipartUpload("multipart/form-data; boundary=x", sink)  # type: ignore[arg-type] # as much as it needs
    half = len(data) // 2
    for piece in (data[:half], data[half:]):
        upload.take(piece)
    with suppress(*_REFUSED):
        upload.end()
    assert sink.length <= len(data)
    with suppress(BadXML):
        check_xml(data.decode("utf-8", "replace"))
    with suppress(*_REFUSED):
        with_members(EMPTY, data)


@cache
def _server() -> Memory:
    return Memory(directory=Path(tempfile.mkdtemp(prefix="bbbd-fuzz-")))


@cache
def _token() -> str:
    tokens: list[str] = []

    async def join() -> None:
        await _server().call("create", meetingID="demo", meetingExpireIfNoUserJoinedInMinutes=0)
        tokens.append(await _server().token("demo", "Ada", role="VIEWER", userID="ada"))

    now(join())
    return tokens[0]


def websocket(data: bytes) -> None:
    """Read a client's frames behind its opening, and what they say as a message."""
    memory = _server()
    member = InMemory(memory, _token())
    assert member.status == 101
    member.wire.send(data)
    member.hang_up()
    memory.wires.clear()
    text = data.decode("utf-8", "replace")
    with suppress(UnreadableMessage):
        features.read(text, len(text.encode()))


def requests(data: bytes) -> None:
    """Read requests, whole and in two pieces: those that Twisted's channel reads, and no others."""
    found, is_refused = read_by_bbbd(_server(), [data])
    half = len(data) // 2
    assert read_by_bbbd(_server(), [data[:half], data[half:]])[0] == found
    expected = read_by_twisted(data)
    is_stricter = is_refused and b"chunked" in data.lower()
    assert found == (expected[: len(found)] if is_stricter else expected)


def cues(data: bytes) -> None:
    """Read subtitles of any format; what comes out is strict WebVTT."""
    for name in ("a.srt", "a.vtt", "a.ass", ""):
        with suppress(UnreadableSubtitles):
            text = to_webvtt(data, name=name)
            assert webvtt.check(text.encode()) == text


def journal(data: bytes) -> None:
    """Read a journal and let its events happen: as it is, and with the checksums that its lines should have."""
    closed = b"".join(b'%b,"crc":"%08x"}\n' % (line, crc32(line)) for line in data.split(b"\n"))
    for given in (data, write_head(_ID) + closed):
        with suppress(DamagedJournal):
            replay(read_journal(given, _ID), _server().app.meetings.clock.now())


def metadata(data: bytes) -> None:
    """Read a metadata.xml, and change it."""
    with suppress(UnreadableMetadata, ValueError):
        read_metadata(data, Place.PUBLISHED, "presentation", _ID)
        meta_names(data)
        changed = change_metadata(data, state="published", meta={"a": "b", "c": ""}, protected="")
        read_metadata(changed, Place.PUBLISHED, "presentation", _ID)
        canonical(data)


def language(data: bytes) -> None:
    """Read a language tag; a canonical one is canonical, and has a name."""
    with suppress(ValueError):
        tag = canonical_tag(data.decode("utf-8", "replace"))
        assert canonical_tag(tag) == tag
        assert english_name(tag)


_PROPERTIES = Path(tempfile.gettempdir()) / "bbbd-fuzz.properties"


def settings(data: bytes) -> None:
    """Read a file of settings; every fault is told at once."""
    _PROPERTIES.write_bytes(data)
    with suppress(BadSettings):
        read_settings([str(_PROPERTIES)], {})


_ALL = (query, body, websocket, requests, cues, journal, metadata, language, settings)
TARGETS: dict[str, Target] = {target.__name__: target for target in _ALL}
