"""Texts from outside become values: declarations, value types, enums, durations, XML."""
