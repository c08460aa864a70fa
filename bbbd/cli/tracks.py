"""``bbbd tracks``: lists and changes the captions and subtitles of recordings, with or without a running daemon.

With a running daemon the command sends signed calls. Otherwise it locks the data directory and makes the changes
itself.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bbbd.cli.api_client import FilePart, upload
from bbbd.cli.common import GOOD, CommandFailed, alone, say, settings_of
from bbbd.cli.signed_urls import own_target
from bbbd.recordings.layout import RECORD_ID, Layout
from bbbd.storage.disk import Disk, open_regular
from bbbd.subtitles import LARGEST, ConvertedSubtitles, UnreadableSubtitles, convert
from bbbd.texttracks.conversion_queue import process_all
from bbbd.texttracks.inbox import Inbox, InboxNote
from bbbd.texttracks.indexes import TrackKind, exists, tracks_of
from bbbd.texttracks.languages import LANGUAGE
from bbbd.values.value_types import ValueType, enum, title_text

_EXAMPLES = """\
examples:
  bbbd tracks list c25a79c5…-1531240585189
  bbbd tracks put c25a79c5…-1531240585189 captions en lecture.srt
  bbbd tracks put --label "Deutsch" c25a79c5…-1531240585189 subtitles de lecture.ass
  bbbd tracks delete c25a79c5…-1531240585189 captions en
  bbbd tracks convert lecture.srt > lecture.vtt
"""


def _value(kind: ValueType[Any]) -> Callable[[str], Any]:
    def read(given: str) -> Any:
        try:
            return kind.read(given)
        except ValueError as fault:
            raise argparse.ArgumentTypeError(f'"{given}" {fault}') from None

    return read


def add(commands: Any, common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand and its own subcommands to the command line."""
    whole = commands.add_parser(
        "tracks",
        help=summary,
        description=summary,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    own = whole.add_subparsers(dest="tracks_command", required=True, metavar="COMMAND")

    def command(name: str, do: Callable[[argparse.Namespace], int], meaning: str) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = own.add_parser(name, parents=[common], help=meaning, description=meaning)
        sub.set_defaults(do=do)
        return sub

    listed = command("list", list_tracks, "Lists the text tracks of a recording.")
    put = command(
        "put", put_track, "Stores a file as the track of that kind and language, and replaces an existing one."
    )
    put.add_argument("--label", default="", help="its name in lists; else the English name of the language")
    taken = command("delete", delete_track, "Deletes a text track.")
    for sub in (listed, put, taken):
        sub.add_argument("id", metavar="ID", help="the recording")
    for sub in (put, taken):
        sub.add_argument("kind", metavar="KIND", type=_value(enum(TrackKind)), help="captions or subtitles")
        sub.add_argument("lang", metavar="LANG", type=_value(LANGUAGE), help="a language tag like en or pt-BR")
    put.add_argument("file", metavar="FILE", type=Path, help="SRT, SSA, ASS or WebVTT")
    converted = command("convert", convert_file, "Converts a file to WebVTT, as an upload is converted.")
    converted.add_argument("file", metavar="FILE", type=Path, help="SRT, SSA, ASS or WebVTT")
    converted.add_argument("--to", metavar="FILE", type=Path, help="the file to write; else standard output")


def _known(options: argparse.Namespace, layout: Layout) -> str:
    record_id: str = options.id
    if not RECORD_ID.fullmatch(record_id) or not exists(layout, record_id):
        raise CommandFailed(f"there is no published or unpublished recording {record_id[:200]!r}")
    return record_id


def list_tracks(options: argparse.Namespace) -> int:
    """List the text tracks of a recording, one line each."""
    settings, _faults = settings_of(options)
    layout = Layout.of(settings)
    tracks = tracks_of(layout, _known(options, layout))
    for track in tracks:
        line = f"{track.kind.value:<9}  {track.lang:<8}  {track.source:<9}  {track.label}  {track.path}"
        if track.left_out:
            line += f" ({_left_out(track.left_out)})"
        say(
            options,
            line if track.path.exists() else f"{line} (missing)",
            kind=track.kind.value,
            lang=track.lang,
            source=track.source,
            label=track.label,
            path=str(track.path),
            cuesLeftOut=track.left_out,
        )
    if not tracks:
        sys.stderr.write("the recording has no text tracks\n")
    return GOOD


def _data_of(path: Path) -> bytes:
    with open_regular(path) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise CommandFailed(f"{path} is larger than {LARGEST >> 20} MiB")
    return data


def put_track(options: argparse.Namespace) -> int:
    """Store a file as a track of a recording."""
    data = _data_of(options.file)
    _converted(options.file, data)
    try:
        label = title_text().read(options.label)
    except ValueError as fault:
        raise CommandFailed(f"the label {fault}") from None
    return _change(options, label, data, options.file.name)


def delete_track(options: argparse.Namespace) -> int:
    """Delete a track."""
    return _change(options, "", None, "")


def _change(options: argparse.Namespace, label: str, data: bytes | None, name: str) -> int:
    settings, _faults = settings_of(options)
    disk, layout = Disk(), Layout.of(settings)
    record_id = _known(options, layout)
    with alone(settings, disk) as is_alone:
        if is_alone:
            note = InboxNote(
                record_id=record_id, kind=options.kind, lang=options.lang, label=label, original_filename=name
            )
            _do(disk, layout, note, data)
        else:
            _ask(options, record_id, label, None if data is None else FilePart(name, data))
    kind, done = options.kind.value, "deleted" if data is None else "stored" if is_alone else "uploaded"
    say(
        options,
        f"{done}  {record_id} {kind} {options.lang}",
        recording=record_id,
        kind=kind,
        lang=options.lang,
        done=done,
    )
    return GOOD


def _do(disk: Disk, layout: Layout, note: InboxNote, data: bytes | None) -> None:
    """Add the change to the inbox and make all changes that wait there, as the daemon would."""
    inbox = Inbox(disk, layout)
    inbox.delete_unfinished()
    inbox.waiting()
    path = inbox.add(inbox.number(int(datetime.now(UTC).timestamp() * 1000)), note, data)
    own = next((one for one in process_all(disk, layout, inbox) if one.waiting.path == path), None)
    if own is None:
        raise CommandFailed("the disk refused the change; bbbd makes it at its next start")
    if own.why:
        raise CommandFailed(f"nothing was changed: {own.why}")


def _ask(options: argparse.Namespace, record_id: str, label: str, file: FilePart | None) -> None:
    pairs = [("recordID", record_id), ("kind", options.kind.value), ("lang", options.lang)]
    if label:
        pairs.append(("label", label))
    body = upload(own_target(options), "putRecordingTextTrack", pairs, file).body
    response: dict[str, Any] = {}
    with suppress(ValueError, KeyError):
        response = json.loads(body)["response"]
    if response.get("returncode") != "SUCCESS":
        raise CommandFailed(f"bbbd did not do it: {response.get('message', 'the answer is not JSON')}")


def _converted(path: Path, data: bytes) -> ConvertedSubtitles:
    """Return a file as WebVTT, and say on standard error how many cues were left out."""
    try:
        converted = convert(data, name=path.name)
    except UnreadableSubtitles as fault:
        raise CommandFailed(f"{path} {fault}") from None
    if converted.left_out:
        sys.stderr.write(f"{path}: {_left_out(converted.left_out)}\n")
    return converted


def _left_out(count: int) -> str:
    return f"{count} cue{'s' if count > 1 else ''} left out: no readable times"


def convert_file(options: argparse.Namespace) -> int:
    """Convert a file to WebVTT."""
    written = _converted(options.file, _data_of(options.file)).webvtt.encode()
    if options.to:
        Disk().replace(options.to.absolute(), written, 0o644)
        say(options, str(options.to), path=str(options.to))
    else:
        sys.stdout.buffer.write(written)
    return GOOD
