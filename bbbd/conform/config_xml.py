"""Cases of config.xml: the default document, documents of a meeting, and their tokens in join."""

from __future__ import annotations

from urllib.parse import quote

from bbbd.api.checksum import form_text
from bbbd.conform.assertions import (
    ContractMismatch,
    ParsedAnswer,
    expect_equal,
    expect_failure,
    expect_success,
    parse_xml,
    summarize,
)
from bbbd.conform.case import decided, must
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import World

_GET, _SET = "getDefaultConfigXML", "setConfigXML"
#: Contains every character that can be encoded in more than one way.
_CONFIG = (
    '<config><localeversion suppressWarning="false">0.9.0</localeversion><modules><module name="a b~*\'()"/>'
    "</modules></config>"
)


async def _set(world: World, parse_xml: str = _CONFIG) -> tuple[str, ParsedAnswer]:
    meeting = await world.meeting()
    return meeting.meeting_id, await world.post_sorted(_SET, {"meetingID": meeting.meeting_id, "configXML": parse_xml})


async def _default(world: World) -> None:
    answer = await world.get(_GET, world.endpoint.signed(_GET, ""))
    root = parse_xml(answer)
    if root is None or root.tag == "response":
        raise ContractMismatch(f"no config.xml, but {summarize(answer)}")


async def _default_unsigned(world: World) -> None:
    answer = await world.get(_GET, "checksum=0")
    if MessageKey.CHECKSUM.encode() not in answer.body:
        raise ContractMismatch(summarize(answer))


async def _token(world: World) -> None:
    _meeting, found = await _set(world)
    if not expect_success(found).texts.get("token"):
        raise ContractMismatch(f"there is no token, but {', '.join(found.names)}")


async def _config_token(world: World) -> None:
    _meeting, found = await _set(world)
    expect_equal("configToken", expect_success(found).texts.get("configToken"), found.texts.get("token"))


async def _any_encoding(world: World) -> None:
    meeting = await world.meeting()
    pairs = {"meetingID": meeting.meeting_id, "configXML": _CONFIG}
    checksum = world.endpoint.sign(_SET, form_text(pairs.items()).decode())
    config, meeting_id = quote(_CONFIG, safe="~()'"), quote(meeting.meeting_id)
    for body in (
        f"checksum={checksum}&configXML={config}&meetingID={meeting_id}",
        f"meetingID={meeting_id}&checksum={checksum}&configXML={config}",
        f"configXML={config}&meetingID={meeting_id}&checksum={checksum}",
    ):
        expect_success(await world.post(_SET, body))


async def _wrong_secret(world: World) -> None:
    meeting = await world.meeting()
    pairs = {"meetingID": meeting.meeting_id, "configXML": _CONFIG}
    expect_failure(
        await world.post_sorted(_SET, pairs, world.endpoint.secret + "x"),
        MessageKey.CHECKSUM,
        MessageKey.CONFIG_CHECKSUM,
    )


async def _unknown(world: World) -> None:
    pairs = {"meetingID": world.new_id(), "configXML": _CONFIG}
    expect_failure(await world.post_sorted(_SET, pairs), MessageKey.INVALID_MEETING)


async def _no_config(world: World) -> None:
    meeting = await world.meeting()
    expect_failure(await world.post_sorted(_SET, {"meetingID": meeting.meeting_id}), MessageKey.CONFIG_XML)


async def _join(world: World) -> None:
    meeting = await world.meeting()
    found = expect_success(await world.post_sorted(_SET, {"meetingID": meeting.meeting_id, "configXML": _CONFIG}))
    token = found.texts.get("token") or found.texts.get("configToken", "")
    expect_success(await world.session(meeting, configToken=token), MessageKey.JOINED)


async def _malformed(world: World) -> None:
    for text in ("<config><modules></config>", "no XML", '<!DOCTYPE c [<!ENTITY e "e">]><c>&e;</c>'):
        _meeting, found = await _set(world, text)
        expect_failure(found, MessageKey.CONFIG_XML)


_TOKEN = "This call returns a token that can later be passed as a parameter to a join URL."  # noqa: S105 - a sentence

CASES = (
    must(_GET, "the default config.xml is given as it is", "Retrieve the default config.xml.", _default, _GET),
    must(
        _GET,
        "the default config.xml needs a checksum",
        "You MUST send this checksum with EVERY API call.",
        _default_unsigned,
        _GET,
    ),
    must(_SET, "a config.xml of a meeting has a token", _TOKEN, _token, _SET),
    must(
        _SET,
        "a form may be encoded in any way, and its checksum stand anywhere",
        "You are not required to use the same URL-encoding method in the message body",
        _any_encoding,
        _SET,
    ),
    must(
        _SET,
        "a form that is signed with another secret is refused",
        "To verify the checksum, the BigBlueButton server will decode the parameters from the message body",
        _wrong_secret,
        _SET,
    ),
    must(
        _SET,
        "a config.xml of a meeting that nobody knows is refused",
        "A meetingID to an active meeting",
        _unknown,
        _SET,
    ),
    must(_SET, "setConfigXML without a config.xml is refused", "configXML | Required", _no_config, _SET),
    must(_SET, "a token lets in at join", _TOKEN, _join, _SET, "join"),
    decided(
        _SET,
        "the token has both names",
        "setConfigXML answers configToken and token, the same text.",
        _config_token,
        _SET,
    ),
    decided(
        _SET,
        "what is no well-formed XML is refused, and entities are",
        "What is not well-formed XML is configXMLError. Entities and DTDs are refused.",
        _malformed,
        _SET,
    ),
)
