"""A recording that can be played, as BigBlueButton's own scripts leave one: slides, drawings, chat, captions."""

from __future__ import annotations

import json
import struct
import zlib
from itertools import pairwise
from pathlib import Path

from sample_recordings import metadata, put, record_id

DATA = Path(__file__).parent / "data"
MEDIA = (DATA / "webcams.webm").read_bytes()
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


#: Files of a recording by name, as ``make_recording`` writes them.
Files = dict[str, str | bytes]


def make_recording(
    root: Path,
    meeting_id: str,
    files: Files,
    *,
    name: str = "Biology & <b>101</b>",
    duration: int = 40_000,
    extra: str = "",
) -> Path:
    """Write a presentation with some files beside its metadata.xml, and return its directory."""
    own = record_id(meeting_id)
    text = metadata(own, meeting_id=meeting_id, name=name, duration=duration, extra=extra)
    directory = put(root, own, text)
    for file, content in files.items():
        path = directory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return directory


def slide_pictures(count: int = 2) -> Files:
    """Return the pictures of a presentation's slides."""
    colours = [(220, 240, 235), (250, 240, 214), (226, 232, 250)]
    found: Files = {}
    for number in range(1, count + 1):
        colour = colours[number % len(colours)]
        found[f"presentation/{PRESENTATION}/slide-{number}.png"] = png(160, 120, colour)
        found[f"presentation/{PRESENTATION}/thumbnails/thumb-{number}.png"] = png(32, 24, colour)
    return found


def presentation_files() -> Files:
    """Return the files of a small presentation without media: slides, drawings, chat, captions in one language."""
    texts = {PRESENTATION: {"slide-1": "Cells and their parts", "slide-2": ""}}
    return slide_pictures() | {
        "shapes.svg": SHAPES,
        "panzooms.xml": PANS,
        "cursor.xml": CURSOR,
        "slides_new.xml": CHAT,
        "deskshare.xml": '<recording id="deskshare_events"/>',
        "presentation_text.json": json.dumps(texts),
        "captions.json": json.dumps([{"localeName": "English", "locale": "en"}]),
        "caption_en.vtt": CUES,
    }


def make_playable(root: Path, meeting_id: str = "lesson", name: str = "Biology & <b>101</b>", extra: str = "") -> str:
    """Write a presentation with cameras and sound, and return its id."""
    files = presentation_files() | {"video/webcams.webm": MEDIA}
    make_recording(root, meeting_id, files, name=name, duration=3_660_000, extra=extra)
    return record_id(meeting_id)


def chat_of(count: int, between: float = 0.1) -> str:
    """Return a chat of so many messages."""
    lines = "".join(
        f'<chattimeline in="{place * between:.1f}" direction="down" name="{("Ada", "Bob", "Cyd")[place % 3]}"'
        f' senderRole="{("MODERATOR", "VIEWER")[place % 3 > 0]}" target="chat" message="Message {place + 1}: what do'
        f' you think of https://example.org/{place} (and of it)?"/>'
        for place in range(count)
    )
    return f"<?xml version='1.0'?><popcorn>{lines}</popcorn>"


def timed_slides(*begins: float, end: float = 40.0) -> str:
    """Return a shapes.svg of slides that begin at some times."""
    images = "".join(
        f'<image id="image{number}" class="slide" in="{begin}" out="{until}" xlink:href="presentation/{PRESENTATION}'
        f'/slide-{number}.png" width="1600" height="1200" x="0" y="0"/>'
        for number, (begin, until) in enumerate(pairwise([*begins, end]), 1)
    )
    return (
        '<svg id="svgfile" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"{images}</svg>"
    )


POLLS = [
    {
        "timestamp": 6,
        "type": "YN",
        "question": "Is it <b>alive</b>?",
        "answers": [{"id": 0, "key": "Yes", "numVotes": 2}, {"id": 1, "key": "No", "numVotes": 1}],
        "respondents": 3,
        "responders": 3,
    }
]
VIDEOS = [
    {"timestamp": 8, "external_video_url": "https://video.example.org/watch?v=1&t=2"},
    {"timestamp": 9, "external_video_url": "javascript:document.title='owned'"},
]
NOTES = """<!DOCTYPE HTML><html><head><title>pad</title><style>body{color:red}</style></head><body>
<h1>Photosynthesis</h1><p onclick="document.title='owned'" style="position:fixed">Light becomes <b>sugar</b>.</p>\
<script>document.title='owned'</script><img src=x onerror="document.title='owned'">\
<p><a href="javascript:document.title='owned'">bad</a> <a href="https://example.org/leaf">good</a></p>\
<ul><li>Chlorophyll</li></ul><iframe src="https://example.org"></iframe>
</body></html>"""
GERMAN_CUES = "WEBVTT\n\n00:00.000 --> 00:06.000\nGuten Morgen\n\n00:06.000 --> 00:20.000\nZweite Zeile über Zellen\n"


def make_rich(root: Path, meeting_id: str = "rich", **more: str | bytes) -> str:
    """Write a presentation with 300 messages, a poll, videos, notes, and captions in two languages."""
    files: Files = presentation_files() | slide_pictures(3)
    files |= {
        "shapes.svg": SHAPES,
        "slides_new.xml": chat_of(300),
        "polls.json": json.dumps(POLLS),
        "external_videos.json": json.dumps(VIDEOS),
        "notes.html": NOTES,
        "captions.json": json.dumps(
            [{"localeName": "English", "locale": "en"}, {"localeName": "Deutsch", "locale": "de"}]
        ),
        "caption_de.vtt": GERMAN_CUES,
        "video/webcams.webm": MEDIA,
    }
    make_recording(root, meeting_id, files | more, name="Biology 101: plants, light and sugar")
    return record_id(meeting_id)


def board_shapes(*shapes: object, version: str = "3.0.0", between: float = 1.0) -> str:
    """Return a tldraw.json with shapes on the first slide, one after the other."""
    rows = [{"id": n, "timestamp": n * between, "undo": -1, "shape_data": one} for n, one in enumerate(shapes, 1)]
    return json.dumps({"bbb_version": version, "1": {"timestamp": 0.0, "shapes": rows}})


def make_board(root: Path, meeting_id: str, shapes: str) -> str:
    """Write a presentation of a newer server, with drawings in tldraw.json."""
    files: Files = slide_pictures(1) | {
        "shapes.svg": timed_slides(0.0),
        "panzooms.xml": '<recording id="panzoom_events" tldraw="true"><event timestamp="0.0"><viewBox>0.0 0.0 1600 1200'
        '</viewBox></event><event timestamp="20.0"><viewBox>-144.0 -90.0 800 600</viewBox></event></recording>',
        "cursor.xml": '<recording id="cursor_events" tldraw="true"><event timestamp="1.0"><cursor>720.0 540.0</cursor>'
        "</event></recording>",
        "slides_new.xml": "<popcorn/>",
        "tldraw.json": shapes,
    }
    make_recording(root, meeting_id, files)
    return record_id(meeting_id)


#: A poll's result as a picture, as versions before 2.6 drew it, and pictures that are not the recording's.
POLL_PICTURE = f"""<g class="shape" id="image1-draw9" timestamp="1.0" undo="-1" shape="image1-poll_result9"
 style="visibility:hidden"><rect x="2" y="2" width="300" height="200" fill="white" stroke="url(#evil)"/>
 <image xlink:href="presentation/{PRESENTATION}/poll_result1.svg" x="5" y="6" width="20" height="30"
 transform="rotate(90, 5, 6)" onload="document.title='owned'"/><image xlink:href="https://evil.example.org/x.png"/>
 <image xlink:href="../../other/x.png"/><use xlink:href="#evil"/><a href="javascript:1"><rect/></a></g>"""


def make_classic(root: Path, meeting_id: str = "classic") -> str:
    """Write a presentation whose slides are SVG, with a poll's result on one of them."""
    slides = f"presentation/{PRESENTATION}"
    shapes = SHAPES.replace(f"{slides}/slide-", f"{slides}/svgs/slide").replace(".png", ".svg")
    shapes = shapes.replace('display="none">', f'display="none">{POLL_PICTURE}', 1)
    picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><rect width="4" height="3" fill="tan"/></svg>'
    files = presentation_files() | {
        "shapes.svg": shapes,
        f"{slides}/svgs/slide1.svg": picture,
        f"{slides}/svgs/slide2.svg": picture,
        f"{slides}/poll_result1.svg": picture,
    }
    make_recording(root, meeting_id, files)
    return record_id(meeting_id)


def make_oldest(root: Path, meeting_id: str = "oldest") -> str:
    """Write a presentation as version 0.81 did: whole paths, lists of times, sound alone, a date in words."""
    own = record_id(meeting_id)
    shapes = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" id="svgfile">'
        '<image id="image0" class="slide" in="0" out="2.0" src="logo.png" width="800"/>'
        '<g class="canvas" id="canvas0" image="image0" display="none"/>'
        f'<image id="image1" class="slide" in="2.0 20.0" out="10.0 30.0" xlink:href="/presentation/{own}/presentation/'
        f'{PRESENTATION}/slide-1.png" width="800" height="600" text="presentation/x/textfiles/slide-1.txt"/>'
        f'<image id="image2" class="slide" in="10.0" out="20.0" xlink:href="presentation/{PRESENTATION}/slide-2.png"'
        ' width="800" height="600"/></svg>'
    )
    files: Files = slide_pictures() | {
        "shapes.svg": shapes,
        "panzooms.xml": "<recording/>",
        "cursor.xml": "<recording/>",
        "slides_new.xml": '<popcorn><chattimeline in="3" out="15" name="Ada" message="Hello" target="chat"/></popcorn>',
        "audio/audio.webm": MEDIA,
    }
    directory = make_recording(root, meeting_id, files)
    text = metadata(own, meeting_id=meeting_id, name="Old lesson", duration=40_000)
    text = text.replace(
        f"/playback/presentation/2.3/{own}", f"/playback/presentation/0.81/playback.html?meetingId={own}"
    )
    (directory / "metadata.xml").write_text(text)
    return own
