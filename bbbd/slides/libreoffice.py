"""An office document made a PDF, by LibreOffice: with a profile of its own, no macros and nothing from elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
import zipfile
import zlib
from pathlib import Path

from bbbd import child_limits
from bbbd.slides.formats import DocumentFormat, UnconvertibleDocument
from bbbd.slides.process_limits import LARGEST_OFFICE_FILE, ProcessLimits
from bbbd.storage.disk import Disk
from bbbd.text_encoding import decode

_ITEM = (
    '<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
)
#: No macro runs, no link to elsewhere is followed, and whatever tries to connect all the same finds nobody.
_SETTINGS = (
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Inet/Settings", "ooInetProxyType", "1"),
    ("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
    # LibreOffice tests its drawing at each start, which takes longer than a small document, unless the profile was used
    # by this version or a newer one.
    ("Setup/Product", "ooSetupLastVersion", "999.0"),
)
#: Bytes of an OpenDocument's manifest that are read.
_MOST_MANIFEST = 1 << 20
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
{items}
</oor:items>
"""


def as_pdf(
    disk: Disk, source: Path, kind: DocumentFormat, program: str, limits: ProcessLimits, template: Path | None = None
) -> Path:
    """Return a PDF of an office document, beside it. Raises ``UnconvertibleDocument``.

    ``template`` is a profile that LibreOffice filled once, for which it starts twice; it is made if it is missing.
    """
    directory = source.parent / "office"
    if template is not None and not template.exists():
        _make_template(disk, template, program, limits)
    if template is not None and template.exists():
        disk.copy_tree(template, directory / "profile")
    else:
        _write_profile(disk, directory / "profile")
    given = directory / f"document.{kind.ending}"
    if kind is DocumentFormat.TXT:
        # LibreOffice takes a text without a mark for one in the code page of its own locale.
        disk.create(given, decode(source.read_bytes()).encode("utf-8-sig"))
    else:
        disk.link(source, given)
    status = _run(program, given, limits)
    made = given.with_suffix(".pdf")
    if status == -signal.SIGXCPU:
        raise UnconvertibleDocument(f"takes LibreOffice more than {limits.seconds} s")
    if (status or not made.is_file()) and _is_encrypted(source):
        raise UnconvertibleDocument("is protected by a password")
    if status or not made.is_file():
        raise UnconvertibleDocument(f"could not be read by LibreOffice as {kind.label}")
    return made


def _is_encrypted(source: Path) -> bool:
    """Return whether an OpenDocument file says in its manifest that it is encrypted."""
    try:
        with zipfile.ZipFile(source) as archive, archive.open("META-INF/manifest.xml") as manifest:
            return b"encryption-data" in manifest.read(_MOST_MANIFEST)
    except (OSError, KeyError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        return False


def _make_template(disk: Disk, template: Path, program: str, limits: ProcessLimits) -> None:
    """Have LibreOffice fill a profile by converting a text of bbbd's own; without success there is no template."""
    directory = disk.unfinished(template.parent)
    try:
        _write_profile(disk, directory / "profile")
        disk.create(directory / "document.txt", b"bbbd")
        if _run(program, directory / "document.txt", limits) == 0:
            disk.rename(directory / "profile", template)
    except OSError:
        # Another conversion has made it at the same time, or the disk is full: this one has a profile of its own.
        pass
    finally:
        disk.remove_tree(directory)


def _write_profile(disk: Disk, profile: Path) -> None:
    disk.mkdir(profile / "user")
    items = "\n".join(_ITEM.format(path=path, name=name, value=value) for path, name, value in _SETTINGS)
    disk.create(profile / "user" / "registrymodifications.xcu", _PROFILE.format(items=items).encode())


def _run(program: str, document: Path, limits: ProcessLimits) -> int:
    """Have LibreOffice make a PDF beside a document, with the profile beside it, and return its exit status."""
    directory, this = document.parent, os.getpid()
    command = (
        program,
        f"-env:UserInstallation={(directory / 'profile').as_uri()}",
        "--headless",
        "--norestore",
        "--nolockcheck",
        "--nologo",
        "--nodefault",
        "--convert-to",
        "pdf",
        "--outdir",
        str(directory),
        str(document),
    )

    def be_limited() -> None:
        child_limits.die_with(this)
        child_limits.limit(memory=limits.office_memory, seconds=limits.seconds, largest_file=LARGEST_OFFICE_FILE)

    try:
        with subprocess.Popen(  # noqa: S603 - the program is the operator's, the names are ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=directory,
            env={**os.environ, "HOME": str(directory), "TMPDIR": str(directory)},
            preexec_fn=be_limited,  # noqa: PLW1509 - this process has one thread
        ) as running:
            return running.wait()
    except OSError as fault:
        raise UnconvertibleDocument(f"needs LibreOffice, which does not run here: {fault.strerror}") from None
