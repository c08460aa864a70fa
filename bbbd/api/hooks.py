"""Hook calls (create, destroy, list), compatible with bbb-webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twisted.logger import Logger

from bbbd.api.call import NoParameters, Reply, succeed
from bbbd.api.problems import Failed, Notice, Problem
from bbbd.api.response_tree import Rows, Tree
from bbbd.api.server import Server
from bbbd.callbacks.hooks import Hook, TooManyHooks
from bbbd.egress.ssrf_guard import ForbiddenTarget, target_of
from bbbd.limits import Limit
from bbbd.values.fields import given
from bbbd.values.value_types import ANY_IDENTIFIER, BOOLEAN, COMMA_LIST, HTTP_URL

_log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateHook:
    """Parameters of ``hooks/create``."""

    url: str = given("callbackURL", HTTP_URL, "The URL that receives the events.")
    meeting_id: str = given("meetingID", ANY_IDENTIFIER, "Only events of this meeting; empty: of all.", default="")
    events: tuple[str, ...] = given("eventID", COMMA_LIST, "Only these events, by hook names; empty: all.", default=())
    raw: bool = given(
        "getRaw", BOOLEAN, "Send events in the format of BigBlueButton's internal messages.", default=False
    )
    #: The name of the application that signed the call, if it has a secret of its own.
    application: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyHook:
    """Parameters of ``hooks/destroy``."""

    hook_id: str = given("hookID", ANY_IDENTIFIER, "The hook's id.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHooks:
    """Parameters of ``hooks/list``."""

    meeting_id: str = given("meetingID", ANY_IDENTIFIER, "Only hooks of this meeting, and the global ones.", default="")


def create_hook(server: Server, params: CreateHook) -> Reply:
    """Register a hook, unless its URL has one."""
    known = server.hooks.find_by_url(params.url)
    if known is not None:
        key, message = Notice.DUPLICATE_HOOK.value
        return succeed(("hookID", known.id), ("messageKey", key), ("message", message))
    try:
        target_of(params.url)
        events = tuple(event.lower() for event in params.events)
        hook = server.hooks.add(params.url, params.meeting_id, events, raw=params.raw, application=params.application)
    except ForbiddenTarget as fault:
        raise Failed(Problem.CREATE_HOOK, f"{Problem.CREATE_HOOK.message} {str(fault).capitalize()}.") from None
    except TooManyHooks:
        _log.error("no hook was registered: there are too many", event="hooks_full", meeting=params.meeting_id)
        raise Failed(Problem.CREATE_HOOK, limit=Limit.HOOKS) from None
    except OSError as fault:
        _log.error("no hook was registered: {why}", event="hook_unwritten", why=str(fault))
        raise Failed(Problem.CREATE_HOOK) from None
    server.look_at_url(params.url)
    _log.info("hook {id} was registered", event="hook_created", id=hook.id, audit=True)
    return succeed(("hookID", hook.id), ("permanentHook", False), ("rawData", hook.raw))


def destroy_hook(server: Server, params: DestroyHook) -> Reply:
    """Remove a hook."""
    hook = server.hooks.find(params.hook_id)
    if hook is None:
        raise Failed(Problem.MISSING_HOOK)
    if hook.permanent:
        raise Failed(Problem.DESTROY_HOOK, f"{Problem.DESTROY_HOOK.message} It is permanent: a setting of the server.")
    try:
        server.hooks.remove(params.hook_id)
    except OSError as fault:
        _log.error("hook {id} was not removed: {why}", event="hook_unwritten", id=params.hook_id, why=str(fault))
        raise Failed(Problem.DESTROY_HOOK) from None
    server.outbox.discard_hook(params.hook_id)
    _log.info("hook {id} was removed", event="hook_destroyed", id=params.hook_id, audit=True)
    return succeed(("removed", True))


def list_hooks(server: Server, params: ListHooks) -> Reply:
    """List hooks."""
    hooks = server.hooks.select(params.meeting_id) if params.meeting_id else list(server.hooks)
    rows: list[Any] = [_describe(hook) for hook in hooks]
    return succeed(("hooks", Rows("hook", rows)))


def ping(_server: Server, _params: NoParameters) -> Reply:
    """Answer, without a checksum."""
    return Reply(document=b"bbbd sends hooks.\n", document_type=b"text/plain;charset=utf-8")


def _describe(hook: Hook) -> Tree:
    return (
        ("hookID", hook.id),
        ("callbackURL", hook.url),
        *((("meetingID", hook.meeting),) if hook.meeting else ()),
        *((("eventID", ",".join(hook.events)),) if hook.events else ()),
        ("permanentHook", hook.permanent),
        ("rawData", hook.raw),
        *((("failingSince", hook.failing_since), ("lastStatus", hook.last_status)) if hook.failing_since else ()),
    )
