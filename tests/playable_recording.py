"""A recording that can be played, as BigBlueButton's own scripts leave one: slides, drawings, chat, captions."""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from pathlib import Path

from sample_recordings import metadata, put, record_id

DATA = Path(__file__).parent / "data"
PRESENTATION = "d2d9a672040fbde2a47a10bf6c37b6a4b5ae187f-1700000000010"


def png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """Return a picture of one colour."""
    rows = (b"\0" + bytes(colour) * width) * height

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


SHAPES = f"""<?xml version="1.0"?>
<svg id="svgfile" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 800 600">
<image id="image1" class="slide" in="0.0" out="13.7" xlink:href="presentation/{PRESENTATION}/slide-1.png" width="1600"
 height="1200" x="0" y="0" style="visibility:hidden"/>
<g class="canvas" id="canvas1" image="image1" display="none">
<g class="shape" id="image1-draw1" timestamp="2.0" undo="-1" shape="image1-line1"
 style="stroke:#ff0000;stroke-width:8;visibility:hidden;fill:none"><line x1="10" y1="10" x2="900" y2="700"/>
 <script>document.title = "owned"</script></g>
<g class="shape" id="image1-draw2" timestamp="3.0" undo="8.0" shape="image1-text2" style="color:#0000ff;font-size:40px">
<switch><foreignObject x="50" y="60" width="400" height="200"><p xmlns="http://www.w3.org/1999/xhtml">first<br/>second
</p></foreignObject></switch></g>
</g>
<image id="image2" class="slide" in="13.7" out="40.0" xlink:href="presentation/{PRESENTATION}/slide-2.png" width="1200"
 height="1600" x="0" y="0" style="visibility:hidden"/>
</svg>"""
PANS = """<?xml version="1.0"?>
<recording id="panzoom_events"><event timestamp="0.0"><viewBox>0.0 0.0 1600 1200</viewBox></event>
<event timestamp="5.0"><viewBox>100.0 100.0 800 600</viewBox></event>
<event timestamp="13.7"><viewBox>0.0 0.0 1200 1600</viewBox></event></recording>"""
CURSOR = """<?xml version="1.0"?>
<recording id="cursor_events"><event timestamp="3.0"><cursor>0.5 0.5</cursor></event>
<event timestamp="9.0"><cursor>-1.0 -1.0</cursor></event></recording>"""
CHAT = """<?xml version="1.0"?>
<popcorn><chattimeline in="1.0" direction="down" name="Alice &lt;b&gt;" senderRole="MODERATOR" target="chat"
 message="Hello &amp;amp; welcome &lt;img src=x onerror=&quot;document.title='owned'&quot;&gt;"/>
<chattimeline in="15.0" name="Bob" senderRole="VIEWER" target="chat"
 message="See &lt;a href=&quot;https://example.org&quot;&gt;&lt;u&gt;https://example.org&lt;/u&gt;&lt;/a&gt;"/></popcorn>"""
CUES = """WEBVTT

00:00.000 --> 00:06.000
Good <i>morning</i> &amp; welcome

00:06.000 --> 00:20.000
Second cue
"""


def make_playable(root: Path, meeting_id: str = "lesson", name: str = "Biology & <b>101</b>", extra: str = "") -> str:
    """Write a presentation and return its id."""
    own = record_id(meeting_id)
    directory = put(root, own, metadata(own, meeting_id=meeting_id, name=name, extra=extra))
    slides = directory / "presentation" / PRESENTATION
    (slides / "thumbnails").mkdir(parents=True, exist_ok=True)
    for number, colour in ((1, (220, 240, 235)), (2, (250, 240, 214))):
        (slides / f"slide-{number}.png").write_bytes(png(160, 120, colour))
        (slides / "thumbnails" / f"thumb-{number}.png").write_bytes(png(32, 24, colour))
    texts = {PRESENTATION: {"slide-1": "Cells and their parts", "slide-2": ""}}
    for file, text in (
        ("shapes.svg", SHAPES),
        ("panzooms.xml", PANS),
        ("cursor.xml", CURSOR),
        ("slides_new.xml", CHAT),
        ("deskshare.xml", '<recording id="deskshare_events"/>'),
        ("presentation_text.json", json.dumps(texts)),
        ("captions.json", json.dumps([{"localeName": "English", "locale": "en"}])),
        ("caption_en.vtt", CUES),
    ):
        (directory / file).write_text(text, "utf-8")
    (directory / "video").mkdir(exist_ok=True)
    shutil.copy(DATA / "webcams.webm", directory / "video" / "webcams.webm")
    return own
