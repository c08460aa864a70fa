"""The programs of docs/signing.md: each is run, and signs and verifies what bbbd itself takes and sends."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from bbbd.api.checksum import is_valid, split_checksum
from bbbd.callbacks.deliveries import CallbackKind, Delivery, request_of
from bbbd.settings.settings import Settings

PAGE = (Path(__file__).parent.parent.parent / "docs/signing.md").read_text()
PROGRAMS = dict(re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
SECRET = "639259d49dd84b25bf0195f9567eaf4b"
RECORD_ID = "89e495e7941cf9e40e6980d14a16bf023ccd4c91-1795978591583"
#: The interpreter of each language, and the ending of its files.
RUN_BY = {
    "python": (sys.executable, "py"),
    "php": ("php", "php"),
    "javascript": ("node", "cjs"),
    "ruby": ("ruby", "rb"),
    "java": ("java", "java"),
}


def sent(kind: CallbackKind, url: str, content: str) -> tuple[str, str]:
    """Return the URL and the body of what bbbd sends."""
    entry = Delivery(kind=kind, url=url, receiver="r", content=content, created_at=1795978591583)
    request = request_of(entry, SECRET, 1795978591583, Settings(named_url="https://bbb.example.org"))
    return "?".join(filter(None, (request.url, request.query))), request.body.decode()


def output(language: str, directory: Path, program: str) -> list[str]:
    """Return the lines that a program prints; the last is its failure, if it fails."""
    interpreter, ending = RUN_BY[language]
    file = directory / f"Signing.{ending}"
    file.write_text(program, encoding="utf-8")
    options = ("-Dfile.encoding=UTF-8", "-Xshare:auto") if language == "java" else ()
    done = subprocess.run([interpreter, *options, str(file)], capture_output=True, text=True, check=False)
    return [*done.stdout.splitlines(), *(["failed", done.stderr] if done.returncode else [])]


def test_every_language_has_a_program() -> None:
    assert set(PROGRAMS) == set(RUN_BY)


@pytest.mark.fresh
@pytest.mark.parametrize("language", sorted(RUN_BY))
def test_a_program_signs_and_verifies(language: str, tmp_path: Path) -> None:
    if not shutil.which(RUN_BY[language][0]):
        pytest.skip(f"{RUN_BY[language][0]} is not installed")
    url, body = sent(CallbackKind.HOOK, "https://app.example.org/hook", "[]")
    _, ready = sent(CallbackKind.READY, "https://app.example.org/ready", f'{{"record_id": "{RECORD_ID}"}}')
    program = re.sub(r"event=%5B%5D&timestamp=\d+&domain=[a-z.]+", body, PROGRAMS[language])
    program = program.replace("HOOK-CHECKSUM", dict(parse_qsl(urlsplit(url).query))["checksum"])
    token = ready.removeprefix("signed_parameters=")
    signed, genuine, changed, found = output(language, tmp_path, program.replace("READY-TOKEN", token))
    text, checksum = split_checksum(urlsplit(signed).query.encode())
    assert is_valid("create", [text], checksum, [SECRET], ["sha256"])
    assert dict(parse_qsl(text.decode())) == {"name": "Söndag & co", "meetingID": "demo"}
    assert (genuine.lower(), changed.lower()) == ("true", "false")
    assert found == RECORD_ID
    middle = token.split(".")[1]
    forged = output(language, tmp_path, program.replace("READY-TOKEN", token.replace(middle, middle[:-2] + "AA")))
    assert (len(forged), "forged" in forged[-1]) == (5, True)
