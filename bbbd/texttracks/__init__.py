"""Captions and subtitles of recordings: which there are, how they come, and how they go."""
