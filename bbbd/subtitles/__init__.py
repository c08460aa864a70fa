"""Conversion of subtitles (SRT, SSA/ASS, WebVTT) to WebVTT that every browser reads.

A pure function for each step: bytes to lines (``text_lines``), lines to cues (``srt``, ``ass``,
``webvtt``), cues to WebVTT (``webvtt_writer``). Each runs in time linear in its input, whatever the input.
"""

from bbbd.subtitles.conversion import ConvertedSubtitles, convert, to_webvtt
from bbbd.subtitles.cues import LARGEST, UnreadableSubtitles

__all__ = ["LARGEST", "ConvertedSubtitles", "UnreadableSubtitles", "convert", "to_webvtt"]
