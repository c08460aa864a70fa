"""``bbbd recordings``: lists and changes recordings, with or without a running daemon.

A running daemon holds the lock of the data directory: then the command sends signed calls and import requests to it.
Otherwise the command takes the lock and makes the changes itself.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path
from typing import Any

import msgspec

from bbbd.cli import archives, rebuilding
from bbbd.cli.api_client import call, elements
from bbbd.cli.common import BAD, GOOD, CommandFailed, alone, say, settings_of
from bbbd.cli.signed_urls import own_target
from bbbd.recordings.index import Index, Recording
from bbbd.recordings.layout import RECORD_ID, Layout, Place
from bbbd.recordings.metadata import UnreadableMetadata
from bbbd.recordings.retention import deleted_ids, id_of, purge
from bbbd.recordings.scan import load_all
from bbbd.recordings.status_files import StatusFiles
from bbbd.recordings.transactions import TransactionRunner, move_steps
from bbbd.recordings.verify import find_faults
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk

_EXAMPLES = """\
examples:
  bbbd recordings list --state unpublished
  bbbd recordings import c25a79c5….tar
  bbbd recordings publish c25a79c5…-1531240585189
  bbbd recordings export --to /mnt/spool c25a79c5…-1531240585189
  bbbd recordings rebuild c25a79c5…-1531240585189
  bbbd recordings verify
"""
_DAY_MINUTES = 60_000
#: The words for how a step of processing ended.
_OUTCOMES = {"done": "done", "norecord": "nobody switched recording on"}


def add(commands: Any, common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand and its own subcommands to the command line."""
    whole = commands.add_parser(
        "recordings",
        help=summary,
        description=summary,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    own = whole.add_subparsers(dest="recordings_command", required=True, metavar="COMMAND")

    def command(
        name: str, do: Callable[[argparse.Namespace], int], meaning: str, example: str
    ) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = own.add_parser(
            name,
            parents=[common],
            help=meaning,
            description=meaning,
            epilog=f"example: bbbd recordings {name} {example}".rstrip(),
        )
        sub.set_defaults(do=do)
        return sub

    list_parser = command("list", list_recordings, "Lists recordings, newest first.", "--meeting room1")
    list_parser.add_argument(
        "--state", help="only recordings in a state: published, unpublished, processing, processed, deleted, failed"
    )
    list_parser.add_argument("--meeting", metavar="ID", help="only recordings of a meeting, by its meetingID")
    import_parser = command("import", archives.import_archives, "Imports archives or directories.", "c25a79c5….tar")
    import_parser.add_argument("paths", nargs="+", metavar="FILE.tar|DIR", type=Path)
    import_parser.add_argument("--unpublished", action="store_true", help="keep them unpublished")
    import_parser.add_argument(
        "--notify", action="store_true", help="notify applications that they are ready, once for each"
    )
    one = "c25a79c5…-1531240585189"
    export_parser = command(
        "export", archives.export_archives, "Writes each recording as one tar archive.", f"--to /mnt/spool {one}"
    )
    export_parser.add_argument(
        "--to", metavar="DIR", type=Path, help="the directory to write to; else bbbd.exportSpool"
    )
    export_parser.add_argument("--upload", action="store_true", help="also upload it to bbbd.exportUpload (BBBLB)")
    command(
        "upload",
        archives.upload_spool,
        "Uploads what lies in bbbd.exportSpool to bbbd.exportUpload (BBBLB), and removes what was taken: for a timer.",
        "",
    )
    verify_parser = command(
        "verify", verify, "Searches for broken recordings; exit status 1 when it finds any.", "--repair"
    )
    verify_parser.add_argument(
        "--repair", action="store_true", help="finish interrupted changes; only without a running daemon"
    )
    show_parser = command("show", show, "Prints all facts about recordings, and why one failed.", one)
    rebuild_parser = command(
        "rebuild",
        rebuilding.rebuild,
        "Makes recordings again of their raw files, bbbd's own or those of another server. Without recording marks the"
        " whole meeting is recorded. A running bbbd does it, without one this command. What there is stays until the"
        " new one takes its place; whether it is published, and changed metadata, stay as they are.",
        one,
    )
    publish_parser = command("publish", lambda options: _change(options, Place.PUBLISHED), "Publishes recordings.", one)
    unpublish_parser = command(
        "unpublish", lambda options: _change(options, Place.UNPUBLISHED), "Unpublishes recordings.", one
    )
    delete_parser = command("delete", lambda options: _change(options, Place.DELETED), "Deletes recordings.", one)
    purge_parser = command("purge", erase, "Erases deleted recordings permanently.", one)
    for sub in (
        export_parser,
        show_parser,
        rebuild_parser,
        publish_parser,
        unpublish_parser,
        delete_parser,
        purge_parser,
    ):
        sub.add_argument("ids", nargs="+", metavar="ID")


def _index(layout: Layout) -> Index:
    index = Index()
    load_all(layout, index)
    return index


def _when(milliseconds: int | None) -> str:
    """Return a time of a metadata.xml, or question marks if it cannot be read, or is past the year 9999."""
    unknown = "????-??-?? ??:??"
    try:
        return unknown if milliseconds is None else f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return unknown


def _line(one: Recording) -> str:
    formats = ",".join(known.name for known in one.formats)
    minutes = max(0, (one.first.end or 0) - (one.first.start or 0)) // _DAY_MINUTES
    name = one.first.name if one.first.name.isprintable() else ascii(one.first.name)
    return f"{_when(one.first.start)}  {one.record_id}  {one.first.state:<11}  {formats}  {name}  {minutes} min"


def _facts(one: Recording) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.structs.asdict(one.first)
    del facts["format"]
    return facts | {"place": one.place.value, "formats": [msgspec.structs.asdict(known) for known in one.formats]}


def list_recordings(options: argparse.Namespace) -> int:
    """List recordings, one line each."""
    settings, _faults = settings_of(options)
    index = _index(Layout.of(settings))
    found = [
        one
        for one in index
        if options.state in (None, one.first.state) and options.meeting in (None, one.first.meeting_id)
    ]
    for one in found:
        say(options, _line(one), **_facts(one))
    failed = list(_failed(options, settings, index))
    for record_id, why in failed:
        start = int(digits) if (digits := record_id.rpartition("-")[2]).isdecimal() else None
        say(options, f"{_when(start)}  {record_id}  failed       {why}", record_id=record_id, state="failed", why=why)
    if not found and not failed:
        sys.stderr.write("there are no such recordings\n" if options.state or options.meeting else "no recordings\n")
    return GOOD


def _failed(options: argparse.Namespace, settings: Settings, index: Index) -> Iterator[tuple[str, str]]:
    """Give the recordings that failed, with the reason; those that exist nevertheless only when they are asked for."""
    own = sha1((options.meeting or "").encode(), usedforsecurity=False).hexdigest()
    for record_id, why in StatusFiles(Disk(), Layout.of(settings)).failures():
        wanted = options.state == "failed" or (options.state is None and index.find(record_id) is None)
        if wanted and (options.meeting is None or record_id.startswith(f"{own}-")):
            yield record_id, why


def show(options: argparse.Namespace) -> int:
    """Print all facts about recordings."""
    settings, _faults = settings_of(options)
    layout = Layout.of(settings)
    index, status = _index(layout), StatusFiles(Disk(), layout)
    for record_id in dict.fromkeys(options.ids):
        one = index.find(record_id)
        is_known = one is not None or (RECORD_ID.fullmatch(record_id) and status.raw(record_id).is_dir())
        if not is_known:
            raise CommandFailed(f"there is no recording {record_id[:200]!r}")
        results = status.results(record_id)
        rows = [
            ("recording", record_id),
            *(_rows(one) if one else ()),
            ("raw files", "yes" if status.raw(record_id).is_dir() else "no"),
            *((f"step {step}", f"failed: {why}" if why else _OUTCOMES[outcome]) for step, outcome, why in results),
        ]
        facts = _facts(one) if one else {"record_id": record_id}
        steps = [{"step": step.value, "outcome": outcome, "why": why} for step, outcome, why in results]
        text = "\n".join(f"{name}: {value}" for name, value in rows)
        say(options, text, **facts, raw=status.raw(record_id).is_dir(), steps=steps)
    return GOOD


def _rows(one: Recording) -> list[tuple[str, str]]:
    return [
        ("state", one.first.state),
        ("meeting", one.first.meeting_id or ""),
        ("name", one.first.name),
        ("began", _when(one.first.start)),
        ("ended", _when(one.first.end)),
        *((f"meta {name}", value) for name, value in one.first.meta.items()),
        *((f"format {known.name}", known.link) for known in one.formats),
    ]


def _change(options: argparse.Namespace, target: Place) -> int:
    settings, _faults = settings_of(options)
    disk, layout, ids = Disk(), Layout.of(settings), list(dict.fromkeys(options.ids))
    with alone(settings, disk) as is_alone:
        if is_alone:
            changer = TransactionRunner(disk, layout)
            changer.finish()
            _move(changer, _index(layout), ids, target)
        else:
            _ask_to_move(options, ids, target)
    for record_id in ids:
        say(options, f"{target.value:<11}  {record_id}", recording=record_id, place=target.value)
    return GOOD


def _move(changer: TransactionRunner, index: Index, ids: list[str], target: Place) -> None:
    keys = []
    for record_id in ids:
        own = [key for key in index.keys_of(record_id) if key.place in (Place.PUBLISHED, Place.UNPUBLISHED)]
        if not own:
            raise CommandFailed(f"there is no recording {record_id[:200]!r} that could be changed")
        keys += own
    now = int(datetime.now(UTC).timestamp() * 1000)
    try:
        changer.do(move_steps(keys, target, deleted_at=now if target is Place.DELETED else 0))
    except UnreadableMetadata as fault:
        raise CommandFailed(f"nothing was changed: a metadata.xml {fault}") from None


def _ask_to_move(options: argparse.Namespace, ids: list[str], target: Place) -> None:
    pairs = [("recordID", ",".join(ids))]
    name = "deleteRecordings"
    if target is not Place.DELETED:
        name = "publishRecordings"
        pairs.append(("publish", "true" if target is Place.PUBLISHED else "false"))
    root = elements(call(own_target(options), name, pairs).body)
    if root is None or root.findtext("returncode") != "SUCCESS":
        why = "the answer is not XML" if root is None else root.findtext("message")
        raise CommandFailed(f"bbbd did not do it: {why}")


def erase(options: argparse.Namespace) -> int:
    """Erase deleted recordings."""
    settings, _faults = settings_of(options)
    layout = Layout.of(settings)
    known = deleted_ids(layout)
    for record_id in options.ids:
        if record_id not in known:
            raise CommandFailed(f"there is no deleted recording {record_id[:200]!r}")
    for path in purge(Disk(), layout, set(options.ids)):
        own, form = id_of(path), path.parent.name
        say(options, f"erased       {own} {form}", recording=own, format=form)
    return GOOD


def verify(options: argparse.Namespace) -> int:
    """Print broken recordings, and finish interrupted changes."""
    settings, _faults = settings_of(options)
    disk, layout = Disk(), Layout.of(settings)
    with alone(settings, disk) as is_alone:
        if options.repair:
            if not is_alone:
                raise CommandFailed("bbbd is running: it finished interrupted changes when it started")
            TransactionRunner(disk, layout).finish()
        faults = list(find_faults(layout, with_unfinished=is_alone))
    for path, why in faults:
        say(options, f"{path}: {why}", path=str(path), why=why)
    if not faults:
        say(options, "all recordings are whole")
    return BAD if faults else GOOD
