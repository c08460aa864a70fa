"""Cases of recordings. Existing recordings are only read; changes are tried on unknown ids."""

from __future__ import annotations

from functools import partial

from bbbd.conform.assertions import (
    ContractMismatch,
    ParsedAnswer,
    expect_equal,
    expect_failure,
    expect_match,
    expect_names,
    expect_success,
)
from bbbd.conform.case import Check, decided, must, should
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import NotSupported, World

_FIELDS = ("recordID", "meetingID", "name", "published", "state", "startTime", "endTime", "playback")
_STATES = "processing|processed|published|unpublished|deleted"


def _ids(world: World, count: int = 1) -> str:
    return ",".join(world.new_id() for _ in range(count))


async def _find(world: World, **pairs: str) -> ParsedAnswer:
    found = expect_success(await world.call("getRecordings", **pairs))
    expect_names("the answer", found.names, ("recordings",))
    return found


async def _none(parameter: str, count: int, world: World) -> None:
    found = await _find(world, **{parameter: _ids(world, count)})
    expect_equal("the number of recordings", len(found.root.findall("recordings/recording")), 0)


async def _none_by_key(world: World) -> None:
    expect_equal("messageKey", (await _find(world, meetingID=_ids(world))).key, MessageKey.NO_RECORDINGS)


async def _states(world: World) -> None:
    for state in ("published", "published,unpublished", "any"):
        await _find(world, meetingID=_ids(world), state=state)


async def _meta(world: World) -> None:
    found = await _find(world, **{"meta_bbbd-conform": _ids(world), "limit": "1"})
    expect_equal("the number of recordings", len(found.root.findall("recordings/recording")), 0)


async def _fields(world: World) -> None:
    for one in await world.recordings():
        expect_names("a recording", (str(child.tag) for child in one), _FIELDS)
        expect_match("state", one.findtext("state"), _STATES)
        expect_match("published", one.findtext("published"), "true|false")
        for name in ("startTime", "endTime"):
            expect_match(name, one.findtext(name), "[0-9]+")


async def _formats(world: World) -> None:
    formats = [one for recording in await world.recordings() for one in recording.findall("playback/format")]
    if not formats:
        raise NotSupported("a recording with a format to look at")
    for one in formats:
        expect_names("a format", (str(child.tag) for child in one), ("type", "url", "length"))
        expect_match("url", (one.findtext("url") or "").strip(), "https?://.+")


async def _exactly(world: World) -> None:
    record_id = (await world.recordings())[0].findtext("recordID") or ""
    await _has_it(world, record_id, recordID=record_id)


async def _prefix(world: World) -> None:
    record_id = (await world.recordings())[0].findtext("recordID") or ""
    await _has_it(world, record_id, recordID=record_id[:40])


async def _meeting_ignored(world: World) -> None:
    record_id = (await world.recordings())[0].findtext("recordID") or ""
    await _has_it(world, record_id, recordID=record_id, meetingID=_ids(world))


async def _has_it(world: World, record_id: str, **pairs: str) -> None:
    found = await _find(world, **pairs)
    if record_id not in [one.findtext("recordID") for one in found.root.findall("recordings/recording")]:
        raise ContractMismatch("the recording is not among them")


async def _state_of(world: World) -> None:
    await world.recordings()
    for one in (await _find(world, state="unpublished", limit="5")).root.findall("recordings/recording"):
        expect_equal("state", one.findtext("state"), "unpublished")


def _unknown(call: str, **pairs: str) -> Check:
    async def check(world: World) -> None:
        expect_failure(await world.call(call, recordID=_ids(world), **pairs), MessageKey.NOT_FOUND)

    return check


def _nothing(call: str, **pairs: str) -> Check:
    async def check(world: World) -> None:
        expect_failure(await world.call(call, **pairs), MessageKey.MISSING_RECORD_ID)

    return check


async def _no_publish(world: World) -> None:
    expect_failure(await world.call("publishRecordings", recordID=_ids(world)), MessageKey.MISSING_PUBLISH)


async def _publish_what(world: World) -> None:
    expect_failure(
        await world.call("publishRecordings", recordID=_ids(world), publish="perhaps"), MessageKey.VALIDATION
    )


async def _unknown_state(world: World) -> None:
    found = await _find(world, state="forgotten", limit="1")
    expect_equal("the number of recordings", len(found.root.findall("recordings/recording")), 0)


async def _pages(world: World) -> None:
    found = await _find(world, meetingID=_ids(world), limit="1", offset="0")
    expect_equal("totalElements", found.texts.get("totalElements"), "0")
    for pairs in ({"limit": "many"}, {"limit": "1", "offset": "-1"}):
        expect_failure(await world.call("getRecordings", meetingID=_ids(world), **pairs), MessageKey.VALIDATION)


_SET = "It can be a set of meetingIDs separate by commas."
_RECORDS = "It can be a set of recordIDs separate by commas."
_STATE = "The parameter state can be used to filter results. It can be a set of states separate by commas."
_IGNORED = "If a recordID is specified, the meetingID is ignored."
_REQUIRED = "recordID | Required"
_EXAMPLE = "<published>true</published> <state>published</state> <startTime>1530718721124</startTime>"

CASES = (
    must(
        "getRecordings",
        "a meeting without recordings has none",
        "Retrieves the recordings that are available for playback for a given meetingID",
        partial(_none, "meetingID", 1),
        "getRecordings",
    ),
    must(
        "getRecordings",
        "several meetings may be named, with commas",
        _SET,
        partial(_none, "meetingID", 3),
        "getRecordings",
    ),
    must(
        "getRecordings",
        "a recordID that nobody knows finds nothing",
        "A record ID for get the recordings.",
        partial(_none, "recordID", 1),
        "getRecordings",
    ),
    must(
        "getRecordings",
        "several recordings may be named, with commas",
        _RECORDS,
        partial(_none, "recordID", 3),
        "getRecordings",
    ),
    should(
        "getRecordings",
        "where there are no recordings, getRecordings says noRecordings",
        "A message may also be returned in some cases where returncode was SUCCESS",
        _none_by_key,
        "getRecordings",
    ),
    must("getRecordings", "states may be named, several too, and any", _STATE, _states, "getRecordings"),
    must(
        "getRecordings",
        "metadata that no recording has find nothing",
        "You can pass one or more metadata values to filter the recordings returned.",
        _meta,
        "getRecordings",
    ),
    must("getRecordings", "a recording tells every field of the contract's answer", _EXAMPLE, _fields, "getRecordings"),
    must(
        "getRecordings",
        "a recording's formats have type, URL and length",
        "<type>presentation</type>",
        _formats,
        "getRecordings",
    ),
    must(
        "getRecordings",
        "a recording is found by its recordID",
        "A record ID for get the recordings.",
        _exactly,
        "getRecordings",
    ),
    must(
        "getRecordings",
        "a recording is found by what its recordID begins with",
        "The recordID can also be used as a wildcard by including only the first characters in the string.",
        _prefix,
        "getRecordings",
    ),
    must("getRecordings", "with a recordID the meetingID does not count", _IGNORED, _meeting_ignored, "getRecordings"),
    must("getRecordings", "a state finds recordings of that state alone", _STATE, _state_of, "getRecordings"),
    must(
        "publishRecordings",
        "publishing what nobody knows is notFound",
        "Publish and unpublish recordings for a given recordID",
        _unknown("publishRecordings", publish="true"),
        "publishRecordings",
    ),
    must(
        "deleteRecordings",
        "deleting what nobody knows is notFound",
        "Delete one or more recordings for a given recordID",
        _unknown("deleteRecordings"),
        "deleteRecordings",
    ),
    must(
        "updateRecordings",
        "updating what nobody knows is notFound",
        "Update metadata for a given recordID",
        _unknown("updateRecordings", meta_x="y"),
        "updateRecordings",
    ),
    must(
        "publishRecordings",
        "publishing without a recordID is refused",
        _REQUIRED,
        _nothing("publishRecordings", publish="true"),
        "publishRecordings",
    ),
    must(
        "publishRecordings",
        "publishing without saying which is refused",
        "publish | Required",
        _no_publish,
        "publishRecordings",
    ),
    must(
        "deleteRecordings",
        "deleting without a recordID is refused",
        _REQUIRED,
        _nothing("deleteRecordings"),
        "deleteRecordings",
    ),
    must(
        "updateRecordings",
        "updating without a recordID is refused",
        _REQUIRED,
        _nothing("updateRecordings", meta_x="y"),
        "updateRecordings",
    ),
    decided(
        "publishRecordings",
        "publish is true or false",
        "Anything else is validationError.",
        _publish_what,
        "publishRecordings",
    ),
    decided(
        "getRecordings",
        "a state that nobody knows finds nothing",
        "An unknown state matches nothing.",
        _unknown_state,
        "getRecordings",
    ),
    decided(
        "getRecordings",
        "getRecordings gives pages, and tells how many there are in all",
        "offset and limit are digits; with limit there is totalElements.",
        _pages,
        "getRecordings",
    ),
)
