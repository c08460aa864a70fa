"""Notifications of the back office: reports ready recordings to applications."""

from __future__ import annotations

import json
from dataclasses import dataclass

from twisted.internet.defer import DeferredSemaphore, gatherResults

from bbbd.api.response_tree import Rows, Tree
from bbbd.callbacks.deliveries import CallbackKind, Delivery, jwt_of
from bbbd.callbacks.publisher import READY
from bbbd.developer.moodle.context import OperationContext
from bbbd.developer.moodle.namespace_state import SECRET
from bbbd.developer.moodle.recordings import describe_recording, select_recordings
from bbbd.egress.outgoing_request import OutgoingRequest
from bbbd.recordings.index import Recording
from bbbd.values.fields import given
from bbbd.values.urls import with_parameters
from bbbd.values.value_types import ANY_IDENTIFIER, HTTP_URL

#: Limit of parallel notifications.
_AT_ONCE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SendNotifications:
    """Parameters of ``sendRecordingReadyNotifications``."""

    secret: str = given("secret", ANY_IDENTIFIER, "The secret that signs the notifications.", default=SECRET)


async def send_notifications(context: OperationContext, params: SendNotifications) -> Tree:
    """Notify the application of each recording that was not notified yet.

    The request is a GET of `meta_bn-recording-ready-url` or `meta_bbb-recording-ready-url` with `signed_parameters`, a
    JWT of `record_id`. Returns the recordings accepted with 200 or 202. The others are notified again by the next call.
    """
    state = context.state
    await state.notify_lock.acquire()
    try:
        pending = [one for one in await select_recordings(context) if one.record_id not in state.notified]
        slots = DeferredSemaphore(_AT_ONCE)
        accepted = await gatherResults(
            [slots.run(_notify, context, one, params.secret) for one in pending], consumeErrors=True
        )
    finally:
        state.notify_lock.release()
    notified = [one for one, was in zip(pending, accepted, strict=True) if was]
    state.notified.update(one.record_id for one in notified)
    return [("recordings", Rows("recording", [describe_recording(context, one) for one in notified]))]


async def _notify(context: OperationContext, recording: Recording, secret: str) -> bool:
    metadata = {name.lower(): value.replace("&amp;", "&") for name, value in recording.first.meta.items()}
    # The mock's own name has priority over the reference's newer one.
    url = next((metadata[name] for name in reversed(READY) if metadata.get(name)), "")
    try:
        HTTP_URL.read(url)
    except ValueError:
        return False
    claims = {"record_id": recording.record_id}
    now = context.server.meetings.clock.now().wall
    entry = Delivery(kind=CallbackKind.READY, url=url, receiver=url, content=json.dumps(claims), created_at=now)
    signed = with_parameters(url, {"signed_parameters": jwt_of(claims, secret, "HS256")})
    return await context.state.send(entry, OutgoingRequest("GET", signed))
