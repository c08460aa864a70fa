"""Cases of captions and subtitles of recordings. Nothing is uploaded to existing recordings."""

from __future__ import annotations

from bbbd.conform.assertions import (
    ContractMismatch,
    ParsedAnswer,
    expect_answer,
    expect_equal,
    expect_failure,
    expect_match,
    expect_names,
    expect_success,
    summarize,
)
from bbbd.conform.case import decided, must, should
from bbbd.conform.endpoint_client import query_of
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import World

_GET, _PUT = "getRecordingTextTracks", "putRecordingTextTrack"
_TRACK = {"kind": "subtitles", "lang": "en-US", "label": "English"}


async def _put(world: World, **pairs: str) -> ParsedAnswer:
    query = query_of({"recordID": world.new_id(), **_TRACK} | pairs)
    return await world.post(_PUT, "", query=world.endpoint.signed(_PUT, query))


async def _of_nothing(world: World) -> None:
    expect_failure(await world.call(_GET), MessageKey.MISSING_PARAMETER)


async def _unknown(world: World) -> None:
    expect_failure(await world.call(_GET, recordID=world.new_id()), MessageKey.NO_RECORDINGS)


async def _json(world: World) -> None:
    answer = (await world.call(_GET, recordID=world.new_id())).answer
    if not answer.body.lstrip().startswith(b"{"):
        raise ContractMismatch(f"no JSON, but {summarize(answer)}")


async def _tracks(world: World) -> None:
    record_id = (await world.recordings())[0].findtext("recordID") or ""
    found = expect_success(await world.call(_GET, recordID=record_id))
    expect_names("the answer", found.names, ("tracks",))


async def _put_unsigned(world: World) -> None:
    query = query_of({"recordID": world.new_id(), **_TRACK})
    found = expect_failure(await world.post(_PUT, "", query=query))
    expect_match("messageKey", found.key, f"{MessageKey.MISSING_PARAM}|{MessageKey.CHECKSUM}")
    expect_failure(await world.post(_PUT, "", query=f"{query}&checksum={'0' * 40}"), MessageKey.CHECKSUM)


async def _put_unknown(world: World) -> None:
    expect_failure(await _put(world), MessageKey.NO_RECORDINGS)


async def _put_missing(world: World) -> None:
    expect_failure(await _put(world, recordID=""), MessageKey.MISSING_PARAM, MessageKey.MISSING_PARAMETER)


async def _put_missing_checksum(world: World) -> None:
    found = expect_failure(
        await world.post(_PUT, "", query=query_of({"recordID": world.new_id()})), MessageKey.MISSING_PARAM
    )
    expect_equal("message", found.texts.get("message"), "Missing param checksum.")


async def _put_kind_and_lang(world: World) -> None:
    expect_failure(await _put(world, kind="chapters"), MessageKey.INVALID_KIND)
    expect_failure(await _put(world, lang="no language"), MessageKey.INVALID_LANG)


async def _put_by_get(world: World) -> None:
    query = query_of({"recordID": world.new_id(), **_TRACK})
    expect_failure(
        expect_answer(await world.plain(f"/{_PUT}?{world.endpoint.signed(_PUT, query)}")), MessageKey.UNSUPPORTED
    )


_LIST = "Get a list of the caption/subtitle files currently available for a recording."
_MISSING = "A required parameter is missing."
_NONE = "No recording was found matching the provided recording ID."

CASES = (
    must(_GET, "listing tracks without a recordID is refused", _MISSING, _of_nothing, _GET),
    must(_GET, "listing tracks of a recording that nobody knows is noRecordings", _NONE, _unknown, _GET),
    must(_GET, "the answer is JSON", "An example response looks like the following:", _json, _GET),
    should(_GET, "a recording has a list of tracks", _LIST, _tracks, "getRecordings", _GET),
    must(
        _PUT,
        "putting a track without a checksum, or with a wrong one, is refused",
        "Note that the standard BigBlueButton checksum algorithm must be performed on the GET parameters",
        _put_unsigned,
        _PUT,
    ),
    must(_PUT, "putting a track to a recording that nobody knows is noRecordings", _NONE, _put_unknown, _PUT),
    must(_PUT, "putting a track without a recordID is refused", _MISSING, _put_missing, _PUT),
    decided(
        _PUT,
        "a missing checksum is told as in the contract's example",
        "A missing checksum is paramError / Missing param checksum.",
        _put_missing_checksum,
        _PUT,
    ),
    decided(
        _PUT,
        "kind and lang are looked at before the recording",
        "A kind or lang that is not allowed is invalidKind or invalidLang, whatever the recording.",
        _put_kind_and_lang,
        _PUT,
    ),
    decided(
        _PUT,
        "a track is put by POST alone",
        "A GET of a call that is POST only is unsupportedRequest.",
        _put_by_get,
        _PUT,
    ),
)
