"""What is pure, as tables: kinds, checksums, dates, negotiation, messages, roles, bodies, queries."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import Any

import pytest
from harness import SECRET
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bbbd.api.checksum import form_text, is_valid, java_encode, sign, split_checksum
from bbbd.api.java_dates import java_date
from bbbd.api.problems import Failed
from bbbd.api.query import read_query
from bbbd.api.response_tree import Rows, write_json, write_jsonp, write_xml
from bbbd.clock import Moment
from bbbd.http.accept import qualities
from bbbd.meetings.groups import GROUPS
from bbbd.meetings.joining import guest_status
from bbbd.meetings.welcome import cleaned, message
from bbbd.values import value_types
from bbbd.values.enums import GuestPolicy, GuestStatus, LogLevel, Role
from bbbd.values.safe_xml import BadXML, check_xml
from bbbd.values.urls import with_parameters
from bbbd.values.value_types import ValueType


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (value_types.BOOLEAN, "TRUE", True),
        (value_types.BOOLEAN, "0", False),
        (value_types.number(), "007", 7),
        (value_types.number(negative=0), "-5", 0),
        (value_types.size(), "40 MiB", 40 << 20),
        (value_types.size(), "1GiB", 1 << 30),
        (value_types.size(), "17", 17),
        (value_types.TEXT, "a\x00b\x85c", "abc"),
        (value_types.TEXT, "a\nb", "a b"),
        (value_types.TEXT, " a \r\n\t \n b  c\x0bd\x00 ", "a b  c d"),
        (value_types.TEXT, "a\u202eb", "a\u202eb"),
        (value_types.title_text(), "a\u202e\nb\u2066\u200e", "a b\u200e"),
        (value_types.person_name(9), "\u202aA\tB\u202c", "A B"),
        (value_types.MULTILINE_TEXT, "a\r\nb\rc\td\x07\n", "a\nb\nc d"),
        (value_types.DIGITS, "00000000010000000123", "00000000010000000123"),
        (value_types.TEXT, "\ufffex", "x"),
        (value_types.enum(LogLevel), "ERROR", LogLevel.ERROR),
        (value_types.enum(LogLevel, otherwise=LogLevel.INFO), "newer", LogLevel.INFO),
        (value_types.HTTP_URL, "https://a.example/ä?b#c", "https://a.example/ä?b#c"),
        (value_types.HTTP_URL, "http://[::1]:80/", "http://[::1]:80/"),
        (value_types.COMMA_LIST, " a, b,,a ", ("a", "b")),
        (value_types.COLOUR, "#00FFaa", "#00FFaa"),
        (value_types.identifier(2, 4), "a b", "a b"),
        (
            GROUPS,
            '[{"id":"a","name":3,"roster":["x",1]},{"name":"no"},"no"]',
            ({"id": "a", "name": "", "roster": ["x"]},),
        ),
        (GROUPS, '[{"id":"a","name":"N"}]', ({"id": "a", "name": "N", "roster": []},)),
    ],
)
def test_a_kind_reads_a_text(kind: ValueType[Any], text: str, value: object) -> None:
    assert kind.read(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (value_types.BOOLEAN, "maybe", "is not true or false"),
        (value_types.MILLISECONDS, "1m", "is not a number of milliseconds (1000 to "),
        (value_types.number(), "-5", "is not a number"),
        (value_types.number(), "٣", "is not a number"),
        (value_types.number(), "1" * 16, "is not a number (0 to 999999999999999): a longer one is not exact in JSON"),
        (value_types.MINUTES, "9" * 12, "is not a number of minutes (0 to 4000000000): a longer time would end after"),
        (value_types.size(least=2), "1", "at least 2 bytes"),
        (value_types.size(), "1 KB", "KiB"),
        (value_types.text(3), "four", "at most 3 characters"),
        (value_types.identifier(2, 4), "a", "too short"),
        (value_types.identifier(2, 4), "abcde", "too long"),
        (value_types.identifier(2, 4), "a\tb", "control character"),
        (value_types.identifier(forbidden=","), "a,b", "','"),
        (value_types.enum(LogLevel), "loud", "one of debug, info"),
        (value_types.HTTP_URL, "ftp://a/", "http or https"),
        (value_types.HTTP_URL, "http://", "http or https"),
        (value_types.HTTP_URL, "http://a:0/", "http or https"),
        (value_types.HTTP_URL, "http://a:x/", "http or https"),
        (value_types.HTTP_URL, "http://[::1/", "http or https"),
        (value_types.HTTP_URL, "http://a/\r\nSet-Cookie: x", "http or https"),
        (value_types.HTTP_URL, 'http://a/"', "http or https"),
        (value_types.NETWORKS, "10.0.0.1/8", "networks like 10.0.0.0/8"),
        (value_types.COLOUR, "#fff", "#FFFFFF"),
        (GROUPS, "{}", "JSON array"),
        (GROUPS, "[" * 100_000, "JSON array"),
    ],
)
def test_a_kind_says_what_is_allowed(kind: ValueType[Any], text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"^(?:is|has)") as fault:
        kind.read(text)
    assert says in str(fault.value)


#: From the contract and the reference.
VECTORS = [
    (
        "create",
        "name=Test+Meeting&meetingID=abc123&attendeePW=111222&moderatorPW=333444",
        SECRET,
        "sha1",
        "1fcbb0c4fc1f039f73aa6d697d2db9ba7f803f17",
    ),
    ("getMeetings", "", SECRET, "sha1", "2027baa7771026e9e93392f55031535d1444c41f"),
    (
        "getMeetings",
        "",
        SECRET,
        "sha256",
        "a5370c5f3d97d56d53b435684cdbc429c2898a3bf9f435518b4279e1e0dbfc8c",
    ),
    ("isMeetingRunning", "meetingID=test01", SECRET, "sha1", "74b0bf418eddacba29c88635be21376cca0c8ed3"),
    ("create", "name=Test&meetingID=test01", SECRET, "sha1", "596707372fc834f2dc4d0da9bfa6143b60879956"),
    (
        "setConfigXML",
        "configXML=%3Cconfig%3E%3Clocaleversion+suppressWarning%3D%22false%22%3E0.9.0%3C%2Flocaleversion%3E"
        "%3C%2Fmodules%3E%3C%2Fconfig%3E&meetingID=random-8228800",
        "aae06642a13942004fd83b3ba6e4o9s8",
        "sha1",
        "51db6f55ffa080f42f5727386beb66adb4e5cf81",
    ),
]


@pytest.mark.parametrize(("call", "text", "secret", "algorithm", "checksum"), VECTORS)
def test_the_contracts_own_checksums(call: str, text: str, secret: str, algorithm: str, checksum: str) -> None:
    assert sign(call, text.encode(), secret, algorithm) == checksum
    assert is_valid(call, [text.encode()], checksum.encode(), ["", secret], ["sha1", "sha256"])
    assert not is_valid(call, [text.encode()], checksum.encode(), [secret], ["sha512"])


def test_the_printed_config_signs_as_the_reference_says() -> None:
    config = '<config><modules><localeversion supressWarning="false">0.9.0</localeversion></modules></config>'
    text = form_text([("meetingID", "random-8228800"), ("configXML", config), ("checksum", "x")])
    assert sign("setConfigXML", text, "aae06642a13942004fd83b3ba6e4o9s8", "sha1") == (
        "fee40dc198a0e80eb9391ee45860ea86bae3b4b9"
    )


def test_values_are_encoded_as_java_does() -> None:
    assert java_encode("aZ09.-*_ ~é/+&=") == "aZ09.-*_+%7E%C3%A9%2F%2B%26%3D"


@given(st.lists(st.sampled_from(["a=1", "", "b", "checksum=abc", "xchecksum=1", "checksum="]), max_size=6))
def test_a_checksum_is_cut_out_and_nothing_else(parts: list[str]) -> None:
    query = "&".join(parts).encode()
    text, value = split_checksum(query)
    named = [part for part in parts if part.startswith("checksum=")]
    assert value.decode() == (named[0][9:] if named else "")
    kept = [part for part in parts if not named or part != named[0]]
    assert text.decode() == "&".join(kept)


@pytest.mark.parametrize(
    ("milliseconds", "date"),
    [
        (1531155809613, "Mon Jul 09 17:03:29 UTC 2018"),
        (0, "Thu Jan 01 00:00:00 UTC 1970"),
        (951827696000, "Tue Feb 29 12:34:56 UTC 2000"),
        (4102444799999, "Thu Dec 31 23:59:59 UTC 2099"),
    ],
)
def test_dates_are_javas(milliseconds: int, date: str) -> None:
    assert java_date(milliseconds) == date


def test_qualities_of_a_header() -> None:
    assert qualities("A/b;q=0.5, c/d, a/b;q=2;x=y, e/f;q=no") == {"a/b": 1.0, "c/d": 1.0, "e/f": 0.0}


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("%%CONFNAME%%!", "A &lt;b&gt; &amp; $1 \\!"),
        ("%%CONFNUM%%", "12 345 678"),
        ("%%DIALNUM%% %%SERVERURL%%", "+49 http://s"),
        ("<b>x</b><script>alert(1)</script><i onclick=1>y</i>", "<b>x</b><i>y</i>"),
        (
            '<a href="event:https://e.example/">x</a>',
            '<a href="https://e.example/" target="_blank" rel="noopener noreferrer">x</a>',
        ),
        ('<a href="javascript:alert(1)">x</a>', '<a target="_blank" rel="noopener noreferrer">x</a>'),
        ('<img src="https://e.example/a.png" onerror="x" width="1">', '<img src="https://e.example/a.png" width="1">'),
        ("<iframe src=x></iframe>", ""),
    ],
)
def test_a_welcome_message_is_filled_in_and_cleaned(template: str, told: str) -> None:
    filled = message(template, name="A <b> & $1 \\", dial_number="+49", voice_bridge="12345678", server_url="http://s")
    assert filled == told


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("a\nb", "a<br>b"),
        ("a<br>\nb<br/> \n\nc", "a<br>b<br><br>c"),
        ("<ul>\n<li>a</li>\n<li>b\n</ul>\nend", "<ul><li>a</li><li>b<br></li></ul>end"),
        ("<b><i>x</b>y</i>", "<b><i>x</i></b>y"),
        ("<ul><li>a<ul><li>b<li>c</ul><li>d", "<ul><li>a<ul><li>b</li><li>c</li></ul></li><li>d</li></ul>"),
        ("1 < 2 & 3 &lt; 4 <3", "1 &lt; 2 &amp; 3 &lt; 4 &lt;3"),
        ("a<!-- <b>x --> b<?x?><!y>", "a b"),
        ("<SCRIPT>alert('</b>')</Script >x<style>p", "x"),
        ("<img src=http://e.example/a.png>", "<img>"),
        ('<a title="a>b" HREF=tel:+49>t', '<a href="tel:+49" target="_blank" rel="noopener noreferrer">t</a>'),
    ],
)
def test_html_is_cleaned_into_a_plain_outline(html: str, clean: str) -> None:
    assert cleaned(html) == clean


@pytest.mark.parametrize(
    "unit",
    ["<ul><li>", "<b id={}><p>", "<i a={}><li>", "<a></b>", "<", "<a '\"", "<!--", "&", "<b =\"'", "<script>", " \n"],
)
def test_html_takes_no_more_than_its_length_to_clean(unit: str) -> None:
    def steps(length: int) -> int:
        text = "".join(unit.format(place) for place in range(length))
        count = 0

        def counted(_frame: object, event: str, _argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(counted)
        try:
            clean = cleaned(text)
        finally:
            sys.setprofile(None)
        return count + len(clean)

    assert steps(2000) < 2.5 * steps(1000)


def test_a_page_over_http_has_pictures_by_http() -> None:
    assert cleaned("<img src=http://e.example/a.png>", http_pictures=True) == '<img src="http://e.example/a.png">'


def test_a_short_bridge_number_is_not_grouped() -> None:
    assert message("%%CONFNUM%%", name="", dial_number="", voice_bridge="12345", server_url="") == "12345"
    assert message("%%CONFNUM%%", name="", dial_number="", voice_bridge="123456", server_url="") == "123 456"


ALLOW, WAIT, DENY = GuestStatus.ALLOW, GuestStatus.WAIT, GuestStatus.DENY
MODERATOR, VIEWER = Role.MODERATOR, Role.VIEWER


@pytest.mark.parametrize(
    ("policy", "older", "newer"),
    [
        # Columns: guest=true, guest=true and auth, guest=false, not said; moderators who are guests last.
        (GuestPolicy.ALWAYS_ACCEPT, (ALLOW, ALLOW, ALLOW, ALLOW, ALLOW), (ALLOW, ALLOW, ALLOW, ALLOW, ALLOW)),
        (GuestPolicy.ALWAYS_DENY, (DENY, DENY, ALLOW, ALLOW, DENY), (DENY, DENY, ALLOW, DENY, ALLOW)),
        (GuestPolicy.ASK_MODERATOR, (WAIT, WAIT, ALLOW, ALLOW, WAIT), (WAIT, WAIT, ALLOW, WAIT, ALLOW)),
        (GuestPolicy.ALWAYS_ACCEPT_AUTH, (WAIT, ALLOW, ALLOW, ALLOW, WAIT), (WAIT, WAIT, ALLOW, ALLOW, ALLOW)),
    ],
)
def test_who_may_come_in(policy: GuestPolicy, older: tuple[GuestStatus, ...], newer: tuple[GuestStatus, ...]) -> None:
    cases: list[tuple[Role, bool | None, bool]] = [
        (VIEWER, True, False),
        (VIEWER, True, True),
        (VIEWER, False, False),
        (VIEWER, None, False),
        (MODERATOR, True, False),
    ]
    for is_newer, outcomes in ((False, older), (True, newer)):
        for (role, guest, auth), outcome in zip(cases, outcomes, strict=True):
            told = guest_status(policy, role, guest=guest, authenticated=auth, newer=is_newer)
            assert told is outcome, (policy, role, guest, auth, is_newer)


@pytest.mark.parametrize(
    ("url", "made"),
    [
        ("https://a/x", "https://a/x?k=v%20w"),
        ("https://a/x?", "https://a/x?k=v%20w"),
        ("https://a/x?y=%2F&z", "https://a/x?y=%2F&z&k=v%20w"),
        ("https://a/x#top", "https://a/x?k=v%20w#top"),
    ],
)
def test_parameters_go_into_a_urls_query(url: str, made: str) -> None:
    assert with_parameters(url, {"k": "v w"}) == made


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


@given(TEXTS, TEXTS)
def test_whatever_is_said_is_well_formed_and_read_back(one: str, other: str) -> None:
    tree = (("returncode", "SUCCESS"), ("a", one), ("rows", Rows("row", [other, (("b", one),)])))
    root = etree.fromstring(write_xml(tree))
    said = json.loads(write_json(tree))["response"]
    assert (root.findtext("a") or "") == said["a"]
    assert (root.findtext("rows/row") or "") == said["rows"][0]
    legal = "".join(c for c in one if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
    assert said["a"] == legal
    jsonp = write_jsonp(tree, "f").decode()
    assert json.loads(jsonp.removeprefix("/**/f(").removesuffix(");"))["response"] == said
    assert "<" not in jsonp


@given(st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=8))
def test_a_query_is_read_as_it_was_meant(pairs: dict[str, str]) -> None:
    from urllib.parse import quote, quote_plus  # noqa: PLC0415

    for quoted in (quote, quote_plus):
        raw = "&".join(f"{quoted(name, safe='')}={quoted(value, safe='')}" for name, value in pairs.items())
        query = read_query(raw.encode())
        assert dict(query.pairs) == pairs


@given(st.text("ab=&;", max_size=30))
def test_a_query_is_read_the_same_whether_anything_in_it_is_encoded(raw: str) -> None:
    plain, encoded = read_query(raw.encode()), read_query(f"{raw}&%7A=".encode())
    assert [*plain.pairs, ("z", "")] == encoded.pairs
    assert {name: plain.find(name) for name in "ab"} == {name: encoded.find(name) for name in "ab"}
    assert list(plain.matching("a")) == list(encoded.matching("a"))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(raw: bytes) -> None:
    with suppress(Failed):
        assert all(isinstance(value, str) for _name, value in read_query(raw).pairs)


@given(st.text(max_size=200))
def test_any_text_is_good_xml_or_refused(text: str) -> None:
    with suppress(BadXML):
        check_xml(text)
        assert text.lstrip().startswith("<")


def test_a_moment_elsewhere_on_the_wall_clock() -> None:
    assert Moment(10_000, 500).at_wall(4_000) == Moment(4_000, -5_500)
