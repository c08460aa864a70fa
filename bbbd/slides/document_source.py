"""Writes a document to the directory of its conversion: downloaded, decoded or copied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from twisted.internet.defer import DeferredSemaphore

from bbbd.egress.agent import Unanswered
from bbbd.egress.download import Download, Downloader, TooLarge
from bbbd.egress.ssrf_guard import ForbiddenTarget
from bbbd.meetings.create_parameters import Document
from bbbd.meetings.decks import name_of
from bbbd.meetings.documents import Documents
from bbbd.settings.current import CurrentSettings
from bbbd.slides.base64_text import PIECE, decoded
from bbbd.slides.formats import HEAD, UnconvertibleDocument, ole_directory_offset
from bbbd.storage.disk import Disk, open_regular
from bbbd.storage.group_commit import Thread

#: bbbd's own presentation, for meetings that bring none.
OWN = Path(__file__).parent / "default.pdf"


#: Documents that are fetched at once, of all meetings. What is here already waits for no other server.
MOST_FETCHED = 5


class SourceDocument(NamedTuple):
    """A document on disk: its content type and name as given, its digest and first bytes."""

    content_type: str
    name: str
    digest: str
    head: bytes
    #: The first sector of an OLE file's directory.
    directory: bytes


class DocumentSource:
    """Writes documents to the directories they are converted in."""

    def __init__(
        self,
        disk: Disk,
        documents: Documents,
        fetcher: Downloader,
        worker: Thread,
        current: CurrentSettings,
    ) -> None:
        self._disk = disk
        self._documents = documents
        self._fetcher = fetcher
        self._worker = worker
        self._current = current
        self._turns = DeferredSemaphore(MOST_FETCHED)

    async def bring(self, document: Document, place: Path) -> SourceDocument:
        """Write a document to a directory's file ``source``. Raises ``UnconvertibleDocument`` and ``OSError``."""
        url, name, content_type = document.url, document.name, document.content_type
        standard = self._current.settings.default_slides if document.standard else ""
        if document.standard and not standard.startswith("/"):
            url = standard
        if url:
            fetched = await self._fetched(url, place)
            # A name that was given says more than the one of the download.
            if not (document_is_named(document) and "." in name):
                name = fetched.name or name
            content_type = fetched.content_type
        elif document.standard:
            path = Path(standard) if standard else OWN
            await self._worker(partial(self._copy, path, place))
            name = path.name
        elif document.kept.endswith(".base64"):
            await self._worker(partial(self._decode, self._documents.path(document), place))
        else:
            await self._worker(partial(self._copy, self._documents.path(document), place))
        digest, head, directory = await self._worker(partial(_read, place / "source"))
        return SourceDocument(content_type, name, digest, head, directory)

    async def _fetched(self, url: str, place: Path) -> Download:
        await self._turns.acquire()
        try:
            return await self._fetcher.fetch(url, place)
        except (ForbiddenTarget, Unanswered) as fault:
            raise UnconvertibleDocument(f"cannot be fetched: {fault}") from None
        except TooLarge:
            raise self._too_large() from None
        finally:
            self._turns.release()

    def _too_large(self) -> UnconvertibleDocument:
        return UnconvertibleDocument(
            f"has more than {self._current.settings.max_document:,} bytes, the most that is taken (maxFileSizeUpload)"
        )

    def _decode(self, path: Path, place: Path) -> None:
        with self._opened(path) as file:
            self._fill(place, decoded(iter(partial(file.read, PIECE), b"")))

    def _copy(self, path: Path, place: Path) -> None:
        with self._opened(path) as file:
            self._fill(place, iter(partial(file.read, PIECE), b""))

    def _opened(self, path: Path) -> BinaryIO:
        try:
            return open_regular(path)
        except OSError as fault:
            raise UnconvertibleDocument(f"is not there any more: {fault.strerror}") from None

    def _fill(self, place: Path, pieces: Iterable[bytes]) -> None:
        self._disk.rename(self._disk.fill(place, self._bounded(pieces)), place / "source")

    def _bounded(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        left = self._current.settings.max_document
        for piece in pieces:
            left -= len(piece)
            if left < 0:
                raise self._too_large()
            yield piece


def document_is_named(document: Document) -> bool:
    """Return whether a document has a name of its own, not one that its URL's path made."""
    return not document.url or document.name not in ("", name_of(document.url))


def _read(path: Path) -> tuple[str, bytes, bytes]:
    """Return a document's digest, its first bytes, and the first sector of an OLE file's directory."""
    digest = sha256()
    with path.open("rb") as file:
        head = piece = file.read(HEAD)
        while piece:
            digest.update(piece)
            piece = file.read(PIECE * 16)
        directory = b""
        if offset := ole_directory_offset(head):
            file.seek(offset)
            directory = file.read(HEAD)
    return digest.hexdigest(), head, directory
