"""Subtitles that people have, SRT and SSA and WebVTT, as WebVTT that every browser reads.

A pure function for each step: bytes to lines (``text``, ``guessing``), lines to cues (``srt``, ``ass``,
``webvtt``), cues to WebVTT (``writing``). All of them take time in proportion to what they read, whatever it is.
"""

from bbbd.subtitles.conversion import to_webvtt
from bbbd.subtitles.cues import LARGEST, UnreadableSubtitles

__all__ = ["LARGEST", "UnreadableSubtitles", "to_webvtt"]
