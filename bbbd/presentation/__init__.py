"""The playback format ``presentation``: a recording's files, made from a meeting's history."""
