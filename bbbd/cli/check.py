"""``bbbd check``: looks at everything that a server stands on, and at a running one from outside."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from bbbd.callbacks.hooks import read_hooks
from bbbd.callbacks.receiver_queues import origin_of
from bbbd.cli.api_client import ApiTarget, readings
from bbbd.clock import Moment
from bbbd.egress.agent import look_up
from bbbd.egress.ssrf_guard import ForbiddenTarget, SsrfGuard, target_of
from bbbd.meetings.journal import replay
from bbbd.meetings.journal_format import DamagedJournal, read_journal
from bbbd.recordings.layout import Layout
from bbbd.recordings.scan import scan
from bbbd.settings.current import CurrentSettings
from bbbd.settings.properties import SettingsFault
from bbbd.settings.secret import read_secrets
from bbbd.settings.settings import Settings


class Severity(StrEnum):
    """How good a finding is."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


class Finding(NamedTuple):
    """One line: how good it is, what was looked at, what to do."""

    level: Severity
    what: str
    todo: str = ""

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.level:<4}  {self.what}" + (f"  -> {self.todo}" if self.todo else "")


def look(settings: Settings, faults: tuple[SettingsFault, ...], secret: Path | None) -> Iterator[Finding]:
    """Look at settings, files and machine."""
    for fault in faults:
        yield Finding(Severity.WARN, str(fault))
    yield Finding(Severity.OK, f"settings are read; the server is at {settings.server_url}")
    yield from _look_at_directory(settings)
    if secret is not None:
        yield from _look_at_secret(secret)
    yield from _look_at_journals(settings.directory / "meetings")
    yield from _look_at_recordings(Layout.of(settings))
    yield from _look_at_callbacks(settings)
    yield from _look_at_name(settings.server_url)
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if settings.max_connections and soft < settings.max_connections + 200:
        yield Finding(
            Severity.WARN, f"only {soft} files may be open", f"LimitNOFILE={settings.max_connections + 200} in the unit"
        )
    else:
        yield Finding(Severity.OK, f"{soft} files may be open")


def _look_at_directory(settings: Settings) -> Iterator[Finding]:
    directory = settings.directory
    if not directory.is_dir():
        yield Finding(Severity.WARN, f"{directory} is not there", "it is made at the first start")
        return
    if not os.access(directory, os.W_OK | os.X_OK):
        yield Finding(Severity.BAD, f"{directory} cannot be written", f"chown it to {os.geteuid()}")
    status = os.statvfs(directory)
    free = status.f_bavail * status.f_frsize
    enough = free >= settings.min_free_disk
    yield Finding(
        Severity.OK if enough else Severity.BAD,
        f"{directory} has {free >> 20} MiB free",
        "" if enough else f"less than bbbd.minFreeDisk ({settings.min_free_disk >> 20} MiB): nothing can be recorded",
    )
    apart = [name for name in ("meetings", "recording", "events") if (directory / name).is_dir()]
    device = directory.stat().st_dev
    for name in apart:
        if (directory / name).stat().st_dev != device:
            yield Finding(Severity.BAD, f"{directory / name} is on another filesystem", "moves there are not atomic")


def _look_at_recordings(layout: Layout) -> Iterator[Finding]:
    here = [path for path in (layout.published, layout.unpublished, layout.deleted) if path.is_dir()]
    for path in here:
        if not os.access(path, os.W_OK | os.X_OK):
            yield Finding(Severity.BAD, f"{path} cannot be written", f"chown it to {os.geteuid()}")
        if path.stat().st_dev != here[0].stat().st_dev:
            yield Finding(
                Severity.BAD, f"{path} is on another filesystem than {here[0]}", "recordings cannot move there"
            )
    changes = scan(layout, {}, {})
    for key, (_stamp, why) in sorted(changes.broken.items()):
        yield Finding(Severity.WARN, f"{layout.metadata(*key)} {why}", "it is not listed; `bbbd recordings verify`")
    yield Finding(Severity.OK, f"{len(changes.come)} formats of recordings can be read")


def _look_at_callbacks(settings: Settings) -> Iterator[Finding]:
    destinations = SsrfGuard(CurrentSettings(settings))
    urls = [hook.url for hook in read_hooks(settings.directory / "hooks")]
    for url in (*([settings.event_callback_url] if settings.event_callback_url else ()), *urls):
        try:
            target = target_of(url)
            for address in look_up(target.host):
                destinations.check(address, target.port)
        except (ForbiddenTarget, OSError) as fault:
            yield Finding(Severity.WARN, f"callback refused: {fault}", f"{origin_of(url)} cannot be told of anything")
    if given_up := len(list((settings.directory / "outbox/given-up").glob("*.json"))):
        yield Finding(Severity.WARN, f"{given_up} callbacks were given up", "`bbbd callbacks list --given-up`")


def _look_at_secret(path: Path) -> Iterator[Finding]:
    if not path.exists():
        yield Finding(Severity.WARN, f"{path} is not there", "a secret is made at the first start")
    elif not read_secrets(path):
        yield Finding(Severity.BAD, f"{path} holds no secret", "`bbbd secret set` writes one")
    elif path.stat().st_mode & 0o077:
        yield Finding(Severity.BAD, f"{path} can be read by others", f"chmod 600 {path}")
    else:
        yield Finding(Severity.OK, f"the secret is in {path}")


def _look_at_journals(directory: Path) -> Iterator[Finding]:
    good = 0
    for path in sorted(directory.glob("*")):
        if path.suffix == ".damaged":
            yield Finding(
                Severity.BAD, f"{path} was damaged and set aside", "its meeting was not restored; keep or remove"
            )
        if path.suffix != ".jsonl":
            continue
        try:
            contents = read_journal(path.read_bytes(), path.stem)
            replay(contents, Moment(0, 0))
        except FileNotFoundError:
            continue
        except (DamagedJournal, OSError) as fault:
            yield Finding(Severity.BAD, f"{path}: {fault}", "the next start sets it aside as .damaged")
        else:
            good += 1
            if contents.torn:
                yield Finding(Severity.WARN, f"{path} has a torn end", "the next start cuts it off")
    yield Finding(Severity.OK, f"{good} journals are good")


def _look_at_name(server_url: str) -> Iterator[Finding]:
    host = urlsplit(server_url).hostname or ""
    try:
        found = sorted({str(one[4][0]) for one in socket.getaddrinfo(host, None)})
        yield Finding(Severity.OK, f"{host} is {', '.join(found)}")
    except OSError as fault:
        yield Finding(Severity.BAD, f"{host} has no address: {fault.strerror}", "set bigbluebutton.web.serverURL")


async def look_at_node(target: ApiTarget) -> list[Finding]:
    """Call a running node in every way that a checksum can be sent, and tell what it accepts."""
    return [Finding(Severity.BAD if fault else Severity.OK, what, fault) for what, fault in await readings(target)]
