"""What is handed over is one whole tar that any other server takes in."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest
from sample_archives import DEMO, contents, lay, layout_at, recording
from sample_recordings import metadata, places, record_id

from bbbd.recordings.export import NothingToExport, export
from bbbd.recordings.importer import Importer, ImportOutcome
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import read_metadata
from bbbd.storage.disk import Disk


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def exported(root: Path, spool: Path, own: str = DEMO) -> Path:
    return export(Disk(), layout_at(root), own, spool)


def test_all_formats_are_in_one_tar_and_nobodys(root: Path, spool: Path) -> None:
    files = recording() | recording(form="video", files={"film.webm": b"a film"})
    lay(root / "published", files | recording("other"))
    path = exported(root, spool)
    assert path == spool / f"{DEMO}.tar"
    assert list(spool.iterdir()) == [spool / f"{DEMO}.tar"]
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        found = {one.name: archive.extractfile(one).read() for one in members if one.isfile()}  # type: ignore[union-attr]
    assert found == files
    assert {(one.uid, one.gid, one.uname, one.gname) for one in members} == {(0, 0, "", "")}


def test_what_is_unfinished_or_a_link_is_left_out(root: Path, spool: Path) -> None:
    lay(root / "published", recording(files={"film": b"a film", ".bbbd-0": b"x", "slides/.bbbd-1/x": b"x"}))
    lay(root / "published", {f".bbbd-2/{DEMO}/metadata.xml": b"<recording/>"})
    (root / f"published/presentation/{DEMO}/passwd").symlink_to("/etc/passwd")
    with tarfile.open(exported(root, spool)) as archive:
        files = {one.name for one in archive if not one.isdir()}
        assert not [one.name for one in archive if ".bbbd-" in one.name]
    assert files == {f"presentation/{DEMO}/film", f"presentation/{DEMO}/metadata.xml"}


def test_what_is_exported_can_be_imported(root: Path, spool: Path, tmp_path: Path) -> None:
    lay(
        root / "published", recording(meta={"a": "kept"}) | recording(form="video", files={"film": os.urandom(3 << 20)})
    )
    other = tmp_path / "other"
    told = Importer(Disk(), layout_at(other)).import_from(exported(root, spool))
    assert [one.outcome for one in told] == [ImportOutcome.IMPORTED] * 2
    assert contents(other / "published").keys() == contents(root / "published").keys()
    for name, data in contents(root / "published").items():
        there = (other / "published" / name).read_bytes()
        if name.endswith("metadata.xml"):
            form = name.split("/")[0]
            texts = [read_metadata(one, Place.PUBLISHED, form, DEMO) for one in (data, there)]
            assert texts[0] == texts[1]
        else:
            assert there == data


def test_what_is_unpublished_stays_so_elsewhere(root: Path, spool: Path, tmp_path: Path) -> None:
    lay(root / "unpublished", recording(state="unpublished"))
    Importer(Disk(), layout_at(tmp_path / "other")).import_from(exported(root, spool))
    assert places(tmp_path / "other", DEMO) == {"unpublished/presentation"}


@pytest.mark.parametrize("place", ["published", "unpublished"])
@pytest.mark.parametrize("said", ["published", "unpublished"])
def test_the_directory_decides_whether_it_is_published_and_not_the_metadata(
    root: Path, spool: Path, tmp_path: Path, place: str, said: str
) -> None:
    lay(root / place, recording(state=said))
    path = exported(root, spool)
    with tarfile.open(path) as archive:
        file = archive.extractfile(f"presentation/{DEMO}/metadata.xml")
        assert file is not None
        text = file.read().decode()
    published = str(place == "published").lower()
    assert f"<state>{place}</state><published>{published}</published>" in text
    Importer(Disk(), layout_at(tmp_path / "other")).import_from(path)
    assert places(tmp_path / "other", DEMO) == {f"{place}/presentation"}
    Importer(Disk(), layout_at(tmp_path / "third")).import_from(root / place / "presentation" / DEMO)
    assert places(tmp_path / "third", DEMO) == {f"{place}/presentation"}
    metadata = tmp_path / "third" / place / "presentation" / DEMO / "metadata.xml"
    assert f"<state>{place}</state><published>{published}</published>" in metadata.read_text()


@pytest.mark.parametrize("own", ["a" * 64, f"{'b' * 64}-1531240585189"])
def test_an_id_of_64_digits_is_exported_and_imported(root: Path, spool: Path, tmp_path: Path, own: str) -> None:
    text = metadata(own).encode()
    lay(root / "published", {f"presentation/{own}/metadata.xml": text})
    (told,) = Importer(Disk(), layout_at(tmp_path / "other")).import_from(exported(root, spool, own))
    assert (told.what, told.outcome) == (f"{own} presentation", ImportOutcome.IMPORTED)
    assert places(tmp_path / "other", own) == {"published/presentation"}


def test_published_formats_are_preferred(root: Path, spool: Path) -> None:
    lay(root / "published", recording(files={"film": b"published"}))
    lay(root / "unpublished", recording(files={"film": b"unpublished"}) | recording(form="video"))
    with tarfile.open(exported(root, spool)) as archive:
        assert {name.split("/")[0] for name in archive.getnames()} == {"presentation"}
        film = archive.extractfile(f"presentation/{DEMO}/film")
        assert film is not None
        assert film.read() == b"published"


@pytest.mark.parametrize("own", [record_id("other"), DEMO[:-1], "x"])
def test_what_is_not_there_cannot_be_exported(root: Path, spool: Path, own: str) -> None:
    lay(root / "published", recording())
    lay(root / "deleted", recording("other"))
    with pytest.raises(NothingToExport):
        exported(root, spool, own)
    assert not spool.exists()


def test_an_export_takes_the_place_of_an_older_one(root: Path, spool: Path) -> None:
    lay(root / "published", recording())
    first = exported(root, spool).read_bytes()
    lay(root / "published", recording(files={"more": b"more"}))
    assert exported(root, spool).read_bytes() != first
    assert list(spool.iterdir()) == [spool / f"{DEMO}.tar"]


class FullDisk(Disk):
    """A disk that cannot be waited for."""

    def fsync(self, descriptor: int) -> None:
        raise OSError("full")


def test_a_fault_leaves_no_part_of_an_export(root: Path, spool: Path) -> None:
    lay(root / "published", recording())
    with pytest.raises(OSError, match="full"):
        export(FullDisk(), layout_at(root), DEMO, spool)
    assert list(spool.iterdir()) == []


def test_the_progress_of_an_export_goes_up_to_the_whole(root: Path, spool: Path) -> None:
    files = recording() | recording(form="video")
    lay(root / "published", files)
    steps: list[tuple[int, int]] = []
    export(Disk(), layout_at(root), DEMO, spool, lambda done, total: steps.append((done, total)))
    whole = sum(map(len, files.values()))
    assert steps == sorted(steps)
    assert steps[-1] == (whole, whole)
