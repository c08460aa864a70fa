"""Watched directories: what comes whole is taken once, what is bad is put aside with its reason."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from sample_archives import DEMO, contents, layout_at, pack, recording
from sample_recordings import places, record_id
from twisted.logger import LogEvent

from bbbd.recordings.importer import Imported, Importer, ImportOutcome
from bbbd.recordings.spool import Requests, Spool, request_import, take_answer
from bbbd.storage.disk import Disk


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    return tmp_path / "incoming"


@pytest.fixture
def importer(root: Path) -> Importer:
    return Importer(Disk(), layout_at(root))


@pytest.fixture
def spool(importer: Importer, incoming: Path) -> Spool:
    return Spool(Disk(), incoming, importer)


@pytest.fixture
def requests(importer: Importer, incoming: Path) -> Requests:
    return Requests(Disk(), incoming, importer)


def test_a_directory_that_is_not_there_has_nothing(spool: Spool, requests: Requests) -> None:
    assert spool.import_new(protect=False) == 0
    assert requests.carry_out(protect=False) == {}


@pytest.mark.parametrize(("name", "mode"), [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tgz", "w:gz")])
def test_an_archive_is_taken_at_the_second_look_and_removed(
    spool: Spool, incoming: Path, root: Path, name: str, mode: str
) -> None:
    path = pack(incoming / name, recording(), mode=mode)
    assert spool.import_new(protect=False) == 0
    assert path.exists()
    assert places(root, DEMO) == set()
    assert spool.import_new(protect=False) == 1
    assert places(root, DEMO) == {"published/presentation"}
    assert contents(incoming) == {}
    assert spool.import_new(protect=False) == 0


def test_an_archive_that_still_grows_is_waited_for(spool: Spool, incoming: Path, root: Path) -> None:
    path = pack(incoming / "a.tar", recording())
    data = path.read_bytes()
    for length in (0, 700, len(data)):
        path.write_bytes(data[:length])
        assert spool.import_new(protect=False) == 0
    assert spool.import_new(protect=False) == 1
    assert places(root, DEMO) == {"published/presentation"}


def test_an_archive_that_was_touched_is_waited_for(spool: Spool, incoming: Path) -> None:
    path = pack(incoming / "a.tar", recording())
    spool.import_new(protect=False)
    os.utime(path, ns=(1, 1))
    assert spool.import_new(protect=False) == 0
    assert spool.import_new(protect=False) == 1


def test_how_archives_are_taken_is_the_spools_and_the_settings(importer: Importer, incoming: Path, root: Path) -> None:
    pack(incoming / "a.tar", recording())
    spool = Spool(Disk(), incoming, importer, unpublished=True)
    assert [spool.import_new(protect=True), spool.import_new(protect=True)] == [0, 1]
    assert places(root, DEMO) == {"unpublished/presentation"}
    assert "<protected>true</protected>" in (root / f"unpublished/presentation/{DEMO}/metadata.xml").read_text()


def test_an_archive_whose_recording_is_there_is_removed_too(spool: Spool, incoming: Path, root: Path) -> None:
    for _time in range(2):
        pack(incoming / "a.tar", recording())
        assert [spool.import_new(protect=False), spool.import_new(protect=False)] == [0, 1]
    assert contents(incoming) == {}
    assert places(root, DEMO) == {"published/presentation"}


def refuse(spool: Spool, path: Path, data: bytes) -> str:
    """Put a bad archive there, see it put aside, and return the reason that lies beside it."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    assert [spool.import_new(protect=False), spool.import_new(protect=False)] == [0, 0]
    assert not path.exists()
    failed = path.parent / "failed"
    assert (failed / path.name).read_bytes() == data
    return (failed / f"{path.name}.txt").read_bytes().decode()


def test_a_refused_archive_is_put_aside_with_its_reason_and_not_tried_again(
    spool: Spool, incoming: Path, root: Path, logged: list[LogEvent]
) -> None:
    assert refuse(spool, incoming / "a.tar", b"garbage").startswith("refused        a.tar: is not a whole tar archive")
    assert len([event for event in logged if event.get("event") == "import"]) == 1
    before = contents(incoming)
    for _look in range(3):
        assert spool.import_new(protect=False) == 0
    assert contents(incoming) == before
    assert len([event for event in logged if event.get("event") == "import"]) == 1
    assert contents(root) == {}


def test_a_bad_archive_does_not_hold_up_the_others(spool: Spool, incoming: Path, root: Path) -> None:
    for name in ("a.tar", "c.tar"):
        pack(incoming / name, {"x": b"x"})
    pack(incoming / "b.tar", recording())
    pack(incoming / "d.tar", recording("other"))
    assert [spool.import_new(protect=False), spool.import_new(protect=False)] == [0, 2]
    assert sorted(contents(incoming / "failed")) == ["a.tar", "a.tar.txt", "c.tar", "c.tar.txt"]
    assert places(root, DEMO) == places(root, record_id("other")) == {"published/presentation"}


def test_a_second_bad_archive_of_one_name_takes_the_firsts_stead(spool: Spool, incoming: Path) -> None:
    refuse(spool, incoming / "a.tar", b"garbage")
    refuse(spool, incoming / "a.tar", b"other garbage")
    assert len(contents(incoming)) == 2


@pytest.mark.parametrize("name", ["a\udcff.tar", "a\n\x1b.tar", "\u00fc \u2028.tar", "n" * 251 + ".tar"])
def test_a_strange_name_is_put_aside_as_any_other(spool: Spool, incoming: Path, name: str) -> None:
    path = incoming / name
    path.parent.mkdir()
    path.write_bytes(b"garbage")
    assert [spool.import_new(protect=False), spool.import_new(protect=False)] == [0, 0]
    assert not path.exists()
    assert b"garbage" in contents(incoming / "failed").values()


def test_a_name_in_an_archive_that_is_not_utf_8_is_put_aside(spool: Spool, incoming: Path) -> None:
    data = pack(incoming.parent / "bad", {"presentation/\udcff/metadata.xml": b"<recording/>"}).read_bytes()
    assert "called as a recording" in refuse(spool, incoming / "a.tar", data)


def test_a_file_that_is_a_directory_too_is_put_aside(spool: Spool, incoming: Path, root: Path) -> None:
    data = pack(incoming.parent / "bad", {f"presentation/{DEMO}": b"x"} | recording()).read_bytes()
    assert refuse(spool, incoming / "a.tar", data).startswith("refused        a.tar: ")
    assert contents(root) == {}


@pytest.mark.parametrize("name", [".a.tar", ".bbbd-0123.tar", "a.tar.part", "a.zip", "a.tar.txt", "tar", "sub/a.tar"])
def test_hidden_and_other_names_are_left_alone(spool: Spool, incoming: Path, root: Path, name: str) -> None:
    pack(incoming / name, recording())
    before = contents(incoming)
    for _look in range(3):
        assert spool.import_new(protect=False) == 0
    assert contents(incoming) == before
    assert places(root, DEMO) == set()


def test_a_directory_called_as_an_archive_is_left_alone(spool: Spool, incoming: Path) -> None:
    pack(incoming / "a.tar" / "x", recording())
    assert [spool.import_new(protect=False), spool.import_new(protect=False)] == [0, 0]
    assert (incoming / "a.tar" / "x").exists()


def serve(requests: Requests, *, protect: bool = False) -> int:
    answers = requests.carry_out(protect=protect)
    requests.answer(answers)
    return len(answers)


def test_what_is_asked_for_is_done_and_answered(requests: Requests, incoming: Path, root: Path) -> None:
    path = pack(incoming.parent / "a.tar", recording())
    answer = request_import(Disk(), incoming, "one", path, unpublished=True)
    assert take_answer(Disk(), answer) is None
    assert serve(requests, protect=True) == 1
    assert json.loads(answer.read_text()) == [[f"{DEMO} presentation", "imported", ""]]
    assert sorted(contents(incoming)) == ["one.answer"]
    assert path.exists()
    assert places(root, DEMO) == {"unpublished/presentation"}
    assert "<protected>true</protected>" in (root / f"unpublished/presentation/{DEMO}/metadata.xml").read_text()
    assert take_answer(Disk(), answer) == [Imported(f"{DEMO} presentation", ImportOutcome.IMPORTED)]
    assert contents(incoming) == {}
    assert serve(requests) == 0


def test_several_are_answered_each_for_itself(requests: Requests, incoming: Path) -> None:
    good, bad = pack(incoming.parent / "a.tar", recording()), pack(incoming.parent / "b.tar", {"x": b"x"})
    answers = [
        request_import(Disk(), incoming, name, path, unpublished=False) for name, path in (("1", bad), ("2", good))
    ]
    assert serve(requests) == 2
    assert [json.loads(answer.read_text())[0][1] for answer in answers] == ["refused", "imported"]


@pytest.mark.parametrize(
    "asked",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"7",
        b"{}",
        b'{"path": 7, "unpublished": true}',
        b'{"path": "/nowhere/a.tar", "unpublished": false}',
        b'{"path": "/nowhere/\\u0000", "unpublished": false}',
        b'{"path": "/dev/null"}',
        b'{"path": "/dev/null", "unpublished": false}',
    ],
)
def test_what_cannot_be_asked_is_answered_as_refused(
    requests: Requests, incoming: Path, root: Path, asked: bytes
) -> None:
    incoming.mkdir()
    (incoming / "x.ask").write_bytes(asked)
    assert serve(requests) == 1
    ((_what, outcome, why),) = json.loads((incoming / "x.answer").read_text())
    assert outcome == "refused"
    assert why
    assert sorted(contents(incoming)) == ["x.answer"]
    assert contents(root) == {}
