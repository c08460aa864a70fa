"""``bbbd recordings rebuild``: has recordings made again of their raw files."""

from __future__ import annotations

import argparse

from bbbd.cli.archives import notify_ready
from bbbd.cli.common import BAD, GOOD, CommandFailed, alone, say, settings_of
from bbbd.processing.child_process import ProcessingProcesses
from bbbd.processing.rebuild import NotRebuildable, request_rebuild
from bbbd.processing.steps import Outcome, Steps
from bbbd.recordings.layout import Layout, Place
from bbbd.recordings.status_files import StatusFiles
from bbbd.recordings.transactions import TransactionRunner
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk


def rebuild(options: argparse.Namespace) -> int:
    """Make recordings again, or have a running daemon do it."""
    settings, _faults = settings_of(options)
    disk, layout = Disk(), Layout.of(settings)
    status = StatusFiles(disk, layout)
    result = GOOD
    with alone(settings, disk) as is_alone:
        if is_alone:
            TransactionRunner(disk, layout).finish()
        for record_id in dict.fromkeys(options.ids):
            try:
                request_rebuild(status, record_id)
            except NotRebuildable as fault:
                raise CommandFailed(str(fault)) from None
            outcome, why = "waiting", ""
            if is_alone:
                outcome, why = _make(settings, disk, layout, record_id)
                result = GOOD if outcome == "rebuilt" and result == GOOD else BAD
            text = f"{outcome:<11}  {record_id}" + (f": {why}" if why else "")
            say(options, text, recording=record_id, outcome=outcome, why=why)
    return result


def _make(settings: Settings, disk: Disk, layout: Layout, record_id: str) -> tuple[str, str]:
    """Make a recording here and now; return how it ended, and why."""
    status = StatusFiles(disk, layout)
    steps = Steps(disk, layout, status, ProcessingProcesses(), CurrentSettings(settings, ()))
    steps.sweep()
    steps.prepare(record_id)
    outcome, _took, lacks = steps.process(record_id)
    if outcome is Outcome.DONE:
        outcome = steps.publish(record_id)
    if outcome is Outcome.DONE:
        notify_ready(settings, disk, layout, [record_id], (Place.PUBLISHED, Place.UNPUBLISHED))
        outcome = steps.export(record_id)
    if outcome is Outcome.DONE:
        steps.finish(record_id)
        return "rebuilt", "; ".join(lacks)
    if outcome is Outcome.WAITS:
        return "waiting", "the log above says why; bbbd tries again when it runs"
    return "failed", dict(status.failures()).get(record_id, "nothing was recorded")
