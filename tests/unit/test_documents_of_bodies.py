"""Documents of a body as they are kept: in few writes, whole, or not at all."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

from harness import FaultyDisk
from sample_documents import body, document, element, pdf
from twisted.logger import capturedLogs

from bbbd.meetings.documents import Documents
from bbbd.storage.disk import Disk


class CountingDisk(Disk):
    """A disk that counts what is written."""

    writes = 0

    def write(self, descriptor: int, data: bytes) -> int:
        self.writes += 1
        return super().write(descriptor, data)


def test_text_that_comes_character_by_character_is_written_in_large_pieces(tmp_path: Path) -> None:
    disk = CountingDisk()
    documents = Documents(disk, tmp_path)
    [kept] = documents.keep(io.BytesIO(body(document("a.txt", b"").replace("><", f">{'&#65;' * 200_000}<"))))
    assert documents.path(kept).read_bytes() == b"A" * 200_000
    assert disk.writes <= 4


def test_a_disk_that_takes_only_a_part_is_told(tmp_path: Path) -> None:
    disk = FaultyDisk()
    disk.short = True
    with capturedLogs() as told:
        assert Documents(disk, tmp_path).keep(io.BytesIO(body(document("a.pdf", pdf())))) == ()
    assert [line["event"] for line in told] == ["slides_left_out"]
    assert not list((tmp_path / "presentations").iterdir())


def test_a_disk_that_takes_nothing_at_all_is_told(tmp_path: Path) -> None:
    disk = FaultyDisk()
    disk.faults = dict.fromkeys(("write", "fdatasync"), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    large = document("a.pdf", bytes(200_000))
    assert Documents(disk, tmp_path).keep(io.BytesIO(body(large))) == ()
    assert not list((tmp_path / "presentations").iterdir())


def test_documents_without_a_name_or_too_many_are_told(tmp_path: Path) -> None:
    many = [element(url=f"http://example.org/{number}.pdf") for number in range(101)]
    with capturedLogs() as told:
        assert len(Documents(Disk(), tmp_path).keep(io.BytesIO(body(element(size="9"), *many)))) == 100
    assert [line["count"] for line in told] == [2]
