"""The words that cases are made of: URLs, answers as they are read, and what is insisted on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bbbd.api.problems import Notice, Problem
from bbbd.conform.assertions import (
    ContractMismatch,
    ParsedAnswer,
    expect_answer,
    expect_equal,
    expect_failure,
    expect_match,
    expect_names,
    expect_order,
    expect_success,
    parse_answer,
)
from bbbd.conform.endpoint_client import Answer, Endpoint, api_url, query_of
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import is_unknown_call, refusal

API = "https://bbb.example.org/bigbluebutton/api"


def answer(body: str | bytes, status: int = 200, **headers: str) -> Answer:
    given = {"content-type": "text/xml"} | headers
    return Answer(status=status, headers=given, body=body.encode() if isinstance(body, str) else body)


def xml(*words: tuple[str, str]) -> ParsedAnswer:
    return expect_answer(
        answer("<response>" + "".join(f"<{name}>{text}</{name}>" for name, text in words) + "</response>")
    )


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://bbb.example.org", API),
        ("https://bbb.example.org/", API),
        ("https://bbb.example.org/bigbluebutton", API),
        ("https://bbb.example.org/bigbluebutton/", API),
        ("https://bbb.example.org/bigbluebutton/api", API),
        ("https://bbb.example.org/bigbluebutton/api/", API),
        ("http://[::1]:8090/t1/bigbluebutton/api", "http://[::1]:8090/t1/bigbluebutton/api"),
        ("http://mock/hash0/", "http://mock/hash0/bigbluebutton/api"),
    ],
)
def test_a_url_is_taken_as_people_write_it(given: str, url: str) -> None:
    assert api_url(given) == url


@pytest.mark.parametrize(
    "given", ["bbb.example.org", "ftp://bbb.example.org", "http://", "https:///api", "http://a/?x=1", "http://a/#x", ""]
)
def test_what_is_no_url_of_a_server_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="is not the http or https URL"):
        api_url(given)


def test_a_call_is_signed_as_the_contract_has_it() -> None:
    endpoint = Endpoint(API, "639259d4-9dd8-4b25-bf01-95f9567eaf4b", "sha1")
    query = "name=Test+Meeting&meetingID=abc123&attendeePW=111222&moderatorPW=333444"
    assert endpoint.signed("create", query) == f"{query}&checksum=1fcbb0c4fc1f039f73aa6d697d2db9ba7f803f17"
    assert endpoint.signed("getMeetings", "") == "checksum=2027baa7771026e9e93392f55031535d1444c41f"
    assert query_of({"a": "b c", "d": "\u00e9&"}) == "a=b+c&d=%C3%A9%26"


def test_xml_and_json_say_the_same() -> None:
    one = xml(("returncode", "FAILED"), ("messageKey", "k"), ("message", "m"))
    other = expect_answer(answer('{"response":{"returncode":"FAILED","messageKey":"k","message":"m"}}'))
    assert one.texts == other.texts == {"returncode": "FAILED", "messageKey": "k", "message": "m"}
    assert (one.code, one.key, str(one)) == ("FAILED", "k", "FAILED k (m)")


def test_only_what_stands_directly_below_the_root_is_a_word() -> None:
    found = expect_answer(answer("<response><a>1<b>2</b></a><!-- c --><a>3</a><d/></response>"))
    assert found.texts == {"a": "1", "d": ""}
    assert found.root.findtext("a/b") == "2"
    assert expect_answer(answer('{"response":{"a":[],"b":"c","d":1}}')).texts == {"a": "", "b": "c", "d": ""}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><body>502 Bad Gateway</body></html>",
        "<response><returncode>SUCCESS</response>",
        "<response>",
        "\x00\xff",
        b"\xff\xfe\xff",
        b'<?xml version="1.0" encoding="no-such"?><response/>',
        "{",
        "[]",
        '{"response":[]}',
        '{"answer":{}}',
        "{" * 100_000,
        "Internal Server Error",
    ],
)
def test_what_is_no_answer_of_the_api_is_told_with_how_it_begins(body: str | bytes) -> None:
    assert parse_answer(answer(body)) is None
    with pytest.raises(ContractMismatch, match="no answer of the API, but HTTP 500, text/html"):
        expect_answer(answer(body, 500, **{"content-type": "text/html"}))


def test_entities_are_not_followed() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b SYSTEM "file:///etc/passwd">]><response><m>&a;&b;</m></response>'
    found = parse_answer(answer(bomb))
    assert found is None or "root" not in "".join(found.texts.values())


@pytest.mark.parametrize(
    ("insist", "told"),
    [
        (lambda: expect_success(xml(("returncode", "FAILED"), ("messageKey", "k"))), "FAILED k, not SUCCESS"),
        (
            lambda: expect_success(xml(("returncode", "SUCCESS"), ("messageKey", "k")), "one", "two"),
            "SUCCESS k, not SUCCESS one or two",
        ),
        (lambda: expect_failure(xml(("returncode", "SUCCESS"))), "SUCCESS, not FAILED"),
        (
            lambda: expect_failure(xml(("returncode", "FAILED"), ("messageKey", "k")), "other"),
            "FAILED k, not FAILED other",
        ),
        (lambda: expect_failure(xml(("x", "y"))), "no returncode, not FAILED"),
        (lambda: expect_equal("voiceBridge", "1", "2"), "voiceBridge is '1', not '2'"),
        (lambda: expect_names("the answer", ["a"], ("a", "b", "c")), "the answer has no b, c"),
        (lambda: expect_order("the answer", ["b", "x", "a"], ("a", "b", "c")), "the answer has b before a"),
        (lambda: expect_match("duration", "1x", "[0-9]+"), "duration is '1x'"),
        (lambda: expect_match("duration", None, "[0-9]+"), "there is no duration"),
    ],
)
def test_what_differs_is_said_in_words(insist: Callable[[], object], told: str) -> None:
    with pytest.raises(ContractMismatch) as fault:
        insist()
    assert str(fault.value) == told


def test_what_agrees_is_let_through() -> None:
    good = xml(("returncode", "SUCCESS"), ("messageKey", "k"))
    bad = xml(("returncode", "FAILED"), ("messageKey", "k"))
    assert expect_success(good) is expect_success(good, "k", "l") is good
    assert expect_failure(bad) is expect_failure(bad, "k") is bad
    expect_equal("x", 1, 1)
    expect_names("the answer", ["b", "a"], ("a", "b"))
    expect_order("the answer", ["a", "x", "b"], ("a", "none", "b"))
    assert expect_match("x", "12", "[0-9]+") == "12"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (answer("<html/>", 404), True),
        (answer("", 404), True),
        (
            answer("<response><returncode>FAILED</returncode><messageKey>unsupportedRequest</messageKey></response>"),
            True,
        ),
        (answer('{"response":{"returncode":"FAILED","messageKey":"unsupportedRequest"}}'), True),
        (answer("<response><returncode>FAILED</returncode><messageKey>notFound</messageKey></response>", 404), False),
        (answer("<html/>", 500), False),
        (answer("", 302, location="/"), False),
    ],
)
def test_a_call_that_is_not_there_is_known_by_its_answer(given: Answer, *, missing: bool) -> None:
    assert is_unknown_call(given) is missing


def test_a_join_that_failed_tells_its_key_in_xml_or_on_the_way() -> None:
    errors = "%5B%7B%22key%22%3A%22invalidPassword%22%2C%22message%22%3A%22no%22%7D%5D"
    assert refusal(answer("", 302, location=f"https://lms.example.org/?a=b&errors={errors}")) == "invalidPassword"
    failed = "<response><returncode>FAILED</returncode><messageKey>notFound</messageKey></response>"
    assert refusal(answer(failed)) == "notFound"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (answer("", 302, location="https://bbb.example.org/html5client"), "HTTP 302, and it is sent on"),
        (answer("", 302, location="/?errors=no"), "cannot be read"),
        (answer("", 302, location="/?errors=%5B%5D"), "cannot be read"),
        (answer("<response><returncode>SUCCESS</returncode></response>"), "SUCCESS"),
        (answer("<html/>", 500), "HTTP 500"),
    ],
)
def test_a_join_that_did_not_fail_is_told(given: Answer, told: str) -> None:
    with pytest.raises(ContractMismatch, match=told):
        refusal(given)


def test_the_kits_keys_are_those_that_bbbd_answers_with() -> None:
    """The kit spells them on its own; that both spellings agree is seen here, and in what the cases find."""
    own = {problem.key for problem in Problem} | {notice.value[0] for notice in Notice}
    # The reference's own for setConfigXML; bbbd has one for all calls.
    assert {key.value for key in MessageKey} - own == {MessageKey.CONFIG_CHECKSUM}
