"""What is said in a recording becomes a text track: with the model of the extra ``captions`` where it is installed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import run

import pytest
from clapper import hold
from harness import Answer, Daemon, awaited
from test_composed_media import told

from bbbd.cli.media_check import check_captions
from bbbd.composing.tools import missing_programs
from bbbd.presentation.films import WEBCAMS, Films, write_facts
from bbbd.settings.properties import read_settings
from bbbd.storage.disk import Disk
from bbbd.transcription.model import what_is_missing

MISSING = missing_programs()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
#: Somebody says: "Good morning everybody. Today we talk about the water cycle. …"; 14 seconds.
SPEECH = Path(__file__).resolve().parent.parent / "data/speech.ogg"
HEARD = [[200, 1500, "Good <morning> everybody."], [1500, 4000, "Today we talk about the water cycle."]]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Raw files of a meeting whose films are composed already."""
    raw = hold(tmp_path / "data/recording/raw", [(0, 14_000)], {"w_ada": ("", 0.0)}, until=14_000)
    films = composed(raw)
    films.mkdir(parents=True)
    run(["ffmpeg", "-v", "error", "-i", str(SPEECH), "-c", "copy", str(films / WEBCAMS)], check=True)
    write_facts(Disk(), films, Films(has_sound=True))
    return raw


def composed(raw: Path) -> Path:
    return raw.parent.parent / "composing" / raw.name


def was_heard(raw: Path, language: str, heard: list[list[object]]) -> None:
    """Have an earlier run recognised what is said: no model is asked."""
    transcript = composed(raw) / "transcript"
    transcript.mkdir()
    (transcript / "piece-0.json").write_text(json.dumps([0, 20_000, language, heard]))


def rebuilt(raw: Path, *settings: str) -> str:
    return told(raw.parents[2], "rebuild", raw.name, settings=("bbbd.automaticCaptions=true", *settings))


async def tracks(daemon: Daemon, record_id: str) -> list[dict[str, str]]:
    answer: Answer = await daemon.call("getRecordingTextTracks", recordID=record_id)
    found: list[dict[str, str]] = json.loads(answer.body)["response"]["tracks"]
    return found


@awaited
async def test_what_is_said_is_an_automatic_track_that_the_player_shows(
    raw: Path, start_daemon: Callable[..., Daemon]
) -> None:
    was_heard(raw, "en", HEARD)
    assert "left out" not in rebuilt(raw)
    daemon = start_daemon(directory=raw.parents[2])
    (track,) = await tracks(daemon, raw.name)
    assert (track["kind"], track["lang"], track["label"], track["source"]) == ("captions", "en", "English", "automatic")
    text = (await daemon.fetch("/" + track["href"].split("/", 3)[3])).body.decode()
    assert "00:00:00.200 --> 00:00:01.500\nGood &lt;morning&gt; everybody.\n" in text
    published = f"/presentation/{raw.name}"
    assert json.loads((await daemon.fetch(f"{published}/captions.json")).body) == [
        {"localeName": "English", "locale": "en", "kind": "captions"}
    ]
    assert (await daemon.fetch(f"{published}/caption_en.vtt")).body.decode() == text


def test_it_replaces_itself_but_nobodys_own(raw: Path) -> None:
    was_heard(raw, "en", HEARD)
    rebuilt(raw)
    own = raw.parents[2] / "captions" / raw.name
    for words, source, expected in (("Anew.", "automatic", "Anew."), ("Once more.", "upload", "Anew.")):
        index = json.loads((own / "captions.json").read_text())
        (own / "captions.json").write_text(json.dumps([index[0] | {"source": source}]))
        composed(raw).mkdir(parents=True)
        run(["ffmpeg", "-v", "error", "-i", str(SPEECH), "-c", "copy", str(composed(raw) / WEBCAMS)], check=True)
        write_facts(Disk(), composed(raw), Films(has_sound=True))
        was_heard(raw, "en", [[0, 1000, words]])
        rebuilt(raw)
        assert expected in (own / "captions_en.vtt").read_text()
        assert json.loads((own / "captions.json").read_text())[0]["source"] == source


@pytest.mark.parametrize(
    ("settings", "language", "heard", "why"),
    [
        (("bbbd.captionsModel=/nowhere",), None, [], "faster-whisper is not installed|/nowhere has no model.bin"),
        ((), "", HEARD, "the language that is spoken was not recognised"),
    ],
)
def test_without_captions_there_is_a_recording_and_the_log_says_why(
    raw: Path, settings: tuple[str, ...], language: str | None, heard: list[list[object]], why: str
) -> None:
    if language is not None:
        was_heard(raw, language, heard)
    said = rebuilt(raw, *settings)
    assert any(f"automatic captions are left out: {one}" in said for one in why.split("|")), said
    assert (raw.parents[2] / "published/presentation" / raw.name / "metadata.xml").exists()
    assert not (raw.parents[2] / "captions").exists()


def test_a_piece_that_is_spoilt_is_heard_anew(raw: Path) -> None:
    was_heard(raw, "en", HEARD)
    (composed(raw) / "transcript/piece-0.json").write_bytes(b"[0, 20000")
    said = rebuilt(raw, "bbbd.captionsModel=/nowhere")
    # There is no model to hear it with, which is what is said.
    assert "captions are left out: faster-whisper" in said or "captions are left out: /nowhere has no model.bin" in said


def test_silence_has_no_track(raw: Path) -> None:
    was_heard(raw, "", [])
    assert "left out" not in rebuilt(raw)
    assert not (raw.parents[2] / "captions").exists()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", []),
        ("bbbd.automaticCaptions=true\nbbbd.captionsModel=/nowhere", ["warn: recordings have no automatic captions: "]),
    ],
)
def test_the_check_says_what_is_missing(settings: str, expected: list[str], tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_text(settings)
    found = list(check_captions(read_settings([str(file)], {"bbbd.dataDir": str(tmp_path)})[0]))
    assert [f"{one.level}: {one.what}"[: len(text)] for one, text in zip(found, expected, strict=True)] == expected


@pytest.mark.skipif(bool(what_is_missing("")), reason=what_is_missing(""))
def test_the_model_of_the_extra_recognises_speech(raw: Path) -> None:
    assert "left out" not in rebuilt(raw)
    text = (raw.parents[2] / "captions" / raw.name / "captions_en.vtt").read_text()
    words = " ".join(line for line in text.splitlines() if "-->" not in line).lower()
    assert "water cycle" in words
    assert "question before we begin" in words
