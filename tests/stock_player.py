"""BigBlueButton's own player, as far as its requests and its reading of the answers go.

It asks for all files at once, and for the media files by HEAD. A file of the first list that is missing leaves its page
blank; one of the second may be missing, but what comes with 200 must be what its name says.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from harness import Answer, Caller
from lxml import etree

NEEDED = ("metadata.xml", "shapes.svg", "panzooms.xml", "cursor.xml", "slides_new.xml")
OPTIONAL = (
    "deskshare.xml",
    "captions.json",
    "polls.json",
    "external_videos.json",
    "presentation_text.json",
    "tldraw.json",
    "notes.html",
)
MEDIA = ("video/webcams.mp4", "video/webcams.webm")
_ID = re.compile(r"[a-z0-9]{40}-[0-9]{13}")
#: The entities that the player decodes, one after the other.
_ENTITIES = {"&(quot|#34);": '"', "&(amp|#38);": "&", "&(apos|#39);": "'", "&(lt|#60);": "<", "&(gt|#62);": ">"}
_XLINK = "{http://www.w3.org/1999/xlink}href"
_SVG = "{http://www.w3.org/2000/svg}"


@dataclass
class Shown:
    """What the player would show. Times are in seconds."""

    name: str = ""
    start: int = 0
    end: int = 0
    participants: int = 0
    #: Number, begin, path, width and height of each slide.
    slides: list[tuple[int, float, str, int, int]] = field(default_factory=list)
    thumbnails: list[str] = field(default_factory=list)
    panzooms: list[tuple[float, list[float]]] = field(default_factory=list)
    cursors: list[tuple[float, list[float]]] = field(default_factory=list)
    #: Begin, end (or None), name, role, text and links of each message.
    chat: list[tuple[float, float | None, str, str, str, list[str]]] = field(default_factory=list)
    screenshares: list[tuple[float, float]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    polls: list[dict[str, Any]] = field(default_factory=list)
    videos: list[dict[str, Any]] = field(default_factory=list)
    media: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


async def play(caller: Caller, record_id: str) -> Shown:
    """Ask as the player does, and read what is answered."""
    assert _ID.fullmatch(record_id)
    root = f"/presentation/{record_id}"
    shown = Shown()
    answers = {name: await caller.fetch(f"{root}/{name}") for name in (*NEEDED, *OPTIONAL)}
    for name in NEEDED:
        assert answers[name].status == 200, name
    for name, answer in answers.items():
        assert answer.status in (200, 404), name
        if answer.status == 404:
            shown.missing.append(name)
            assert b"<html" not in answer.body.lower() or answer.headers["content-type"].startswith("text/"), name
    shown.media = [name for name in MEDIA if (await caller.fetch(f"{root}/{name}", "HEAD")).status == 200]
    _read_metadata(shown, _xml(answers["metadata.xml"]), record_id)
    _read_shapes(shown, _xml(answers["shapes.svg"]))
    _read_chat(shown, _xml(answers["slides_new.xml"]))
    shown.panzooms = _timed(answers["panzooms.xml"], "viewBox")
    shown.cursors = _timed(answers["cursor.xml"], "cursor")
    shown.screenshares = [
        (float(_of(one, "start_timestamp")), float(_of(one, "stop_timestamp")))
        for one in _xml(answers["deskshare.xml"])
    ]
    _read_json(shown, answers)
    for _number, _begin, path, width, height in shown.slides:
        picture = await caller.fetch(f"{root}/{path}")
        assert (picture.status, picture.headers["content-type"]) == (200, "image/png"), path
        assert picture.body[16:24] == width.to_bytes(4) + height.to_bytes(4), path
    for path in shown.thumbnails:
        assert (await caller.fetch(f"{root}/{path}")).status == 200, path
    for name in shown.media:
        part = await caller.fetch(f"{root}/{name}", headers={"Range": "bytes=0-3"})
        assert (part.status, part.headers["content-type"], part.body) == (206, "video/webm", b"\x1aE\xdf\xa3")
    return shown


def _of(element: etree._Element, name: str) -> str:
    return str(element.attrib[name])


def _xml(answer: Answer) -> etree._Element:
    return etree.fromstring(answer.body)


def _read_metadata(shown: Shown, root: etree._Element, record_id: str) -> None:
    meeting, meta = root.find("meeting"), root.find("meta")
    assert meeting is not None
    assert meta is not None
    assert len(meta)
    # All further URLs begin with this id.
    assert meeting.get("id") == record_id
    shown.name = meta.findtext("meetingName") or meeting.get("name") or ""
    shown.start, shown.end = int(root.findtext("start_time") or ""), int(root.findtext("end_time") or "")
    shown.participants = int(root.findtext("participants") or "")


def _read_shapes(shown: Shown, root: etree._Element) -> None:
    assert root.tag == f"{_SVG}svg"
    for image in root.findall(f"{_SVG}image"):
        number = re.search(r"[0-9]+$", _of(image, "id"))
        assert number
        path = _of(image, _XLINK)
        size = int(_of(image, "width")), int(_of(image, "height"))
        shown.slides += [(int(number[0]), float(begin), path, *size) for begin in _of(image, "in").split()]
        shown.thumbnails.append(path.replace("slide-", "thumbnails/thumb-"))
    numbers = [number for number, *_rest in shown.slides]
    assert len(set(numbers)) == len(numbers)
    canvases = [re.search(r"[0-9]+$", _of(canvas, "id")) for canvas in root.findall(f"{_SVG}g")]
    drawn = [int(found[0]) for found in canvases if found]
    assert drawn == sorted(set(drawn) & set(numbers))


def _read_chat(shown: Shown, root: etree._Element) -> None:
    assert root.tag == "popcorn"
    for line in root.findall("chattimeline"):
        message = _of(line, "message")
        links = re.findall(r'<a href="([^"]*)" rel="nofollow"><u>', message)
        bare = re.sub(r'<a href="(.*)" rel="nofollow"><u>\1</u></a>', r"\1", message)
        text = bare
        for entity, character in _ENTITIES.items():
            text = re.sub(entity, character, text)
        end = float(_of(line, "out")) if "out" in line.attrib else None
        shown.chat.append((float(_of(line, "in")), end, _of(line, "name"), _of(line, "senderRole"), text, links))


def _timed(answer: Answer, name: str) -> list[tuple[float, list[float]]]:
    return [
        (float(_of(event, "timestamp")), [float(part) for part in (event.findtext(name) or "").split()])
        for event in _xml(answer).findall("event")
    ]


def _read_json(shown: Shown, answers: dict[str, Answer]) -> None:
    read = {
        name: json.loads(answer.body)
        for name, answer in answers.items()
        if name.endswith(".json") and answer.status == 200
    }
    for deck, pages in read.get("presentation_text.json", {}).items():
        shown.texts |= {f"presentation/{deck}/{page}.png": text for page, text in pages.items()}
    shown.polls, shown.videos = read.get("polls.json", []), read.get("external_videos.json", [])
    for poll in shown.polls:
        assert isinstance(poll["question"], str)
    for track in read.get("captions.json", []):
        assert {"localeName", "locale"} <= track.keys()
