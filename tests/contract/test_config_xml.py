"""The config.xml calls: the default, one for a meeting, the one of a session."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from harness import FORM, Answer, Caller, Memory, awaited, checksum

CONFIG = '<config><modules><localeversion suppressWarning="false">0.9.0</localeversion></modules></config>'


async def set_config(bbb: Caller, meeting_id: str, config: str = CONFIG, **more: str) -> Answer:
    pairs = {"meetingID": meeting_id, "configXML": config} | more
    text = "&".join(
        f"{name}={quote_plus(value, safe='*').replace('~', '%7E')}" for name, value in sorted(pairs.items())
    )
    sent = "&".join(f"{name}={quote(value, safe='')}" for name, value in reversed(pairs.items()))
    body = f"checksum={checksum('setConfigXML', text)}&{sent}"
    return await bbb.fetch("/bigbluebutton/api/setConfigXML", "POST", {"Content-Type": FORM}, body.encode())


@awaited
async def test_the_default_is_given_as_it_is(bbb: Caller) -> None:
    answer = await bbb.call("getDefaultConfigXML")
    assert answer.headers["content-type"] == "text/xml;charset=utf-8"
    assert answer.xml.tag == "config"


@awaited
async def test_a_meetings_config_goes_to_the_sessions_that_name_it(bbb: Caller) -> None:
    await bbb.call("create", meetingID="cfg", attendeePW="ap")
    answer = await set_config(bbb, "cfg", f"{CONFIG}<!-- ~ * é + % -->")
    assert answer.names == ["returncode", "configToken", "token"]
    token = answer.text("configToken") or ""
    assert answer.text("token") == token
    assert (await set_config(bbb, "cfg", f"{CONFIG}<!-- ~ * é + % -->")).text("token") == token
    assert (await set_config(bbb, "cfg", f"{CONFIG}<!-- other -->")).text("token") != token
    with_it = await bbb.token("cfg", "A", password="ap", configToken=token)
    without = await bbb.token("cfg", "B", password="ap")
    chosen = await bbb.fetch(f"/bigbluebutton/api/configXML?sessionToken={with_it}")
    assert chosen.body.decode() == f"{CONFIG}<!-- ~ * é + % -->"
    assert chosen.headers["cache-control"] == "no-store"
    usual = await bbb.fetch(f"/bigbluebutton/api/configXML?sessionToken={without}")
    assert usual.body == (await bbb.call("getDefaultConfigXML")).body
    nobody = await bbb.fetch("/bigbluebutton/api/configXML?sessionToken=none")
    assert (nobody.code, nobody.key, nobody.text("message")) == (
        "FAILED",
        "missingSession",
        "Could not find conference.",
    )


@awaited
async def test_a_document_is_utf_8_whatever_it_says(bbb: Caller) -> None:
    await bbb.call("create", meetingID="utf", attendeePW="ap")
    made = await set_config(bbb, "utf", '<?xml version="1.0" encoding="UTF-16"?><config>é</config>')
    session = await bbb.token("utf", "A", password="ap", configToken=made.text("token"))
    chosen = await bbb.fetch(f"/bigbluebutton/api/configXML?sessionToken={session}")
    assert chosen.xml.text == "é"


@pytest.mark.parametrize(
    "config",
    [
        "<config>",
        "not xml at all",
        "<!DOCTYPE c [<!ENTITY x 'y'>]><config>&x;</config>",
        "<!DOCTYPE c SYSTEM 'file:///etc/passwd'><config/>",
        "<config>&x;</config>",
        "<a>" * 100 + "</a>" * 100,
        "<a>" + "<b/>" * 10_001 + "</a>",
        "<config>\x01</config>",
        "<a:b/>x",
        "<a:b/><c/>",
        "<a b:c='1'></a>&amp;",
    ],
)
@awaited
async def test_what_is_no_good_xml_is_refused(bbb: Caller, config: str) -> None:
    await bbb.call("create", meetingID="cfg")
    answer = await set_config(bbb, "cfg", config)
    assert (answer.code, answer.key) == ("FAILED", "configXMLError")


@awaited
async def test_what_is_missing_or_unknown_is_told(bbb: Caller) -> None:
    await bbb.call("create", meetingID="cfg")
    assert (await set_config(bbb, "cfg", "")).key == "configXMLError"
    assert (await set_config(bbb, "")).key == "missingParamMeetingID"
    assert (await set_config(bbb, "nobody")).key == "invalidMeetingIdentifier"
    unsigned = await bbb.fetch(
        "/bigbluebutton/api/setConfigXML",
        "POST",
        {"Content-Type": FORM},
        b"meetingID=cfg&configXML=%3Ca/%3E&checksum=0",
    )
    assert unsigned.key == "checksumError"


@awaited
async def test_a_document_encoded_twice_is_taken_as_meant(bbb: Caller) -> None:
    await bbb.call("create", meetingID="cfg2", attendeePW="ap")
    token = (await set_config(bbb, "cfg2", quote_plus(CONFIG))).text("token")
    session = await bbb.token("cfg2", "A", password="ap", configToken=token)
    assert (await bbb.fetch(f"/bigbluebutton/api/configXML?sessionToken={session}")).body.decode() == CONFIG


@awaited
async def test_a_config_may_become_the_meetings_default_and_survives(memory: Memory) -> None:
    await memory.call("create", meetingID="cfg3", attendeePW="ap")
    assert (await set_config(memory, "cfg3", CONFIG, defaultConfig="true")).code == "SUCCESS"
    await memory.restart()
    session = await memory.token("cfg3", "A", password="ap")
    assert (await memory.fetch(f"/bigbluebutton/api/configXML?sessionToken={session}")).body.decode() == CONFIG


@awaited
async def test_a_token_may_name_a_file_of_the_operators(memory: Memory) -> None:
    configs = memory.directory / "configs"
    configs.mkdir(exist_ok=True)
    (configs / "mine.xml").write_text("<config>mine</config>")
    (configs / "config.xml").write_text("\ufeff<config>all</config>", "utf-8")
    (memory.directory / "secret.xml").write_text("<secret/>")
    (configs / "link.xml").symlink_to(memory.directory / "secret.xml")
    (configs / "latin.xml").write_bytes(b"<a>\xff</a>")
    await memory.call("create", meetingID="cfg4", attendeePW="ap")
    session = await memory.token("cfg4", "A", password="ap", configToken="mine.xml")
    assert (await memory.fetch(f"/bigbluebutton/api/configXML?sessionToken={session}")).body == b"<config>mine</config>"
    assert (await memory.call("getDefaultConfigXML")).body == b"<config>all</config>"
    for token in ("../secret.xml", "link.xml", ".", "none.xml", "latin.xml"):
        refused = await memory.call("join", meetingID="cfg4", fullName="A", password="ap", configToken=token)
        assert refused.key == "noConfigFound"


@awaited
async def test_a_meeting_keeps_only_so_much(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__maxJournal="1 MiB")
    await memory.call("create", meetingID="cfg5")
    for number in range(3):
        answer = await set_config(memory, "cfg5", f"<a>{number}{'x' * 600_000}</a>")
    assert answer.key == "configXMLError"
    assert (await memory.call("end", meetingID="cfg5")).code == "SUCCESS"
