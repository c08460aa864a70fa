"""The sound of a film in pieces of a few minutes, cut where it is quiet. Longer ones would take memory by the hour."""

from __future__ import annotations

import sys
import wave
from array import array
from pathlib import Path

from bbbd.composing.tools import ffmpeg

#: Samples a second: what Whisper wants.
RATE = 16_000
#: Milliseconds of a piece, and of its end in which it may be cut.
LONGEST = 300_000
_END = 30_000
#: Milliseconds of sound whose loudness is compared.
_WINDOW = 200


def write_piece(film: Path, target: Path, begin: int, duration: int) -> int:
    """Write the sound of a film from a moment on (ms) as WAV, and return where the next piece begins.

    Raises ``ToolFailed``.
    """
    length = min(LONGEST, duration - begin)
    words = ["-ss", f"{begin / 1000}", "-t", f"{length / 1000}", "-i", str(film), "-map", "0:a:0"]
    ffmpeg(*words, "-ac", "1", "-ar", str(RATE), "-c:a", "pcm_s16le", "-f", "wav", str(target), seconds=length / 1000)
    if begin + length >= duration:
        return duration
    with wave.open(str(target), "rb") as sound:
        samples = array("h", sound.readframes(sound.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    return begin + quietest(samples[-_END * RATE // 1000 :]) + length - _END


def quietest(samples: array[int]) -> int:
    """Return the middle of the quietest moment of samples, in milliseconds; the latest of several."""
    step = _WINDOW * RATE // 1000
    loudness = {at: sum(map(abs, samples[at : at + step])) for at in range(0, max(1, len(samples) - step + 1), step)}
    at = min(reversed(loudness), key=lambda one: loudness[one])
    return (at + step // 2) * 1000 // RATE
