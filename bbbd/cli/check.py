"""``bbbd check``: checks all that a server depends on, or a running server from outside, or a signed URL."""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from bbbd.api.checksum_help.explanation import SignedRequest, explain
from bbbd.callbacks.hooks import read_hooks
from bbbd.callbacks.receiver_queues import origin_of
from bbbd.cli import signed_urls
from bbbd.cli.api_client import readings, request
from bbbd.cli.certificate_check import check_certificate
from bbbd.cli.common import BAD, GOOD, CommandFailed, say, settings_of
from bbbd.cli.findings import Finding, Severity
from bbbd.cli.media_check import check_captions, check_media
from bbbd.cli.signed_urls import ApiTarget
from bbbd.clock import Moment
from bbbd.egress.agent import look_up
from bbbd.egress.ssrf_guard import ForbiddenTarget, SsrfGuard, target_of
from bbbd.meetings.draining import draining_since
from bbbd.meetings.journal import replay
from bbbd.meetings.journal_format import DamagedJournal, read_journal
from bbbd.recordings.layout import Layout
from bbbd.recordings.scan import scan
from bbbd.settings.current import CurrentSettings
from bbbd.settings.properties import SettingsFault
from bbbd.settings.secret import NoSecret, load_secrets, read_secrets, secret_file
from bbbd.settings.settings import Settings
from bbbd.slides import office_check
from bbbd.storage.disk import Disk, read_regular


def add(commands: Any, common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand to the command line."""
    parser = commands.add_parser("check", parents=[common], help=summary, description=summary)
    parser.set_defaults(do=check)
    parser.add_argument(
        "--url", metavar="URL", help="check a running server instead; of a signed URL, check the checksum"
    )


def check(options: argparse.Namespace) -> int:
    """Check everything, or a running server, or a signed URL."""
    settings, faults = settings_of(options)
    if options.url and "checksum=" in urlsplit(options.url).query:
        return _explain(options, settings)
    if options.url:
        target = signed_urls.target_of(settings, load_secrets(settings, Disk()))
        findings = _check_endpoint(target._replace(url=_api(options.url)))
    else:
        findings = list(findings_of(settings, faults, secret_file(settings)))
    for finding in findings:
        say(options, str(finding), **finding._asdict())
    return BAD if any(finding.level is Severity.BAD for finding in findings) else GOOD


def findings_of(settings: Settings, faults: tuple[SettingsFault, ...], secret: Path | None) -> Iterator[Finding]:
    """Check settings, files and the machine."""
    for fault in faults:
        yield Finding(Severity.WARN, str(fault))
    yield Finding(Severity.OK, f"the settings are valid; the server is at {settings.server_url}")
    yield from _check_directory(settings)
    if secret is not None:
        yield from _check_secret(secret)
    yield from check_certificate(settings)
    yield from _check_journals(settings.directory / "meetings")
    yield from _check_recordings(Layout.of(settings))
    yield from _check_callbacks(settings)
    yield from _check_office(settings.office)
    yield from check_media(settings)
    yield from check_captions(settings)
    yield from _check_name(settings.server_url)
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if settings.max_connections and soft < settings.max_connections + 200:
        yield Finding(
            Severity.WARN,
            f"only {soft} open files are allowed",
            f"set LimitNOFILE={settings.max_connections + 200} in the unit",
        )
    else:
        yield Finding(Severity.OK, f"{soft} open files are allowed")


def _check_directory(settings: Settings) -> Iterator[Finding]:
    directory = settings.directory
    if not directory.is_dir():
        yield Finding(Severity.WARN, f"{directory} does not exist", "it is made at the first start")
        return
    if not os.access(directory, os.W_OK | os.X_OK):
        yield Finding(Severity.BAD, f"{directory} is not writable", f"chown it to {os.geteuid()}")
    status = os.statvfs(directory)
    free = status.f_bavail * status.f_frsize
    enough = free >= settings.min_free_disk
    yield Finding(
        Severity.OK if enough else Severity.BAD,
        f"{directory} has {free >> 20} MiB free",
        "" if enough else f"less than bbbd.minFreeDisk ({settings.min_free_disk >> 20} MiB): nothing can be recorded",
    )
    if draining_since(directory) is not None:
        yield Finding(Severity.WARN, "new meetings are refused: the server is draining", "`bbbd drain off` ends it")
    apart = [name for name in ("meetings", "recording", "events") if (directory / name).is_dir()]
    device = directory.stat().st_dev
    for name in apart:
        if (directory / name).stat().st_dev != device:
            yield Finding(Severity.BAD, f"{directory / name} is on another filesystem", "moves to it are not atomic")


def _check_recordings(layout: Layout) -> Iterator[Finding]:
    here = [path for path in (layout.published, layout.unpublished, layout.deleted) if path.is_dir()]
    for path in here:
        if not os.access(path, os.W_OK | os.X_OK):
            yield Finding(Severity.BAD, f"{path} is not writable", f"chown it to {os.geteuid()}")
        if path.stat().st_dev != here[0].stat().st_dev:
            yield Finding(
                Severity.BAD, f"{path} is on another filesystem than {here[0]}", "recordings cannot move to it"
            )
    changes = scan(layout, {}, {})
    for key, (_stamp, why) in sorted(changes.unreadable.items()):
        yield Finding(Severity.WARN, f"{layout.metadata(*key)} {why}", "it is not listed; `bbbd recordings verify`")
    yield Finding(Severity.OK, f"{len(changes.added)} formats of recordings are readable")


def _check_callbacks(settings: Settings) -> Iterator[Finding]:
    destinations = SsrfGuard(CurrentSettings(settings))
    urls = [hook.url for hook in read_hooks(settings.directory / "hooks")]
    for url in (*([settings.event_callback_url] if settings.event_callback_url else ()), *urls):
        try:
            target = target_of(url)
            for address in look_up(target.host):
                destinations.check(address, target.port)
        except (ForbiddenTarget, OSError) as fault:
            yield Finding(Severity.WARN, f"callback refused: {fault}", f"{origin_of(url)} gets no callbacks")
    if given_up := len(list((settings.directory / "outbox/given-up").glob("*.json"))):
        yield Finding(Severity.WARN, f"{given_up} callbacks were given up", "`bbbd callbacks list --given-up`")


def _check_office(office: str) -> Iterator[Finding]:
    program = office_check.program_of(office)
    if not program:
        if office.lower() != "none":
            packages = " ".join(f"libreoffice-{part}-nogui" for part in ("impress", "writer", "calc"))
            todo = f"apt install {packages}, or set bbbd.office=none"
            yield Finding(Severity.WARN, "office documents are refused: there is no LibreOffice", todo)
        return
    yield Finding(Severity.OK, f"office documents are converted by {program}")
    try:
        missing = office_check.scripts_without_font()
    except OSError as fault:
        yield Finding(Severity.WARN, f"the fonts are not known: fc-list: {fault}", "apt install fontconfig")
        return
    for package in dict.fromkeys(missing.values()):
        scripts = ", ".join(script for script, its in missing.items() if its == package)
        yield Finding(Severity.WARN, f"no font for {scripts}: boxes in office documents", f"apt install {package}")


def _check_secret(path: Path) -> Iterator[Finding]:
    if not path.exists():
        yield Finding(Severity.WARN, f"{path} does not exist", "a secret is made at the first start")
        return
    try:
        known = read_secrets(path)
    except NoSecret as fault:
        yield Finding(Severity.BAD, str(fault), "`bbbd secret set` writes one")
        return
    if not known:
        yield Finding(Severity.BAD, f"{path} holds no secret", "`bbbd secret set` writes one")
    elif path.stat().st_mode & 0o077:
        yield Finding(Severity.BAD, f"{path} can be read by others", f"chmod 600 {path}")
    else:
        yield Finding(Severity.OK, f"the secret is in {path}")


def _check_journals(directory: Path) -> Iterator[Finding]:
    good = 0
    for path in sorted(directory.glob("*")):
        if path.suffix == ".damaged":
            yield Finding(
                Severity.BAD,
                f"{path} was damaged and set aside",
                "its meeting was not restored; keep the file or remove it",
            )
        if path.suffix != ".jsonl":
            continue
        try:
            contents = read_journal(read_regular(path), path.stem)
            replay(contents, Moment(0, 0))
        except FileNotFoundError:
            continue
        except (DamagedJournal, OSError) as fault:
            yield Finding(Severity.BAD, f"{path}: {fault}", "the next start renames it to .damaged")
        else:
            good += 1
            if contents.torn:
                yield Finding(Severity.WARN, f"{path} ends with an incomplete line", "the next start cuts it off")
    yield Finding(Severity.OK, f"{good} journal is good" if good == 1 else f"{good} journals are good")


def _check_name(server_url: str) -> Iterator[Finding]:
    host = urlsplit(server_url).hostname or ""
    try:
        found = sorted({str(one[4][0]) for one in socket.getaddrinfo(host, None)})
        yield Finding(Severity.OK, f"{host} is {', '.join(found)}")
    except OSError as fault:
        yield Finding(Severity.BAD, f"{host} has no address: {fault.strerror}", "set bigbluebutton.web.serverURL")


def _check_endpoint(target: ApiTarget) -> list[Finding]:
    """Call a running server in every way that a checksum can be sent, and return the ways it accepts."""
    ways = [Finding(Severity.BAD if fault else Severity.OK, what, fault) for what, fault in readings(target)]
    return [*ways, *_check_address(target.url)]


def _check_address(api: str) -> Iterator[Finding]:
    """Ask a bbbd whether people who reach it at this URL can enter its meetings; other servers have no such answer."""
    parts = urlsplit(api)
    origin = f"{parts.scheme}://{parts.netloc}"
    base = api.removesuffix("/bigbluebutton/api")
    if base == api:
        return
    try:
        answer = request(f"{base}/html5client/door?origin={quote(origin, safe='')}")
        expected = json.loads(answer.body).get("address", "") if answer.status == 401 else ""
    except (CommandFailed, ValueError, AttributeError):
        return
    if expected:
        yield Finding(
            Severity.BAD,
            f"the server expects the address {expected}, so no meeting opens at {origin}",
            "set bigbluebutton.web.serverURL, and have the proxy pass on the Host of the browser",
        )


def _explain(options: argparse.Namespace, settings: Settings) -> int:
    """Print whether a signed URL is right for this server's secret, and if not, the reason."""
    parts = urlsplit(options.url)
    call = parts.path.rpartition("/api/")[2].strip("/").removesuffix(".xml").removesuffix(".json")
    sent = SignedRequest(call=call, query=parts.query.encode(), address=parts._replace(query="", fragment="").geturl())
    explained = explain(sent, load_secrets(settings, Disk()), settings.algorithms)
    say(options, explained.message(), right=explained.right, likely=explained.likely)
    return GOOD if explained.right else BAD


def _api(url: str) -> str:
    """Return the URL of the API for a URL with or without ``/bigbluebutton`` and ``/api``."""
    if not url.startswith(("http://", "https://")):
        raise CommandFailed(f'"{url}" is not an http or https URL')
    url = url.rstrip("/")
    path = urlsplit(url).path
    return url + ("" if path.endswith("/api") else "/api" if path.endswith("/bigbluebutton") else "/bigbluebutton/api")
