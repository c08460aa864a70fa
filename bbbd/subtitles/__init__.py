"""Conversion of subtitles (SRT, SSA/ASS, WebVTT) to WebVTT that every browser reads.

A pure function for each step: bytes to lines (``text_lines``), lines to cues (``srt``, ``ass``,
``webvtt``), cues to WebVTT (``webvtt_writer``). Each runs in time linear in its input, whatever the input.
"""

from bbbd.subtitles.conversion import to_webvtt
from bbbd.subtitles.cues import LARGEST, UnreadableSubtitles

__all__ = ["LARGEST", "UnreadableSubtitles", "to_webvtt"]
