"""Cases of POST: a signed URL, slides in XML, signed forms in both encodings, and unsigned bodies."""

from __future__ import annotations

from bbbd.conform.assertions import ParsedAnswer, expect_equal, expect_failure, expect_success
from bbbd.conform.case import beyond, decided, must, should
from bbbd.conform.endpoint_client import FORM, query_of
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import MODERATOR_PW, PASSWORDS, NotSupported, World

_CALL = "isMeetingRunning"
_NO_SLIDES = '<?xml version="1.0" encoding="UTF-8"?><modules><module name="presentation"/></modules>'


async def _signed_url(world: World) -> None:
    query = world.endpoint.signed(_CALL, f"meetingID={world.new_id()}")
    expect_equal("running", expect_success(await world.post(_CALL, "", query=query)).texts.get("running"), "false")


async def _slides(world: World) -> None:
    meeting_id = world.new_id()
    world.end_later(meeting_id, MODERATOR_PW)
    query = query_of({"meetingID": meeting_id, "name": "Slides", **PASSWORDS})
    signed = world.endpoint.signed("create", query)
    found = expect_success(await world.post("create", _NO_SLIDES, query=signed, kind="application/xml"))
    expect_equal("meetingID", found.texts.get("meetingID"), meeting_id)


async def _sorted_form(world: World) -> None:
    pairs = {"meetingID": world.new_id(), "b": "a b~*", "a": "\u00e9+"}
    _taken(await world.post_sorted(_CALL, pairs), "a POST form signed by its parameters, sorted and encoded again")


async def _raw_form(world: World) -> None:
    form = f"meetingID={world.new_id()}&b=a%20b&a=%c3%a9"
    found = await world.post(_CALL, world.endpoint.signed(_CALL, form))
    _taken(found, "a POST form signed as it was sent")


def _taken(found: ParsedAnswer, what: str) -> None:
    if found.key in (MessageKey.CHECKSUM, MessageKey.MISSING_MEETING_ID):
        raise NotSupported(what)
    expect_equal("running", expect_success(found).texts.get("running"), "false")


async def _charset(world: World) -> None:
    form = f"meetingID={world.new_id()}"
    body = world.endpoint.signed(_CALL, form)
    for kind in (f"{FORM}; charset=UTF-8", f"{FORM};charset=utf-8", FORM.upper()):
        expect_success(await world.post(_CALL, body, kind=kind))


async def _body_adds_nothing(world: World) -> None:
    meeting_id = world.new_id()
    world.end_later(meeting_id, MODERATOR_PW)
    query = query_of({"meetingID": meeting_id, **PASSWORDS})
    await world.post("create", "name=Forged", query=world.endpoint.signed("create", query))
    found = await world.call("getMeetingInfo", meetingID=meeting_id)
    # Refusing the request also passes.
    if found.key != MessageKey.NOT_FOUND:
        expect_equal(
            "meetingName, which was in the unsigned body alone,", expect_success(found).texts.get("meetingName"), ""
        )


async def _unsigned_form(world: World) -> None:
    checksum = world.endpoint.sign(_CALL, "")
    form = f"meetingID={world.new_id()}"
    expect_failure(await world.post(_CALL, f"{form}&checksum={checksum}"), MessageKey.CHECKSUM)
    expect_failure(await world.post(_CALL, form, query=f"checksum={checksum}"), MessageKey.CHECKSUM)


async def _other_type(world: World) -> None:
    query = world.endpoint.signed("getMeetings", "")
    expect_failure(await world.post("getMeetings", "{}", query=query, kind="application/json"), MessageKey.CONTENT_TYPE)


_CHANGE = (
    "they can not modify any API calls since changing a single parameter name or value by only one character will"
    " completely change the checksum"
)

CASES = (
    should(
        "create",
        "a call may be made by POST, signed in its URL",
        "For embedding the slides, you have to send a HTTPS POST request",
        _signed_url,
        _CALL,
    ),
    must(
        "create",
        "create takes slides in an XML body, which is not signed",
        "You can pass the slides as a URL or embed the slides in base64 as part of the POST request.",
        _slides,
        "create",
    ),
    beyond(
        "Usage",
        "a form may be signed by its parameters, sorted and encoded again",
        "Since 2.4, a POST without a query string is signed as setConfigXML is.",
        _sorted_form,
        _CALL,
    ),
    beyond(
        "Usage",
        "a form may be signed as it was sent",
        "BBBLB sends long calls as a form that is signed as it is, the checksum in it.",
        _raw_form,
        _CALL,
    ),
    must(
        "Usage",
        "a body adds no parameter to a signed URL",
        _CHANGE,
        _body_adds_nothing,
        "create",
        "getMeetingInfo",
    ),
    decided(
        "Usage",
        "the type of a form may name its charset",
        "Content-Type may carry parameters.",
        _charset,
        _CALL,
    ),
    decided(
        "Usage",
        "the checksum of an empty text does not sign a form",
        "A form whose parameters nobody signed is refused, as Scalelite's reading would not.",
        _unsigned_form,
        _CALL,
    ),
    decided(
        "Usage",
        "a body of another type is refused",
        "A body of another type, on a call that takes none, is unsupportedContentType.",
        _other_type,
        "getMeetings",
    ),
)
