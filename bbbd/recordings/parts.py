"""Makes the parts of a server for its recordings: the library, and the periodic work on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bbbd.environment import Environment
from bbbd.limits import Refused
from bbbd.recordings.housekeeping import Housekeeping
from bbbd.recordings.importer import Importer
from bbbd.recordings.layout import Layout
from bbbd.recordings.library import Library
from bbbd.recordings.spool import Requests, Spool
from bbbd.settings.current import CurrentSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingParts:
    """The recordings of one server. ``uploads`` is the spool directory of uploaded archives."""

    layout: Layout
    library: Library
    importer: Importer
    housekeeping: Housekeeping
    uploads: Path


def make(environment: Environment, current: CurrentSettings, *, refused: Refused) -> RecordingParts:
    """Return the parts for one server."""
    disk, clock, worker, settings = environment.disk, environment.clock, environment.worker, current.settings
    layout = Layout.of(settings)
    library = Library(disk, layout, clock, environment.timer, worker)
    importer = Importer(disk, layout, environment.metrics)
    imports = settings.directory / "import"
    spools = [Spool(disk, imports / "uploads", importer, unpublished=True)]
    if settings.import_spool:
        spools.append(Spool(disk, Path(settings.import_spool), importer))
    housekeeping = Housekeeping(
        library=library,
        disk=disk,
        clock=clock,
        worker=worker,
        current=current,
        requests=Requests(disk, imports, importer),
        spools=spools,
        refused=refused,
    )
    return RecordingParts(
        layout=layout, library=library, importer=importer, housekeeping=housekeeping, uploads=imports / "uploads"
    )
