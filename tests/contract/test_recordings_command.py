"""``bbbd recordings``, as an operator uses it: without a daemon, and beside one."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from callback_receivers import Receiver, status
from harness import SECRET, Daemon, awaited, run
from sample_recordings import START, make, places, put, record_id
from twisted.internet.threads import deferToThread

OWN = record_id("demo")
Told = subprocess.CompletedProcess[str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    directory = tmp_path / "data"
    directory.mkdir()
    make(directory, name="A “lesson” & more")
    make(directory, form="podcast")
    make(directory, "other", place="unpublished", start=1_600_000_000_000)
    for presentation in directory.glob("*/presentation/*"):
        (presentation / "audio").mkdir()
        (presentation / "audio" / "audio.webm").write_bytes(b"a sound")
    return directory


def recordings(data: Path, *arguments: str, settings: str = "") -> Told:
    file = data.parent / "own.properties"
    file.write_text(f"securitySalt={SECRET}\n{settings}")
    return run("recordings", *arguments, "--settings", str(file), "--data-dir", str(data))


def archive(data: Path, path: Path, form: str = "video") -> Path:
    """Write an archive of one more format of the demo."""
    source = make(data.parent / "elsewhere", form=form)
    with tarfile.open(path, "w") as tar:
        tar.add(data.parent / "elsewhere" / "published" / form / source, f"{form}/{source}")
    return path


def test_recordings_are_listed_newest_first(data: Path) -> None:
    told = recordings(data, "list")
    assert told.stdout.splitlines() == [
        f"2023-11-14 22:13  {OWN}  published    presentation,podcast  A “lesson” & more  1 min",
        f"2020-09-13 12:26  {record_id('other', 1_600_000_000_000)}  unpublished  presentation  Demo  1 min",
    ]
    assert OWN not in recordings(data, "list", "--state", "unpublished").stdout
    assert recordings(data, "list", "--meeting", "demo").stdout.count("\n") == 1
    facts = json.loads(recordings(data, "list", "--meeting", "demo", "--json").stdout)
    assert (facts["record_id"], facts["place"]) == (OWN, "published")
    assert [one["name"] for one in facts["formats"]] == ["presentation", "podcast"]


def test_one_is_shown(data: Path) -> None:
    told = recordings(data, "show", OWN).stdout
    assert f"recording: {OWN}\nstate: published\nmeeting: demo\n" in told
    assert f"format podcast: /podcast/{OWN}/audio.ogg" in told
    unknown = recordings(data, "show", "../x")
    assert (unknown.returncode, unknown.stderr) == (1, "bbbd: there is no recording '../x'\n")


def test_they_are_changed_without_a_daemon(data: Path) -> None:
    assert recordings(data, "unpublish", OWN).stdout == f"unpublished  {OWN}\n"
    assert places(data, OWN) == {"unpublished/presentation", "unpublished/podcast"}
    assert recordings(data, "publish", OWN).returncode == 0
    assert places(data, OWN) == {"published/presentation", "published/podcast"}
    both = recordings(data, "delete", OWN, "nobody")
    assert (both.returncode, both.stderr) == (1, "bbbd: there is no recording 'nobody' that could be changed\n")
    assert places(data, OWN) == {"published/presentation", "published/podcast"}
    assert recordings(data, "purge", OWN).stderr == f"bbbd: there is no deleted recording '{OWN}'\n"
    assert recordings(data, "delete", OWN).returncode == 0
    assert places(data, OWN) == {"deleted/presentation", "deleted/podcast"}
    assert recordings(data, "purge", OWN).stdout == f"erased       {OWN} podcast\nerased       {OWN} presentation\n"
    assert not list(data.glob(f"**/{OWN}"))


def test_they_are_taken_in_and_handed_over_without_a_daemon(data: Path, tmp_path: Path) -> None:
    coming = archive(data, tmp_path / "one.tar")
    assert recordings(data, "import", str(coming)).stdout == f"imported       {OWN} video\n"
    assert recordings(data, "import", str(coming)).stdout == f"already there  {OWN} video\n"
    (tmp_path / "bad.tar").write_bytes(b"rubbish")
    refused = recordings(data, "import", str(tmp_path / "bad.tar"))
    assert refused.returncode == 1
    assert refused.stdout.startswith("refused        bad.tar: is not a whole tar archive")
    assert recordings(data, "import", "/no/such.tar").stderr == "bbbd: there is no /no/such.tar\n"
    told = recordings(data, "export", OWN, "--to", str(tmp_path / "spool"))
    assert told.stdout == f"{tmp_path}/spool/{OWN}.tar\n"
    with tarfile.open(tmp_path / "spool" / f"{OWN}.tar") as tar:
        assert {f"{form}/{OWN}/metadata.xml" for form in ("podcast", "presentation", "video")} <= set(tar.getnames())
    assert recordings(data, "export", OWN).stderr == "bbbd: say where to: --to DIR, or the setting bbbd.exportSpool\n"
    assert recordings(data, "export", "nobody", settings=f"bbbd.exportSpool={tmp_path}/spool\n").returncode == 1


def test_what_is_broken_is_told_and_what_was_left_half_done_is_mended(data: Path) -> None:
    (data / "published" / "podcast" / OWN / "audio.ogg").write_bytes(b"OggS")
    assert recordings(data, "verify").stdout == "all recordings are whole\n"
    (data / "published" / "podcast" / OWN / "audio.ogg").unlink()
    put(data, record_id("broken"), "<recording", form="video")
    (data / "unpublished" / "video" / record_id("half")).mkdir(parents=True)
    (data / "published" / "podcast" / ".bbbd-left").mkdir()
    told = recordings(data, "verify")
    assert told.returncode == 1
    assert told.stdout.splitlines() == [
        f"{data}/published/video/{record_id('broken')}/metadata.xml: is not well-formed (line 1, column 11)",
        f"{data}/published/podcast/{OWN}: has no audio.ogg, which its link names",
        f"{data}/unpublished/video/{record_id('half')}: has no metadata.xml",
        f"{data}/published/podcast/.bbbd-left: was left unfinished; --repair removes it",
    ]
    assert ".bbbd-left" not in recordings(data, "verify", "--repair").stdout


def test_a_recording_whose_metadata_cannot_be_read_is_not_exported(data: Path, tmp_path: Path) -> None:
    (data / "published" / "podcast" / OWN / "metadata.xml").write_text("<recording")
    done = recordings(data, "export", OWN, "--to", str(tmp_path / "spool"))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"bbbd: {OWN} was not exported: a metadata.xml is not well-formed" in done.stderr
    assert not list((tmp_path / "spool").iterdir())


def test_presentations_without_sound_and_video_are_named(data: Path) -> None:
    silent, empty, shared = (make(data, name) for name in ("silent", "empty", "shared"))
    make(data, "gone", place="deleted")
    make(data, "podcast only", form="podcast")
    (data / "published" / "podcast" / record_id("podcast only") / "audio.ogg").write_bytes(b"OggS")
    (data / "published" / "podcast" / OWN / "audio.ogg").write_bytes(b"OggS")
    (data / "published" / "presentation" / empty / "video").mkdir()
    (data / "published" / "presentation" / empty / "video" / "webcams.webm").touch()
    (data / "published" / "presentation" / shared / "deskshare").mkdir()
    (data / "published" / "presentation" / shared / "deskshare" / "deskshare.webm").write_bytes(b"a film")
    told = recordings(data, "verify")
    assert told.returncode == 1
    assert set(told.stdout.splitlines()) == {
        f"{data}/published/presentation/{own}: has no sound and no video: BigBlueButton's own player does not play it"
        for own in (silent, empty, shared)
    }


def test_a_time_that_cannot_be_read_is_listed_as_unknown(data: Path) -> None:
    path = data / "published" / "presentation" / OWN / "metadata.xml"
    text = path.read_text()
    path.write_text(
        text.replace(f"<start_time>{START}", "<start_time>" + "9" * 18).replace(f"{START + 90_000}", "late")
    )
    assert f"????-??-?? ??:??  {OWN}" in recordings(data, "list").stdout
    assert "began: ????-??-?? ??:??\nended: ????-??-?? ??:??\n" in recordings(data, "show", OWN).stdout


@awaited
async def test_beside_a_daemon_everything_goes_through_it(start_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    data = tmp_path / "data"
    make(data)
    daemon = start_daemon(directory=data)
    own = f"bbbd.listen=tcp:{daemon.port}:interface=127.0.0.1\n"
    done = recordings(data, "unpublish", OWN, settings=own)
    assert (done.stdout, done.stderr) == (f"unpublished  {OWN}\n", "")
    assert places(data, OWN) == {"unpublished/presentation"}
    taken = recordings(data, "import", str(archive(data, tmp_path / "one.tar")), settings=own)
    assert (taken.stdout, taken.stderr) == (f"imported       {OWN} video\n", "")
    known = await daemon.call("getRecordings", recordID=OWN, state="unpublished")
    assert len(known.xml.findall("recordings/recording/playback/format")) == 2
    assert not list((data / "import").glob("*.*"))
    refused = recordings(data, "publish", OWN, "nobody", settings=own)
    assert refused.stderr.startswith("bbbd: bbbd did not do it: ")
    assert places(data, OWN) == {"unpublished/presentation", "unpublished/video"}
    assert "bbbd is running" in recordings(data, "verify", "--repair", settings=own).stderr
    assert recordings(data, "delete", OWN, settings=own).returncode == 0
    assert (await daemon.call("getRecordings", recordID=OWN)).text("messageKey") == "noRecordings"


@awaited
async def test_what_is_exported_is_uploaded_to_another_server(
    start_daemon: Callable[..., Daemon], data: Path, tmp_path: Path
) -> None:
    other = start_daemon()
    (data / "published" / "podcast" / OWN / "audio.ogg").write_bytes(os.urandom(100_000))
    settings = (
        f"bbbd.exportSpool={tmp_path}/spool\n"
        f"bbbd.exportUpload=http://127.0.0.1:{other.port}/bbblb/api/v1/recording/upload\n"
    )
    told: Told = await deferToThread(recordings, data, "export", "--upload", OWN, settings=settings)
    assert "uploaded: 202 " in told.stdout, told.stderr
    await other.until_logged("import", 2)
    assert places(other.directory, OWN) == {"unpublished/presentation", "unpublished/podcast"}
    bad = await deferToThread(recordings, data, "export", "--upload", OWN, settings=f"{settings}securitySalt=other\n")
    assert (bad.returncode, " answers 401: " in bad.stderr) == (1, True)


@awaited
async def test_a_balancer_is_told_the_node_as_its_url_has_it(data: Path, receiver: Receiver, tmp_path: Path) -> None:
    settings = f"bbbd.exportSpool={tmp_path}/spool\nbbbd.exportUpload={receiver.url('/upload')}\n"
    settings += "bigbluebutton.web.serverURL=https://node.example.org:8443\n"
    told: Told = await deferToThread(recordings, data, "export", "--upload", OWN, settings=settings)
    assert told.returncode == 0, told.stderr
    (got,) = receiver.got
    token = got.headers["authorization"].removeprefix("Bearer ")
    assert jwt.get_unverified_header(token)["kid"] == "bbb:node.example.org:8443"
    assert jwt.decode(token, SECRET, algorithms=["HS256"], audience="127.0.0.1")["sub"] == "bbb:node.example.org:8443"


@awaited
async def test_what_lies_in_the_spool_is_uploaded_and_removed_once_it_was_taken(
    data: Path, receiver: Receiver, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    settings = f"bbbd.exportSpool={spool}\nbbbd.exportUpload={receiver.url('/upload')}\n"
    other = record_id("other", 1_600_000_000_000)
    for one in (OWN, other):
        assert recordings(data, "export", one, settings=settings).returncode == 0
    (spool / ".bbbd-half").write_bytes(b"half")
    first, second = sorted((OWN, other))
    receiver.plan = [status(500, b"no space"), status(202)]
    told: Told = await deferToThread(recordings, data, "upload", settings=settings)
    assert (told.returncode, told.stderr) == (1, "")
    assert told.stdout.splitlines()[0] == f"{first}  stays: {receiver.url('/upload')} answers 500: no space"
    assert told.stdout.splitlines()[1] == f"{second}  uploaded: 202 ok"
    assert sorted(path.name for path in spool.iterdir()) == [".bbbd-half", f"{first}.tar"]
    told = await deferToThread(recordings, data, "upload", settings=settings)
    assert (told.returncode, told.stdout) == (0, f"{first}  uploaded: 200 ok\n")
    told = await deferToThread(recordings, data, "upload", settings=settings)
    assert (told.returncode, told.stdout, len(receiver.got)) == (0, "", 3)
    missing = recordings(data, "upload", settings=f"bbbd.exportSpool={spool}\n")
    assert (missing.returncode, "bbbd.exportUpload" in missing.stderr) == (1, True)


@awaited
async def test_a_spool_is_watched(start_daemon: Callable[..., Daemon], data: Path, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    archive(data, spool / f"{OWN}.tar")
    daemon = start_daemon(settings={"bbbd.importSpool": str(spool)})
    assert (await daemon.until_logged("import"))["told"] == f"imported       {OWN} video"
    assert places(daemon.directory, OWN) == {"published/video"}
