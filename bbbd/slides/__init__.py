"""Slides: documents are fetched or decoded, turned into pages by a process of its own, and kept for their meetings."""
