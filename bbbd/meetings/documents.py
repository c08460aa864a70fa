"""The documents that come in a body of create or insertDocument: found in its XML as it is read, and kept.

``<modules><module name="presentation"><document url="…" filename="…"/> <document name="…">base64</document>``. A
document's base64 text goes to a file as it comes, so its size costs no memory. What cannot be read is left out and
told in the log: no body is ever an error of create. They stay until the meeting's end, as those do that people upload.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Protocol

from twisted.logger import Logger

from bbbd.meetings.create_parameters import Document
from bbbd.meetings.decks import MOST_DECKS, name_of
from bbbd.meetings.model import Meeting
from bbbd.storage.disk import Disk, ShortWrite
from bbbd.values.safe_xml import BadXML, parse
from bbbd.values.texts import title

_log = Logger()

_PIECE = 1 << 16
#: What bbbd itself puts there.
_OWN = re.compile(r"[0-9a-f]{32}(?:\.file)?")


class Pages(Protocol):
    """What meetings show."""

    def keep(self, meeting: Meeting, raw: Path) -> None:
        """Keep a copy of an ended meeting's pages below a directory. Waits for the disk."""

    def release(self, internal_id: str) -> None:
        """Let go of a meeting's pages."""


class Recorder(Protocol):
    """What becomes of ended meetings."""

    def keep(self, meeting: Meeting) -> None:
        """Note that a meeting's raw files are to become a recording, or not. Waits for the disk."""

    def kept(self, meeting: Meeting) -> None:
        """Learn that a meeting's raw files are complete."""

    def ended(self, meeting: Meeting) -> None:
        """Note that the events of a meeting are kept. Waits for the disk."""


class _Found:
    """Collects the documents of one body; ``directory`` is made when the first file is."""

    def __init__(self, disk: Disk, directory: Path) -> None:
        self.documents: list[Document] = []
        #: How many were passed over.
        self.passed_over = 0
        self._disk = disk
        self._directory = directory
        self._depth = 0
        self._in_slides = False
        self._file: int | None = None
        #: Text that is not in its file yet: it comes in pieces as small as one character.
        self._waiting: list[str] = []
        self._length = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth == 2:
            self._in_slides = name == "module" and attributes.get("name") == "presentation"
        elif self._depth == 3 and self._in_slides and name == "document":
            self._begin(attributes)

    def _begin(self, attributes: Mapping[str, str]) -> None:
        url = attributes.get("url", "").strip()
        name = attributes.get("filename" if url else "name", "")
        if (not url and not name) or len(self.documents) == MOST_DECKS:
            self.passed_over += 1
            return
        kept = "" if url else f"{self._directory.name}/{len(self.documents) + 1}.base64"
        if kept:
            self._disk.mkdir(self._directory)
            path = self._directory.parent / kept
            self._file = self._disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        self.documents.append(
            Document(
                name=title(name)[:256] or name_of(url),
                url=url[:16_384],
                kept=kept,
                current=attributes.get("current") == "true",
                downloadable=attributes.get("downloadable") == "true",
                removable=attributes.get("removable") != "false",
            )
        )

    def text(self, text: str) -> None:
        if self._file is not None and self._depth == 3:
            self._waiting.append(text)
            self._length += len(text)
            if self._length >= _PIECE:
                self._write(self._file)

    def _write(self, file: int) -> None:
        data = "".join(self._waiting).encode()
        self._waiting.clear()
        self._length = 0
        if (taken := self._disk.write(file, data)) != len(data):
            raise ShortWrite(errno.ENOSPC, f"{taken} of {len(data)} bytes written")

    def end(self, name: str) -> None:  # noqa: ARG002 - the depth tells which it is
        if self._depth == 3 and self._file is not None:
            self._write(self._file)
            self._disk.fdatasync(self._file)
            self.close()
        self._depth -= 1

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class Documents:
    """The documents of all live meetings, below ``presentations`` in the data directory."""

    def __init__(self, disk: Disk, data_dir: Path) -> None:
        self._disk = disk
        self._root = data_dir / "presentations"

    def keep(self, body: IO[bytes]) -> tuple[Document, ...]:
        """Return the documents of a body, their texts kept. Waits for the disk; raises nothing for a bad body."""
        directory = self._root / secrets.token_hex(16)
        found = _Found(self._disk, directory)
        try:
            parse(_pieces(body), found)
        except (BadXML, OSError) as fault:
            _log.warn("the slides of a body were left out: {why}", event="slides_left_out", why=str(fault))
            self._disk.remove_tree(directory)
            return ()
        finally:
            found.close()
        if found.passed_over:
            _log.warn(
                "{count} documents of a body were left out: they have no URL or name, or are more than {most}",
                event="slides_left_out",
                count=found.passed_over,
                most=MOST_DECKS,
            )
        if directory.is_dir():
            self._disk.sync_directory(directory)
            self._disk.sync_directory(self._root)
        return tuple(found.documents)

    @property
    def root(self) -> Path:
        """Where they are."""
        return self._root

    def new_name(self) -> str:
        """Return a name for a document that is uploaded, as it is."""
        return f"{secrets.token_hex(16)}.file"

    def path(self, document: Document) -> Path:
        """Return where a document is kept."""
        return self._root / document.kept

    def discard(self, documents: Iterable[Document]) -> None:
        """Remove what was kept of documents. Waits for the disk."""
        for name in _names(documents):
            self._remove(self._root / name)

    def _remove(self, path: Path) -> None:
        if path.is_dir():
            self._disk.remove_tree(path)
        else:
            self._disk.unlink(path)

    def move(self, documents: Iterable[Document], target: Path) -> None:
        """Put what was kept of documents into another directory. Waits for the disk."""
        for name in _names(documents):
            if (self._root / name).is_dir():
                self._disk.mkdir(target.parent)
                self._disk.rename(self._root / name, target)
                self._disk.sync_directory(target.parent)

    def are_used(self, documents: Iterable[Document], meetings: Iterable[Meeting]) -> bool:
        """Tell whether a meeting has these documents."""
        names = _names(documents)
        return bool(names) and any(not names.isdisjoint(_names(documents_in(meeting))) for meeting in meetings)

    def sweep(self, meetings: Iterable[Meeting]) -> None:
        """Remove what no meeting has. Waits for the disk."""
        used = {name for meeting in meetings for name in _names(documents_in(meeting))}
        self._disk.mkdir(self._root)
        self._disk.sweep(self._root)
        for path in self._root.iterdir():
            if path.name not in used and _OWN.fullmatch(path.name):
                self._remove(path)


def documents_in(meeting: Meeting) -> Iterator[Document]:
    """Give all documents that a meeting has or had."""
    yield from meeting.created.wanted.documents
    yield from (deck.document for deck in meeting.decks.values())


def _names(documents: Iterable[Document]) -> set[str]:
    """Return what is kept of documents: a directory for those of one body, a file for one that was uploaded."""
    return {document.kept.split("/")[0] for document in documents if document.kept}


def _pieces(body: IO[bytes]) -> Iterator[bytes]:
    body.seek(0)
    while piece := body.read(_PIECE):
        yield piece
