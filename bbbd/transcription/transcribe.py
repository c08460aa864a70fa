"""Writes what is said in a film as WebVTT: piece by piece, each kept in a file, so that a kill costs one piece."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bbbd.composing.tools import probe
from bbbd.presentation.films import WEBCAMS, read_films
from bbbd.recordings.kept_media import transcript_name, transcript_of
from bbbd.storage.disk import Disk, read_regular
from bbbd.subtitles.webvtt_writer import write
from bbbd.transcription.model import load_model
from bbbd.transcription.pieces import write_piece
from bbbd.transcription.transcript import Heard, cues_of

_MODE = 0o644
#: How sure a model must be of the language.
_LEAST_SURE = 0.6
#: Bytes of what was heard in a piece.
_LARGEST = 1 << 20


class LanguageUnknown(Exception):
    """Words were heard, but in no language that the model is sure of."""


class _Piece(NamedTuple):
    """What was heard from one moment to another (ms), and the language, empty before it is known."""

    begin: int
    end: int
    language: str
    heard: tuple[Heard, ...]


def transcribe(disk: Disk, films: Path, directory: Path, model_directory: str) -> None:
    """Write the transcript of films into a directory; none if nothing is said. Takes a third of their length.

    Raises ``NoModel``, ``LanguageUnknown``, ``ToolFailed`` and ``OSError``.
    """
    disk.mkdir(directory)
    disk.sweep(directory)
    if read_films(films).has_sound and transcript_of(directory) is None:
        pieces = list(_pieces(disk, films / WEBCAMS, directory, model_directory))
        # Words before the language was known may be another language's.
        heard = [one for piece in pieces if piece.language for one in piece.heard]
        if heard:
            text = write(cues_of(heard))
            disk.replace(directory / transcript_name(pieces[-1].language), text.encode(), _MODE)
        elif any(piece.heard for piece in pieces):
            raise LanguageUnknown("the language that is spoken was not recognised")


def _pieces(disk: Disk, film: Path, directory: Path, model_directory: str) -> Iterator[_Piece]:
    """Yield the pieces of a film, those of an earlier run first."""
    length, _width, _height = probe(film)
    begin, language, model = 0, "", None
    while begin < int(length):
        file = directory / f"piece-{begin}.json"
        piece = _read(file)
        if piece is None:
            model = model or load_model(model_directory)
            piece = _listen(model, film, directory / "piece.wav", begin, int(length), language)
            disk.replace(file, json.dumps(piece).encode() + b"\n", _MODE)
        begin, language = piece.end, piece.language
        yield piece


def _read(file: Path) -> _Piece | None:
    """Return what an earlier run heard, None if it did not, or if the file is spoilt: then it is heard anew."""
    try:
        begin, end, language, heard = json.loads(read_regular(file, _LARGEST))
        return _Piece(begin, end, language, tuple(Heard(*one) for one in heard))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _listen(model: Any, film: Path, sound: Path, begin: int, duration: int, language: str) -> _Piece:
    end = write_piece(film, sound, begin, duration)
    segments, info = model.transcribe(
        str(sound),
        language=language or None,
        clip_timestamps="0",
        vad_filter=True,
        beam_size=1,
        temperature=[0.0, 0.4],
        condition_on_previous_text=False,
    )
    found = [Heard(begin + int(one.start * 1000), begin + int(one.end * 1000), one.text.strip()) for one in segments]
    sound.unlink()
    known = language or (info.language if found and info.language_probability >= _LEAST_SURE else "")
    return _Piece(begin, end, known, tuple(one._replace(end=min(one.end, end)) for one in found if one.begin < end))
