"""Decks of another server: their pages made anew, of the documents that lie among its raw files.

BigBlueButton stores the document itself (``<deck>/<deck>.pdf``, a picture, or without an ending), and pages as
``svgs/slide<n>.svg``, but no pictures under the names that recordings have.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bbbd.presentation.pages import DECK
from bbbd.slides.formats import HEAD, PICTURES, DocumentFormat, UnconvertibleDocument, format_of
from bbbd.slides.page_files import PageWriter
from bbbd.slides.page_names import page_file
from bbbd.storage.disk import Disk, read_regular

#: Decks of a meeting whose pages are made.
MOST_DECKS = 100


def convert_decks(
    disk: Disk, source: Path, decks: Iterable[str], target: Path, most_pages: int
) -> tuple[dict[str, Path], list[str]]:
    """Make the pages of the decks that have none, below ``target``.

    Return the directories of their pages, and a line for each deck that cannot be shown.
    """
    made: dict[str, Path] = {}
    faults: list[str] = []
    for deck in list(decks)[:MOST_DECKS]:
        directory = source / deck
        if not DECK.fullmatch(deck) or not directory.is_dir() or (directory / page_file(1)).exists():
            continue
        try:
            _convert(disk, directory, target / deck, most_pages)
        except (UnconvertibleDocument, MemoryError, RecursionError) as fault:
            faults.append(f"the slides {deck} cannot be shown: {str(fault) or 'they need too much memory'}")
        else:
            made[deck] = target / deck
    return made, faults


def _convert(disk: Disk, directory: Path, target: Path, most_pages: int) -> None:
    disk.mkdir(target)
    writer = PageWriter(disk, target)
    for path in _documents(directory):
        try:
            kind = format_of(read_regular(path, HEAD), "", path.name)
        except (UnconvertibleDocument, OSError):
            continue
        if kind is DocumentFormat.PDF:
            from bbbd.slides import pdf  # noqa: PLC0415 - it brings a library along

            pdf.convert(path, writer, most_pages)
            return
        if kind in PICTURES:
            from bbbd.slides import images  # noqa: PLC0415 - as above

            images.convert(path, kind, writer, most_pages)
            return
    _convert_drawn(directory / "svgs", writer, most_pages)


def _documents(directory: Path) -> list[Path]:
    """Return the files that may be a deck's document: those with its name, a PDF first."""
    found = [path for path in sorted(directory.glob(f"{directory.name}*")) if path.is_file() and not path.is_symlink()]
    return sorted(found, key=lambda path: path.suffix.lower() != ".pdf")


def _convert_drawn(directory: Path, writer: PageWriter, most_pages: int) -> None:
    from bbbd.slides import svg  # noqa: PLC0415 - it brings a library along

    for number in range(1, most_pages + 1):
        path = directory / f"slide{number}.svg"
        if not path.is_file() or path.is_symlink():
            break
        svg.convert(path, writer)
    if not writer.count:
        raise UnconvertibleDocument("there is neither their document nor a page of them")
