"""Replacement for Moodle's mock of a BigBlueButton server: its paths, back office and statuses."""
