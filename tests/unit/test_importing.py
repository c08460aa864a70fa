"""Archives are taken in whole or not at all, whoever made them."""

from __future__ import annotations

import errno
import gzip
import io
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from harness import FaultyDisk
from sample_archives import DEMO, contents, entry, lay, layout_at, pack, recording, tarred
from sample_recordings import START, metadata, places, record_id

from bbbd.recordings.archive import (
    MOST_DEPTH,
    MOST_DIRECTORIES,
    MOST_FORMATS,
    MOST_RATIO,
    ArchiveRefused,
    archive_members,
)
from bbbd.recordings.importer import Imported, Importer, ImportOutcome
from bbbd.recordings.index import MetadataKey
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import Metadata, read_metadata
from bbbd.recordings.transactions import TransactionRunner, edit_steps, move_steps
from bbbd.storage.disk import Disk

FILM = f"presentation/{DEMO}/media/deskshare.webm"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def importer(root: Path) -> Importer:
    return Importer(Disk(), layout_at(root))


def told(root: Path, place: str = "published", form: str = "presentation", own: str = DEMO) -> Metadata:
    data = (root / place / form / own / "metadata.xml").read_bytes()
    return read_metadata(data, Place(place), form, own)


def media(root: Path) -> dict[str, bytes]:
    """Return the files of all recordings but their metadata.xml."""
    return {name: data for name, data in contents(root).items() if not name.endswith("metadata.xml")}


IMPORTED = [Imported(f"{DEMO} presentation", ImportOutcome.IMPORTED)]


@pytest.mark.parametrize(("name", "mode"), [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tgz", "w:gz"), ("a", "w:gz")])
def test_a_recording_is_taken_in_as_it_was(importer: Importer, root: Path, name: str, mode: str) -> None:
    assert importer.import_from(pack(root.parent / name, recording(), mode=mode)) == IMPORTED
    assert media(root) == {
        f"published/{name}": data for name, data in recording().items() if not name.endswith("metadata.xml")
    }
    found = told(root)
    assert (found.name, found.start, found.meeting_id, found.protected) == ("Demo", START, "demo", None)
    assert "<x-unknown kept=" in (root / f"published/presentation/{DEMO}/metadata.xml").read_text()


@pytest.mark.parametrize("before", ["./", "/", "//", "var/bigbluebutton/published/", "/var/bigbluebutton/unpublished/"])
def test_members_may_lie_at_any_depth(importer: Importer, root: Path, before: str) -> None:
    files = {before + name: data for name, data in recording().items()}
    path = pack(root.parent / "a.tar", files, entry("./", tarfile.DIRTYPE), entry("empty", tarfile.DIRTYPE))
    assert importer.import_from(path) == IMPORTED
    assert (root / "published" / FILM).read_bytes() == b"a film"


def test_a_long_name_is_kept(importer: Importer, root: Path) -> None:
    deep = "/".join(["d" * 200] * 4)
    assert importer.import_from(pack(root.parent / "a.tar", recording(files={deep: b"far down"}))) == IMPORTED
    assert (root / f"published/presentation/{DEMO}" / deep).read_bytes() == b"far down"


def test_the_format_comes_from_the_metadata_when_no_directory_says_it(importer: Importer, root: Path) -> None:
    files = {name.removeprefix("presentation/"): data for name, data in recording().items()}
    path = pack(root.parent / "a.tar", files)
    assert importer.import_from(path) == IMPORTED
    assert places(root, DEMO) == {"published/presentation"}
    assert importer.import_from(path) == [Imported(f"{DEMO} presentation", ImportOutcome.ALREADY_THERE)]


def test_a_directory_of_a_format_is_taken_in_and_stays(importer: Importer, root: Path) -> None:
    source = lay(root.parent / "other", recording())
    assert importer.import_from(source / "presentation" / DEMO) == IMPORTED
    assert (root / "published" / FILM).read_bytes() == b"a film"
    assert (source / FILM).read_bytes() == b"a film"


def test_a_whole_tree_is_taken_in(importer: Importer, root: Path) -> None:
    other = recording("other", form="podcast", files={"audio.ogg": b"a sound"})
    source = lay(root.parent / "tree", recording() | recording(form="video") | other)
    assert {str(one) for one in importer.import_from(source)} == {
        f"imported       {DEMO} presentation",
        f"imported       {DEMO} video",
        f"imported       {record_id('other')} podcast",
    }
    assert places(root, DEMO) == {"published/presentation", "published/video"}
    assert (root / f"published/podcast/{record_id('other')}/audio.ogg").read_bytes() == b"a sound"


def test_what_the_metadata_calls_unpublished_stays_so(importer: Importer, root: Path) -> None:
    importer.import_from(pack(root.parent / "a.tar", recording(state="unpublished")))
    assert places(root, DEMO) == {"unpublished/presentation"}


def test_an_import_may_be_asked_to_stay_unpublished(importer: Importer, root: Path) -> None:
    importer.import_from(pack(root.parent / "a.tar", recording()), unpublished=True)
    assert places(root, DEMO) == {"unpublished/presentation"}
    text = (root / f"unpublished/presentation/{DEMO}/metadata.xml").read_text()
    assert "<state>unpublished</state><published>false</published>" in text


@pytest.mark.parametrize(
    ("extra", "protected"),
    [("", True), ("<protected>false</protected>", False), ("<protected>true</protected>", True)],
)
def test_what_comes_can_be_protected_unless_it_says_itself(
    importer: Importer,
    root: Path,
    extra: str,
    protected: bool,  # noqa: FBT001
) -> None:
    importer.import_from(pack(root.parent / "a.tar", recording(extra=extra)), protect=True)
    assert told(root).protected is protected


def test_the_progress_goes_up_to_the_whole(importer: Importer, root: Path) -> None:
    files = recording(files={"one": b"1" * (3 << 20), "two": b"2" * 10, "empty": b""})
    steps: list[tuple[int, int]] = []
    importer.import_from(pack(root.parent / "a.tar", files), progress=lambda done, total: steps.append((done, total)))
    whole = sum(map(len, files.values()))
    assert steps == sorted(steps)
    assert len(steps) > 4
    assert steps[-1] == (whole, whole)


def test_the_same_again_is_told_and_changes_nothing(importer: Importer, root: Path) -> None:
    path = pack(root.parent / "a.tar", recording() | recording(form="video"))
    importer.import_from(path)
    before = contents(root)
    assert importer.import_from(path) == [
        Imported(f"{DEMO} presentation", ImportOutcome.ALREADY_THERE),
        Imported(f"{DEMO} video", ImportOutcome.ALREADY_THERE),
    ]
    assert contents(root) == before


def changer(root: Path) -> tuple[TransactionRunner, MetadataKey]:
    """Return what changes recordings, as after a start, and the key of the demo's first format."""
    change = TransactionRunner(Disk(), layout_at(root))
    change.finish()
    return change, MetadataKey(Place.PUBLISHED, "presentation", DEMO)


def test_a_format_that_comes_again_keeps_what_was_changed_here(importer: Importer, root: Path) -> None:
    importer.import_from(pack(root.parent / "a.tar", recording(meta={"a": "theirs", "b": "theirs"})))
    change, key = changer(root)
    change.do(edit_steps([key], {"a": "ours", "b": "", "c": "ours"}, "true"))
    change.do(move_steps([key], Place.UNPUBLISHED))
    files = {"media/deskshare.webm": b"a longer film", "new.txt": b"new"}
    again = pack(root.parent / "b.tar", recording(files=files, meta={"a": "again", "b": "again"}, duration=7000))
    assert importer.import_from(again) == IMPORTED
    assert places(root, DEMO) == {"unpublished/presentation"}
    assert media(root) == {f"unpublished/presentation/{DEMO}/{name}": data for name, data in files.items()}
    found = told(root, "unpublished")
    assert (found.protected, found.format.duration) == (True, 7000)
    assert {name: found.meta.get(name) for name in "abc"} == {"a": "ours", "b": None, "c": "ours"}


def test_a_second_format_joins_the_first(importer: Importer, root: Path) -> None:
    importer.import_from(pack(root.parent / "a.tar", recording(meta={"a": "theirs"})))
    change, key = changer(root)
    change.do(edit_steps([key], {"a": "ours"}, "true"))
    change.do(move_steps([key], Place.UNPUBLISHED))
    second = pack(root.parent / "b.tar", recording(form="video", meta={"a": "theirs"}))
    assert importer.import_from(second) == [Imported(f"{DEMO} video", ImportOutcome.IMPORTED)]
    assert places(root, DEMO) == {"unpublished/presentation", "unpublished/video"}
    found = told(root, "unpublished", "video")
    assert (found.meta["a"], found.protected) == ("ours", True)


def test_a_deleted_recording_does_not_come_back(importer: Importer, root: Path) -> None:
    path = pack(root.parent / "a.tar", recording() | recording(form="video"))
    importer.import_from(path)
    change, key = changer(root)
    change.do(move_steps([key, key._replace(format="video")], Place.DELETED, deleted_at=START))
    before = contents(root)
    (refused,) = importer.import_from(path)
    assert refused.outcome is ImportOutcome.REFUSED
    assert "deleted" in refused.why
    assert contents(root) == before


BYTES = tarred(recording())
#: Where the second member begins.
SECOND = BYTES.index(FILM.encode())
PACKED = gzip.compress(BYTES)
GOOD = recording()
META = f"presentation/{DEMO}/metadata.xml"


def over(name: str, size: int) -> bytes:
    """Return a member's header that claims a size, and nothing of what it claims."""
    info = entry(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


def long_name(size: int, kind: bytes) -> bytes:
    """Return a member whose name, as its header has it, is so long."""
    head = entry("././@LongLink", kind)
    head.size = size
    return head.tobuf(tarfile.GNU_FORMAT) + b"n" * size + b"\0" * (-size % 512) + BYTES


def nested(many: int) -> bytes:
    head = entry("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    head.size = 2
    return (head.tobuf(tarfile.GNU_FORMAT) + b"n\0" + b"\0" * 510) * many + BYTES


def with_pax(headers: dict[str, str], data: bytes = b"", size: int | None = None) -> bytes:
    """Return an archive whose second member has pax headers, and a size of its own in its plain header."""
    info = entry(f"presentation/{DEMO}/film")
    info.pax_headers = headers
    info.size = len(data) if size is None else size
    padded = data + b"\0" * (-len(data) % 512)
    first = tarred({META: GOOD[META]})[: 512 + len(GOOD[META]) + -len(GOOD[META]) % 512]
    return first + info.tobuf(tarfile.PAX_FORMAT) + padded + bytes(1024)


def with_header(name: str, spoil: Callable[[bytearray], None]) -> bytes:
    """Return an archive whose first member has a plain header that was changed, with its sum made right."""
    head = bytearray(entry(name).tobuf(tarfile.GNU_FORMAT))
    spoil(head)
    head[148:156] = b"%06o\0 " % (sum(head[:148]) + 8 * 32 + sum(head[156:]))
    return bytes(head) + BYTES


def old_sparse(head: bytearray) -> None:
    """Make a header that of a sparse file of the old form: its size leads back, the size of the file does not."""
    head[156:157] = tarfile.GNUTYPE_SPARSE
    head[124:136] = (-1024).to_bytes(12, "big", signed=True)
    head[386:410] = b"00000000000\0" + b"00000000001\0"
    head[483:495] = b"00000000010\0"


def negative(head: bytearray) -> None:
    head[124:136] = (-512).to_bytes(12, "big", signed=True)


def deep(depth: int, members: int) -> bytes:
    """Return an archive with directories below directories, those of each member others."""
    files = {f"m{number}/" + "d/" * depth + "x": b"" for number in range(members)}
    return gzip.compress(tarred(GOOD | files))


HOSTILE: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    "a symlink": (tarred(GOOD, entry(f"presentation/{DEMO}/x", tarfile.SYMTYPE, "/etc/passwd")), "link"),
    "a symlink to a directory": (tarred({}, entry("presentation", tarfile.SYMTYPE, "/tmp")) + BYTES, "link"),
    "a hard link": (tarred(GOOD, entry(f"presentation/{DEMO}/x", tarfile.LNKTYPE, META)), "link"),
    "a device": (tarred(GOOD, entry(f"presentation/{DEMO}/x", tarfile.CHRTYPE)), "device"),
    "a fifo": (tarred(GOOD, entry(f"presentation/{DEMO}/x", tarfile.FIFOTYPE)), "device"),
    "a way up": (tarred(GOOD | {f"presentation/{DEMO}/../../../x": b"x"}), "member called"),
    "a way up at the beginning": (tarred({"../x": b"x"} | GOOD), "member called"),
    "a directory above": (tarred(GOOD, entry("..", tarfile.DIRTYPE)), "member called"),
    "a backslash": (tarred(GOOD | {"..\\x": b"x"}), "member called"),
    "a name too long for a file": (tarred(GOOD | {"n" * 256: b"x"}), "too long"),
    "two of one name": (tarred(GOOD, entry(META)), "two members of one name"),
    "two that differ by case": (tarred(GOOD | {META.replace("presentation/", "Presentation/"): b"x"}), "two members"),
    "a file that is a directory too": (tarred({f"presentation/{DEMO}": b"x"} | GOOD), ""),
    "a member cut off": (BYTES[: 512 + 1024], "not a whole"),
    "a header cut off": (BYTES[: SECOND + 100], "not a whole"),
    "a cut between members": (BYTES[:SECOND], "not a whole"),
    "its end cut off": (BYTES[: BYTES.index(b"<svg/>") + 512], "not a whole"),
    "garbage in the middle": (BYTES[:SECOND] + b"g" * 512 + BYTES[SECOND + 512 :], "not a whole"),
    "a gz that is cut": (PACKED[: len(PACKED) // 2], "not a whole"),
    "a gz that is cut near its end": (PACKED[:-12], "not a whole"),
    "a gz without its checksum": (PACKED[:-8], "not a whole"),
    "a gz of other data than its checksum says": (gzip.compress(BYTES, 0).replace(b"a film", b"a fiXm"), "not a whole"),
    "a gz that is damaged": (PACKED[:60] + bytes([PACKED[60] ^ 255]) + PACKED[61:], "not a whole"),
    "garbage": (b"garbage" * 1000, "not a whole"),
    "nothing": (b"", "not a whole"),
    "a gz of garbage": (gzip.compress(b"garbage" * 1000), "not a whole"),
    "no members": (tarred({}), "no metadata.xml"),
    "no metadata": (tarred({FILM: b"a film"}), "no metadata.xml"),
    "metadata that is empty": (tarred({META: b""}), "not well-formed"),
    "metadata that is no XML": (tarred({META: b"<recording>"}), "not well-formed"),
    "metadata with a DTD": (tarred({META: b"<!DOCTYPE recording [<!ENTITY e 'x'>]><recording>&e;</recording>"}), "DTD"),
    "metadata of something else": (tarred({META: b"<html/>"}), "not a recording's"),
    "metadata of another": (tarred({META: metadata(record_id("other")).encode()}), "but lies in"),
    "metadata that is huge": (tarred({META: b"<recording>" + b" " * (5 << 20) + b"</recording>"}), "larger than"),
    "a directory that is no id": (tarred({"presentation/1234/metadata.xml": GOOD[META]}), "called as a recording"),
    "a directory that is not UTF-8": (tarred({"presentation/\udcff/metadata.xml": b"<recording/>"}), "as a recording"),
    "a format that is no name": (
        tarred({META: b"<recording><playback><format>../x</format></playback></recording>"}),
        "format called",
    ),
    "one format twice": (tarred(GOOD | {f"more/{name}": data for name, data in GOOD.items()}), "twice"),
    "one good and one bad": (tarred(GOOD | {"video/1234/metadata.xml": GOOD[META]}), "called as a recording"),
    "a claim of too much": (gzip.compress(over(META, (MOST_RATIO << 20) + 1)), "far more than it is long"),
    "many claims of too much": (lambda: gzip.compress(tarred({name: bytes(110 << 20) for name in "ab"}), 1), "far mo"),
    "a negative size": (gzip.compress(over(META, -512) + BYTES), ""),
    "a negative size in a pax header": (with_pax({"size": "-1536"}), "impossible size"),
    "a negative size that a pax header makes less": (with_pax({"size": "-1"}), "impossible size"),
    "a negative sparse size": (with_pax({"GNU.sparse.size": "-99999999", "GNU.sparse.map": "0,0"}), "impossible size"),
    "a negative real size": (
        with_pax(
            {
                "GNU.sparse.major": "1",
                "GNU.sparse.minor": "0",
                "GNU.sparse.realsize": "-99999999",
                "GNU.sparse.name": "film",
            },
            b"1\n0\n0\n".ljust(512, b"\0"),
        ),
        "impossible size",
    ),
    "a negative size in a plain header": (with_header("x", negative), "impossible size"),
    "a negative size of a directory": (with_header("x/", negative), "impossible size"),
    "a negative size under a sparse one": (with_header("x", old_sparse), "impossible size"),
    "a sparse map that goes back": (
        with_pax({"GNU.sparse.size": "4099", "GNU.sparse.map": "4096,3,0,3"}, b"endend"),
        "impossible map",
    ),
    "a sparse map with a negative piece": (
        with_pax({"GNU.sparse.size": "4099", "GNU.sparse.map": "0,-5,4096,3"}, b"end"),
        "impossible map",
    ),
    "a sparse map longer than its file": (
        with_pax({"GNU.sparse.size": "4", "GNU.sparse.map": "0,500"}, b"e" * 500),
        "impossible map",
    ),
    "a sparse file of terabytes": (
        with_pax({"GNU.sparse.size": str(1 << 42), "GNU.sparse.map": "0,1"}, b"e"),
        "unpacks to",
    ),
    "a name of thousands of directories": (lambda: deep(1900, 100), "too long"),
    "directories below hundreds of others": (lambda: deep(450, 50), "below more than"),
    "directories below more than allowed": (lambda: deep(MOST_DEPTH, 1), "below more than"),
    "too many directories": (lambda: deep(20, MOST_DIRECTORIES // 20), "directories"),
    "a directory too deep that is empty": (
        tarred(GOOD, entry("d/" * (MOST_DEPTH + 2), tarfile.DIRTYPE)),
        "below more than",
    ),
    "too many formats": (
        lambda: gzip.compress(tarred({f"f{number}/x/metadata.xml": b"" for number in range(MOST_FORMATS + 1)})),
        "formats",
    ),
    "a name of megabytes": (gzip.compress(long_name(64 << 20, tarfile.GNUTYPE_LONGNAME), 1), "header that is too long"),
    "a link's name of megabytes": (gzip.compress(long_name(64 << 20, tarfile.GNUTYPE_LONGLINK), 1), "too long"),
    "a pax header of megabytes": (gzip.compress(long_name(64 << 20, tarfile.XHDTYPE), 1), "header that is too long"),
    "a global pax header of megabytes": (gzip.compress(long_name(64 << 20, tarfile.XGLTYPE), 1), "too long"),
    "names upon names": (nested(3000), "not a whole"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_bad_archive_is_refused_and_leaves_nothing(importer: Importer, root: Path, case: str) -> None:
    importer.import_from(pack(root.parent / "good.tar", recording(files={"a": b"what was here before"})))
    before, outside = contents(root), sorted(path.name for path in root.parent.iterdir())
    data, why = HOSTILE[case]
    path = root.parent / "bad.tar"
    path.write_bytes(data() if callable(data) else data)
    (refused,) = importer.import_from(path)
    assert (refused.what, refused.outcome) == ("bad.tar", ImportOutcome.REFUSED)
    # Later Pythons see some negative sizes themselves.
    assert why in refused.why or "invalid offset" in refused.why
    assert refused.why.encode()
    assert contents(root) == before
    assert sorted(path.name for path in root.parent.iterdir()) == sorted([*outside, "bad.tar"])


@pytest.mark.parametrize("size", ["-1536", "-1"])
def test_a_negative_size_is_refused_by_newer_pythons_too(
    root: Path, monkeypatch: pytest.MonkeyPatch, size: str
) -> None:
    as_it_was = tarfile.TarInfo._block  # type: ignore[attr-defined]

    def block(member: tarfile.TarInfo, count: int) -> object:
        # As Python 3.13.6 and Debian 13 have it; tarfile itself takes such a header for the end.
        if count < 0:
            raise tarfile.InvalidHeaderError("invalid offset")  # type: ignore[attr-defined]
        return as_it_was(member, count)

    monkeypatch.setattr(tarfile.TarInfo, "_block", block)
    path = root.parent / "bad.tar"
    path.write_bytes(with_pax({"size": size}))
    with pytest.raises(ArchiveRefused, match="impossible size"), archive_members(path):
        pass


def test_a_pipe_in_place_of_an_archive_holds_up_nobody(importer: Importer, root: Path) -> None:
    os.mkfifo(root.parent / "a.tar")
    (refused,) = importer.import_from(root.parent / "a.tar")
    assert (refused.outcome, refused.why) == (ImportOutcome.REFUSED, "is not a plain file")
    assert contents(root) == {}


def test_a_member_at_the_deepest_place_allowed_is_taken(importer: Importer, root: Path) -> None:
    inner = "d/" * (MOST_DEPTH - 2) + "film"
    assert importer.import_from(pack(root.parent / "a.tar", recording(files={inner: b"deep"}))) == IMPORTED
    assert (root / f"published/presentation/{DEMO}" / inner).read_bytes() == b"deep"


def read_by_process(path: Path, *limits: str) -> subprocess.CompletedProcess[bytes]:
    command = (sys.executable, "-m", "bbbd.recordings.unpack", *limits, str(path))
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)


@pytest.mark.faults
def test_an_archive_that_needs_much_memory_to_read_ends_its_reader_alone(root: Path) -> None:
    path = root.parent / "a.tar.gz"
    headers = {f"x{number}": "y" * 1000 for number in range(1000)}
    infos = [entry(f"{number}") for number in range(120)]
    for info in infos:
        info.pax_headers = headers
    path.write_bytes(gzip.compress(b"".join(one.tobuf(tarfile.PAX_FORMAT) for one in infos) + bytes(1024), 1))
    done = read_by_process(path, f"--memory={64 << 20}")
    assert (done.returncode, done.stderr) == (os.EX_DATAERR, b"needs more than 64 MiB to read\n")


@pytest.mark.faults
def test_an_archive_that_takes_long_to_read_ends_its_reader_alone(root: Path) -> None:
    files = {f"{number}": b"" for number in range(60_000)}
    path = root.parent / "a.tar.gz"
    path.write_bytes(gzip.compress(tarred(files), 1))
    assert read_by_process(path, "--seconds=1").returncode == -signal.SIGXCPU


class ReaderKiller(Disk):
    """A disk that kills the process which reads the archive as soon as there is something to write."""

    def write(self, descriptor: int, data: bytes) -> int:
        for task in Path("/proc/self/task").iterdir():
            for pid in (task / "children").read_text().split():
                if b"bbbd.recordings.unpack" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(int(pid), signal.SIGKILL)
        return super().write(descriptor, data)


def test_a_kill_of_the_reader_leaves_nothing(root: Path) -> None:
    path = pack(root.parent / "a.tar", recording(files={"film": bytes(8 << 20)}))
    with pytest.raises(OSError, match="status -9"):
        Importer(ReaderKiller(), layout_at(root)).import_from(path)
    assert contents(root) == {}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda there: (there / "x").symlink_to("/etc/passwd"),
        lambda there: (there / "x").symlink_to("/etc"),
        lambda there: (there / "x").symlink_to("nowhere"),
        lambda there: os.mkfifo(there / "x"),
        lambda there: (there / "metadata.xml").unlink(),
        lambda there: there.rename(there.parent / "1234"),
    ],
    ids=["a link", "a link to a directory", "a link to nothing", "a fifo", "no metadata", "no id"],
)
def test_a_bad_directory_is_refused_and_leaves_nothing(
    importer: Importer, root: Path, spoil: Callable[[Path], object]
) -> None:
    source = lay(root.parent / "tree", recording())
    spoil(source / "presentation" / DEMO)
    (refused,) = importer.import_from(source)
    assert (refused.what, refused.outcome) == ("tree", ImportOutcome.REFUSED)
    assert contents(root) == {}


class SmallDisk(Disk):
    """A disk on which little is free."""

    def free(self, path: Path) -> int:
        return 64 << 20


def test_what_does_not_fit_is_refused_before_it_is_unpacked(root: Path) -> None:
    (refused,) = Importer(SmallDisk(), layout_at(root)).import_from(pack(root.parent / "a.tar", recording()))
    assert refused.outcome is ImportOutcome.REFUSED
    assert "do not fit" in refused.why
    assert contents(root) == {}


class HalfEmptyDisk(Disk):
    """A disk on which a hundred MiB are free."""

    def free(self, path: Path) -> int:
        return 100 << 20


def test_many_small_files_are_counted_with_the_blocks_that_they_fill(root: Path) -> None:
    path = root.parent / "a.tar.gz"
    path.write_bytes(gzip.compress(tarred(recording(files={f"{number}": b"x" for number in range(10_000)})), 1))
    (refused,) = Importer(HalfEmptyDisk(), layout_at(root)).import_from(path)
    assert (refused.outcome, refused.why) == (ImportOutcome.REFUSED, "39 MiB do not fit on the disk")
    assert contents(root) == {}


def test_what_is_not_there_is_told(importer: Importer, root: Path) -> None:
    with pytest.raises(FileNotFoundError):
        importer.import_from(root.parent / "nothing.tar")
    assert contents(root) == {}


def test_a_full_disk_leaves_all_as_it_was(importer: Importer, root: Path) -> None:
    importer.import_from(pack(root.parent / "a.tar", recording()))
    before, disk = contents(root), FaultyDisk()
    disk.faults["write"] = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(OSError, match="space"):
        Importer(disk, layout_at(root)).import_from(pack(root.parent / "b.tar", recording(files={"a": b"new"})))
    assert contents(root) == before


class StingyDisk(Disk):
    """A disk that takes only a part of what is large, as one that is almost full does."""

    def write(self, descriptor: int, data: bytes) -> int:
        return super().write(descriptor, data[: 512 << 10])


def test_a_disk_that_takes_only_a_part_loses_nothing(root: Path) -> None:
    film = os.urandom(600 << 10)
    path = pack(root.parent / "a.tar", recording(files={"film": film}))
    with suppress(OSError):
        Importer(StingyDisk(), layout_at(root)).import_from(path)
    assert media(root) in ({}, {f"published/presentation/{DEMO}/film": film})


class FaultyOnce(Disk):
    """A disk that fails the first time something is to get one name."""

    def __init__(self, target: Path) -> None:
        self._target: Path | None = target

    def rename(self, source: Path, target: Path) -> None:
        if target == self._target:
            self._target = None
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().rename(source, target)


def two(root: Path, importer: Importer) -> Path:
    """Have two formats here, and return an archive that brings others in their stead."""
    importer.import_from(pack(root.parent / "a.tar", recording() | recording(form="video")))
    new = recording(files={"a": b"new"}) | recording(form="video", files={"a": b"new"})
    return pack(root.parent / "b.tar", new)


def test_a_fault_at_the_second_format_brings_back_the_first(importer: Importer, root: Path) -> None:
    path = two(root, importer)
    before, disk = contents(root), FaultyOnce(root / "published/video" / DEMO)
    with pytest.raises(OSError, match=r"[Ii]nput/output"):
        Importer(disk, layout_at(root)).import_from(path)
    assert contents(root) == before
    assert [one.outcome for one in Importer(disk, layout_at(root)).import_from(path)] == [ImportOutcome.IMPORTED] * 2
    assert set(media(root).values()) == {b"new"}


def test_a_fault_that_stays_loses_nothing(importer: Importer, root: Path) -> None:
    path, disk = two(root, importer), FaultyDisk()
    disk.refuse_rename = str(root / "published/video" / DEMO)
    with pytest.raises(OSError, match=r"[Ii]nput/output"):
        Importer(disk, layout_at(root)).import_from(path)
    changer(root)
    assert places(root, DEMO) == {"published/presentation", "published/video"}
    assert set(media(root).values()) in ({b"a film", b"<svg/>"}, {b"new"})
    assert not list(root.rglob(".bbbd-*"))


def test_a_sparse_file_is_as_long_as_it_says(importer: Importer, root: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in recording(files={}).items():
            info = entry(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        info = entry(f"presentation/{DEMO}/film")
        info.size, info.pax_headers = 3, {"GNU.sparse.size": "4099", "GNU.sparse.map": "4096,3"}
        archive.addfile(info, io.BytesIO(b"end"))
    path = root.parent / "a.tar"
    path.write_bytes(stream.getvalue())
    assert importer.import_from(path) == IMPORTED
    assert (root / f"published/presentation/{DEMO}/film").read_bytes() == bytes(4096) + b"end"


def test_other_contents_of_the_same_length_take_the_place_of_the_old(importer: Importer, root: Path) -> None:
    importer.import_from(pack(root.parent / "a.tar", recording(files={"film": b"old"})))
    told_again = importer.import_from(pack(root.parent / "b.tar", recording(files={"film": b"new"})))
    assert [one.outcome for one in told_again] == [ImportOutcome.IMPORTED]
    assert (root / "published" / "presentation" / DEMO / "film").read_bytes() == b"new"
    told_again = importer.import_from(pack(root.parent / "c.tar", recording(files={"film": b"new"}, duration=7)))
    assert [one.outcome for one in told_again] == [ImportOutcome.IMPORTED]
    assert told(root).format.duration == 7


def test_an_archive_cannot_bring_notes_of_its_own(importer: Importer, root: Path) -> None:
    files = {"bbbd-deleted": b"1\n", ".bbbd-0000/x": b"x", "film": b"film"}
    importer.import_from(pack(root.parent / "a.tar", recording(files=files)))
    kept = root / "published" / "presentation" / DEMO
    assert sorted(path.name for path in kept.iterdir()) == ["film", "metadata.xml"]


@pytest.mark.parametrize("form", ["playback", "bigbluebutton", "bbblb", "recording", "html5client"])
def test_a_format_that_could_not_be_served_is_refused(importer: Importer, root: Path, form: str) -> None:
    (one,) = importer.import_from(pack(root.parent / "a.tar", recording(form=form)))
    assert one.outcome is ImportOutcome.REFUSED
    assert places(root, DEMO) == set()


def test_a_format_that_joins_says_nothing_of_protection_where_nobody_did(importer: Importer, root: Path) -> None:
    importer.import_from(pack(root.parent / "a.tar", recording()))
    importer.import_from(pack(root.parent / "b.tar", recording(form="video")))
    assert told(root, form="video").protected is None
    importer.import_from(pack(root.parent / "c.tar", recording(form="podcast")), protect=True)
    assert told(root, form="podcast").protected is True


def test_formats_of_one_archive_come_to_one_place(importer: Importer, root: Path) -> None:
    both = recording(state="unpublished") | recording(form="video")
    importer.import_from(pack(root.parent / "a.tar", both))
    assert len({place.partition("/")[0] for place in places(root, DEMO)}) == 1


def test_protection_stays_whichever_format_said_it(importer: Importer, root: Path) -> None:
    importer.import_from(pack(root.parent / "a.tar", recording(form="podcast")))
    guarded = recording(extra="<protected>true</protected>")
    importer.import_from(pack(root.parent / "b.tar", guarded))
    importer.import_from(pack(root.parent / "c.tar", recording(files={"film": b"new"})))
    assert told(root).protected is True


def test_a_directory_that_is_no_recording_is_not_moved_away(importer: Importer, root: Path) -> None:
    half = lay(root / "published", {f"presentation/{DEMO}/film": b"half"})
    (one,) = importer.import_from(pack(root.parent / "a.tar", recording()))
    assert (one.outcome, "is in the way" in one.why) == (ImportOutcome.REFUSED, True)
    assert contents(half) == {f"presentation/{DEMO}/film": b"half"}


def test_the_directory_where_one_stands_is_taken_in(
    importer: Importer, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path / "else", recording())
    monkeypatch.chdir(tmp_path / "else" / "presentation" / DEMO)
    assert importer.import_from(Path()) == IMPORTED


def test_a_pipe_in_place_of_a_metadata_here_holds_up_no_import(importer: Importer, root: Path) -> None:
    importer.import_from(pack(root.parent / "a.tar", recording()))
    path = root / "published" / "presentation" / DEMO / "metadata.xml"
    path.unlink()
    os.mkfifo(path)
    assert importer.import_from(pack(root.parent / "a.tar", recording())) == IMPORTED
    assert told(root).name == "Demo"


def test_a_metadata_that_cannot_be_read_is_mended_by_importing_again(importer: Importer, root: Path) -> None:
    importer.import_from(pack(root.parent / "a.tar", recording()))
    (root / "published" / "presentation" / DEMO / "metadata.xml").write_text("<recording")
    assert importer.import_from(pack(root.parent / "a.tar", recording())) == IMPORTED
    assert told(root).name == "Demo"
