"""Cases of the checksum: signed texts, algorithms, and refusal of everything else."""

from __future__ import annotations

from functools import partial

from bbbd.api.checksum import sign
from bbbd.conform.assertions import (
    BAD,
    ContractMismatch,
    ParsedAnswer,
    expect_answer,
    expect_failure,
    expect_success,
)
from bbbd.conform.case import Check, beyond, decided, must, should
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import NotSupported, World

_CALL = "isMeetingRunning"


async def _call_with(world: World, query: str, signs: str) -> ParsedAnswer:
    """Call with a query in which ``{id}`` and ``{sum}`` stand for a meeting and the checksum over ``signs``."""
    meeting_id = world.new_id()
    checksum = world.endpoint.sign(_CALL, signs.replace("{id}", meeting_id))
    return expect_answer(await world.get(_CALL, query.replace("{id}", meeting_id).replace("{sum}", checksum)))


def _pass(*queries: tuple[str, str]) -> Check:
    """Require that queries are accepted, each with a checksum over a text."""

    async def check(world: World) -> None:
        for query, signs in queries:
            found = await _call_with(world, query, signs)
            if found.code == BAD:
                raise ContractMismatch(f"{found} for {query}")
            expect_success(found)

    return check


def _refuse(*queries: tuple[str, str]) -> Check:
    """Require that queries are refused, each with a checksum over a text."""

    async def check(world: World) -> None:
        for query, signs in queries:
            expect_failure(await _call_with(world, query, signs), MessageKey.CHECKSUM)

    return check


async def _another(world: World, secret: str, algorithm: str, call: str = _CALL) -> ParsedAnswer:
    query = f"meetingID={world.new_id()}"
    return expect_answer(await world.get(_CALL, f"{query}&checksum={sign(call, query.encode(), secret, algorithm)}"))


async def _another_secret(world: World) -> None:
    for secret in (world.endpoint.secret + "x", world.endpoint.secret[:-1], ""):
        expect_failure(await _another(world, secret, world.endpoint.algorithm), MessageKey.CHECKSUM)


async def _another_call(world: World) -> None:
    for call in ("getMeetingInfo", ""):
        expect_failure(
            await _another(world, world.endpoint.secret, world.endpoint.algorithm, call), MessageKey.CHECKSUM
        )


async def _another_digest(world: World) -> None:
    for algorithm in ("md5", "sha224"):
        expect_failure(await _another(world, world.endpoint.secret, algorithm), MessageKey.CHECKSUM)


async def _sha1(world: World) -> None:
    expect_success(await _another(world, world.endpoint.secret, "sha1"))


async def _digest(algorithm: str, world: World) -> None:
    found = await _another(world, world.endpoint.secret, algorithm)
    if found.key == MessageKey.CHECKSUM:
        raise NotSupported(f"a checksum by {algorithm.upper().replace('SHA', 'SHA-')}")
    expect_success(found)


async def _upper_case(world: World) -> None:
    query = f"meetingID={world.new_id()}"
    checksum = world.endpoint.sign(_CALL, query).upper()
    expect_success(expect_answer(await world.get(_CALL, f"{query}&checksum={checksum}")))


async def _no_parameters(world: World) -> None:
    expect_success(await world.query("getMeetings", ""))


async def _checked_first(world: World) -> None:
    for call, query in (("create", "checksum=0"), ("getMeetingInfo", "checksum=0"), ("end", "meetingID=x1")):
        expect_failure(expect_answer(await world.get(call, query)), MessageKey.CHECKSUM)


_EVERY = "You MUST send this checksum with EVERY API call."
_CHANGE = (
    "changing a single parameter name or value by only one character will completely change the checksum required to"
    " validate the call"
)
_WHOLE = "the controller computes a checksum out of the combination of the entire HTTPS query string"
_DIGESTS = "Since 2.3 and 2.5, a checksum may be made by SHA-256, SHA-384 and SHA-512 as well."

CASES = (
    must(
        "Usage",
        "a call without a checksum is refused",
        _EVERY,
        _refuse(("meetingID={id}", ""), ("meetingID={id}&checksum=", "")),
        _CALL,
    ),
    must(
        "Usage",
        "a wrong checksum is refused",
        _EVERY,
        _refuse(("meetingID={id}&checksum=" + "0" * 40, ""), ("meetingID={id}&checksum=" + "0" * 64, "")),
        _CALL,
    ),
    must(
        "Usage",
        "a checksum by another secret, or by none, is refused",
        "Since end users do not know your shared secret, they can not fake calls to the server",
        _another_secret,
        _CALL,
    ),
    must(
        "Usage",
        "the call's name is part of what is signed",
        "Prepend the API call name to your string",
        _another_call,
        _CALL,
    ),
    must(
        "Usage",
        "a query that is changed by one character is refused",
        _CHANGE,
        _refuse(
            ("meetingID={id}x&checksum={sum}", "meetingID={id}"),
            ("meetingId={id}&checksum={sum}", "meetingID={id}"),
        ),
        _CALL,
    ),
    must(
        "Usage",
        "parameters may stand in any order",
        _WHOLE,
        _pass(
            ("meetingID={id}&b=2&a=1&checksum={sum}", "meetingID={id}&b=2&a=1"),
            ("a=1&b=2&meetingID={id}&checksum={sum}", "a=1&b=2&meetingID={id}"),
        ),
        _CALL,
    ),
    must(
        "Usage",
        "parameters in another order than the signed one are refused",
        _WHOLE,
        _refuse(("b=2&a=1&meetingID={id}&checksum={sum}", "a=1&b=2&meetingID={id}")),
        _CALL,
    ),
    must(
        "Usage",
        "a call without parameters signs its name alone",
        "Create the entire query string for your API call without the checksum parameter.",
        _no_parameters,
        "getMeetings",
    ),
    must(
        "Usage",
        "a space may be sent as +, and is signed so",
        _WHOLE,
        _pass(("meetingID={id}&x=a+b&checksum={sum}", "meetingID={id}&x=a+b")),
        _CALL,
    ),
    must(
        "Usage",
        "a space may be sent as %20, and is signed so",
        _WHOLE,
        _pass(("meetingID={id}&x=a%20b&checksum={sum}", "meetingID={id}&x=a%20b")),
        _CALL,
    ),
    must(
        "Usage",
        "encoded characters are signed as they were sent, in upper or lower case",
        _WHOLE,
        _pass(
            ("meetingID={id}&x=%C3%A9%2F&checksum={sum}", "meetingID={id}&x=%C3%A9%2F"),
            ("meetingID={id}&x=%c3%a9%2f&checksum={sum}", "meetingID={id}&x=%c3%a9%2f"),
        ),
        _CALL,
    ),
    must(
        "Usage",
        "characters that need no encoding are signed as they were sent, encoded or not",
        _WHOLE,
        _pass(
            ("meetingID={id}&x=/:@!*'~&checksum={sum}", "meetingID={id}&x=/:@!*'~"),
            ("meetingID={id}&x=%2F%3A%40%21%2A%27%7E&checksum={sum}", "meetingID={id}&x=%2F%3A%40%21%2A%27%7E"),
            ("meetingID={id}&x=%61&checksum={sum}", "meetingID={id}&x=%61"),
        ),
        _CALL,
    ),
    should(
        "Usage",
        "the checksum may stand first",
        "Add a checksum parameter to your query string",
        _pass(("checksum={sum}&meetingID={id}", "meetingID={id}")),
        _CALL,
    ),
    should(
        "Usage",
        "the checksum may stand in the middle",
        "Add a checksum parameter to your query string",
        _pass(("a=1&checksum={sum}&meetingID={id}", "a=1&meetingID={id}")),
        _CALL,
    ),
    must("Usage", "a checksum may be made by SHA-1", "find the SHA-1 sum for that string", _sha1, _CALL),
    beyond("Usage", "a checksum may be made by SHA-256", _DIGESTS, partial(_digest, "sha256"), _CALL),
    beyond("Usage", "a checksum may be made by SHA-384", _DIGESTS, partial(_digest, "sha384"), _CALL),
    beyond("Usage", "a checksum may be made by SHA-512", _DIGESTS, partial(_digest, "sha512"), _CALL),
    decided(
        "Usage",
        "a checksum may be in upper case",
        "A checksum counts in any letter case.",
        _upper_case,
        _CALL,
    ),
    decided(
        "Usage",
        "a checksum by another digest is refused",
        "SHA-1, SHA-256, SHA-384 and SHA-512 are told apart by length; any other length is a wrong checksum.",
        _another_digest,
        _CALL,
    ),
    decided(
        "Usage",
        "only the & beside the checksum is not signed",
        "Leading, doubled and trailing & are part of the signed text except around the checksum itself.",
        _pass(
            ("&meetingID={id}&checksum={sum}", "&meetingID={id}"),
            ("meetingID={id}&&checksum={sum}", "meetingID={id}&"),
            ("meetingID={id}&checksum={sum}&", "meetingID={id}&"),
        ),
        _CALL,
    ),
    decided(
        "Usage",
        "the checksum is checked before anything else",
        "A wrong checksum is told before a missing parameter or an unknown meeting.",
        _checked_first,
        "create",
        "getMeetingInfo",
        "end",
    ),
)
