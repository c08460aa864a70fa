"""Files, and when they are safe on the disk."""
