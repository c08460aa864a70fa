"""Recordings: BigBlueButton's own directories, an index of them in memory, and all changes of them."""
