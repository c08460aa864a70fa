"""Cases of the common form of answers, and of the supported calls."""

from __future__ import annotations

import json

from bbbd.conform.assertions import (
    BAD,
    GOOD,
    ContractMismatch,
    ParsedAnswer,
    expect_answer,
    expect_equal,
    expect_failure,
    expect_names,
    expect_success,
    summarize,
)
from bbbd.conform.case import decided, must, should
from bbbd.conform.endpoint_client import Answer
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import World, is_unknown_call

#: The calls that every application needs, and those of recordings.
MEETING_CALLS = ("create", "join", "isMeetingRunning", "getMeetingInfo", "getMeetings", "end")
RECORDING_CALLS = ("getRecordings", "publishRecordings", "deleteRecordings", "updateRecordings")
_CALL = "isMeetingRunning"
_JSON = {"Accept": "application/json"}


async def _meeting_calls_are_there(world: World) -> None:
    await _are_there(world, MEETING_CALLS)


async def _recording_calls_are_there(world: World) -> None:
    await _are_there(world, RECORDING_CALLS)


async def _are_there(world: World, calls: tuple[str, ...]) -> None:
    # Unsigned, so nothing is changed.
    missing = [call for call in calls if is_unknown_call(await world.plain(f"/{call}"))]
    if missing:
        raise ContractMismatch(f"there is no {', '.join(missing)}")


async def _root(world: World) -> None:
    found = expect_success(expect_answer(await world.plain("")))
    if not (found.texts.get("version") or found.texts.get("apiVersion")):
        raise ContractMismatch("its answer has no version")


async def _good_and_bad(world: World) -> tuple[ParsedAnswer, ParsedAnswer]:
    """Return a success and a failure."""
    return await world.call(_CALL, meetingID=world.new_id()), await world.call(_CALL)


async def _is_xml(world: World) -> None:
    for found in await _good_and_bad(world):
        kind = found.answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("text/xml", "application/xml"):
            raise ContractMismatch(f"the type of {found.code} is {kind or 'missing'!r}")


async def _returncode(world: World) -> None:
    good, bad = await _good_and_bad(world)
    expect_equal("returncode", good.code, GOOD)
    expect_equal("returncode", bad.code, BAD)


async def _returncode_first(world: World) -> None:
    for found in await _good_and_bad(world):
        expect_equal("the first element", next(iter(found.names), ""), "returncode")


async def _failure_says_why(world: World) -> None:
    for found in (await world.call(_CALL), await world.call("create", name="No id")):
        expect_failure(found)
        expect_names("the failure", (name for name, text in found.texts.items() if text), ("messageKey", "message"))


async def _status(world: World) -> None:
    for found in (*await _good_and_bad(world), expect_answer(await world.get(_CALL, "checksum=0"))):
        expect_equal(f"the HTTP status of {found}", found.answer.status, 200)


async def _unknown_call(world: World) -> None:
    expect_failure(expect_answer(await world.plain("/getNothingAtAll?checksum=0")))


async def _unknown_call_by_key(world: World) -> None:
    for target in ("/getNothingAtAll?checksum=0", "/getmeetings", "/setConfigXML?checksum=0"):
        expect_failure(expect_answer(await world.plain(target)), MessageKey.UNSUPPORTED)


async def _json_by_accept(world: World) -> None:
    query = world.endpoint.signed(_CALL, f"meetingID={world.new_id()}")
    response = _in_json(await world.get(_CALL, query, _JSON))
    expect_equal("returncode", response.get("returncode"), GOOD)
    expect_equal("running", str(response.get("running")).lower(), "false")


async def _json_by_format(world: World) -> None:
    query = world.endpoint.signed(_CALL, f"meetingID={world.new_id()}&format=json")
    expect_equal("the response", _in_json(await world.get(_CALL, query)), {"returncode": GOOD, "running": "false"})


def _in_json(answer: Answer) -> dict[str, object]:
    """Return the response of an answer in JSON."""
    try:
        response: dict[str, object] = json.loads(answer.body)["response"]
    except (ValueError, KeyError, TypeError) as fault:
        raise ContractMismatch(f"no JSON, but {summarize(answer)}") from fault
    return response


async def _jsonp(world: World) -> None:
    query = world.endpoint.signed(_CALL, f"meetingID={world.new_id()}&format=json&callback=app.created")
    answer = await world.get(_CALL, query)
    if b'app.created({"response":' not in answer.body:
        raise ContractMismatch(summarize(answer))


async def _charset(world: World) -> None:
    kind = (await world.call("getMeetings")).answer.headers.get("content-type", "")
    expect_equal("the type", kind.replace(" ", "").lower(), "text/xml;charset=utf-8")


async def _not_kept(world: World) -> None:
    kept = (await world.call("getMeetings")).answer.headers.get("cache-control", "")
    expect_equal("Cache-Control of getMeetings", kept, "no-store")
    kept = (await world.call(_CALL, meetingID=world.new_id())).answer.headers.get("cache-control", "")
    expect_equal("Cache-Control of isMeetingRunning", kept, "no-cache")


_ERRORS = "Errors are returned with a returncode value of FAILED and a message and messageKey value."

CASES = (
    must(
        "API Resources",
        "the calls of meetings are there",
        "The following section describes the administration calls",
        _meeting_calls_are_there,
    ),
    should(
        "API Resources",
        "the calls of recordings are there",
        "Get a list of recordings.",
        _recording_calls_are_there,
    ),
    should(
        "Overview",
        "the API's root answers without a checksum, with its version",
        "your application makes HTTPS requests to the BigBlueButton server API endpoint",
        _root,
    ),
    must(
        "Overview",
        "an answer is XML and says so",
        "The BigBlueButton server returns an XML response to all API calls.",
        _is_xml,
        _CALL,
    ),
    must(
        "API Calls",
        "every answer has the returncode SUCCESS or FAILED",
        "Indicates whether the intended function was successful or not. Always one of two values",
        _returncode,
        _CALL,
    ),
    should(
        "API Calls",
        "the returncode stands first, as in every example",
        "<response> <returncode>SUCCESS</returncode>",
        _returncode_first,
        _CALL,
    ),
    must(
        "Error handling",
        "a failure has a messageKey and a message",
        _ERRORS,
        _failure_says_why,
        _CALL,
        "create",
    ),
    should(
        "Error handling",
        "an answer has HTTP status 200, a failure too",
        _ERRORS,
        _status,
        _CALL,
    ),
    should(
        "Error handling",
        "a call that does not exist is a failure like any other",
        "all API calls make a best-effort attempt to return a properly formatted XML",
        _unknown_call,
    ),
    decided(
        "Error handling",
        "a call that does not exist, or not by GET, is unsupported whatever its checksum",
        "An unknown call is unsupportedRequest; so is a GET of a call that is POST only, and letter case counts.",
        _unknown_call_by_key,
    ),
    should(
        "Support for JSON/JSONP",
        "an answer is JSON for who accepts application/json",
        "It would be very nice to optionally allow JSON responses",
        _json_by_accept,
        _CALL,
    ),
    decided(
        "Support for JSON/JSONP",
        "an answer is JSON with format=json",
        "format=json gives the same members in the same order, every leaf a text.",
        _json_by_format,
        _CALL,
    ),
    decided(
        "Support for JSON/JSONP",
        "an answer is JSONP with a callback",
        "With format=json, callback=name gives a call of that function.",
        _jsonp,
        _CALL,
    ),
    decided(
        "Overview",
        "an answer is text/xml in UTF-8",
        "Content-Type is text/xml;charset=utf-8.",
        _charset,
        "getMeetings",
    ),
    decided(
        "Overview",
        "an answer that carries passwords is not to be stored",
        "Cache-Control is no-store where an answer carries a password or token, else no-cache.",
        _not_kept,
        "getMeetings",
        _CALL,
    ),
)
