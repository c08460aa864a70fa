"""Makes the parts of a server that notify applications: hooks, the outbox, and its publishers."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.callbacks.hooks import Hooks
from bbbd.callbacks.outbox import Outbox
from bbbd.callbacks.outbox_entries import OutboxEntries
from bbbd.callbacks.outbox_store import OutboxStore
from bbbd.callbacks.publisher import Publisher
from bbbd.callbacks.recording_ready import NotifiedRecordings, RecordingPublisher
from bbbd.egress.agent import OutgoingAgent
from bbbd.egress.ssrf_guard import SsrfGuard
from bbbd.environment import Environment
from bbbd.limits import Refused
from bbbd.recordings.parts import RecordingParts
from bbbd.settings.current import CurrentSettings
from bbbd.storage.group_commit import GroupCommit


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackParts:
    """The parts of one server. ``publisher`` is for events of meetings, ``recordings`` for new recordings."""

    outgoing: OutgoingAgent
    hooks: Hooks
    outbox: Outbox
    publisher: Publisher
    recordings: RecordingPublisher


def make(
    environment: Environment,
    current: CurrentSettings,
    *,
    rounds: GroupCommit,
    recordings: RecordingParts,
    refused: Refused,
    most_due: int,
) -> CallbackParts:
    """Return the parts for one server."""
    disk, clock, network = environment.disk, environment.clock, environment.network
    directory = current.settings.directory
    outgoing = OutgoingAgent(
        reactor=network.reactor,
        guard=SsrfGuard(current),
        names=network.names,
        lookup=network.lookup,
        current=current,
    )
    hooks = Hooks(disk, directory / "hooks", rounds)
    store = OutboxStore(disk, directory / "outbox")
    outbox = Outbox(
        entries=OutboxEntries(store, rounds, environment.worker),
        hooks=hooks,
        outgoing=outgoing,
        clock=clock,
        timer=environment.timer,
        current=current,
        metrics=environment.metrics,
        refused=refused,
        most_due=most_due,
    )
    recording_publisher = RecordingPublisher(
        library=recordings.library,
        outbox=outbox,
        hooks=hooks,
        notified=NotifiedRecordings(disk, store),
        clock=clock,
        rounds=rounds,
        worker=environment.worker,
    )
    recordings.library.move_listeners.append(recording_publisher.moved)
    recordings.housekeeping.import_listeners.append(recording_publisher.published)
    return CallbackParts(
        outgoing=outgoing,
        hooks=hooks,
        outbox=outbox,
        publisher=Publisher(outbox, hooks, current, outgoing.warn_of),
        recordings=recording_publisher,
    )
