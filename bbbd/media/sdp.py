"""Session descriptions (SDP, RFC 8866) of pages, reduced to what the engine needs.

A page's description is text from a stranger, and larger than a request of the engine may be (8 KiB): browsers list a
dozen codecs for each track. So it is read line by line, and written anew from the lines that are known here: Opus and
VP8 with its retransmission, the header extensions in use, simulcast, one fingerprint. An answer to the engine's own
offer, which may have two dozen tracks, keeps even less of each. Candidates are dropped: the
engine learns the page's address from its first packet, and a page cannot make it send packets elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

#: Sections (tracks, also ended ones) of one description.
MOST_SECTIONS = 40
#: Bytes of a description in a request of the engine, which has at most 8,192 in all.
MOST_BYTES = 7_700
_MID_EXTENSION = "urn:ietf:params:rtp-hdrext:sdes:mid"
_LINE = re.compile(r"([a-z])=([^\x00-\x1f\x7f]{0,2000})")
_MEDIA = re.compile(r"(audio|video) [0-9]{1,5} UDP/TLS/RTP/SAVPF((?: [0-9]{1,3}){1,80})")
_RTPMAP = re.compile(r"([0-9]{1,3}) ([A-Za-z0-9-]{1,20})/([0-9]{1,6})(?:/[0-9])?")
_FORMAT = re.compile(r"([0-9]{1,3}) ([A-Za-z0-9=;/. _-]{1,300})")
_FEEDBACK = re.compile(r"([0-9]{1,3}) (nack(?: pli)?|ccm fir|goog-remb|transport-cc)")
_EXTENSION = re.compile(r"([0-9]{1,3})(?:/[a-z]{1,8})? (\S{1,200})")
_MID = re.compile(r"[A-Za-z0-9]{1,16}")
_RID = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,64} (?:send|recv)")
_KEPT_ONCE = {
    "ice-ufrag": re.compile(r"[A-Za-z0-9+/]{4,256}"),
    "ice-pwd": re.compile(r"[A-Za-z0-9+/]{22,256}"),
    "fingerprint": re.compile(r"sha-256 [0-9A-Fa-f:]{95}"),
    "setup": re.compile(r"actpass|active|passive"),
}
_DIRECTIONS = ("sendonly", "recvonly", "sendrecv", "inactive")
_KEPT = {
    "rid": _RID,
    "simulcast": re.compile(r"(?:send|recv) [A-Za-z0-9;,~-]{1,100}"),
    "ssrc-group": re.compile(r"(?:FID|SIM)(?: [0-9]{1,10}){1,6}"),
}
_SOURCE = re.compile(r"([0-9]{1,10}) cname:\S{1,100}")
_EXTENSIONS = frozenset(
    (
        _MID_EXTENSION,
        "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
        "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
        "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "urn:3gpp:video-orientation",
        "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    )
)
_CODECS = {"audio": ("opus", "48000"), "video": ("vp8", "90000")}


class UnreadableDescription(ValueError):
    """A text that is no session description, or not one that the engine can take; the text is the reason."""


@dataclass(slots=True)
class Section:
    """One track: its kind (``audio`` or ``video``), its ``mid``, its direction, and the lines that are kept."""

    kind: str
    payloads: tuple[str, ...]
    mid: str = ""
    direction: str = "sendrecv"
    codecs: dict[str, str] = field(default_factory=dict)
    retransmits: dict[str, str] = field(default_factory=dict)
    formats: list[tuple[str, str]] = field(default_factory=list)
    feedback: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def kept(self) -> list[str]:
        """The payload types that are kept, in the page's order."""
        wanted = [one for one in self.payloads if one in self.codecs]
        return [one for one in self.payloads if one in wanted or self.retransmits.get(one) in wanted]

    def reduce_further(self) -> None:
        """Drop what the engine does not need of a track that it sends."""
        self.lines = [line for line in self.lines if not line.startswith("a=extmap:") or _MID_EXTENSION in line]
        self.feedback = [(payload, value) for payload, value in self.feedback if "nack" in value]


@dataclass(frozen=True, slots=True)
class Description:
    """A description: its sections, and its text for the engine."""

    sections: tuple[Section, ...]
    text: str

    @property
    def sending(self) -> dict[str, str]:
        """The kind of each track that is sent, by mid."""
        return {one.mid: one.kind for one in self.sections if one.direction in ("sendonly", "sendrecv")}


def reduced(text: str, *, answer: bool = False) -> Description:
    """Return a page's description, an offer or an answer, as the engine gets it. Raises ``UnreadableDescription``."""
    once, origin, sections = _read(text)
    _check(once, sections)
    if answer:
        for section in sections:
            section.reduce_further()
    written = _written(origin, once, sections)
    # Each end of line is two bytes in JSON.
    if len(written) + written.count("\n") > MOST_BYTES:
        raise UnreadableDescription("has too many tracks and codecs")
    return Description(tuple(sections), written)


def _read(text: str) -> tuple[dict[str, str], str, list[Section]]:
    """Return the attributes of the whole, its origin, and its sections."""
    once: dict[str, str] = {}
    origin = ""
    sections: list[Section] = []
    for letter, value in _lines(text):
        if letter == "m":
            sections.append(_section(value))
            if len(sections) > MOST_SECTIONS:
                raise UnreadableDescription(f"has more than {MOST_SECTIONS} tracks")
        elif letter == "o":
            origin = value
        elif letter == "a":
            name, _, rest = value.partition(":")
            if name in _KEPT_ONCE:
                if _KEPT_ONCE[name].fullmatch(rest):
                    once.setdefault(name, rest)
            elif sections:
                _note(sections[-1], name, rest)
    return once, origin, sections


def _lines(text: str) -> Iterator[tuple[str, str]]:
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0] != "v=0":
        raise UnreadableDescription("does not begin with v=0")
    for line in lines[1:]:
        if not line:
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise UnreadableDescription("has a line that is none of SDP")
        yield found[1], found[2]


def _section(value: str) -> Section:
    found = _MEDIA.fullmatch(value)
    if found is None:
        raise UnreadableDescription("has a track that is neither sound nor video over DTLS")
    return Section(found[1], tuple(found[2].split()))


def _note(section: Section, name: str, value: str) -> None:
    """Note an attribute of a track, if it is one that is kept."""
    if name == "mid" and _MID.fullmatch(value):
        section.mid = value
    elif name in _DIRECTIONS:
        section.direction = name
    elif name == "extmap" and (found := _EXTENSION.fullmatch(value)) and found[2] in _EXTENSIONS:
        section.lines.append(f"a=extmap:{value}")
    elif (name == "ssrc" and _SOURCE.fullmatch(value)) or (name in _KEPT and _KEPT[name].fullmatch(value)):
        section.lines.append(f"a={name}:{value}")
    else:
        _note_codec(section, name, value)


def _note_codec(section: Section, name: str, value: str) -> None:
    if name == "rtpmap" and (found := _RTPMAP.fullmatch(value)):
        codec, clock = found[2].lower(), found[3]
        if (codec, clock) == _CODECS[section.kind]:
            section.codecs[found[1]] = value
        elif codec == "rtx":
            section.retransmits[found[1]] = ""
            section.lines.append(f"a=rtpmap:{value}")
    elif name == "fmtp" and (found := _FORMAT.fullmatch(value)):
        section.formats.append((found[1], value))
        if found[1] in section.retransmits and found[2].startswith("apt="):
            section.retransmits[found[1]] = found[2].removeprefix("apt=")
    elif name == "rtcp-fb" and (found := _FEEDBACK.fullmatch(value)):
        section.feedback.append((found[1], value))


def _check(once: dict[str, str], sections: list[Section]) -> None:
    if missing := [name for name in _KEPT_ONCE if name not in once]:
        raise UnreadableDescription(f"has no {missing[0]}")
    mids = [one.mid for one in sections]
    if not all(mids) or len(set(mids)) != len(mids):
        raise UnreadableDescription("has tracks without a mid of their own")
    for one in sections:
        if not one.codecs and one.direction != "inactive":
            raise UnreadableDescription(f"has no {_CODECS[one.kind][0]} for {one.kind}")


def _written(origin: str, once: dict[str, str], sections: list[Section]) -> str:
    numbers = re.match(r"\S{1,40} ([0-9]{1,20}) ([0-9]{1,20}) ", origin)
    session, version = numbers.groups() if numbers else ("1", "1")
    lines = ["v=0", f"o=- {session} {version} IN IP4 0.0.0.0", "s=-", "t=0 0"]
    lines.append(f"a=group:BUNDLE {' '.join(one.mid for one in sections)}")
    lines.append("a=ice-options:trickle")
    lines += [f"a={name}:{value}" for name, value in once.items()]
    for one in sections:
        lines += _written_section(one)
    return "\n".join(lines) + "\n"


def _written_section(section: Section) -> list[str]:
    kept = section.kept or list(section.payloads[:1])
    dropped = {payload for payload in section.retransmits if payload not in kept}
    lines = [f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {' '.join(kept)}", "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}"]
    lines += [f"a={section.direction}", "a=rtcp-mux"]
    lines += [f"a=rtpmap:{section.codecs[payload]}" for payload in kept if payload in section.codecs]
    lines += [line for line in section.lines if not any(line.startswith(f"a=rtpmap:{one} ") for one in dropped)]
    lines += [f"a=fmtp:{value}" for payload, value in section.formats if payload in kept]
    lines += [f"a=rtcp-fb:{value}" for payload, value in section.feedback if payload in kept]
    return lines
