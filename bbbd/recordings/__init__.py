"""Recordings: BigBlueButton's own directories, an index of them in memory, and every change to them."""
