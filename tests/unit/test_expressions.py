"""Every regular expression that a stranger's bytes reach takes time linear in them, or its input has a bound."""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import bbbd

ROOT = Path(bbbd.__file__).parent
#: Only the operator's, or bbbd's own, files and settings reach these; or they are compiled from settings.
OWN = {
    "bbbd.callbacks.batch_format",
    "bbbd.egress.agent",
    "bbbd.egress.outgoing_request",
    "bbbd.page.files",
    "bbbd.page.linking",
    "bbbd.settings.applications",
    "bbbd.settings.certificate",
    "bbbd.settings.endpoints",
    "bbbd.settings.network",
    "bbbd.settings.overrides",
    "bbbd.settings.pages",
    "bbbd.settings.properties",
    "bbbd.daemon.endpoints",
}
#: Expressions that are put together when they are used, of a setting, a field's declaration or an element's name.
COMPOSED = {
    "bbbd.api.checksum_help.redaction",
    "bbbd.developer.request_log",
    "bbbd.slides.formats",
    "bbbd.values.value_types",
}
#: A text that each expression matches, from which hostile ones are made: pieces of it, again and again.
SAMPLES: dict[str, str] = {
    "bbbd.api.checksum_help.mistakes: '^SHA(?=\\\\d+$)'": "SHA256",
    "bbbd.api.checksum_help.mistakes: b'[-: ]'": "-: ",
    "bbbd.api.join: '[A-Za-z_][A-Za-z0-9_.-]*'": "a.b-c_1",
    "bbbd.api.recordings: '[^\\t\\n\\r -\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]'": "a\x01",
    "bbbd.egress.ssrf_guard: '[\\\\s\\\\\\\\]'": " a\\",
    "bbbd.meetings.create_parameters: '[A-Za-z][A-Za-z0-9_-]*'": "a-b_1",
    "bbbd.subtitles.ass_overrides: '([()])'": "a(b)",
    "bbbd.values.value_types: '[\\\\s\\\\\\\\<>\\\\\"]'": ' a"',
    "bbbd.api.multipart_upload._FILE_NAME": "; filename*0 =",
    "bbbd.history.chat_markup._BREAK": "<br />",
    "bbbd.history.chat_markup._ENTITY": "&amp;",
    "bbbd.history.chat_markup._TAG": "<a href='b'>c</a>",
    "bbbd.history.chat_markup._URL": "https://a.b/c?d",
    "bbbd.history.from_events_xml._VERSION": "2.5.0",
    "bbbd.history.event_fields.NUMBER": "123",
    "bbbd.history.xml_text._FORBIDDEN": "a\x00b",
    "bbbd.http.accept._WEIGHT": "0.123",
    "bbbd.http.body_reader._SIZE": "1aF ;a=b c",
    "bbbd.http.body_reader._UNCLEAR": "a\rb",
    "bbbd.http.head._BEGINNING": "GET /a?b ",
    "bbbd.http.head._SECTION": "HTTP/1.1\r\nA-b: c d\r\ne:f",
    "bbbd.http.head._HOST": "a.b-c:80",
    "bbbd.http.head._ONE_FIELD": "A-b: c d",
    "bbbd.http.head._ONE_LINE": "GET /a?b HTTP/1.1",
    "bbbd.http.head._SLASHES": "a//b",
    "bbbd.http.page_headers._NAMEABLE": "a.b:80",
    "bbbd.meetings.groups._CONSTANT": "-12.5",
    "bbbd.meetings.groups._ESCAPED": 'a\\"',
    "bbbd.meetings.groups._TOKEN": " 'a\\'b' , c ",
    "bbbd.meetings.html_outline._ATTRIBUTE": " a = 'b' c=\"d\" e=f>",
    "bbbd.meetings.html_outline._TOKEN": "<a>b</a><!",
    "bbbd.meetings.html_outline: '</script\\\\b'": "</script>",
    "bbbd.meetings.html_outline: '</style\\\\b'": "</style>",
    "bbbd.meetings.welcome._KEYWORD": "%%CONFNAME%%",
    "bbbd.page.plain_pages._ORIGIN": "https://a.b:80/c",
    "bbbd.playback.player._HOLE": "{{base}}",
    "bbbd.presentation.build._RECORD_ID": "0" * 40 + "-1531155809613",
    "bbbd.presentation.pages.DECK": "a-1",
    "bbbd.presentation.people._AGAIN": "w_abc_12",
    "bbbd.values.texts._BREAKS": "a\t\n",
    "bbbd.values.texts._DIRECTION_MARKS": "a\u202a",
    "bbbd.values.texts._LINE_END": "a\r\n",
    "bbbd.values.texts._NOT_IN_CHAT": "a\x01",
    "bbbd.api.checksum_help.explanation._IN_BODY": 'name="checksum"; x\r\n\r\n0a',
    "bbbd.api.checksum_help.explanation._MISNAMED": "&my_check_sumx=",
    "bbbd.api.checksum_help.mistakes._ESCAPE": "%2F",
    "bbbd.api.checksum_help.mistakes._HEXADECIMAL": "0aF",
    "bbbd.api.checksum_help.mistakes._RUN": "0123456789abcdef0123456789abcdef",
    "bbbd.api.config_xml._ENCODING": "<?xml version='1.0' encoding = 'utf-8",
    "bbbd.api.multipart_upload._BOUNDARY": 'boundary="a b"',
    "bbbd.api.query._BROKEN": "%2x",
    "bbbd.api.response_tree.CALLBACK": "$a.b_1.c",
    "bbbd.api.response_tree._ILLEGAL": "a\x01",
    "bbbd.api.response_tree._SPECIAL": "<&a",
    "bbbd.developer.control.NUMBER": "123",
    "bbbd.developer.mode.NAME": "a-b_1",
    "bbbd.egress.receiver_connection._HEAD_END": "a\r\n\r\n",
    "bbbd.egress.receiver_connection._STATUS": "HTTP/1.1 200 OK",
    "bbbd.egress.response_limits._HEADERS_END": "a\n\r\n",
    "bbbd.egress.ssrf_guard._NUMERIC": "10.0x7f.1.",
    "bbbd.http.ranges._RANGE": "bytes=0-99",
    "bbbd.live.slide_files._NUMBER": "123",
    "bbbd.media.janus_config._SAFE": "/a.b-c_1:2,3",
    "bbbd.media.mesh_signals._ADDRESS": "c=IN IP4 192.0.2.7",
    "bbbd.media.mesh_signals._CANDIDATE": "a=candidate:",
    "bbbd.media.mesh_signals._ORIGIN": " raddr 192.0.2.7 rport 5000",
    "bbbd.media.mesh_signals._RELAYED": " typ relay ",
    "bbbd.media.mesh_signals._RTCP": "a=rtcp:9 IN IP4 192.0.2.7",
    "bbbd.media.mesh_signals._UNSAID": "a\x01",
    "bbbd.media.sdp._EXTENSION": "1/a urn:x",
    "bbbd.media.sdp._FEEDBACK": "96 nack pli",
    "bbbd.media.sdp._FORMAT": "96 apt=97;a=b",
    "bbbd.media.sdp._LINE": "a=mid:0",
    "bbbd.media.sdp._MEDIA": "audio 9 UDP/TLS/RTP/SAVPF 111 63",
    "bbbd.media.sdp._MID": "a0",
    "bbbd.media.sdp._RID": "h send",
    "bbbd.media.sdp._RTPMAP": "111 opus/48000/2",
    "bbbd.media.sdp._SOURCE": "1234 cname:a",
    "bbbd.media.sdp: '(?:FID|SIM)(?: [0-9]{1,10}){1,6}'": "FID 1 2",
    "bbbd.media.sdp: '(?:send|recv) [A-Za-z0-9;,~-]{1,100}'": "send h;m,l",
    "bbbd.media.sdp: '[A-Za-z0-9+/]{22,256}'": "0123456789012345678901",
    "bbbd.media.sdp: '[A-Za-z0-9+/]{4,256}'": "0123",
    "bbbd.media.sdp: '\\\\S{1,40} ([0-9]{1,20}) ([0-9]{1,20}) '": "- 1 2 IN",
    "bbbd.media.sdp: 'actpass|active|passive'": "active",
    "bbbd.media.sdp: 'sha-256 [0-9A-Fa-f:]{95}'": "sha-256 " + "0A:" * 31 + "0A",
    "bbbd.log._CONTROL": "a\x01",
    "bbbd.meetings.config_documents.NAME": "a.b-c",
    "bbbd.meetings.documents._OWN": "0123456789abcdef0123456789abcdef.file",
    "bbbd.meetings.journal_format._HEAD": '{"n":1,"t":2,"e":',
    "bbbd.meetings.journal_format._TAIL": ',"crc":"01234567"}',
    "bbbd.recordings.layout.FORMAT": "presentation-1",
    "bbbd.recordings.layout.IMPORTED_ID": "0123456789abcdef0123456789abcdef01234567-1234567890123",
    "bbbd.recordings.layout.RECORD_ID": "a-b_1",
    "bbbd.recordings.metadata.META_NAME": "a.b-c_1",
    "bbbd.recordings.metadata._PLAIN_LINK": "https://a.b:80/c_d/e?f=g&h=%20",
    "bbbd.recordings.metadata._URL": "https://a.b/",
    "bbbd.recordings.uploaded_media.NAME": f"{'a' * 40}-1531155809613_w_ada_1531155810000",
    "bbbd.recordings.uploaded_media.TRACK_NAME": "a_b-audio-0",
    "bbbd.recordings.uploaded_media._SLICE": "30 1531155812000 1531155812100",
    "bbbd.slides.conversion_process._COUNT": "12\n",
    "bbbd.slides.formats._FIRST_ELEMENT": " <?x ?> <!-- x --> <!DOCTYPE svg [ x ] > <s:svg",
    "bbbd.slides.formats._HTML": " <!-- x --> <!doctype html",
    "bbbd.slides.page_files._UNSHOWN": "a\x01",
    "bbbd.slides.page_store._KEY": "0123456789abcdef0123456789abcdef01234567",
    "bbbd.slides.page_store._PAGE": "slide-1.png",
    "bbbd.slides.svg._DATA_URL": " data:image/png;charset=x; base64 ,",
    "bbbd.slides.svg._ESCAPED": "\\75 x",
    "bbbd.slides.svg._NAMED": "url ( \"'x)@import x;",
    "bbbd.subtitles.ass._NUMBER": "-12",
    "bbbd.subtitles.ass._TIME": "0:00:01.00",
    "bbbd.subtitles.ass_overrides._ESCAPE": "\\N\\{",
    "bbbd.subtitles.ass_overrides._PIECE": "{\\b1}a\\{b",
    "bbbd.subtitles.ass_overrides._TAG": "b  -1",
    "bbbd.subtitles.srt._BROKEN": "1:2:3,4- --> -1:2:3,4 x",
    "bbbd.subtitles.srt._COUNTER": "12",
    "bbbd.subtitles.srt._MARKUP": "<b x>a</b>{\\an8}",
    "bbbd.subtitles.srt._PLACES": "X1:100 Y2: -50 align:left ",
    "bbbd.subtitles.srt._TIMES": "0:0:1,000 --> 0:0:2,000  X",
    "bbbd.subtitles.text_lines._UNSEEN": "a\x01",
    "bbbd.subtitles.webvtt._NOTE": "NOTE a b",
    "bbbd.subtitles.webvtt._SIGNATURE": "WEBVTT a b",
    "bbbd.subtitles.webvtt._TIMES": "00:00:01.000 --> 00:00:02.000 align:left",
    "bbbd.subtitles.webvtt_text._NAME_ENDS": "c.a b",
    "bbbd.subtitles.webvtt_text._PIECE": "<c.a>b</c>",
    "bbbd.subtitles.webvtt_text._REFERENCE": "&#x20;&amp;&#32",
    "bbbd.text_encoding._LINE_END": "a\r\n",
    "bbbd.text_encoding._MARK_INSIDE": "a€a",
    "bbbd.text_encoding._NOT_ASCII": "\xe9 a",
    "bbbd.text_encoding._TAG": "<i>",
    "bbbd.texttracks.conversion._COUNT": "12\n",
    "bbbd.texttracks.inbox._NOTE": "a-1-track.json",
    "bbbd.texttracks.indexes._LANG": "en-GB",
    "bbbd.texttracks.languages._SINGLETON": "a-b-c",
    "bbbd.texttracks.languages._TAG": "en-latn-gb-12345-a-bc-x-a",
    "bbbd.values.durations._PART": "1.5h",
    "bbbd.values.durations._PARTS": "1.5h30m",
    "bbbd.uploads.resource._NUMBER": "12",
    "bbbd.values.value_types._ORIGIN": "https://a.b:80",
    "bbbd.values.value_types._SIZE": "12 KiB",
    "bbbd.values.value_types._SOURCE": "https://*.a:1",
}
#: Characters of the shorter of two inputs, and seconds of CPU time that a linear expression needs for far more.
SIZE = 8_000
SUSPICIOUS = 0.05


def is_of_re(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "re"


def expressions() -> Iterator[tuple[str, re.Pattern[Any], frozenset[str]]]:
    """Yield the name of each expression, the expression, and the methods that are called on it."""
    trees = {
        ".".join(("bbbd", *path.relative_to(ROOT).with_suffix("").parts)): ast.parse(path.read_text())
        for path in sorted(ROOT.rglob("*.py"))
    }
    used: dict[str, set[str]] = {}
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                holder = node.func.value
                name = getattr(holder, "id", "") or getattr(holder, "attr", "")
                used.setdefault(f"{module}.{name}" if name.startswith("_") else name, set()).add(node.func.attr)
    for module, tree in trees.items():
        if module in OWN or module.startswith(("bbbd.conform", "bbbd.docs")):
            continue
        named = {
            node.value: target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.args and is_of_re(node.func)):
                continue
            if node in named:
                name = named[node]
                compiled = getattr(importlib.import_module(module), name)
                methods = used.get(f"{module}.{name}", set()) | used.get(name, set())
                yield f"{module}.{name}", compiled, frozenset(methods)
            elif isinstance(node.args[0], ast.Constant):
                method = ast.unparse(node.func).removeprefix("re.")
                flags = next((ast.unparse(one.value) for one in node.keywords if one.arg == "flags"), "0")
                compiled = re.compile(node.args[0].value, re.DOTALL if "DOTALL" in flags else 0)
                yield f"{module}: {node.args[0].value!a}", compiled, frozenset((method,))
            else:
                assert module in COMPOSED, f"{module} composes an expression: {ast.unparse(node)}"


def hostile(sample: str, size: int) -> Iterator[tuple[str, str]]:
    """Yield texts that repeat a piece of the sample behind all that precedes it, and end with what does not match."""
    for begin in range(len(sample)):
        for end in range(begin + 1, min(begin + 5, len(sample)) + 1):
            for before in {"", sample[:begin]}:
                piece = sample[begin:end]
                yield f"{before!r}, {piece!r} again and again", before + piece * (size // len(piece)) + "\x00"
    for end in range(6, len(sample) + 1):
        yield f"{sample[:end]!r} again and again", sample[:end] * (size // end) + "\x00"


def seconds(search: Callable[[Any], object], text: str | bytes) -> float:
    """Return the CPU time of a search, the least of three."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        search(text)
        times.append(time.process_time() - begun)
    return min(times)


def searches(compiled: re.Pattern[Any], methods: frozenset[str]) -> Iterator[Callable[[Any], object]]:
    anchored = methods & {"match", "fullmatch"}
    if methods - {"match", "fullmatch"} or not anchored:
        # Whatever it is used for, it is tried at each place of the text.
        yield compiled.findall
    for method in anchored:
        yield getattr(compiled, method)


def test_every_expression_has_a_sample() -> None:
    names = sorted(name for name, _compiled, _methods in expressions())
    assert names == sorted(SAMPLES), "each expression needs a sample, or a reason among OWN"


@pytest.mark.faults
def test_every_expression_takes_linear_time() -> None:
    found = {name: (compiled, methods) for name, compiled, methods in expressions()}
    slow = []
    for name, (compiled, methods) in found.items():
        is_bytes = isinstance(compiled.pattern, bytes)

        def text_of(text: str, *, is_bytes: bool = is_bytes) -> str | bytes:
            return text.encode("latin-1") if is_bytes else text

        for search in searches(compiled, methods):
            longer = dict(hostile(SAMPLES[name], 2 * SIZE))
            for what, text in hostile(SAMPLES[name], SIZE):
                begun = time.process_time()
                search(text_of(text))
                if time.process_time() - begun < SUSPICIOUS:
                    continue
                # Twice the time for twice the text; four times is quadratic. A busy machine may spoil one look.
                if all(
                    seconds(search, text_of(longer[what])) > 3 * seconds(search, text_of(text)) for _look in range(3)
                ):
                    slow.append(f"{name}: {what}")
    assert not slow


@pytest.mark.faults
@pytest.mark.parametrize("expression", [r"url\s*\([^)]*\)", r"<%.*?>"])
def test_the_measure_finds_quadratic_time(expression: str) -> None:
    sample = {"u": "url (x)", "<": "<%x>"}[expression[0]]
    search = re.compile(expression, re.DOTALL).findall
    longer = dict(hostile(sample, 2 * SIZE))
    assert any(seconds(search, longer[what]) > 3 * seconds(search, text) for what, text in hostile(sample, SIZE))
