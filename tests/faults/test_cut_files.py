"""Strangers' files that are cut, mixed or hollow: every one is read or refused, and never more than it should."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from callback_receivers import Receiver
from harness import FORM, Memory, awaited, checksum, query_of, until
from PIL import Image
from sample_documents import TYPE, create, document, pdf, picture, settled, svg

from bbbd.slides.__main__ import convert
from bbbd.slides.formats import DocumentFormat, UnconvertibleDocument, format_of
from bbbd.slides.process_limits import ProcessLimits
from bbbd.subtitles import UnreadableSubtitles, to_webvtt, webvtt

#: Much memory: a child of this process has its address space from the begin.
LIMITS = ProcessLimits(16 << 30, 300, 200, 1 << 30)


# Slides.


def _several() -> bytes:
    written = io.BytesIO()
    pictures = [Image.new("RGB", (64, 48), colour) for colour in ("navy", "teal", "gold")]
    pictures[0].save(written, "TIFF", save_all=True, append_images=pictures[1:])
    return written.getvalue()


DOCUMENTS = {
    DocumentFormat.PDF: pdf("One", "Two", "Three"),
    DocumentFormat.PNG: picture("PNG"),
    DocumentFormat.JPEG: picture("JPEG"),
    DocumentFormat.GIF: picture("GIF"),
    DocumentFormat.WEBP: picture("WEBP"),
    DocumentFormat.BMP: picture("BMP", (64, 48)),
    DocumentFormat.TIFF: _several(),
    DocumentFormat.SVG: svg("<rect width='9' height='9'/><text>x</text>"),
}


def ended(data: bytes, kind: DocumentFormat, directory: Path) -> int:
    """Convert a document as the daemon's process does it, and return the status with which that would end."""
    shutil.rmtree(directory / "pages")
    (directory / "pages").mkdir()
    (directory / "source").write_bytes(data)
    try:
        convert(directory / "source", directory / "pages", kind, LIMITS, "none", None)
    except (UnconvertibleDocument, MemoryError, RecursionError):
        return os.EX_DATAERR
    return os.EX_OK


def check_all(cases: Iterable[tuple[str, bytes, DocumentFormat]], tmp_path: Path) -> None:
    """Convert documents in one child, which has the limits of a conversion: each is shown or refused."""
    (tmp_path / "pages").mkdir()
    at = tmp_path / "at"
    child = os.fork()
    if not child:
        status = 1
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            for name, data, kind in cases:
                at.write_text(name)
                ended(data, kind, tmp_path)
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, f"{at.read_text()}: status {status}"


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_page_that_the_disk_does_not_take_is_no_fault_of_the_document(kind: DocumentFormat, tmp_path: Path) -> None:
    (tmp_path / "pages/slide-1.png").mkdir(parents=True)
    (tmp_path / "source").write_bytes(DOCUMENTS[kind])
    command = [sys.executable, "-m", "bbbd.slides", f"--format={kind.ending}", "source", "pages"]
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == os.EX_IOERR


def cuts(kind: DocumentFormat, hundredths: range) -> Iterator[tuple[str, bytes, DocumentFormat]]:
    data = DOCUMENTS[kind]
    for hundredth in hundredths:
        yield f"{hundredth} %", data[: len(data) * hundredth // 100], kind


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_document_cut_at_some_places_is_shown_or_refused(kind: DocumentFormat, tmp_path: Path) -> None:
    check_all(cuts(kind, range(0, 101, 33)), tmp_path)


@pytest.mark.faults
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_document_cut_at_every_hundredth_is_shown_or_refused(kind: DocumentFormat, tmp_path: Path) -> None:
    check_all(cuts(kind, range(101)), tmp_path)


def polyglots(kind: DocumentFormat) -> Iterator[tuple[str, bytes, DocumentFormat]]:
    """Give documents that are two things: one behind another, in its middle, or under its name."""
    one = DOCUMENTS[kind]
    for other, two in DOCUMENTS.items():
        middle = len(one) // 2
        for data in (one + two, one[:middle] + two + one[middle:], b"%PDF-1.4\n" + two, two[:20] + one):
            try:
                found = format_of(data[:4096], f"image/{other.ending}", f"a.{other.ending}")
            except UnconvertibleDocument:
                continue
            yield f"{kind.name} and {other.name} as {found.name}", data, found


@pytest.mark.faults
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_document_that_is_two_things_is_one_of_them_or_refused(kind: DocumentFormat, tmp_path: Path) -> None:
    check_all(polyglots(kind), tmp_path)


@awaited
async def test_a_page_in_a_picture_is_a_picture(memory: Memory) -> None:
    """A GIF that is JavaScript and HTML too is a picture, and served as nothing else."""
    data = picture("GIF", (8, 8)) + b"*/=1;</script><script>alert(1)</script><html>"
    await create(memory, "demo", document("a.gif", data))
    await settled(memory)
    (deck,) = memory.meeting("demo").decks.values()
    assert deck.pages == 1
    found = list((memory.directory / "slides").rglob("slide-*"))
    assert found
    assert not [path for path in found if path.is_file() and b"alert" in path.read_bytes()]


# Subtitles.

TRACKS = {
    "srt": "\ufeff1\r\n00:00:01,000 --> 00:00:02,500 X1:1\r\n{\\an8}<i>Grüße</i> & <b>all\r\n\r\n2\r\n00:00:03,000 -->"
    " 00:00:04,000\r\n\r\nthird\r\n",
    "vtt": "WEBVTT - a\n\nNOTE b\n\nSTYLE\n::cue{}\n\nid\n00:01.000 --> 00:02.000 align:start\n<v Ada>é</v> &amp;\n",
    "ass": "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Bold\nStyle: Default,-1\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Text\nDialogue: 0,0:00:01.00,0:00:02.00,Default,{\\i1}é\\Nx{\\p1}m 0 0\n",
}
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1")


def read_or_refuse(data: bytes, name: str) -> None:
    try:
        text = to_webvtt(data, name=name)
    except UnreadableSubtitles:
        return
    assert webvtt.check(text.encode()) == text


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", TRACKS)
def test_a_track_cut_at_every_byte_is_strict_webvtt_or_refused(name: str, encoding: str) -> None:
    data = TRACKS[name].encode(encoding, "replace")
    for end in range(len(data) + 1):
        read_or_refuse(data[:end], f"a.{name}")
        read_or_refuse(data[end:], f"a.{name}")


@pytest.mark.faults
@pytest.mark.parametrize("name", TRACKS)
def test_a_track_with_any_byte_changed_is_strict_webvtt_or_refused(name: str) -> None:
    data = TRACKS[name].encode()
    for place in range(len(data)):
        for flip in (1, 32, 128, 255):
            read_or_refuse(data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :], f"a.{name}")


# XML.

BOMBS = {
    "billion laughs": "<!DOCTYPE m ["
    + "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10 if n else 'ha'}'>" for n in range(10))
    + "]><modules>&e9;</modules>",
    "quadratic": f"<!DOCTYPE m [<!ENTITY a '{'x' * 50_000}'>]><modules>{'&a;' * 50_000}</modules>",
    "external entity": "<!DOCTYPE m [<!ENTITY a SYSTEM 'file://CANARY'>]><modules>&a;</modules>",
    "external entity by http": "<!DOCTYPE m [<!ENTITY a SYSTEM 'http://127.0.0.1:PORT/'>]><modules>&a;</modules>",
    "external DTD": "<!DOCTYPE m SYSTEM 'http://127.0.0.1:PORT/x.dtd'><modules/>",
    "public DTD": "<!DOCTYPE m PUBLIC '-//X' 'file://CANARY'><modules/>",
    "parameter entity": "<!DOCTYPE m [<!ENTITY % a SYSTEM 'file://CANARY'> %a;]><modules/>",
    "stylesheet": "<?xml-stylesheet type='text/xsl' href='file://CANARY'?><modules><x>",
    "XInclude": "<modules xmlns:x='http://www.w3.org/2001/XInclude'><x:include href='file://CANARY' parse='text'/><",
    "deep": "<a>" * 100_000,
    "many": "<modules>" + "<b/>" * 100_000,
    "attributes": "<modules " + " ".join(f"a{n}=''" for n in range(100_000)) + "><",
    "namespaces": "<modules " + " ".join(f"xmlns:a{n}='x'" for n in range(50_000)) + "><",
    "a name of a megabyte": "<" + "a" * (1 << 20) + "/><",
}
TRICKS = {
    "UTF-16": "<?xml version='1.0' encoding='UTF-16'?><!DOCTYPE m [<!ENTITY a SYSTEM 'file://CANARY'>]><m>&a;</m>".encode(
        "utf-16"
    ),
    "UTF-7": b"<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE m [+ADwAIQ-ENTITY a SYSTEM 'file://CANARY'+AD4]><m/>",
    "UTF-32": "<!DOCTYPE m [<!ENTITY a 'b'>]><m>&a;</m>".encode("utf-32"),
    "EBCDIC": "<?xml version='1.0' encoding='cp037'?><!DOCTYPE m SYSTEM 'file://CANARY'><m/>".encode("cp037"),
    "no encoding": b"<?xml version='1.0' encoding='nonsense'?><m/><",
    "NULs": b"<\0m\0o\0d\0/\0>",
    "bytes": bytes(range(256)) * 10,
}
CASES = {name: text.encode() for name, text in BOMBS.items()} | TRICKS


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A FIFO: whoever opens it waits for ever."""
    path = tmp_path.parent / f"{tmp_path.name}.canary"
    os.mkfifo(path)
    return path


@pytest.fixture
def within_seconds() -> Iterator[None]:
    """Fail what hangs, and what takes the memory of a bomb with it."""

    def hung(*_signal: object) -> None:
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, hung)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("within_seconds")
@pytest.mark.parametrize("name", CASES)
@awaited
async def test_no_xml_opens_a_file_or_a_connection(memory: Memory, receiver: Receiver, canary: Path, name: str) -> None:
    """As the body of create it makes a meeting without slides; as a config.xml it is refused with its key."""
    given = CASES[name].replace(b"CANARY", bytes(canary)).replace(b"PORT", b"%d" % receiver.port)
    answer = await memory.query("create", "meetingID=demo", method="POST", headers=TYPE, body=given)
    assert answer.code == "SUCCESS"
    assert not memory.meeting("demo").decks
    inserted = await memory.query("insertDocument", "meetingID=demo", method="POST", headers=TYPE, body=given)
    assert (inserted.code, inserted.key) == ("FAILED", "noDocument")
    if len(given) < 200_000 and name not in ("NULs", "bytes", "UTF-16", "UTF-32", "EBCDIC"):
        form = query_of({"configXML": given.decode("latin-1"), "meetingID": "demo"})
        body = f"{form}&checksum={checksum('setConfigXML', form)}".encode()
        config = await memory.fetch("/bigbluebutton/api/setConfigXML", "POST", {"Content-Type": FORM}, body)
        assert config.key == "configXMLError" or (config.code == "SUCCESS" and b"<!DOCTYPE" not in given)
    await until(lambda: True)
    assert not receiver.connections


@awaited
async def test_a_document_in_base64_with_blanks_everywhere_is_read(memory: Memory) -> None:
    given = document("a.png", picture(size=(8, 8)))
    before, text, after = given.partition(">")[0], given.partition(">")[2].partition("<")[0], "</document>"
    spread = f"{before}>{'  '.join(text)}\n\t{after}"
    await create(memory, "demo", spread)
    await settled(memory)
    assert [deck.pages for deck in memory.meeting("demo").decks.values()] == [1]
