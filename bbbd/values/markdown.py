"""Markdown for the reference pages: the cells of a table."""

from __future__ import annotations

#: The first line of every page that is made from the code.
MADE = "<!-- Made by `make docs` from the declarations in the code. -->"


def cell(text: str) -> str:
    """Return a text as the cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def code(text: str) -> str:
    """Return a text as the cell of a table, in code type; an empty text stays empty."""
    return f"`{cell(text)}`" if text else ""
