"""Meetings: what happens in them, when they end, and how they come back after a restart."""
