"""``create``: what it makes, what it refuses, and that it can be called again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import pytest
from harness import BEGUN, Caller, Memory, awaited
from twisted.logger import LogEvent

from bbbd.meetings.create_parameters import Create
from bbbd.values.fields import declarations

ORDER = [
    "returncode",
    "meetingID",
    "internalMeetingID",
    "parentMeetingID",
    "attendeePW",
    "moderatorPW",
    "createTime",
    "voiceBridge",
    "dialNumber",
    "createDate",
    "hasUserJoined",
    "duration",
    "hasBeenForciblyEnded",
    "messageKey",
    "message",
]


@awaited
async def test_a_meeting_is_created_and_told_in_the_references_order(bbb: Caller) -> None:
    answer = await bbb.call("create", meetingID="order", name="Test", attendeePW="ap", moderatorPW="mp", duration=20)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/xml;charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.names == ORDER
    told = {name: answer.text(name) for name in ORDER}
    assert told["returncode"] == "SUCCESS"
    assert (told["meetingID"], told["attendeePW"], told["moderatorPW"]) == ("order", "ap", "mp")
    assert told["parentMeetingID"] == "bbb-none"
    assert (told["hasUserJoined"], told["hasBeenForciblyEnded"], told["duration"]) == ("false", "false", "20")
    assert told["dialNumber"] == "613-555-1234"
    assert told["messageKey"] == told["message"] == ""
    assert told["internalMeetingID"] == f"{hashlib.sha1(b'order').hexdigest()}-{told['createTime']}"
    assert re.fullmatch(r"[1-9][0-9]{4}", told["voiceBridge"] or "")


@awaited
async def test_the_date_is_javas(memory: Memory) -> None:
    answer = await memory.call("create", meetingID="date")
    assert answer.text("createTime") == str(int(BEGUN * 1000))
    assert answer.text("createDate") == "Mon Jul 09 17:03:29 UTC 2018"


@awaited
async def test_passwords_and_bridge_are_made_when_not_given(bbb: Caller) -> None:
    one = await bbb.call("create", meetingID="made-1")
    other = await bbb.call("create", meetingID="made-2")
    for name in ("attendeePW", "moderatorPW"):
        assert re.fullmatch(r"[A-Za-z0-9]{8}", one.text(name) or "")
        assert one.text(name) != other.text(name)
    assert one.text("voiceBridge") != other.text("voiceBridge")


@awaited
async def test_called_again_it_succeeds_and_changes_nothing(bbb: Caller) -> None:
    first = await bbb.call("create", meetingID="again", name="One", attendeePW="ap", moderatorPW="mp", meta_a="1")
    again = await bbb.call("create", meetingID="again", name="Two", attendeePW="ap", moderatorPW="mp", meta_a="2")
    assert again.key == "duplicateWarning"
    assert again.text("message") == "This conference was already in existence and may currently be in progress."
    assert again.text("internalMeetingID") == first.text("internalMeetingID")
    info = await bbb.info("again")
    assert (info.text("meetingName"), info.text("metadata/a")) == ("One", "1")


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ({}, "duplicateWarning"),
        ({"moderatorPW": "mp"}, "duplicateWarning"),
        ({"attendeePW": "ap"}, "duplicateWarning"),
        ({"attendeePW": "other"}, "idNotUnique"),
        ({"attendeePW": "ap", "moderatorPW": "other"}, "idNotUnique"),
    ],
)
@awaited
async def test_a_password_that_is_sent_must_be_the_meetings(bbb: Caller, sent: dict[str, str], key: str) -> None:
    meeting_id = f"pw-{sorted(sent.items())}".replace(",", "")
    await bbb.call("create", meetingID=meeting_id, attendeePW="ap", moderatorPW="mp")
    assert (await bbb.call("create", meetingID=meeting_id, **sent)).key == key


@pytest.mark.parametrize(
    ("query", "key", "says"),
    [
        ("name=x", "missingParamMeetingID", "You must specify a meeting ID"),
        ("meetingID=", "missingParamMeetingID", ""),
        ("meetingID=+++", "missingParamMeetingID", ""),
        ("meetingID=a", "validationError", "meetingID"),
        (f"meetingID={'x' * 257}", "validationError", "meetingID"),
        ("meetingID=a,b", "invalidFormat", "invalid characters"),
        ("meetingID=a%00b", "validationError", "control character"),
        ("meetingID=a%0Ab", "validationError", "meetingID"),
        ("meetingID=bad%ff", "validationError", "UTF-8"),
        ("meetingID=bad%zz", "validationError", "%25"),
        ("meetingID=bad%2", "validationError", "meetingID"),
        (f"meetingID=bad&name={'n' * 257}", "validationError", "name"),
        ("meetingID=bad&record=maybe", "validationError", "true or false"),
        ("meetingID=bad&duration=1.5", "validationError", "number of minutes"),
        ("meetingID=bad&duration=%2B5", "validationError", "duration"),
        ("meetingID=bad&duration=99999999999999999999", "validationError", "duration"),
        ("meetingID=bad&maxParticipants=many", "validationError", "maxParticipants"),
        ("meetingID=bad&voiceBridge=12a", "validationError", "voiceBridge"),
        ("meetingID=bad&userCameraCap=-1", "validationError", "userCameraCap"),
        ("meetingID=bad&maxParticipants=-%D9%A3", "validationError", "maxParticipants"),
        ("meetingID=bad%EF%BF%BF", "validationError", "control character"),
        ("meetingID=bad&guestPolicy=PERHAPS", "validationError", "ALWAYS_ACCEPT"),
        ("meetingID=bad&bannerColor=red", "validationError", "#FFFFFF"),
        (f"meetingID=bad&welcome={'%25%25CONFNAME%25%25' * 1000}&name={'n' * 256}", "validationError", "65536"),
        (f"meetingID=bad&moderatorOnlyMessage={'%3Ca%3E' * 4000}", "validationError", "65536"),
        ("meetingID=bad&groups=%7B", "validationError", "JSON"),
        ("meetingID=bad&groups=%5B%7Bid:%271%27", "validationError", "JSON"),
        (f"meetingID=bad&welcome={'w' * 17000}", "validationError", "16384"),
        ("meetingID=bad&" + "&".join(f"meta_m{n}=v" for n in range(201)), "validationError", "meta_"),
        ("meetingID=bad&" + "&".join(f"meta_m{n}={'v' * 16000}" for n in range(4)), "", ""),
        ("meetingID=bad&" + "&".join(f"p{n}=v" for n in range(500)), "validationError", "500"),
        ("meetingID=bad&isBreakout=true", "parentMeetingIdMissing", ""),
        ("meetingID=bad&isBreakout=true&parentMeetingID=nobody", "parentMeetingDoesNotExist", ""),
    ],
)
@awaited
async def test_what_is_wrong_is_named_and_nothing_is_created(bbb: Caller, query: str, key: str, says: str) -> None:
    if not key:
        # Near a limit, but within it: only the request line is too long for a GET.
        answer = await bbb.post("create", query)
        assert answer.code == "SUCCESS"
        await bbb.call("end", meetingID="bad")
        return
    answer = await bbb.query("create", query)
    assert answer.status == 200
    assert (answer.code, answer.key) == ("FAILED", key)
    assert answer.names == ["returncode", "messageKey", "message"]
    assert says in (answer.text("message") or "")
    assert (await bbb.info("bad")).key == "notFound"


@pytest.mark.parametrize(
    ("query", "element", "value"),
    [
        ("name=a%00b%1Fc", "meetingName", "abc"),
        ("name=+spaces+", "meetingName", "spaces"),
        ("name=" + "%F0%9F%8E%89" * 3, "meetingName", "🎉🎉🎉"),
        ("name=%3Cb%3E%26%22", "meetingName", '<b>&"'),
        ("name=a%0D%0Ab%09c%0A+%0Ad", "meetingName", "a b c d"),
        ("name=a%E2%80%AEb%E2%81%A6c%E2%80%8Fd", "meetingName", "abc\u200fd"),
        ("dialNumber=%2B49%0930%0A1", "dialNumber", "+49 30 1"),
        ("voiceBridge=00000000010000000123", "voiceBridge", "00000000010000000123"),
        ("duration=600000", "duration", "600000"),
        ("duration=4000000000", "duration", "4000000000"),
        ("maxParticipants=2147483647", "maxUsers", "2147483647"),
        ("duration=000000000000000000030", "duration", "30"),
        ("name=first&name=second", "meetingName", "first"),
        ("duration=-1", "duration", "0"),
        ("maxParticipants=-1", "maxUsers", "0"),
        ("maxParticipants=7", "maxUsers", "7"),
        ("record=TRUE", "recording", "true"),
        ("record=1", "recording", "true"),
        ("record=0", "recording", "false"),
        ("record=", "recording", "false"),
        ("meta_Presenter=Jane%20Doe", "metadata/presenter", "Jane Doe"),
        ("meta_bbb-origin_x=1", "metadata/bbb-origin_x", "1"),
        ("meta_x=+kept+", "metadata/x", " kept "),
        ("meta_x=&meta_y=+", "metadata", ""),
        ("meta_1x=no&meta_.y=no&meta_=no", "metadata", ""),
        ("meetingLayout=NEWER_LAYOUT", "meetingName", ""),
        ("disabledFeatures=chat,newer", "meetingName", ""),
        ("guestPolicy=ask_moderator", "meetingName", ""),
        ("voiceBridge=77001", "voiceBridge", "77001"),
        ("dialNumber=%2B49-30", "dialNumber", "+49-30"),
        ("logoutURL=default", "meetingName", ""),
        ("unknown=ignored", "meetingName", ""),
    ],
)
@awaited
async def test_a_value_is_read_as_its_kind_says(bbb: Caller, query: str, element: str, value: str) -> None:
    await bbb.call("end", meetingID="Demo Meeting")
    answer = await bbb.query("create", f"meetingID=Demo+Meeting&{query}")
    assert answer.code == "SUCCESS", answer.body
    assert (await bbb.info("Demo Meeting")).text(element) == value


@awaited
async def test_every_parameter_is_accepted(bbb: Caller) -> None:
    values = {
        "true or false": "true",
        "a number of minutes (0 to 4000000000)": "3",
        "a number (0 or more)": "3",
        "a colour like #FFFFFF": "#00ff00",
        "digits": "70123",
        "a JSON array of groups with id, name and roster": '[{"id":"1","roster":["a"]},{"no":1},3]',
        "a list with commas between": "chat, polls",
    }
    pairs = {
        one.name: values.get(getattr(one.kind, "allowed", ""), "text")
        for one in declarations(Create)
        if one.name not in ("meetingID", "meta_*", "isBreakout", "guestPolicy", "meetingLayout", "sequence")
    }
    answer = await bbb.call("create", meetingID="all-parameters", **pairs)
    assert answer.code == "SUCCESS", answer.body
    assert answer.text("voiceBridge") == "70123"


@awaited
async def test_a_bridge_that_a_live_meeting_has_is_refused(bbb: Caller) -> None:
    await bbb.call("create", meetingID="bridge-1", voiceBridge="77123")
    assert (await bbb.call("create", meetingID="bridge-2", voiceBridge="77123")).key == "nonUniqueVoiceBridge"
    assert (await bbb.info("bridge-2")).key == "notFound"
    await bbb.call("end", meetingID="bridge-1")
    assert (await bbb.call("create", meetingID="bridge-2", voiceBridge="77123")).code == "SUCCESS"


SLIDES = (
    b"<modules><module name='presentation'><document url='http://x/a.pdf' filename='b.pdf'/>"
    b"<document name='c.pdf' current='true'>JVBERi0=</document><document/></module><module name='other'/></modules>"
)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/xml", SLIDES),
        ("text/xml; charset=utf-8", SLIDES),
        ("application/xml", b"<modules>"),
        ("application/xml", b"<!DOCTYPE m [<!ENTITY a 'b'>]><modules>&a;</modules>"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("text/plain", b""),
        ("", b""),
    ],
)
@awaited
async def test_no_body_is_an_error_of_its_own(bbb: Caller, content_type: str, body: bytes) -> None:
    await bbb.call("end", meetingID="slides")
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await bbb.query("create", "meetingID=slides&name=S", method="POST", headers=headers, body=body)
    assert (answer.code, answer.text("meetingID")) == ("SUCCESS", "slides")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/octet-stream", "text/plain", "text/html", ""]
)
@pytest.mark.parametrize("call", ["create", "insertDocument"])
@awaited
async def test_slides_of_another_type_are_refused_and_not_lost(bbb: Caller, call: str, content_type: str) -> None:
    await bbb.call("end", meetingID="untyped")
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await bbb.query(call, "meetingID=untyped&name=S", method="POST", headers=headers, body=SLIDES)
    assert (answer.code, answer.key) == ("FAILED", "unsupportedContentType")
    assert (await bbb.info("untyped")).key == "notFound"


@awaited
async def test_the_bodys_slides_are_kept_until_the_meeting_ends(memory: Memory) -> None:
    headers = {"Content-Type": "application/xml"}
    await memory.query("create", "meetingID=slides", method="POST", headers=headers, body=SLIDES)
    # The one that is shown first comes first.
    file, url = memory.meeting("slides").created.wanted.documents
    assert (url.url, url.name, url.current) == ("http://x/a.pdf", "b.pdf", False)
    assert (file.name, file.current) == ("c.pdf", True)
    kept = memory.directory / "presentations" / file.kept
    assert kept.read_bytes() == b"JVBERi0="
    await memory.restart()
    assert kept.exists()
    await memory.call("end", meetingID="slides")
    assert not list((memory.directory / "presentations").iterdir())


@awaited
async def test_a_url_in_the_body_is_read_with_all_its_parameters(memory: Memory) -> None:
    body = b"<modules><module name='presentation'><document url='http://x/a?b=1&amp;c=2&#38;d=%26'/></module></modules>"
    await memory.query("create", "meetingID=slides", method="POST", headers={"Content-Type": "text/xml"}, body=body)
    assert [one.url for one in memory.meeting("slides").created.wanted.documents] == ["http://x/a?b=1&c=2&d=%26"]


@awaited
async def test_slides_of_a_create_that_came_too_late_are_not_kept(memory: Memory) -> None:
    headers = {"Content-Type": "application/xml"}
    await memory.call("create", meetingID="slides")
    await memory.query("create", "meetingID=slides", method="POST", headers=headers, body=SLIDES)
    assert not list((memory.directory / "presentations").iterdir())


@awaited
async def test_a_form_gives_the_parameters_when_there_is_no_query(bbb: Caller) -> None:
    answer = await bbb.post("create", "meetingID=form&name=From+a+form")
    assert answer.code == "SUCCESS"
    assert (await bbb.info("form")).text("meetingName") == "From a form"


@awaited
async def test_no_more_meetings_than_allowed(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__maxMeetings="2")
    for number in (1, 2):
        assert (await memory.call("create", meetingID=f"m{number}")).code == "SUCCESS"
    assert (await memory.call("create", meetingID="m3")).key == "maxMeetingsReached"
    assert (await memory.call("create", meetingID="m2")).key == "duplicateWarning"


@awaited
async def test_nothing_is_recorded_on_a_full_disk(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__minFreeDisk="999999 GiB")
    assert (await memory.call("create", meetingID="rec", record="true")).key == "diskFull"
    assert (await memory.call("create", meetingID="rec")).code == "SUCCESS"


@awaited
async def test_a_new_meeting_of_an_old_id_has_a_later_time_though_the_clock_was_set_back(memory: Memory) -> None:
    first = await memory.call("create", meetingID="clock")
    await memory.call("end", meetingID="clock")
    memory.wall_offset = -3600
    second = await memory.call("create", meetingID="clock")
    assert int(second.text("createTime") or 0) > int(first.text("createTime") or 0)


@awaited
async def test_the_default_of_a_setting_counts_at_creation(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(defaultMaxUsers="9", defaultMeetingDuration="30", disableRecordingDefault="true")
    await memory.call("create", meetingID="defaults", record="true")
    info = await memory.info("defaults")
    assert (info.text("maxUsers"), info.text("duration"), info.text("recording")) == ("9", "30", "false")


@awaited
async def test_a_bridge_is_compared_as_text_and_one_of_zeros_is_none(bbb: Caller) -> None:
    await bbb.call("create", meetingID="zeros-1", voiceBridge="0123")
    assert (await bbb.call("create", meetingID="zeros-2", voiceBridge="0123")).key == "nonUniqueVoiceBridge"
    assert (await bbb.call("create", meetingID="zeros-2", voiceBridge="123")).text("voiceBridge") == "123"
    for meeting_id in ("zeros-3", "zeros-4"):
        bridge = (await bbb.call("create", meetingID=meeting_id, voiceBridge="00000")).text("voiceBridge") or ""
        assert 10000 <= int(bridge) <= 99999


@pytest.mark.parametrize(
    "groups",
    [
        "[{id:'1',name:'GroupA',roster:['1235']},{id:'2',name:'GroupB',roster:['2333','2335']},{id:'3',roster:[]}]",
        '[{"id":"1","name":"GroupA","roster":["1235"]}]',
        "[ {\"id\": '1', name: 'It\\'s \"A\"', roster: [],}, ]",
        "[]",
    ],
)
@awaited
async def test_groups_are_read_in_the_notation_of_the_documentation(bbb: Caller, groups: str) -> None:
    answer = await bbb.call("create", meetingID=f"groups-{len(groups)}", groups=groups)
    assert answer.code == "SUCCESS", answer.body


@pytest.mark.parametrize(
    "layout", ["PARTICIPANTS_AND_CHAT_ONLY", "MEDIA_ONLY", "UNIFIED_LAYOUT", "unified_layout", "PRESENTATION_ONLY"]
)
@awaited
async def test_layouts_of_newer_versions_are_kept(bbb: Caller, layout: str) -> None:
    await bbb.call("create", meetingID=f"layout-{layout}", meetingLayout=layout)
    token = await bbb.token(f"layout-{layout}", "Ann", role="VIEWER")
    entered = await bbb.fetch(f"/bigbluebutton/api/enter?sessionToken={token}")
    assert entered.json["defaultLayout"] == layout.upper()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "myapp://back", "/relative", "http://a b/"])
@awaited
async def test_a_logout_url_that_cannot_be_opened_is_kept_and_told(bbb: Caller, url: str) -> None:
    meeting_id = f"logout-{len(url)}"
    assert (await bbb.call("create", meetingID=meeting_id, logoutURL=url)).code == "SUCCESS"
    entered = await bbb.fetch(
        f"/bigbluebutton/api/enter?sessionToken={await bbb.token(meeting_id, 'Ann', role='VIEWER')}"
    )
    assert entered.json["logoutUrl"] == url


@awaited
async def test_a_welcome_keeps_its_lines_apart_and_its_http_links(bbb: Caller) -> None:
    welcome = 'link:\nhttps://e.example/\tnext\x07 line\r\n<a href="http://e.example/">plain</a>'
    await bbb.call("create", meetingID="lines", welcome=welcome, bannerText="one\ntwo\tthree", copyright="a\r\nb")
    entered = await bbb.fetch(f"/bigbluebutton/api/enter?sessionToken={await bbb.token('lines', 'Ann', role='VIEWER')}")
    link = '<a href="http://e.example/" target="_blank" rel="noopener noreferrer">plain</a>'
    assert entered.json["welcome"] == f"link:<br>https://e.example/ next line<br>{link}"
    assert (entered.json["bannerText"], entered.json["customCopyright"]) == ("one two three", "a b")


@awaited
async def test_the_usual_welcome_speaks_of_no_other_program(bbb: Caller) -> None:
    await bbb.call("create", meetingID="usual", name="Biology")
    entered = await bbb.fetch(f"/bigbluebutton/api/enter?sessionToken={await bbb.token('usual', 'Ann', role='VIEWER')}")
    assert entered.json["welcome"] == "Welcome to <b>Biology</b>!"


@awaited
async def test_odd_names_of_metadata_are_ignored_and_logged(memory: Memory, logged: list[LogEvent]) -> None:
    odd = {"meta_a:b": "1", "meta_1": "2", "meta_é": "3", "meta_": "4", "meta_Good-Name_1": "5"}
    assert (await memory.call("create", meetingID="odd", **odd)).code == "SUCCESS"
    described = (await memory.info("odd")).xml.find("metadata")
    assert described is not None
    assert [(one.tag, one.text) for one in described] == [("good-name_1", "5")]
    assert [one["name"] for one in logged if one.get("event") == "name_ignored"] == list(odd)[:4]
