"""``bbbd tracks``, as an operator uses it: without a daemon, and beside one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import SECRET, Daemon, awaited, run
from sample_recordings import make, record_id
from sample_tracks import SRT, VTT, named, player_index, settled
from sample_tracks import tracks as listed
from twisted.internet.threads import deferToThread

OWN = record_id("demo")
Told = subprocess.CompletedProcess[str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    directory = tmp_path / "data"
    directory.mkdir()
    make(directory)
    (tmp_path / "lecture.srt").write_bytes(SRT)
    return directory


def tracks(data: Path, *arguments: str, settings: str = "") -> Told:
    file = data.parent / "own.properties"
    file.write_text(f"securitySalt={SECRET}\n{settings}")
    return run("tracks", *arguments, "--settings", str(file), "--data-dir", str(data))


def test_a_track_is_put_in_listed_and_taken_away_without_a_daemon(data: Path) -> None:
    lecture = str(data.parent / "lecture.srt")
    assert tracks(data, "list", OWN).stderr == "the recording has no text tracks\n"
    assert tracks(data, "put", OWN, "captions", "en_us", lecture).stdout == f"stored  {OWN} captions en-US\n"
    put = tracks(data, "put", "--label", "Deutsch", OWN, "SUBTITLES", "de", lecture)
    assert (put.returncode, put.stderr) == (0, "")
    captions = data / "captions" / OWN
    assert tracks(data, "list", OWN).stdout.splitlines() == [
        f"captions   en-US     upload     English (United States)  {captions}/captions_en-US.vtt",
        f"subtitles  de        upload     Deutsch  {captions}/subtitles_de.vtt",
    ]
    assert (captions / "subtitles_de.vtt").read_text() == VTT
    assert json.loads(tracks(data, "list", OWN, "--json").stdout.splitlines()[1])["label"] == "Deutsch"
    presentation = data / "published" / "presentation" / OWN
    assert [lang for _kind, lang, _label in player_index(presentation)] == ["en-US", "de"]
    (captions / "subtitles_de.vtt").unlink()
    (presentation / "caption_de.vtt").unlink()
    assert tracks(data, "list", OWN).stdout.endswith("subtitles_de.vtt (missing)\n")
    assert tracks(data, "delete", OWN, "captions", "en-US").stdout == f"deleted  {OWN} captions en-US\n"
    assert tracks(data, "list", OWN).stdout.count("\n") == 1
    assert not list((data / "captions" / "inbox").iterdir())


def test_cues_that_cannot_be_timed_are_counted(data: Path) -> None:
    lecture = data.parent / "lecture.srt"
    lecture.write_bytes(SRT + b"\r\n2\r\n --> 00:00:04,000\r\nUntimed\r\n")
    put = tracks(data, "put", OWN, "captions", "en", str(lecture))
    assert (put.returncode, put.stderr) == (0, f"{lecture}: 1 cue left out: no readable times\n")
    assert tracks(data, "list", OWN).stdout.endswith("captions_en.vtt (1 cue left out: no readable times)\n")
    assert json.loads(tracks(data, "list", OWN, "--json").stdout)["cuesLeftOut"] == 1
    assert tracks(data, "convert", str(lecture)).stdout == VTT


def test_what_is_wrong_is_told_and_changes_nothing(data: Path) -> None:
    lecture = data.parent / "lecture.srt"
    assert tracks(data, "list", "nobody").stderr == "bbbd: there is no published or unpublished recording 'nobody'\n"
    unknown = tracks(data, "put", "nobody", "captions", "en", str(lecture))
    assert (unknown.returncode, unknown.stdout) == (1, "")
    wrong = tracks(data, "put", OWN, "chapters", "en", str(lecture))
    assert (wrong.returncode, '"chapters" is not one of subtitles, captions' in wrong.stderr) == (2, True)
    wrong = tracks(data, "put", OWN, "captions", "e", str(lecture))
    assert (wrong.returncode, '"e" is not a language tag' in wrong.stderr) == (2, True)
    lecture.write_bytes(b"nothing")
    assert tracks(data, "put", OWN, "captions", "en", str(lecture)).returncode == 1
    assert tracks(data, "put", OWN, "captions", "en", "/no/such.srt").returncode == 1
    lecture.write_bytes(b"x" * ((8 << 20) + 1))
    assert tracks(data, "put", OWN, "captions", "en", str(lecture)).stderr == f"bbbd: {lecture} is larger than 8 MiB\n"
    assert not (data / "captions").exists()


def test_a_file_is_converted(data: Path) -> None:
    lecture = data.parent / "lecture.srt"
    assert tracks(data, "convert", str(lecture)).stdout == VTT
    assert tracks(data, "convert", str(lecture), "--to", str(data.parent / "out.vtt")).stdout.endswith("out.vtt\n")
    assert (data.parent / "out.vtt").read_text() == VTT
    lecture.write_bytes(b"nothing")
    refused = tracks(data, "convert", str(lecture))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"bbbd: {lecture} ")


@awaited
async def test_beside_a_daemon_everything_goes_through_it(start_daemon: Callable[..., Daemon], data: Path) -> None:
    daemon = start_daemon(directory=data)
    own, lecture = f"bbbd.listen=tcp:{daemon.port}:interface=127.0.0.1\n", str(data.parent / "lecture.srt")
    told = await deferToThread(tracks, data, "put", "--label", "Ä & b", OWN, "captions", "en", lecture, settings=own)
    assert (told.stdout, told.stderr) == (f"uploaded  {OWN} captions en\n", "")
    await settled(daemon)
    assert named(await listed(daemon, OWN)) == [("captions", "en", "Ä & b", "upload")]
    told = await deferToThread(tracks, data, "delete", OWN, "captions", "en", settings=own)
    assert (told.returncode, told.stderr) == (0, "")
    await settled(daemon, 2)
    assert await listed(daemon, OWN) == []
    refused = await deferToThread(
        tracks, data, "put", OWN, "captions", "en", lecture, settings=f"{own}securitySalt=other\n"
    )
    assert refused.stderr == "bbbd: bbbd did not do it: You did not pass the checksum security check\n"
