"""Previews of a recording: which of its slides stand for it in lists.

They are the up to three pages that were longest on the stage, in the order of their first appearance; of pages that
were equally long on the stage the earlier one counts.
"""

from __future__ import annotations

from bbbd.presentation.stage import Interval, Page

MOST = 3


def preview_pages(shown: list[Interval]) -> list[Page]:
    """Return the pages that stand for a recording."""
    lengths: dict[Page, int] = {}
    for interval in shown:
        if interval.page is not None:
            lengths[interval.page] = lengths.get(interval.page, 0) + interval.end - interval.begin
    # Sorting is stable, and a dictionary has the order of first appearance.
    longest = set(sorted(lengths, key=lambda page: -lengths[page])[:MOST])
    return [page for page in lengths if page in longest]
