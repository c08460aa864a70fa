"""What a kill left unfinished is gone after the next start, wherever it is; what was asked for or answered stays."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from harness import BEGUN, Memory, awaited
from sample_archives import DEMO, pack, recording
from sample_recordings import places

from bbbd.recordings.spool import request_import, take_answer
from bbbd.storage.disk import UNFINISHED, Disk

#: Every directory of the data directory that the server itself writes files or directories to under unfinished names.
DIRECTORIES = (
    ".",
    "meetings",
    "presentations",
    "slides",
    "hooks",
    "outbox",
    "outbox/given-up",
    "outbox/again",
    "outbox/told",
    "moves",
    "captions",
    "captions/inbox",
    "import",
    "import/uploads",
    "import/uploads/failed",
    "recording/raw",
    "recording/status/recorded",
    "published",
    "published/presentation",
    "unpublished/presentation",
    "deleted/presentation",
)


@pytest.mark.parametrize("name", DIRECTORIES)
@awaited
async def test_nothing_unfinished_outlives_a_start(memory: Memory, name: str) -> None:
    directory = memory.directory / name
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{UNFINISHED}file").write_text("half")
    (directory / f"{UNFINISHED}tree").mkdir()
    (directory / f"{UNFINISHED}tree/inside").write_text("half")
    await memory.restart()
    memory.advance(2)
    assert not list(memory.directory.rglob(f"{UNFINISHED}*"))


@awaited
async def test_unfinished_texts_of_a_watched_spool_go_and_the_files_of_others_stay(tmp_path: Path) -> None:
    (tmp_path / "spool/failed").mkdir(parents=True)
    theirs, ours = tmp_path / f"spool/{UNFINISHED}theirs", tmp_path / f"spool/failed/{UNFINISHED}ours"
    theirs.touch()
    ours.touch()
    memory = Memory(directory=tmp_path / "data", settings={"bbbd.importSpool": str(tmp_path / "spool")})
    memory.hang_up()
    assert theirs.exists()
    assert not ours.exists()


@awaited
async def test_a_request_outlives_starts_until_its_answer_was_taken(memory: Memory, tmp_path: Path) -> None:
    imports = memory.directory / "import"
    archive = pack(tmp_path / "new.tar", recording())
    answer = request_import(Disk(), imports, "a", archive, unpublished=False)
    await memory.restart()
    memory.advance(3)
    assert places(memory.directory, DEMO) == {"published/presentation"}
    await memory.restart()
    outcomes = take_answer(Disk(), answer)
    assert outcomes is not None
    assert [one.outcome for one in outcomes] == ["imported"]
    assert not list(imports.glob("a.*"))


@awaited
async def test_an_answer_that_nobody_took_for_a_day_goes_and_a_younger_one_stays(memory: Memory) -> None:
    imports = memory.directory / "import"
    imports.mkdir(exist_ok=True)
    for name, age in (("old", 25 * 3600), ("young", 23 * 3600)):
        (imports / f"{name}.answer").write_text(json.dumps([]))
        os.utime(imports / f"{name}.answer", (BEGUN - age, BEGUN - age))
    await memory.restart()
    assert [path.name for path in imports.glob("*.answer")] == ["young.answer"]


def test_a_request_is_written_though_a_start_swept_it_away(tmp_path: Path) -> None:
    class Swept(Disk):
        """A disk on which a daemon starts between the first write and its rename."""

        started = False

        def rename(self, source: Path, target: Path) -> None:
            if not self.started:
                self.started = True
                self.sweep(source.parent)
            super().rename(source, target)

    disk = Swept()
    request_import(disk, tmp_path / "import", "a", tmp_path / "new.tar", unpublished=False)
    assert disk.started
    assert [path.name for path in (tmp_path / "import").iterdir()] == ["a.ask"]
