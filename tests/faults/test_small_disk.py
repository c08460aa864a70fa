"""A real file system that is full: a tmpfs of 1 MiB, in a mount namespace of the daemon's own."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from environment_reset import PATIENCE
from harness import Daemon, awaited, environment
from process_fork import BIN, ROOT, Files
from test_kill import _pause

#: Bytes of the file system.
SIZE = 1 << 20
#: A namespace of mounts, by root or by anybody who may be root of a namespace of users.
UNSHARE = (("unshare", "--mount"), ("unshare", "--map-root-user", "--mount"))


def _works(command: tuple[str, ...]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    mount = "mount -t tmpfs -o size=64k none /mnt"
    done = subprocess.run([*command, "sh", "-c", mount], capture_output=True, check=False)
    return done.returncode == 0


@dataclass
class SmallDisk:
    """A tmpfs at a path, which only processes of this namespace see, for as long as its holder lives."""

    path: Path
    command: tuple[str, ...]
    holder: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        mount = f"mount -t tmpfs -o size={SIZE},mode=700 none {self.path} && echo mounted && exec sleep infinity"
        self.holder = subprocess.Popen([*self.command, "sh", "-c", mount], stdout=subprocess.PIPE)
        assert self.holder.stdout is not None
        assert self.holder.stdout.readline() == b"mounted\n"

    @property
    def seen(self) -> Path:
        """The path as this process sees it."""
        return Path(f"/proc/{self.holder.pid}/root{self.path}")

    def launch(self, arguments: list[str], files: Files) -> subprocess.Popen[bytes]:
        stdin, stdout, stderr = files
        enter = ["nsenter", f"--target={self.holder.pid}", "--mount"]
        if "--map-root-user" in self.command:
            enter += ["--user", "--preserve-credentials"]
        command = [*enter, str(BIN / "twistd"), *arguments]
        return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, env=environment(), cwd=ROOT)

    def end(self) -> None:
        self.holder.kill()
        self.holder.communicate()


@dataclass
class SmallDaemon(Daemon):
    """A daemon on a small disk."""

    disk: SmallDisk | None = None

    def launch(self, arguments: list[str], files: Files) -> subprocess.Popen[bytes]:
        assert self.disk is not None
        return self.disk.launch(arguments, files)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    command = next(filter(_works, UNSHARE), None)
    if command is None:
        pytest.skip("no namespace of mounts can be made here: it needs root, or namespaces of users")
    (tmp_path / "small").mkdir()
    disk = SmallDisk(tmp_path / "small", command)
    yield disk
    disk.end()


def fill(disk: SmallDisk) -> None:
    """Take all that is free."""
    with suppress(OSError), (disk.seen / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


@pytest.mark.faults
@awaited
async def test_a_full_disk_refuses_what_it_cannot_keep_and_all_works_once_there_is_room(
    start_daemon: Callable[..., Daemon], small_disk: SmallDisk, asked_for: set[str]
) -> None:
    asked_for |= {"call_failed", "sync_failed", "journal_broken", "creation_not_noted", "disk_unseen", "timer_failed"}
    asked_for |= {"index_unwritten", "journal_stays", "beat_failed", "mending_failed", "recordings_unseen"}
    daemon = start_daemon(
        SmallDaemon, directory=small_disk.path, disk=small_disk, settings={"bbbd.minFreeDisk": "100000"}
    )
    text = {f"meta_m{number}": "x" * 4000 for number in range(8)}
    answered: set[str] = set()
    refused: set[str] = set()
    while len(refused) < 3:
        name = f"m{len(answered) + len(refused)}"
        answer = await daemon.call("create", meetingID=name, **text)
        assert answer.status == 200
        (answered if answer.code == "SUCCESS" else refused).add(name)
    fill(small_disk)
    for name in ("full1", "full2"):
        assert (await daemon.call("create", meetingID=name)).key == "internalError"
    # The free space is measured every five seconds.
    end = time.monotonic() + PATIENCE
    while (answer := await daemon.call("create", meetingID="recorded", record="true")).key != "diskFull":
        assert answer.code == "FAILED"
        assert time.monotonic() < end
        await _pause(0.2)
    assert (await daemon.fetch("/bigbluebutton/api")).code == "SUCCESS"

    async def there() -> set[str | None]:
        listed = (await daemon.call("getMeetings")).xml.findall("meetings/meeting/meetingID")
        return {one.text for one in listed}

    assert await there() == answered
    ended = min(answered)
    assert (await daemon.call("end", meetingID=ended)).code == "SUCCESS"
    assert await there() == answered - {ended}
    await daemon.restart()
    assert await there() == answered - {ended}
    (small_disk.seen / "filler").unlink()
    assert (await daemon.call("create", meetingID="again")).code == "SUCCESS"
    for name in sorted(answered - {ended}):
        assert (await daemon.call("end", meetingID=name)).code == "SUCCESS"
    assert (await daemon.call("create", meetingID="last", **text)).code == "SUCCESS"
    await daemon.restart()
    assert await there() == {"again", "last"}
