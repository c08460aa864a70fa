"""``bbbd recordings import`` and ``export``: recordings come from archives, and go to archives and other servers."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import jwt
import treq
from twisted.web.http_headers import Headers

from bbbd.callbacks.hooks import read_hooks
from bbbd.callbacks.outbox_store import OutboxStore
from bbbd.callbacks.recording_ready import NotifiedRecordings, published, ready
from bbbd.cli.common import BAD, GOOD, CommandFailed, alone, own_target, progress_of, run, say, settings_of
from bbbd.recordings.export import NothingToExport, export
from bbbd.recordings.importer import Imported, Importer, ImportOutcome, ids_of
from bbbd.recordings.index import Index
from bbbd.recordings.layout import RECORD_ID, Layout, Place
from bbbd.recordings.scan import scan
from bbbd.recordings.spool import answered, ask
from bbbd.recordings.transactions import TransactionRunner
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk

#: Seconds between two looks for an answer of the daemon.
_PAUSE = 0.2


def take_in(options: argparse.Namespace) -> int:
    """Take in archives and directories."""
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
                told = Importer(disk, layout).take_in(
                    path, unpublished=options.unpublished, protect=settings.protect_recordings, progress=progress
                )
            else:
                told = _asked(settings, disk, path, progress, options)
            for one in told:
                say(options, str(one), what=one.what, outcome=one.outcome.value, why=one.why)
                if one.outcome is ImportOutcome.REFUSED:
                    status = BAD
            if is_alone and options.notify:
                _notify(settings, disk, layout, ids_of(told))
    return status


def _notify(settings: Settings, disk: Disk, layout: Layout, record_ids: list[str]) -> None:
    """Put what applications are to be told of recordings into the outbox; it is sent when bbbd runs."""
    box = OutboxStore(disk, settings.directory / "outbox")
    box.prepare()
    hooks = read_hooks(settings.directory / "hooks")
    index = Index()
    index.load(scan(layout, {}, {}).come)
    found = [one for record_id in record_ids if (one := index.find(record_id)) and one.place is Place.PUBLISHED]
    once, now = NotifiedRecordings(disk, box), int(datetime.now(UTC).timestamp() * 1000)
    new = once.untold(found)
    due = once.not_due([entry for one in new for entry in ready(one, now)])
    for entry in (*due, *(entry for one in new for entry in published(one, hooks, now))):
        box.change(box.next_number(), entry)
    once.note(new)


def _asked(
    settings: Settings, disk: Disk, path: Path, progress: Callable[[int, int], None], options: argparse.Namespace
) -> list[Imported]:
    answer = ask(
        disk,
        settings.directory / "import",
        secrets.token_hex(8),
        path,
        unpublished=options.unpublished,
        notify=options.notify,
    )
    pause = Event()
    while (told := answered(disk, answer)) is None:
        try:
            progress(int(answer.with_suffix(".doing").read_text("ascii")), 100)
        except (OSError, ValueError):
            progress(0, 100)
        with alone(settings, disk) as is_alone:
            if is_alone and not answer.exists():
                raise CommandFailed("bbbd stopped meanwhile; it takes the archive in when it runs again")
        pause.wait(_PAUSE)
    return told


def hand_over(options: argparse.Namespace) -> int:
    """Write recordings as archives, and upload them where it is wished."""
    settings, _faults = settings_of(options)
    spool = options.to or (Path(settings.export_spool) if settings.export_spool else None)
    if spool is None:
        raise CommandFailed("say where to: --to DIR, or the setting bbbd.exportSpool")
    if options.upload and not settings.export_upload:
        raise CommandFailed("say where to upload: the setting bbbd.exportUpload")
    disk, layout = Disk(), Layout.of(settings)
    for record_id in dict.fromkeys(options.ids):
        if not RECORD_ID.fullmatch(record_id):
            raise CommandFailed(f"{record_id[:200]!r} is no recording's id")
        try:
            path = export(disk, layout, record_id, spool, progress_of(record_id))
        except NothingToExport:
            raise CommandFailed(f"there is no recording {record_id!r} that could be exported") from None
        answer = run(partial(_upload, options, settings, path)) if options.upload else ""
        say(options, f"{path}" + (f"  {answer}" if answer else ""), path=str(path), answer=answer)
    return GOOD


async def _upload(options: argparse.Namespace, settings: Settings, path: Path) -> str:
    """Send an archive as BBBLB takes it, and return what it says. Raises ``CommandFailed`` when it is not taken."""
    domain = urlsplit(settings.url("/")).hostname or ""
    url = settings.export_upload
    token = jwt.encode(
        {"sub": f"bbb:{domain}", "aud": urlsplit(url).hostname or "", "exp": datetime.now(UTC) + timedelta(hours=1)},
        own_target(options).secret,
        algorithm="HS256",
        headers={"kid": f"bbb:{domain}"},
    )
    with path.open("rb") as file:
        headers = Headers({"Content-Type": ["application/x-tar"], "Authorization": [f"Bearer {token}"]})
        response = await treq.post(url, file, headers=headers)
        text = (await response.content()).decode("utf-8", "replace")
    if response.code >= 300:
        raise CommandFailed(f"{url} answers {response.code}: {text[:500]}")
    return f"uploaded: {response.code} {text[:500]}"
