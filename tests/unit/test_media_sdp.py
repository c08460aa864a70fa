"""Session descriptions of pages: what is kept, what is refused, and that anything else does no harm."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbbd.media.sdp import UnreadableDescription, reduced

HEAD = (
    "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {mids}\r\n"
    "a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n"
)
OWN = (
    "c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=candidate:1 1 udp 2113937151 192.168.1.5 51000 typ host\r\n"
    "a=ice-ufrag:Ab1+\r\na=ice-pwd:0123456789abcdefghijklmn\r\na=ice-options:trickle\r\n"
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\na=setup:{setup}\r\na=mid:{mid}\r\n"
)
EXTENSIONS = (
    "a=extmap:1 urn:ietf:params:rtp-hdrext:toffset\r\n"
    "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"
    "a=extmap:3 urn:3gpp:video-orientation\r\n"
    "a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
    "a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
)
VIDEO = (
    "a={direction}\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 goog-remb\r\n"
    "a=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n"
    "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:103 H264/90000\r\na=rtcp-fb:103 nack\r\n"
    "a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n"
    "a=rtpmap:104 rtx/90000\r\na=fmtp:104 apt=103\r\n"
)
AUDIO = (
    "a={direction}\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n"
    "a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:0 PCMU/8000\r\n"
)


def page(sounds: int, pictures: int, *, direction: str = "sendonly", setup: str = "actpass") -> str:
    """Return a description as Chromium writes it."""
    tracks = ["audio"] * sounds + ["video"] * pictures
    text = HEAD.format(mids=" ".join(str(mid) for mid in range(len(tracks))))
    for mid, kind in enumerate(tracks):
        payloads = "111 0" if kind == "audio" else "96 97 103 104"
        text += f"m={kind} 9 UDP/TLS/RTP/SAVPF {payloads}\r\n" + OWN.format(setup=setup, mid=mid) + EXTENSIONS
        text += (AUDIO if kind == "audio" else VIDEO).format(direction=direction)
    return text


def test_what_the_engine_needs_is_kept_and_nothing_else() -> None:
    description = reduced(page(1, 1))
    assert description.sending == {"0": "audio", "1": "video"}
    lines = description.text.splitlines()
    for line in ("m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=video 9 UDP/TLS/RTP/SAVPF 96 97", "a=fmtp:97 apt=96", "a=mid:1"):
        assert line in lines
    for word in ("candidate", "192.168", "H264", "PCMU", "toffset", "apt=103"):
        assert word not in description.text
    # It is read again as it was written.
    assert reduced(description.text).text == description.text


def test_simulcast_is_kept() -> None:
    simulcast = "a=rid:h send\r\na=rid:m send\r\na=rid:l send\r\na=simulcast:send h;m;l\r\n"
    assert set(simulcast.split()) <= set(reduced(page(0, 1) + simulcast).text.split())


@pytest.mark.parametrize(("sounds", "pictures"), [(4, 10), (4, 26)])
def test_an_answer_with_all_tracks_that_settings_allow_fits_into_a_request(sounds: int, pictures: int) -> None:
    text = reduced(page(sounds, pictures, direction="recvonly", setup="active"), answer=True).text
    assert len(json.dumps(text)) < 7_900
    assert "a=rtcp-fb:96 nack pli" in text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "does not begin with v=0"),
        ("v=0\r\nhello", "has a line that is none of SDP"),
        ("v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", "neither sound nor video"),
        ("v=0\r\na=x:\x00\r\n", "has a line that is none of SDP"),
        ("v=0\r\n", "has no ice-ufrag"),
        (page(41, 0), "has more than 40 tracks"),
        (page(8, 20), "has too many tracks and codecs"),
        (page(1, 1).replace("a=mid:1", "a=mid:0"), "without a mid of their own"),
        (page(1, 0).replace("opus", "speex"), "has no opus for audio"),
        (page(1, 0).replace("sha-256", "md5"), "has no fingerprint"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(UnreadableDescription, match=why):
        reduced(text)


GOOD = page(1, 1).splitlines()


@given(
    lines=st.lists(st.sampled_from(GOOD) | st.text(max_size=40) | st.from_regex(r"[a-z]=.{0,40}")), answer=st.booleans()
)
def test_any_text_is_refused_or_becomes_lines_that_are_known(lines: list[str], *, answer: bool) -> None:
    try:
        description = reduced("v=0\r\n" + "\r\n".join(lines), answer=answer)
    except UnreadableDescription:
        return
    assert description.text.isascii()
    assert reduced(description.text, answer=answer).sending == description.sending


@given(st.data())
def test_a_description_with_one_line_changed_is_refused_or_read(data: st.DataObject) -> None:
    lines = list(GOOD)
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] = data.draw(st.sampled_from(["", *GOOD]) | st.text(max_size=60))
    try:
        description = reduced("\r\n".join(lines))
    except UnreadableDescription:
        return
    assert all(line[1] == "=" for line in description.text.splitlines())
