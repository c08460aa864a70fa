"""Meetings: their events, their end, and their return after a restart."""
