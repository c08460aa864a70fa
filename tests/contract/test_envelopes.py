"""What every answer has in common: forms, headers, methods, paths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from harness import FORM, Caller, Memory, awaited, checksum, signed

from bbbd.api.calls import CALLS

JSON = {"Accept": "application/json"}


@pytest.mark.parametrize("path", ["/bigbluebutton", "/bigbluebutton/", "/bigbluebutton/api", "/bigbluebutton/api/"])
@awaited
async def test_the_root_tells_its_version_without_a_checksum(bbb: Caller, path: str) -> None:
    answer = await bbb.fetch(path)
    assert answer.status == 200
    assert answer.body == (
        b"<response><returncode>SUCCESS</returncode><version>2.0</version><apiVersion>2.0</apiVersion>"
        b"<bbbVersion></bbbVersion></response>"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(answer.headers["x-request-id"]) == 8


@awaited
async def test_the_servers_own_version_is_told_when_allowed(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(allowRevealOfBBBVersion="true")
    assert (await memory.fetch("/bigbluebutton/api")).text("bbbVersion")


@pytest.mark.parametrize(
    ("target", "method"),
    [
        ("nothing", "GET"),
        ("nothing?checksum=0", "POST"),
        ("setPollXML", "POST"),
        ("learningDashboard", "GET"),
        ("setConfigXML", "GET"),
        ("Create", "GET"),
        ("hooks/none", "GET"),
        ("create/more", "GET"),
        ("create", "PUT"),
        ("create", "DELETE"),
        ("getMeetings", "OPTIONS"),
        ("%3Cscript%3E", "GET"),
        ("%ff%fe", "GET"),
    ],
)
@awaited
async def test_an_unknown_call_is_unsupported_whatever_its_checksum(bbb: Caller, target: str, method: str) -> None:
    answer = await bbb.fetch(f"/bigbluebutton/api/{target}", method)
    assert (answer.status, answer.code, answer.key) == (200, "FAILED", "unsupportedRequest")
    assert answer.text("message") == "This request is not supported."
    assert b"script" not in answer.body


@pytest.mark.parametrize("path", ["/nothing", "/bigbluebutton/no", "/html5client", "/html5client/x", "/apix", "/a//"])
@awaited
async def test_a_path_that_nothing_serves_is_a_real_404(bbb: Caller, path: str) -> None:
    answer = await bbb.fetch(path)
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/plain")


@awaited
async def test_a_call_may_have_a_suffix_or_a_slash(bbb: Caller) -> None:
    for path in ("getMeetings.xml", "getMeetings/"):
        answer = await bbb.fetch(f"/bigbluebutton/api/{path}?checksum={checksum('getMeetings', '')}")
        assert answer.code == "SUCCESS"


@awaited
async def test_head_has_the_headers_alone(bbb: Caller) -> None:
    whole = await bbb.fetch("/bigbluebutton/api")
    head = await bbb.fetch("/bigbluebutton/api", "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.body))
    assert head.headers["content-type"] == whole.headers["content-type"]
    for path in ("/", "/html5client/page.css", "/html5client/join"):
        assert (await bbb.fetch(path, "HEAD")).body == b""


@awaited
async def test_json_has_the_same_members_in_the_same_order(bbb: Caller) -> None:
    await bbb.call("create", meetingID="json", name="J \u2028 <&>", meta_k="v")
    xml = await bbb.info("json")
    for answer in (
        await bbb.call("getMeetingInfo", meetingID="json", format="json"),
        await bbb.call("getMeetingInfo", meetingID="json", headers=JSON),
    ):
        assert answer.headers["content-type"] == "application/json;charset=utf-8"
        assert list(answer.json) == xml.names
        assert answer.json["meetingName"] == "J \u2028 <&>"
        assert answer.json["attendees"] == []
        assert answer.json["metadata"] == {"k": "v"}
        assert answer.json["running"] == "false"
        assert answer.json["duration"] == "0"


@awaited
async def test_lists_are_arrays_even_of_none_or_one(memory: Memory) -> None:
    assert (await memory.call("getMeetings", format="json")).json["meetings"] == []
    await memory.call("create", meetingID="one", format="json")
    await memory.enter("one", "A", role="VIEWER", **{"userdata-a": "b"})
    await memory.call("create", meetingID="room", isBreakout="true", parentMeetingID="one", sequence=1)
    listed = (await memory.call("getMeetings", format="json")).json
    assert [meeting["meetingID"] for meeting in listed["meetings"]] == ["one", "room"]
    info = (await memory.call("getMeetingInfo", meetingID="one", headers=JSON)).json
    assert info["attendees"][0]["fullName"] == "A"
    assert info["attendees"][0]["customdata"] == {"a": "b"}
    assert info["breakoutRooms"] == ["room"]
    assert (await memory.call("getSessions", format="json")).json["sessions"][0]["userName"] == "A"


@awaited
async def test_jsonp_calls_a_function(bbb: Caller) -> None:
    answer = await bbb.call("isMeetingRunning", meetingID="x1", format="json", callback="a.b_$1")
    assert answer.headers["content-type"] == "application/javascript;charset=utf-8"
    assert answer.body == b'/**/a.b_$1({"response":{"returncode":"SUCCESS","running":"false"}});'
    await bbb.call("create", meetingID="jsonp", name="</script>\u2028")
    told = await bbb.call("getMeetingInfo", meetingID="jsonp", format="json", callback="f")
    assert b"</script>" not in told.body
    assert "\u2028".encode() not in told.body


@pytest.mark.parametrize("name", ["alert(1)", "a b", "a;b", "<x>", "1a", "a.", "x" * 300])
@awaited
async def test_a_callback_that_is_no_identifier_is_refused(bbb: Caller, name: str) -> None:
    answer = await bbb.call("isMeetingRunning", meetingID="x1", format="json", callback=name)
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert (answer.json["returncode"], answer.json["messageKey"]) == ("FAILED", "validationError")


@pytest.mark.parametrize(
    ("accept", "json"),
    [
        ("application/json", True),
        ("application/json, text/plain, */*", True),
        ("application/json;q=0.5, text/xml", False),
        ("text/xml, application/json", False),
        ("application/json;q=0", False),
        ("application/json;q=x", False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("\xff", False),
    ],
)
@awaited
async def test_accept_says_which_form(bbb: Caller, accept: str, *, json: bool) -> None:
    if accept == "\xff" and not isinstance(bbb, Memory):
        return
    answer = await bbb.call("isMeetingRunning", meetingID="x1", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith("application/json" if json else "text/xml")


@awaited
async def test_failures_have_the_form_that_was_asked_for(bbb: Caller) -> None:
    unsigned = await bbb.fetch("/bigbluebutton/api/getMeetings?format=json")
    assert unsigned.json["messageKey"] == "checksumError"
    unknown = await bbb.fetch("/bigbluebutton/api/nothing", headers=JSON)
    assert unknown.json["messageKey"] == "unsupportedRequest"
    xml = await bbb.call("nothing", format="xml", headers=JSON)
    assert xml.key == "unsupportedRequest"


@awaited
async def test_a_service_that_is_off_says_so(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(serviceEnabled="false")
    answer = await memory.call("getMeetings")
    assert (answer.code, answer.key) == ("FAILED", "apiNotEnabled")


@awaited
async def test_a_fault_of_our_own_is_an_answer_too(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("call_failed")
    memory.disk.faults["write"] = OSError(5, "Input/output error")
    answer = await memory.call("create", meetingID="fault")
    assert (answer.status, answer.code, answer.key) == (200, "FAILED", "internalError")
    assert b"Input" not in answer.body
    del memory.disk.faults["write"]
    assert (await memory.info("fault")).key == "notFound"
    assert (await memory.call("create", meetingID="fault")).text("messageKey") == ""


@awaited
async def test_the_servers_own_page_says_what_it_is_and_never_what_a_link_says(bbb: Caller) -> None:
    page = await bbb.fetch("/")
    assert page.status == 200
    assert b"/bigbluebutton/api" in page.body
    forged = await bbb.fetch("/?errors=%5B%7B%22key%22%3A%22x%22%2C%22message%22%3A%22Call%20my%20bank%22%7D%5D")
    assert b"bank" not in forged.body
    known = await bbb.fetch(
        "/?errors=%5B%7B%22key%22%3A%22maxParticipantsReached%22%2C%22message%22%3A%22bank%22%7D%5D"
    )
    assert b"number of participants" in known.body
    assert b"bank" not in known.body
    for errors in ("%5B", "%7B%7D", "%5B1%5D", "%5B%7B%7D%5D", "1"):
        assert (await bbb.fetch(f"/?errors={errors}")).status == 200
    style = await bbb.fetch("/html5client/page.css")
    assert style.headers["content-type"] == "text/css;charset=utf-8"


@awaited
async def test_paths_are_those_that_are_meant(bbb: Caller) -> None:
    assert (await bbb.fetch("//bigbluebutton//api")).status == 200
    assert (await bbb.fetch("/bigbluebutton/%61pi/isMeetingRunning")).key == "checksumError"
    assert (await bbb.fetch("/bigbluebutton/api/", "POST")).code == "SUCCESS"


@awaited
async def test_a_form_with_a_lone_checksum_says_its_own_form(bbb: Caller) -> None:
    body = "meetingID=x1&format=json"
    target = f"/bigbluebutton/api/isMeetingRunning?checksum={checksum('isMeetingRunning', body)}"
    answer = await bbb.fetch(target, "POST", {"Content-Type": FORM}, body.encode())
    assert answer.json["returncode"] == "SUCCESS"


UNSAFE = sorted(name for name, row in CALLS.items() if row.unsafe)


def test_every_call_that_has_an_effect_says_so() -> None:
    for name, row in CALLS.items():
        if row.changes or row.post_only:
            assert row.unsafe, name
    assert {"join", "signOut", "feedback", "guestWait", "publishRecordings", "hooks/create"} <= set(UNSAFE)


@pytest.mark.parametrize("name", UNSAFE)
@awaited
async def test_head_of_a_call_that_has_an_effect_is_405(bbb: Caller, name: str) -> None:
    answer = await bbb.fetch(signed(name, "meetingID=unmade&fullName=A"), "HEAD")
    assert (answer.status, answer.body) == (405, b"")
    assert answer.headers["allow"] in ("POST", "GET, POST")


@awaited
async def test_a_link_checker_changes_nothing(memory: Memory) -> None:
    target = signed("create", "meetingID=unmade")
    assert (await memory.fetch(target, "HEAD")).status == 405
    assert (await memory.call("getMeetingInfo", meetingID="unmade")).key == "notFound"
    await memory.call("create", meetingID="demo", attendeePW="ap")
    assert (await memory.fetch(signed("join", "meetingID=demo&fullName=A&password=ap"), "HEAD")).status == 405
    assert (await memory.fetch(signed("end", "meetingID=demo"), "HEAD")).status == 405
    token = await memory.token("demo", "Ada", role="VIEWER")
    assert (await memory.fetch(f"/bigbluebutton/api/signOut?sessionToken={token}", "HEAD")).status == 405
    assert len(memory.meeting("demo").sessions) == 1


@pytest.mark.parametrize(
    ("accept", "location"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html", True),
        ("text/html;q=0.5, application/xml;q=0.4", True),
        ("application/xml", False),
        ("application/xml, text/html;q=0.9", False),
        ("text/html, application/xml", False),
        ("text/html, text/xml", False),
        ("text/html;q=0, */*", False),
        ("*/*", False),
        (None, False),
    ],
)
@awaited
async def test_a_failed_join_is_a_redirect_only_for_who_prefers_a_page(
    bbb: Caller, accept: str | None, *, location: bool
) -> None:
    answer = await bbb.call(
        "join", meetingID="none", fullName="A", password="x", headers={"Accept": accept} if accept else {}
    )
    assert (answer.status, "location" in answer.headers) == ((302, True) if location else (200, False))
    if not location:
        assert answer.headers["content-type"].startswith("text/xml")


@awaited
async def test_a_failure_has_no_secret_to_hide_from_caches(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", attendeePW="ap")
    for call in ("create", "join", "getMeetingInfo", "getSessions", "getMeetings", "getRecordings", "setConfigXML"):
        target = f"/bigbluebutton/api/{call}?meetingID=demo&checksum=0"
        failed = await memory.fetch(target, "POST" if call == "setConfigXML" else "GET")
        assert (failed.code, failed.headers["cache-control"]) == ("FAILED", "no-cache"), call
    assert (await memory.call("getMeetingInfo", meetingID="none")).headers["cache-control"] == "no-cache"
    assert (await memory.call("end", meetingID="none")).headers["cache-control"] == "no-cache"
    for call in ("getMeetings", "getRecordings"):
        # They have passwords, and the tokens of protected recordings.
        assert (await memory.call(call)).headers["cache-control"] == "no-store"
    refused = await memory.call("join", meetingID="demo", fullName="A", password="x", headers={"Accept": "text/html"})
    assert (refused.status, refused.headers["cache-control"]) == (302, "no-cache")
