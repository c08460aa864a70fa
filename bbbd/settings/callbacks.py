"""Callbacks and hooks: the receivers that bbbd may call, how calls are signed, and how long bbbd tries."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.values.enums import Algorithm
from bbbd.values.fields import given
from bbbd.values.value_types import BOOLEAN, HTTP_URL, NETWORKS, TEXT, Networks, ValueType, enum, number


def _urls(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(HTTP_URL.read(url) for url in text.split()))


URLS: ValueType[tuple[str, ...]] = ValueType("http or https URLs with spaces between", _urls, ())


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class CallbackSettings:
    """Settings of callbacks and hooks."""

    callback_networks: Networks = given(
        "bbbd.callbackNetworks",
        NETWORKS,
        "Private networks that callbacks and hooks may go to, in addition to public addresses; add"
        " 127.0.0.0/8 for receivers on this machine.",
        default=NETWORKS.read("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7"),
    )
    callback_authorities: str = given(
        "bbbd.callbackCA",
        TEXT,
        "A PEM file of the certificate authorities that verify https receivers and document servers."
        " Empty: the authorities of the system.",
        default="",
    )
    event_callback_url: str = given(
        "bbbd.eventCallbackUrl",
        HTTP_URL,
        "A URL that is called for the events of every meeting, in addition to each meeting's own"
        " meta_eventCallbackUrl.",
        default="",
    )
    ready_hours: int = given(
        "bbbd.callbacksGivenUpAfterHours",
        number("a number of hours", 1),
        "How long bbbd tries a recording ready callback.",
        default=24,
    )
    permanent_hooks: tuple[str, ...] = given(
        "bbbd.hooksPermanent",
        URLS,
        "URLs that are hooks for all events of all meetings. No call removes such a hook, and no failure.",
        default=(),
        restart=True,
    )
    hooks_algorithm: Algorithm = given(
        "bbbd.hooksAlgorithm",
        enum(Algorithm),
        "The digest algorithm that signs the calls of hooks.",
        default=Algorithm.SHA1,
    )
    hooks_bearer: bool = given(
        "bbbd.hooksAuth2",
        BOOLEAN,
        "Calls of hooks have the shared secret in a header, Authorization: Bearer, in place of a checksum. For"
        " receivers over https.",
        default=False,
    )
    hook_hours: int = given(
        "bbbd.hooksGivenUpAfterHours",
        number("a number of hours", 1, 720),
        "How long a hook may fail before it is removed.",
        default=24,
    )
