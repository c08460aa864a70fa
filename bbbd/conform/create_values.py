"""Cases of parameter values of create: stored, returned, or refused."""

from __future__ import annotations

import secrets
from functools import partial

from bbbd.conform.assertions import (
    GOOD,
    ContractMismatch,
    expect_equal,
    expect_failure,
    expect_match,
    expect_success,
)
from bbbd.conform.case import Check, beyond, decided, must, should
from bbbd.conform.endpoint_client import query_of
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import MODERATOR_PW, PASSWORDS, World

#: All parameters of create in the contract, except those for recording, breakout rooms and callbacks.
_EVERYTHING = {
    "name": "Everything",
    "welcome": "<b>%%CONFNAME%%</b> %%DIALNUM%% %%CONFNUM%%",
    "dialNumber": "613-555-0000",
    "maxParticipants": "20",
    "logoutURL": "https://example.org/out",
    "record": "false",
    "duration": "60",
    "meta_category": "FINANCE",
    "moderatorOnlyMessage": "Hello",
    "autoStartRecording": "false",
    "allowStartStopRecording": "true",
    "webcamsOnlyForModerator": "true",
    "logo": "https://example.org/logo.png",
    "bannerText": "A banner",
    "bannerColor": "#FF0000",
    "copyright": "Nobody",
    "muteOnStart": "true",
    "allowModsToUnmuteUsers": "true",
    "lockSettingsDisableCam": "true",
    "lockSettingsDisableMic": "true",
    "lockSettingsDisablePrivateChat": "true",
    "lockSettingsDisablePublicChat": "true",
    "lockSettingsDisableNote": "true",
    "lockSettingsLockedLayout": "true",
    "lockSettingsLockOnJoin": "false",
    "lockSettingsLockOnJoinConfigurable": "true",
    "guestPolicy": "ASK_MODERATOR",
}


async def _name(name: str, world: World) -> None:
    meeting = await world.meeting(name=name)
    expect_equal("meetingName", (await world.info(meeting)).texts.get("meetingName"), name)


async def _no_name(world: World) -> None:
    expect_success(await world.create(world.new_id(), **PASSWORDS))


async def _spaced_id(world: World) -> None:
    meeting_id = f"{world.new_id()} Demo Meeting"
    found = expect_success(await world.create(meeting_id, name="Demo Meeting", **PASSWORDS))
    expect_equal("meetingID", found.texts.get("meetingID"), meeting_id)
    expect_success(await world.call("getMeetingInfo", meetingID=meeting_id))


async def _longest_id(world: World) -> None:
    meeting_id = world.new_id().ljust(256, "x")
    expect_success(await world.create(meeting_id, name="Long", **PASSWORDS))
    expect_failure(await world.create(f"{meeting_id}x", name="Longer", **PASSWORDS), MessageKey.VALIDATION)


async def _comma(world: World) -> None:
    expect_failure(await world.create(f"{world.new_id()},1", name="Comma", **PASSWORDS), MessageKey.INVALID_FORMAT)


async def _metadata(world: World) -> None:
    sent = {"presenter": "Jane Doe", "category": "F&A <b>\u00fc", "bbb-origin": "conform"}
    info = await world.info(await world.meeting(**{f"meta_{name}": value for name, value in sent.items()}))
    for name, value in sent.items():
        expect_equal(f"metadata/{name}", info.root.findtext(f"metadata/{name}"), value)


async def _lower_case(world: World) -> None:
    info = await world.info(await world.meeting(meta_TERM="Fall2016"))
    expect_equal("metadata/term", info.root.findtext("metadata/term"), "Fall2016")


async def _voice_bridge_made(world: World) -> None:
    expect_match("voiceBridge", (await world.meeting()).created.texts.get("voiceBridge"), "[1-9][0-9]{4}")


async def _voice_bridge(world: World) -> None:
    for _ in range(5):
        bridge = str(10000 + secrets.randbelow(90000))
        found = await world.create(world.new_id(), name="Bridge", voiceBridge=bridge, **PASSWORDS)
        if found.key != MessageKey.VOICE_BRIDGE:
            expect_equal("voiceBridge", expect_success(found).texts.get("voiceBridge"), bridge)
            return
    raise ContractMismatch(str(found))


async def _returned(parameter: str, value: str, element: str, world: World) -> None:
    meeting = await world.meeting(**{parameter: value})
    expect_equal(element, (await world.info(meeting)).texts.get(element), value)


async def _everything(world: World) -> None:
    expect_success(await world.create(world.new_id(), **_EVERYTHING, **PASSWORDS))


async def _unknown_parameters(world: World) -> None:
    pairs = {"x-own": "1", "userdata-x": "y", "meta": "z", "NAME": "Other"}
    found = expect_success(await world.create(world.new_id(), name="Unknown", **pairs, **PASSWORDS))
    expect_equal("messageKey", found.key, "")


async def _not_recorded(world: World) -> None:
    expect_equal("recording", (await world.info(await world.meeting())).texts.get("recording"), "false")


def _refuses(*pairs: dict[str, str]) -> Check:
    async def check(world: World) -> None:
        for given in pairs:
            meeting_id = world.new_id()
            found = await world.create(meeting_id, **({"name": "Refused"} | PASSWORDS | given))
            if found.code == GOOD:
                raise ContractMismatch(f"{found} for {given}")
            expect_failure(found, MessageKey.VALIDATION)
            expect_failure(await world.call("getMeetingInfo", meetingID=meeting_id), MessageKey.NOT_FOUND)

    return check


async def _control_characters(world: World) -> None:
    for character in ("\x00", "\x07", "\n"):
        meeting_id = world.new_id()
        expect_failure(
            await world.create(f"{meeting_id}{character}x", name="Control", **PASSWORDS), MessageKey.VALIDATION
        )


async def _negative(world: World) -> None:
    info = await world.info(await world.meeting(duration="-1", maxParticipants="-1"))
    expect_equal("duration", info.texts.get("duration"), "0")
    expect_equal("maxUsers", info.texts.get("maxUsers"), "0")


async def _first_counts(world: World) -> None:
    meeting_id = world.new_id()
    world.end_later(meeting_id, MODERATOR_PW)
    query = f"meetingID={meeting_id}&name=First&name=Second&{query_of(PASSWORDS)}"
    expect_success(await world.query("create", query))
    info = expect_success(await world.call("getMeetingInfo", meetingID=meeting_id))
    expect_equal("meetingName", info.texts.get("meetingName"), "First")


_TEXT = "make sure that you use correctly URL-encoded UTF-8 values so international text will show up correctly"

CASES = (
    must(
        "API Data Types",
        "a name of any language comes back as it was sent",
        _TEXT,
        partial(_name, "\u00dcberblick \u65e5\u672c\u8a9e \u0440\u0443\u0441 \u0639\u0631\u0628"),
        "getMeetingInfo",
    ),
    must(
        "API Data Types",
        "a name with emoji comes back as it was sent",
        _TEXT,
        partial(_name, "Party \U0001f389\U0001f469\u200d\U0001f4bb"),
        "getMeetingInfo",
    ),
    must(
        "API Data Types",
        "a name with & < > and quotes comes back as it was sent",
        _TEXT,
        partial(_name, 'Q&A <now> "it\'s" $1 \\n 100%'),
        "getMeetingInfo",
    ),
    should(
        "create",
        "a name of 200 characters comes back as it was sent",
        "A name for the meeting.",
        partial(_name, "long " * 39 + "name!"),
        "getMeetingInfo",
    ),
    should("create", "a meeting needs no name", "name | Optional", _no_name, "create"),
    must(
        "getMeetingInfo",
        "a meetingID may have spaces in it, as the contract's own",
        "<meetingID>Demo Meeting</meetingID>",
        _spaced_id,
        "create",
        "getMeetingInfo",
    ),
    must(
        "create",
        "metadata are kept and told by getMeetingInfo",
        "These will be stored by BigBlueButton can be retrieved later via the getMeetingInfo and getRecordings calls.",
        _metadata,
        "getMeetingInfo",
    ),
    should(
        "create",
        "names of metadata are told in lower case",
        "Examples of the use of the meta parameters are meta_Presenter=Jane%20Doe, meta_category=FINANCE, and"
        " meta_TERM=Fall2016.",
        _lower_case,
        "getMeetingInfo",
    ),
    must(
        "create",
        "a voiceBridge that is not given has five digits",
        "This must be a 5-digit number in the range 10000 to 99999.",
        _voice_bridge_made,
    ),
    must(
        "create",
        "a voiceBridge that is given is kept",
        "Voice conference number for the FreeSWITCH voice conference associated with this meeting.",
        _voice_bridge,
        "create",
    ),
    must(
        "create",
        "a duration is kept",
        "The maximum length (in minutes) for the meeting.",
        partial(_returned, "duration", "45", "duration"),
        "getMeetingInfo",
    ),
    must(
        "create",
        "maxParticipants is told as maxUsers",
        "Set the maximum number of users allowed to joined the conference at the same time.",
        partial(_returned, "maxParticipants", "17", "maxUsers"),
        "getMeetingInfo",
    ),
    should(
        "create",
        "a dialNumber is kept",
        "The dial access number that participants can call in using regular phone.",
        partial(_returned, "dialNumber", "613-555-0199", "dialNumber"),
        "getMeetingInfo",
    ),
    must(
        "create",
        "a meeting is not recorded unless that is asked for",
        "The default is false.",
        _not_recorded,
        "getMeetingInfo",
    ),
    must(
        "create",
        "create takes every parameter that the contract names",
        "Creates a BigBlueButton meeting.",
        _everything,
        "create",
    ),
    beyond(
        "create",
        "parameters that nobody knows are ignored",
        "Newer applications send parameters that older servers do not know.",
        _unknown_parameters,
        "create",
    ),
    decided(
        "create",
        "a meetingID may have 256 characters and no more",
        "meetingID: 2 to 256 characters.",
        _longest_id,
        "create",
    ),
    decided("create", "a meetingID has no comma in it", "A comma is invalidFormat.", _comma, "create"),
    decided(
        "API Data Types",
        "a value that cannot be read is refused, and nothing is created",
        "Anything but digits, true and false, or a known guestPolicy is validationError.",
        _refuses({"duration": "1.5"}, {"maxParticipants": "many"}, {"record": "maybe"}, {"guestPolicy": "PERHAPS"}),
        "create",
        "getMeetingInfo",
    ),
    decided(
        "API Data Types",
        "control characters are refused in a meetingID",
        "Control characters are refused in identifiers.",
        _control_characters,
        "create",
    ),
    decided(
        "API Data Types",
        "a negative number, as old clients send, is 0",
        "A negative maxParticipants or duration is 0.",
        _negative,
        "getMeetingInfo",
    ),
    decided(
        "create",
        "of a parameter that stands there twice, the first counts",
        "Where a parameter is given twice the first counts.",
        _first_counts,
        "create",
        "getMeetingInfo",
    ),
)
