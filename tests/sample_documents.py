"""Documents of all kinds, good and hostile, made as they are needed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from harness import Answer, Caller, Daemon, Memory, query_of, until
from PIL import Image
from websocket_clients import Connected, InMemory, Member, told

TYPE = {"Content-Type": "application/xml"}


def pdf(*texts: str, count: int = 0, more: str = "", size: str = "960 540", content: str = "") -> bytes:
    """Return a PDF with a page for each text; ``count`` is how many pages it claims."""
    pages = texts or ("One",)
    first = 4
    kids = " ".join(f"{first + 2 * place} 0 R" for place in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count or len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for place, text in enumerate(pages):
        drawn = content or f"BT /F 40 Tf 80 300 Td ({text}) Tj ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size}] /Contents {first + 2 * place + 1} 0 R"
            " /Resources << /Font << /F 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    return _file(objects, more)


def _file(objects: Sequence[str], more: str = "") -> bytes:
    written = bytearray(b"%PDF-1.4\n")
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{one}\nendobj\n".encode()
    begin = len(written)
    written += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    written += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    written += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {more} >>\nstartxref\n{begin}\n%%EOF\n".encode()
    return bytes(written)


def encrypted_pdf() -> bytes:
    key = "<" + "5a" * 32 + ">"
    return pdf(
        "Secret",
        more=f"/ID [<{'00' * 16}> <{'00' * 16}>] /Encrypt << /Filter /Standard /V 1 /R 2 /O {key} /U {key} /P -4 >>",
    )


def form_pdf() -> bytes:
    """Return a PDF with a field that is filled in with a black bar, as wide as its page."""
    return _file(
        [
            "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Annots [4 0 R] >>",
            "<< /Type /Annot /Subtype /Widget /FT /Tx /F 4 /T (name) /V (Ada)"
            " /Rect [0 0 400 100] /AP << /N 5 0 R >> >>",
            "<< /Type /XObject /Subtype /Form /BBox [0 0 400 100] /Length 21 >>"
            "\nstream\n0 g 0 0 400 100 re f \nendstream",
        ]
    )


def many_pages_pdf(count: int) -> bytes:
    """Return a PDF with so many pages, which are all the same object's content."""
    return pdf(*[str(number) for number in range(count)])


def recursive_pdf() -> bytes:
    """Return a PDF whose tree of pages holds itself, and whose page draws itself."""
    return _file(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 /Parent 2 0 R >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R"
            " /Resources << /XObject << /X 5 0 R >> >> >>",
            "<< /Length 5 >>\nstream\n/X Do\nendstream",
            "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >> /Length 11 >>\n"
            "stream\n/X Do /X Do\nendstream",
        ]
    )


def slow_pdf(times: int = 40_000) -> bytes:
    """Return a small PDF that takes minutes to draw: the whole page is blended with itself again and again."""
    drawn = zlib.compress(b"/G gs\n" + b"0.9 0.1 0.5 rg 0 0 960 540 re f\n" * times)
    contents = b"<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(drawn) + drawn + b"\nendstream"
    return _file(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 960 540] /Contents 4 0 R"
            " /Resources << /ExtGState << /G << /ca 0.5 /BM /Luminosity >> >> >> >>",
            "DRAWN",
        ]
    ).replace(b"DRAWN", contents)


def hungry_pdf() -> bytes:
    """Return a small PDF whose picture unpacks to gigabytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1200)) + packer.flush()
    picture = b"<< /Type /XObject /Subtype /Image /Width 20000 /Height 20000 /ColorSpace /DeviceRGB /BitsPerComponent 8"
    picture += b" /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed) + packed + b"\nendstream"
    return _file(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 960 540] /Contents 4 0 R"
            " /Resources << /XObject << /X 5 0 R >> >> >>",
            "<< /Length 28 >>\nstream\n960 0 0 540 0 0 cm /X Do    \nendstream",
            "PICTURE",
        ]
    ).replace(b"PICTURE", picture)


def picture(kind: str = "PNG", size: tuple[int, int] = (320, 200), colour: str = "navy") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, kind)
    return written.getvalue()


def huge_png(width: int = 50_000, height: int = 50_000) -> bytes:
    """Return a PNG of a few KiB that claims to have so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def svg(
    inside: str = "<text x='5' y='30'>Hello</text>", head: str = "", size: str = "width='100' height='50'"
) -> bytes:
    return (
        f"{head}<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' {size}>"
        f"{inside}</svg>"
    ).encode()


def pptx() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("ppt/presentation.xml", "<p/>")
    return written.getvalue()


def document(name: str, data: bytes, **more: str) -> str:
    """Return a document of a create's body, in base64."""
    return element(name=name, **more).replace("/>", f">{b64encode(data).decode()}</document>")


def element(**attributes: str) -> str:
    told = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"<document {told}/>"


def body(*documents: str) -> bytes:
    return f'<modules><module name="presentation">{"".join(documents)}</module></modules>'.encode()


async def create(caller: Caller, meeting_id: str, *documents: str, **pairs: Any) -> Answer:
    """Create a meeting with documents in its body."""
    query = query_of({"meetingID": meeting_id, "moderatorPW": "mp"} | pairs)
    answer = await caller.query("create", query, method="POST", headers=TYPE, body=body(*documents))
    assert answer.code == "SUCCESS", answer.body
    return answer


async def insert(caller: Caller, meeting_id: str, *documents: str) -> Answer:
    """Hand in documents for a meeting that runs."""
    return await caller.query(
        "insertDocument", query_of({"meetingID": meeting_id}), method="POST", headers=TYPE, body=body(*documents)
    )


async def settled(caller: Caller, event: str = "slides_ready", count: int = 1) -> None:
    """Wait until documents were converted: at a daemon, until so many were."""
    if isinstance(caller, Memory):

        def done() -> bool:
            caller.timer.advance(0)
            return not caller.app.slides.busy

        await until(done)
    else:
        assert isinstance(caller, Daemon)
        await caller.until_logged(event, count)


async def enter(caller: Caller, meeting_id: str, name: str, role: str = "MODERATOR") -> Member:
    """Join and be in; the first moderator presents."""
    token = await caller.token(meeting_id, name, role=role)
    member: Member
    if isinstance(caller, Memory):
        member = InMemory(caller, token)
        member.hello()
        told(member)
    else:
        assert isinstance(caller, Daemon)
        member = Connected(caller, token)
        member.hello()
        member.until(lambda: bool(member.all("snapshot")))
    return member


def bearer(member: Member) -> dict[str, str]:
    assert isinstance(member, InMemory | Connected)
    return {"Authorization": f"Bearer {member.token}"}


async def page(caller: Caller, member: Member, path: str) -> Answer:
    """Ask for something below ``/html5client/slides/``."""
    return await caller.fetch(f"/html5client/slides/{path}", headers=bearer(member))


def size_of(answer: Answer) -> tuple[int, int]:
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png"), answer
    with Image.open(io.BytesIO(answer.body)) as found:
        return found.size
