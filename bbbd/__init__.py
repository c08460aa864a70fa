"""A whole BigBlueButton API endpoint in one process."""

__version__ = "0.1.0"
