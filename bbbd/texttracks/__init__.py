"""Text tracks (captions and subtitles) of recordings: list, upload, conversion, removal."""
