"""Checksums as callers send them: every reading that is accepted, and that nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from harness import FORM, SECRET, Caller, Memory, awaited, checksum, signed

REFUSED = ("FAILED", "checksumError")


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("upper", [False, True])
@awaited
async def test_each_digest_signs_in_any_case(bbb: Caller, algorithm: str, *, upper: bool) -> None:
    digest = checksum("isMeetingRunning", "meetingID=x1", SECRET, algorithm)
    digest = digest.upper() if upper else digest
    answer = await bbb.fetch(f"/bigbluebutton/api/isMeetingRunning?meetingID=x1&checksum={digest}")
    assert answer.code == "SUCCESS"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("meetingID=x1&{}", "meetingID=x1"),
        ("{}&meetingID=x1", "meetingID=x1"),
        ("a=1&{}&meetingID=x1", "a=1&meetingID=x1"),
        ("&meetingID=x1&{}", "&meetingID=x1"),
        ("meetingID=x1&&{}", "meetingID=x1&"),
        ("meetingID=x1&{}&", "meetingID=x1&"),
        ("meetingID=x1&a=%2f%2F+%20&{}", "meetingID=x1&a=%2f%2F+%20"),
        ("meetingID=x1&{}&{}", "meetingID=x1"),
        ("meetingID=x1&xchecksum=1&{}", "meetingID=x1&xchecksum=1"),
    ],
)
@awaited
async def test_the_raw_query_without_its_checksum_is_signed(bbb: Caller, query: str, text: str) -> None:
    own = "checksum=" + checksum("isMeetingRunning", text)
    answer = await bbb.fetch("/bigbluebutton/api/isMeetingRunning?" + query.replace("{}", own))
    assert answer.code == "SUCCESS"


@awaited
async def test_an_empty_query_is_signed_too(bbb: Caller) -> None:
    own = checksum("getMeetings", "")
    for query in (f"checksum={own}", f"&checksum={own}"):
        assert (await bbb.fetch(f"/bigbluebutton/api/getMeetings?{query}")).code == "SUCCESS"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "meetingID=x1",
        "meetingID=x1&checksum=",
        "meetingID=x1&checksum=abc",
        "meetingID=x1&checksum=" + "0" * 40,
        "meetingID=x1&checksum=" + "z" * 40,
        "meetingID=x1&checksum=" + "0" * 39,
        "meetingID=x1&checksum=" + "0" * 41,
        "meetingID=x1&checksum=" + checksum("isMeetingRunning", "meetingID=x1", ""),
        "meetingID=x1&checksum=" + checksum("isMeetingRunning", "meetingID=x1", algorithm="md5"),
        "meetingID=x1&checksum=" + checksum("isMeetingRunning", "meetingID=x1", algorithm="sha224"),
        "meetingID=x1&checksum=" + checksum("getMeetingInfo", "meetingID=x1"),
        "meetingID=x1&Checksum=" + checksum("isMeetingRunning", "meetingID=x1"),
        "meetingID=x1&checksum=%30" + checksum("isMeetingRunning", "meetingID=x1")[1:],
        "meetingID=x2&checksum=" + checksum("isMeetingRunning", "meetingID=x1"),
        "meetingID=x1&a=%zz&checksum=0",
        "checksum=%ff&meetingID=x1",
        "meetingID=x1&checksum=0&checksum=" + checksum("isMeetingRunning", "meetingID=x1"),
    ],
)
@awaited
async def test_anything_else_is_refused_before_it_is_read(bbb: Caller, query: str) -> None:
    answer = await bbb.fetch(f"/bigbluebutton/api/isMeetingRunning?{query}")
    assert answer.status == 200
    assert (answer.code, answer.key) == REFUSED
    assert answer.text("message") == "You did not pass the checksum security check"


@awaited
async def test_a_form_is_signed_as_the_reference_writes_it_again(bbb: Caller) -> None:
    own = checksum("isMeetingRunning", "a=%7E*%C3%A9+%2B&meetingID=x1")
    for body in (
        f"meetingID=x1&checksum={own}&a=~*%c3%a9%20%2b",
        f"a=%7e%2A%C3%A9+%2B&meetingID=x1&checksum={own}",
    ):
        for content_type in (FORM, f"{FORM}; charset=UTF-8", FORM.upper()):
            answer = await bbb.fetch(
                "/bigbluebutton/api/isMeetingRunning", "POST", {"Content-Type": content_type}, body.encode()
            )
            assert answer.code == "SUCCESS", body


@awaited
async def test_a_form_may_have_its_checksum_alone_in_the_query(bbb: Caller) -> None:
    body = "meetingID=x1"
    answer = await bbb.fetch(
        f"/bigbluebutton/api/isMeetingRunning?checksum={checksum('isMeetingRunning', body)}",
        "POST",
        {"Content-Type": FORM},
        body.encode(),
    )
    assert answer.code == "SUCCESS"


@awaited
async def test_an_empty_text_does_not_sign_a_form(bbb: Caller) -> None:
    body = f"meetingID=x1&checksum={checksum('isMeetingRunning', '')}"
    for target in ("isMeetingRunning", "isMeetingRunning?checksum=" + checksum("isMeetingRunning", "")):
        answer = await bbb.fetch(f"/bigbluebutton/api/{target}", "POST", {"Content-Type": FORM}, body.encode())
        assert (answer.code, answer.key) == REFUSED


@awaited
async def test_a_body_adds_nothing_to_a_signed_query(bbb: Caller) -> None:
    await bbb.call("create", meetingID="no-more", attendeePW="ap", moderatorPW="mp")
    answer = await bbb.query(
        "join",
        "meetingID=no-more&fullName=V&password=ap&redirect=false",
        method="POST",
        headers={"Content-Type": FORM},
        body=b"role=MODERATOR&configToken=none",
    )
    assert answer.code == "SUCCESS"
    lone = await bbb.fetch(signed("getMeetings"), "POST", {"Content-Type": "application/xml"}, b"<modules/>")
    assert lone.code == "SUCCESS"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
@awaited
async def test_a_body_of_another_type_is_refused_where_none_is_taken(bbb: Caller, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await bbb.query("getMeetings", "", method="POST", headers=headers, body=b"{}")
    assert (answer.code, answer.key) == ("FAILED", "unsupportedContentType")
    unsigned = await bbb.fetch("/bigbluebutton/api/getMeetings", "POST", headers, b"{}")
    assert (unsigned.code, unsigned.key) == REFUSED


@awaited
async def test_any_of_several_secrets_signs_and_an_empty_one_never(memory: Memory) -> None:
    memory.app.server.current.secrets = ("new", "", SECRET)
    for secret in ("new", SECRET):
        assert (await memory.fetch(signed("getMeetings", secret=secret))).code == "SUCCESS"
    for secret in ("", "other"):
        assert (await memory.fetch(signed("getMeetings", secret=secret))).key == "checksumError"


@awaited
async def test_algorithms_can_be_narrowed(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(supportedChecksumAlgorithms="sha256, sha512")
    keys = [
        (await memory.fetch(signed("getMeetings", algorithm=algorithm))).key
        for algorithm in ("sha1", "sha256", "sha384", "sha512")
    ]
    assert keys == ["checksumError", "noMeetings", "checksumError", "noMeetings"]


@awaited
async def test_many_failures_are_told_as_a_sum(memory: Memory) -> None:
    for _ in range(70):
        await memory.fetch("/bigbluebutton/api/getMeetings?checksum=0")
    assert (await memory.call("getMeetings")).code == "SUCCESS"
    memory.advance(61)
    assert len([line for line in memory.told("call") if line["outcome"] == "checksumError"]) == 60
    (summed,) = memory.told("checksum_failures")
    assert summed["count"] == 10


def mutations(call: str, query: str, signature: str) -> Iterator[tuple[str, str]]:
    """Give calls and queries that differ from a signed one: what an attacker without the secret can send."""
    pairs = query.split("&")
    for at, letter in enumerate(query):
        yield call, f"{query[:at]}{'x' if letter != 'x' else 'y'}{query[at + 1 :]}&checksum={signature}"
        yield call, f"{query[:at]}{query[at + 1 :]}&checksum={signature}"
    for pair in pairs:
        others = [one for one in pairs if one != pair]
        yield call, "&".join((*others, f"checksum={signature}"))
        yield call, "&".join((*pairs, pair, f"checksum={signature}"))
        yield call, "&".join((pair, *pairs, f"checksum={signature}"))
        yield call, f"{query.replace(pair, pair + '%20')}&checksum={signature}"
    for more in ("role=MODERATOR", "a", "&", "=", "meetingID=other", "callback=f", "%26a=b", "#a", ";a=b"):
        yield call, f"{query}&{more}&checksum={signature}"
        yield call, f"{more}&{query}&checksum={signature}"
    yield call, f"{query}&checksum=x{signature}"
    yield call, f"{query}&checksum={signature}x"
    yield call, "&".join((*reversed(pairs), f"checksum={signature}"))
    yield call, f"{query.swapcase()}&checksum={signature}"
    for at in range(0, len(signature), 3):
        digit = "0" if signature[at] != "0" else "1"
        yield call, f"{query}&checksum={signature[:at]}{digit}{signature[at + 1 :]}"
        yield call, f"{query}&checksum={signature[:at]}{signature[at + 1 :]}"
    for other in ("end", "join", "getMeetingInfo", "isMeetingRunning", "getMeetings"):
        yield other, f"{query}&checksum={signature}"


@awaited
async def test_a_signed_call_that_is_changed_is_refused_whatever_the_change(memory: Memory) -> None:
    query = "meetingID=mutated&name=A%20room&record=false"
    changed = list(mutations("create", query, checksum("create", query)))
    assert len(changed) > 150
    for call, text in changed:
        answer = await memory.fetch(f"/bigbluebutton/api/{call}?{text}")
        assert (answer.code, answer.key) == REFUSED, (call, text)
    assert (await memory.info("mutated")).key == "notFound"
    assert (await memory.query("create", query)).code == "SUCCESS"
