"""The disk: what is an operation of it, what it syncs, and which files it opens."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bbbd.storage.disk import OPERATIONS, Disk, TooShort, read_regular


class Watched(Disk):
    """A disk that notes which directories are made and synced."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str]] = []

    def make_directory(self, path: Path, mode: int = 0o700) -> None:
        super().make_directory(path, mode)
        self.noted.append(("make", path.name))

    def sync_directory(self, path: Path) -> None:
        super().sync_directory(path)
        self.noted.append(("sync", path.name))


def test_what_can_be_interrupted_is_said_once() -> None:
    changes = {"write", "truncate", "fdatasync", "fsync", "rename", "link", "unlink", "make_directory", "chmod"}
    assert {*OPERATIONS} == {"open", "remove_tree", *changes}


def test_each_new_directory_is_synced_into_its_parent(tmp_path: Path) -> None:
    disk, top = Watched(), tmp_path / "top"
    top.mkdir()
    disk.mkdir(top / "a/b")
    assert disk.noted == [("make", "a"), ("sync", "top"), ("make", "b"), ("sync", "a")]
    assert (top / "a/b").stat().st_mode & 0o777 == 0o700
    disk.noted.clear()
    disk.mkdir(top / "a/b")
    assert not disk.noted


def test_a_directory_is_made_again_but_not_its_parent(tmp_path: Path) -> None:
    disk = Disk()
    disk.make_again(tmp_path / "a")
    disk.make_again(tmp_path / "a")
    with pytest.raises(FileNotFoundError):
        disk.make_again(tmp_path / "gone/a")


def test_a_file_of_another_length_is_noticed(tmp_path: Path) -> None:
    disk, path = Disk(), tmp_path / "file"
    path.write_bytes(b"12345")
    with pytest.raises(TooShort):
        disk.append(path, b"x", 6)
    assert path.read_bytes() == b"12345"
    # What a failed write left and could not be cut off.
    disk.append(path, b"x", 3)
    assert path.read_bytes() == b"123x"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_regular_file_is_not_read(tmp_path: Path, make: object) -> None:
    path = tmp_path / "x"
    make(path)  # type: ignore[operator]
    with pytest.raises(OSError, match="not a regular file"):
        read_regular(path)
