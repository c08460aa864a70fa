"""Makes the parts of a server that turn meetings into recordings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bbbd.environment import Environment
from bbbd.processing.child_process import ProcessingProcesses
from bbbd.processing.rebuild import note_more
from bbbd.processing.recorder import Recorder
from bbbd.processing.service import RecordingQueue
from bbbd.processing.steps import Steps
from bbbd.recordings.parts import RecordingParts
from bbbd.recordings.status_files import StatusFiles
from bbbd.settings.current import CurrentSettings
from bbbd.storage.free_disk import FreeDisk


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingParts:
    """The parts of one server: ``recorder`` notes ended meetings, ``queue`` makes their recordings.

    ``note_more`` has one made again of which more files come; it waits for the disk.
    """

    recorder: Recorder
    queue: RecordingQueue
    note_more: Callable[[str], None]


def make(
    environment: Environment, current: CurrentSettings, *, recordings: RecordingParts, free_disk: FreeDisk
) -> ProcessingParts:
    """Return the parts for one server."""
    disk, layout = environment.disk, recordings.layout
    status = StatusFiles(disk, layout)
    processes = ProcessingProcesses()
    recorder = Recorder(disk, layout, status, current)
    queue = RecordingQueue(
        steps=Steps(disk, layout, status, processes, current),
        processes=processes,
        library=recordings.library,
        worker=environment.worker,
        jobs=environment.recordings,
        current=current,
        free_disk=free_disk,
        clock=environment.clock,
    )
    recorder.listeners.append(queue.kept)
    return ProcessingParts(recorder=recorder, queue=queue, note_more=partial(note_more, status, layout))
