"""``bbbd recordings import``, ``export`` and ``upload``: imports archives, writes archives, and uploads them."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import jwt

from bbbd.callbacks.hooks import read_hooks
from bbbd.callbacks.outbox_store import OutboxStore
from bbbd.callbacks.recording_ready import NotifiedRecordings, published, ready
from bbbd.cli.api_client import HttpBody, request
from bbbd.cli.common import BAD, GOOD, CommandFailed, alone, progress_of, say, settings_of
from bbbd.cli.signed_urls import own_target
from bbbd.recordings.export import NothingToExport, export
from bbbd.recordings.importer import Imported, Importer, ImportOutcome, recording_ids
from bbbd.recordings.index import Index
from bbbd.recordings.layout import RECORD_ID, Layout, Place
from bbbd.recordings.metadata import UnreadableMetadata
from bbbd.recordings.scan import load_all
from bbbd.recordings.spool import request_import, take_answer
from bbbd.recordings.transactions import TransactionRunner
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk

#: Seconds between two polls for the daemon's answer.
_PAUSE = 0.2


def import_archives(options: argparse.Namespace) -> int:
    """Import archives and directories."""
    settings, _faults = settings_of(options)
    disk, layout = Disk(), Layout.of(settings)
    status = GOOD
    with alone(settings, disk) as is_alone:
        if is_alone:
            TransactionRunner(disk, layout).finish()
        for path in options.paths:
            progress = progress_of(path.name)
            if not path.exists():
                raise CommandFailed(f"there is no {path}")
            if is_alone:
                outcomes = Importer(disk, layout).import_from(
                    path, unpublished=options.unpublished, protect=settings.protect_recordings, progress=progress
                )
            else:
                outcomes = _ask_daemon(settings, disk, path, progress, options)
            for one in outcomes:
                say(options, str(one), what=one.what, outcome=one.outcome.value, why=one.why)
                if one.outcome is ImportOutcome.REFUSED:
                    status = BAD
            if is_alone and options.notify:
                notify_ready(settings, disk, layout, recording_ids(outcomes), (Place.PUBLISHED,))
    return status


def notify_ready(
    settings: Settings, disk: Disk, layout: Layout, record_ids: list[str], places: Collection[Place]
) -> None:
    """Put the callbacks about new recordings into the outbox; bbbd sends them when it runs."""
    box = OutboxStore(disk, settings.directory / "outbox")
    box.prepare()
    box.find()
    hooks = read_hooks(settings.directory / "hooks")
    index = Index()
    load_all(layout, index)
    found = [one for record_id in record_ids if (one := index.find(record_id)) and one.place in places]
    once, now = NotifiedRecordings(disk, box), int(datetime.now(UTC).timestamp() * 1000)
    new = once.not_notified(found)
    due = once.not_queued([entry for one in new for entry in ready(one, now)])
    for entry in (*due, *(entry for one in new for entry in published(one, hooks, now))):
        box.change(box.next_number(), entry)
    once.note(new)


def _ask_daemon(
    settings: Settings, disk: Disk, path: Path, progress: Callable[[int, int], None], options: argparse.Namespace
) -> list[Imported]:
    answer = request_import(
        disk,
        settings.directory / "import",
        secrets.token_hex(8),
        path,
        unpublished=options.unpublished,
        notify=options.notify,
    )
    pause = Event()
    while (outcomes := take_answer(disk, answer)) is None:
        try:
            progress(int(answer.with_suffix(".doing").read_text("ascii")), 100)
        except (OSError, ValueError):
            progress(0, 100)
        with alone(settings, disk) as is_alone:
            if is_alone and not answer.exists():
                raise CommandFailed("bbbd stopped meanwhile; it imports the archive at its next start")
        pause.wait(_PAUSE)
    return outcomes


def export_archives(options: argparse.Namespace) -> int:
    """Write recordings as archives, and upload them on request."""
    settings, _faults = settings_of(options)
    spool = options.to or (Path(settings.export_spool) if settings.export_spool else None)
    if spool is None:
        raise CommandFailed("say where to: --to DIR, or the setting bbbd.exportSpool")
    if options.upload and not settings.export_upload:
        raise CommandFailed("no upload URL: set bbbd.exportUpload")
    disk, layout = Disk(), Layout.of(settings)
    for record_id in dict.fromkeys(options.ids):
        if not RECORD_ID.fullmatch(record_id):
            raise CommandFailed(f"{record_id[:200]!r} is not the id of a recording")
        try:
            path = export(disk, layout, record_id, spool, progress_of(record_id))
        except NothingToExport:
            raise CommandFailed(f"there is no recording {record_id!r} to export") from None
        except UnreadableMetadata as fault:
            raise CommandFailed(f"{record_id} was not exported: a metadata.xml {fault}") from None
        answer = _upload(options, settings, path) if options.upload else ""
        say(options, f"{path}" + (f"  {answer}" if answer else ""), path=str(path), answer=answer)
    return GOOD


def upload_spool(options: argparse.Namespace) -> int:
    """Upload what lies in the spool, and remove what was taken; what was refused stays for the next time."""
    settings, _faults = settings_of(options)
    if not settings.export_spool or not settings.export_upload:
        raise CommandFailed("set bbbd.exportSpool and bbbd.exportUpload")
    disk, status = Disk(), GOOD
    for path in sorted(Path(settings.export_spool).glob("*.tar")):
        before = path.stat()
        try:
            answer = _upload(options, settings, path)
        except CommandFailed as fault:
            say(options, f"{path.stem}  stays: {fault}", id=path.stem, why=str(fault))
            status = BAD
            continue
        # Made again meanwhile, it is another file, which goes the next time.
        if (now := path.stat()).st_ino == before.st_ino and now.st_mtime_ns == before.st_mtime_ns:
            disk.unlink(path)
        say(options, f"{path.stem}  {answer}", id=path.stem, answer=answer)
    return status


def _upload(options: argparse.Namespace, settings: Settings, path: Path) -> str:
    """Upload an archive to BBBLB and return the answer. Raises ``CommandFailed`` when BBBLB refuses it."""
    # A balancer knows a node by what stands in its URL, so with the port where there is one.
    domain = urlsplit(settings.url("/")).netloc
    url = settings.export_upload
    token = jwt.encode(
        {"sub": f"bbb:{domain}", "aud": urlsplit(url).hostname or "", "exp": datetime.now(UTC) + timedelta(hours=1)},
        own_target(options).secret,
        algorithm="HS256",
        headers={"kid": f"bbb:{domain}"},
    )
    with path.open("rb") as file:
        # The server checks the archive before it answers: there is no time limit.
        answer = request(url, HttpBody(file, "application/x-tar"), {"Authorization": f"Bearer {token}"}, within=None)
    text = answer.body.decode("utf-8", "replace")
    if answer.status >= 300:
        raise CommandFailed(f"{url} answers {answer.status}: {text[:500]}")
    return f"uploaded: {answer.status} {text[:500]}"
