"""Recording calls: getRecordings, publishRecordings, deleteRecordings, updateRecordings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

from bbbd.api.call import Reply, succeed
from bbbd.api.problems import Failed, Notice, Problem
from bbbd.api.response_tree import Attributed, PrerenderedXml, Rows, Tree
from bbbd.api.server import Server
from bbbd.limits import Limit
from bbbd.meetings.create_parameters import METADATA
from bbbd.playback.protection import Protection
from bbbd.recordings.index import Recording
from bbbd.recordings.layout import Place
from bbbd.recordings.library import UnknownRecording
from bbbd.recordings.metadata import HERE, META_NAME, PlaybackFormat, UnreadableMetadata
from bbbd.recordings.queries import RecordingQuery
from bbbd.values.fields import given
from bbbd.values.late_modules import etree
from bbbd.values.value_types import BOOLEAN, BeyondLimit, ValueType

#: Limits: ids of one call, recordings of one page.
MOST_IDS = 1000
LARGEST_PAGE = 100
#: Longer answers are written in a thread, off the reactor, and sent in pieces.
_WRITTEN_AT_ONCE = 20


def _ids(given_ids: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(part for part in (piece.strip() for piece in given_ids.split(",")) if part))
    if len(found) > MOST_IDS:
        raise BeyondLimit(f"names {len(found)} ids; allowed are {MOST_IDS}", Limit.IDS)
    return found


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("is not a number")
    return int(text[-18:] if len(text) <= 18 else "9" * 18)


IDS = ValueType(f"at most {MOST_IDS} ids with commas between", _ids)
COUNT = ValueType("a number", _count)
#: Unlike create's: only names of XML elements; an empty value matches an empty one, or removes it.
FILTERS = replace(METADATA, rest=META_NAME, empty_too=True, strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRecordings:
    """Parameters of ``getRecordings``."""

    meeting_ids: tuple[str, ...] = given(
        "meetingID", IDS, "The recordings' meetings; ignored with recordID.", default=()
    )
    record_ids: tuple[str, ...] = given("recordID", IDS, "The recordings' ids, or prefixes of ids.", default=())
    states: tuple[str, ...] = given(
        "state", IDS, "States: processing, processed, published, unpublished, deleted, any.", default=()
    )
    meta: dict[str, str] = given("meta_*", FILTERS, "Metadata to match; a % at either end is a wildcard.", default={})
    offset: int = given("offset", COUNT, "Number of recordings to skip; only used with limit.", default=0)
    limit: int | None = given("limit", COUNT, f"Number of recordings of a page, 1 to {LARGEST_PAGE}.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishRecordings:
    """Parameters of ``publishRecordings``."""

    record_ids: tuple[str, ...] = given("recordID", IDS, "The recordings' ids.")
    publish: bool = given("publish", BOOLEAN, "True to publish, false to unpublish.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRecordings:
    """Parameters of ``deleteRecordings``."""

    record_ids: tuple[str, ...] = given("recordID", IDS, "The recordings' ids.")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRecordings:
    """Parameters of ``updateRecordings``."""

    record_ids: tuple[str, ...] = given("recordID", IDS, "The recordings' ids.")
    meta: dict[str, str] = given("meta_*", FILTERS, "Metadata to set; removed if empty.", default={})
    protect: bool | None = given("protect", BOOLEAN, "Whether only one-time links may play them.", default=None)


async def get_recordings(server: Server, params: GetRecordings) -> Reply:
    """List recordings, newest first."""
    everything = not (params.record_ids or params.meeting_ids or params.limit is not None)
    if everything and not server.settings.fetch_all_recordings:
        return _page(server, [], None)
    limit = None if params.limit is None else min(max(params.limit, 1), LARGEST_PAGE)
    found, total = await server.library.select(
        RecordingQuery(
            record_ids=params.record_ids,
            meeting_ids=params.meeting_ids,
            states=tuple(state.lower() for state in params.states),
            meta=tuple(params.meta.items()),
            offset=0 if limit is None else params.offset,
            limit=limit,
        )
    )
    return _page(server, found, None if limit is None else total)


def _page(server: Server, found: Sequence[Recording], total: int | None) -> Reply:
    url = server.settings.server_url.rstrip("/")
    rows = (describe(recording, url, server.protection) for recording in found)
    tree: list[tuple[str, Any]] = [("recordings", Rows("recording", rows))]
    key, message = Notice.NO_RECORDINGS.value
    if not found:
        tree += [("messageKey", key), ("message", message)]
    if total is not None:
        tree.append(("totalElements", total))
    outcome = "ok" if found else key
    return Reply(succeed(*tree).tree, outcome=outcome, is_long=len(found) > _WRITTEN_AT_ONCE)


def describe(recording: Recording, url: str, protection: Protection) -> Tree:
    """Return the description of a recording; ``url`` is the server's, without a trailing slash."""
    first = recording.first
    sizes = [one.size for one in recording.formats if one.size is not None]
    tree: list[tuple[str, Any]] = [
        ("recordID", first.record_id),
        ("meetingID", first.meeting_id or first.record_id),
        *([("internalMeetingID", first.internal_meeting_id)] if first.internal_meeting_id else []),
        ("name", first.name),
        ("isBreakout", first.is_breakout),
        ("published", recording.place is Place.PUBLISHED),
        ("state", first.state),
        *_readable(("startTime", first.start), ("endTime", first.end), ("participants", first.participants)),
        *_readable(("rawSize", first.raw_size)),
        ("protected", recording.protected),
        ("metadata", list(first.meta.items())),
    ]
    if first.breakout:
        tree.append(("breakout", first.breakout))
    if first.rooms:
        tree.append(("breakoutRooms", Rows("breakoutRoom", first.rooms)))
    if sizes:
        tree.append(("size", sum(sizes)))
    if recording.place is Place.PROCESS:
        rows = [_format_in_process(recording.formats[0])]
    else:
        rows = [_format(recording, one, url, protection) for one in recording.formats]
    tree.append(("playback", Rows("format", rows)))
    return tree


def _readable(*members: tuple[str, int | None]) -> list[tuple[str, Any]]:
    """Return the members with a value: what cannot be read in a metadata.xml is left out."""
    return [(name, value) for name, value in members if value is not None]


def _minutes(milliseconds: int | None) -> int | None:
    return None if milliseconds is None else milliseconds // 60_000


def _format_in_process(one: PlaybackFormat) -> Tree:
    """Return the one format of a recording in process: its links and previews do not work yet."""
    times = _readable(("processingTime", one.processing_time), ("length", _minutes(one.duration)))
    return [("type", "presentation"), ("url", ""), *times]


def _format(recording: Recording, one: PlaybackFormat, url: str, protection: Protection) -> Tree:
    protected = recording.protected and recording.place is Place.PUBLISHED
    link = protection.link(recording.record_id, one.name) if protected else one.link
    tree: list[tuple[str, Any]] = [
        ("type", one.name),
        ("url", url + link if link else ""),
        *_readable(("processingTime", one.processing_time), ("length", _minutes(one.duration)), ("size", one.size)),
    ]
    if one.extensions and not protected:
        extensions = one.extensions.replace(HERE, escape(url, {'"': "&quot;"}))
        tree.append(("", PrerenderedXml(extensions.encode(), lambda: _extensions_tree(extensions))))
    return tree


def _extensions_tree(extensions: str) -> Tree:
    """Return stored XML as a tree, for JSON."""
    return [(str(child.tag), _element_value(child)) for child in etree.fromstring(f"<x>{extensions}</x>")]


def _element_value(element: etree._Element) -> Any:
    children = list(element)
    if element.tag == "images":
        return Rows("image", [_element_value(child) for child in children])
    value: Any = [(str(child.tag), _element_value(child)) for child in children] if children else element.text or ""
    return Attributed(tuple((str(k), str(v)) for k, v in element.attrib.items()), value) if element.attrib else value


async def publish_recordings(server: Server, params: PublishRecordings) -> Reply:
    """Publish or unpublish recordings: all, or none on failure."""
    with _library_refusals():
        await server.library.publish(params.record_ids, publish=params.publish)
    return succeed(("published", params.publish))


async def delete_recordings(server: Server, params: DeleteRecordings) -> Reply:
    """Delete recordings: all, or none on failure. The files are kept for some time."""
    with _library_refusals():
        await server.library.delete(params.record_ids)
    return succeed(("deleted", True))


async def update_recordings(server: Server, params: UpdateRecordings) -> Reply:
    """Change the metadata of recordings: of all, or of none on failure."""
    for name, value in params.meta.items():
        if not _is_xml(value):
            raise Failed(Problem.VALIDATION, f"meta_{name}: has a character that XML does not allow")
    protected = "" if params.protect is None else str(params.protect).lower()
    with _library_refusals():
        await server.library.update(params.record_ids, params.meta, protected)
    return succeed(("updated", True))


def _is_xml(text: str) -> bool:
    return not re.search("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)


class _library_refusals:  # noqa: N801 - reads as a statement
    """Context manager that turns the library's exceptions into failures of the call."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, fault: BaseException | None, _where: object) -> None:
        if isinstance(fault, UnknownRecording):
            raise Failed(Problem.NO_RECORDING) from None
        if isinstance(fault, UnreadableMetadata):
            raise Failed(Problem.NO_RECORDING, f"We could not change recordings: a metadata.xml {fault}") from None
