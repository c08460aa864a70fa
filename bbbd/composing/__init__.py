"""Composing: the files that were kept of people's sound, cameras and screens become the films of a recording."""
