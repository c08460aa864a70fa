"""The API: the shared secret, checksums, and the information that the API reveals."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.values.enums import Algorithm
from bbbd.values.fields import given
from bbbd.values.value_types import BOOLEAN, TEXT, ValueType, enum, size


def _secrets(text: str) -> tuple[str, ...]:
    return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)


def _algorithms(text: str) -> frozenset[Algorithm]:
    one = enum(Algorithm)
    found = frozenset(one.read(part.strip()) for part in text.split(",") if part.strip())
    if not found:
        raise ValueError("names no algorithm")
    return found


SECRETS = ValueType("one or more secrets, separated by commas; the first one signs", _secrets)

ALGORITHMS = ValueType("one or more of sha1, sha256, sha384, sha512, separated by commas", _algorithms)


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class ApiSettings:
    """Settings of the API."""

    secrets: tuple[str, ...] = given(
        "securitySalt", SECRETS, "The shared secret. Empty: the secret in the data directory.", default=(), secret=True
    )
    algorithms: frozenset[Algorithm] = given(
        "supportedChecksumAlgorithms",
        ALGORITHMS,
        "The digest algorithms that a checksum may use.",
        default=frozenset(Algorithm),
    )
    service_enabled: bool = given("serviceEnabled", BOOLEAN, "bbbd answers API calls.", default=True)
    api_version: str = given("apiVersion", TEXT, "The version that the root of the API reports.", default="2.0")
    reveal_version: bool = given(
        "allowRevealOfBBBVersion", BOOLEAN, "The root of the API also reports the version of bbbd.", default=False
    )
    max_body: int = given(
        "bbbd.maxBody", size(least=2 << 20), "The largest body of `create` (slides).", default=40 << 20
    )
