"""The bytes of outgoing requests."""

from __future__ import annotations

import pytest

from bbbd.egress.outgoing_request import OutgoingRequest, destination_of, encode_request
from bbbd.egress.ssrf_guard import ForbiddenTarget, Target
from bbbd.values.urls import with_parameters


def line(data: bytes) -> bytes:
    return data.split(b"\r\n", 1)[0]


@pytest.mark.parametrize(
    ("url", "first"),
    [
        ("http://host", b"POST /?checksum=ab HTTP/1.1"),
        ("http://host?a=b", b"POST /?a=b&checksum=ab HTTP/1.1"),
        ("http://host/p?", b"POST /p?checksum=ab HTTP/1.1"),
        ("http://host/p;q?a=b#part", b"POST /p;q?a=b&checksum=ab HTTP/1.1"),
        ("https://host:8443/p?a=%20b+c&a", b"POST /p?a=%20b+c&a&checksum=ab HTTP/1.1"),
        ("http://[2001:db8::1]:8080/p?{x}", b"POST /p?%7Bx%7D&checksum=ab HTTP/1.1"),
        ("http://höst/pä?ü=é", b"POST /p%C3%A4?%C3%BC=%C3%A9&checksum=ab HTTP/1.1"),
    ],
)
def test_what_is_added_to_a_query_goes_out_as_if_the_url_had_it(url: str, first: bytes) -> None:
    added = OutgoingRequest("POST", url, b"body", added_query="checksum=ab")
    whole = OutgoingRequest("POST", with_parameters(url, {"checksum": "ab"}), b"body")
    for more in (False, True):
        assert encode_request(added, more=more) == encode_request(whole, more=more)
    assert line(encode_request(added, more=True)) == first
    assert added.query == whole.query


def test_what_depends_on_the_url_alone_is_computed_once() -> None:
    before = destination_of.cache_info()
    for number in range(10):
        encode_request(OutgoingRequest("POST", "http://once/hook", added_query=f"checksum={number}"), more=True)
    after = destination_of.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 9)


def test_a_destination_has_what_the_connection_and_the_head_need() -> None:
    assert destination_of("https://Host.example:8443/p?q") == (
        Target("https", "Host.example", 8443),
        b"Host.example:8443",
        b"/p?q",
    )
    assert destination_of("http://host:80").host == b"host"


def test_a_url_that_is_never_called_has_no_destination() -> None:
    for _ in range(2):
        with pytest.raises(ForbiddenTarget):
            destination_of("ftp://host/")
