"""Reads and edits metadata.xml of every version. An edit keeps unknown elements.

Files are untrusted: no DTD, no entity, bounded. A file that cannot be read is no recording. Links are stored without
their host, which may be outdated; the API adds this server's.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from sys import intern
from urllib.parse import urlsplit

import msgspec
from lxml import etree

from bbbd.recordings.layout import Place

#: Size limit of a metadata.xml, in bytes.
LARGEST = 4 << 20
#: Placeholder of the server's URL in stored XML. It is no character of XML, and takes one byte in memory.
HERE = "\0"
#: Names of elements of ``meta``.
META_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,255}", re.ASCII)
#: The placeholder within lxml, which refuses the other.
_HERE = "\ue000"
#: A new value of ``protected`` that removes the element.
ABSENT = "absent"
#: Canonical XML sorts the attributes of an element in the square of their number.
_MOST_ATTRIBUTES = 1000
_URL = re.compile(r"https?://[^/\s]+(?=/)")


class UnreadableMetadata(ValueError):
    """A metadata.xml cannot be read as that of a recording; the text says why."""


class PlaybackFormat(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One playback format: path and query of its link, times in milliseconds, its extensions as XML.

    A number that the file has not is 0 (a size: None); one that cannot be read is None.
    """

    name: str
    link: str
    processing_time: int | None
    duration: int | None
    size: int | None
    extensions: str


class Metadata(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The contents of one metadata.xml: a recording, and one of its formats. Times are milliseconds since 1970.

    A number that the file has not is 0 (a raw size: None); one that cannot be read is None.
    """

    record_id: str
    state: str
    start: int | None
    end: int | None
    participants: int | None
    meeting_id: str | None
    internal_meeting_id: str | None
    name: str
    is_breakout: bool
    meta: dict[str, str]
    breakout: tuple[tuple[str, str], ...]
    rooms: tuple[str, ...]
    raw_size: int | None
    protected: bool | None
    format: PlaybackFormat


def read_metadata_file(path: Path | str) -> bytes:
    """Return the bytes of a metadata.xml; of one that is too large, a part.

    Raises ``UnreadableMetadata`` and ``OSError``.
    """
    # A pipe in place of a file must not block.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise UnreadableMetadata("is not a plain file")
        return file.read(LARGEST + 1)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _root(data: bytes) -> etree._Element:
    if len(data) > LARGEST:
        raise UnreadableMetadata(f"is larger than {LARGEST >> 20} MiB")
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as fault:
        line, column = fault.position
        raise UnreadableMetadata(f"is not well-formed (line {line}, column {column})") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableMetadata("has a DTD")
    if root.tag != "recording":
        raise UnreadableMetadata("is not a recording's")
    return root


def _text(element: etree._Element | None, name: str) -> str:
    found = element.findtext(name) if element is not None else None
    return (found or "").strip()


def _number(element: etree._Element | None, name: str, absent: int | None = 0) -> int | None:
    """Return a number: ``absent`` if the file has none, None if it is no whole number and so is left out."""
    text = _text(element, name)
    if not text:
        return absent
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _link(text: str) -> str:
    """Return path and query of a link, empty if it is none that can be read."""
    text = "".join(text.split())
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    path = "/" + parts.path.lstrip("/") if parts.path else ""
    return path + (f"?{parts.query}" if parts.query else "")


def _extensions(playback: etree._Element | None) -> str:
    found = playback.find("extensions") if playback is not None else None
    if found is None:
        return ""
    pieces: list[str] = []
    length = 0
    for child in found:
        for node in child.iter():
            if isinstance(node.tag, str):
                node.text = _URL.sub(_HERE, node.text.replace(_HERE, "").strip()) if node.text else None
                node.tail = None
        pieces.append(etree.tostring(child, encoding="unicode", with_tail=False))
        length += len(pieces[-1])
        if length > LARGEST:
            # Each piece repeats the namespaces of the elements above it.
            raise UnreadableMetadata(f"has extensions of more than {LARGEST >> 20} MiB")
    return "".join(pieces).replace(_HERE, HERE)


def _state(text: str, place: Place) -> str:
    """Return the state in answers: the place decides, except for recordings in process."""
    if place is Place.PROCESS:
        return text if text in ("processing", "processed") else "processing"
    return place.value


def read_metadata(data: bytes, place: Place, directory: str, record_id: str) -> Metadata:
    """Return the contents of a metadata.xml; ``directory`` is the format's. Raises ``UnreadableMetadata``."""
    root = _root(data)
    own = _text(root, "id")
    if own and own != record_id:
        raise UnreadableMetadata(f"is of {own[:60]}, but lies in {record_id}")
    playback, meeting = root.find("playback"), root.find("meeting")
    meta = _meta(root)
    # One by one: lxml takes the square of their number for all attributes of an element.
    names = ("id", "externalId", "name", "breakout")
    known = {name: meeting.get(name) for name in names} if meeting is not None else {}
    is_breakout = str(known.get("breakout") or meta.get("isBreakout") or "false").strip().lower() == "true"
    return Metadata(
        record_id=record_id,
        state=intern(_state(_text(root, "state"), place)),
        start=_number(root, "start_time"),
        end=_number(root, "end_time"),
        participants=_number(root, "participants"),
        meeting_id=str(known.get("externalId") or meta.get("meetingId") or "").strip() or None,
        internal_meeting_id=str(known.get("id") or "").strip() or None,
        name=str(known.get("name") or meta.get("meetingName") or "unknown").strip(),
        is_breakout=is_breakout,
        meta=meta,
        breakout=_breakout(root),
        rooms=tuple(text for room in root.findall("breakoutRooms/breakoutRoom") if (text := (room.text or "").strip())),
        raw_size=_number(root, "raw_size", None),
        protected=None if root.find("protected") is None else _text(root, "protected") == "true",
        format=PlaybackFormat(
            name=intern(directory),
            link=_link(_text(playback, "link")),
            processing_time=_number(playback, "processing_time"),
            duration=_number(playback, "duration"),
            size=_number(playback, "size", None),
            extensions=_extensions(playback),
        ),
    )


def _meta(root: etree._Element) -> dict[str, str]:
    return {
        intern(child.tag): (child.text or "").strip()
        for child in (root.find("meta") if root.find("meta") is not None else ())  # type: ignore[union-attr]
        if isinstance(child.tag, str) and child.tag[0] != "{"
    }


def _breakout(root: etree._Element) -> tuple[tuple[str, str], ...]:
    found = root.find("breakout")
    if found is None or not found.get("parentMeetingId"):
        return ()
    wanted = (("parentId", "parentMeetingId"), ("sequence", "sequence"), ("freeJoin", "freeJoin"))
    return tuple((name, str(found.get(attribute))) for name, attribute in wanted if found.get(attribute) is not None)


def own_format(data: bytes) -> str:
    """Return the format that a file names, or an empty text."""
    return _text(_root(data).find("playback"), "format")


def is_published(data: bytes) -> bool:
    """Return whether a file calls its recording published; one without a state does."""
    root = _root(data)
    return _text(root, "published") in ("", "true") and _text(root, "state") in ("", "published", "available")


def with_state(data: bytes, place: Place) -> bytes:
    """Return a file with the state of a place; the same bytes if it has it. Raises ``UnreadableMetadata``."""
    root = _root(data)
    is_published = str(place is Place.PUBLISHED).lower()
    if (_text(root, "state"), _text(root, "published")) == (place.value, is_published):
        return data
    return change_metadata(data, state=place.value)


def canonical(data: bytes) -> bytes:
    """Return a file in canonical XML and in one state, for comparison."""
    root = _root(change_metadata(data, state="published"))
    if any(len(element.attrib) > _MOST_ATTRIBUTES for element in root.iter(etree.Element)):
        raise UnreadableMetadata(f"has an element with more than {_MOST_ATTRIBUTES} attributes")
    try:
        return etree.tostring(root, encoding=None, method="c14n")
    except etree.C14NError:
        raise UnreadableMetadata("has no canonical form") from None


def meta_names(data: bytes) -> set[str]:
    """Return the names of a file's metadata in lower case."""
    return {name.lower() for name in _meta(_root(data))}


def current_meta(data: bytes, names: Iterable[str]) -> tuple[dict[str, str], str]:
    """Return the values of metadata by lower-case names (empty if absent), and ``protected``."""
    root = _root(data)
    known = {name.lower(): value for name, value in _meta(root).items()}
    return {name: known.get(name, "") for name in names}, _text(root, "protected")


def change_metadata(
    data: bytes, *, state: str = "", meta: Mapping[str, str] | None = None, protected: str = ""
) -> bytes:
    """Return a metadata.xml with another state and metadata; an empty value removes the element.

    Everything else stays, unknown elements too. Raises ``UnreadableMetadata``.
    """
    root = _root(data)
    if state:
        for name, value in (("state", state), ("published", "true" if state == "published" else "false")):
            _child(root, name).text = value
    if protected == ABSENT:
        for element in root.findall("protected"):
            root.remove(element)
    elif protected:
        _child(root, "protected").text = protected
    for name, value in (meta or {}).items():
        try:
            _change_meta(_child(root, "meta"), name, value)
        except ValueError:
            raise UnreadableMetadata(f"cannot have {name} with a character that is none of XML") from None
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _change_meta(parent: etree._Element, name: str, value: str) -> None:
    found = [child for child in parent if str(child.tag).lower() == name]
    if value:
        element = found[0] if found else etree.SubElement(parent, name)
        for child in list(element):
            element.remove(child)
        element.text = value
    else:
        for element in found:
            parent.remove(element)


def _child(root: etree._Element, name: str) -> etree._Element:
    found = root.find(name)
    return found if found is not None else etree.SubElement(root, name)
