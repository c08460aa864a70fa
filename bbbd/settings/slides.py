"""Slides: the documents that bbbd accepts, the hosts it fetches them from, and their conversion."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.values.fields import given
from bbbd.values.value_types import BOOLEAN, COMMA_LIST, HTTP_URL, NETWORKS, TEXT, Networks, ValueType, number, size


def _default_slides(text: str) -> str:
    if text.lower() == "none":
        return "none"
    if text.startswith("/"):
        return text
    try:
        return HTTP_URL.read(text)
    except ValueError:
        raise ValueError(f"is not {DEFAULT_SLIDES.allowed}") from None


DEFAULT_SLIDES = ValueType("none, an http or https URL, or the absolute path of a file", _default_slides)


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class SlideSettings:
    """Settings of slides."""

    default_slides: str = given(
        "beans.presentationService.defaultUploadedPresentation",
        DEFAULT_SLIDES,
        "The slides of a meeting without its own: a URL, a file, or `none`. Empty: the slides of bbbd.",
        default="",
    )
    slides_override_default: bool = given(
        "beans.presentationService.preUploadedPresentationOverrideDefault",
        BOOLEAN,
        "The slides of a meeting replace the default slides. The default slides are still shown when all"
        " documents of the meeting fail.",
        default=True,
    )
    max_document: int = given(
        "maxFileSizeUpload", size(least=1024), "The largest document that is converted to slides.", default=30_000_000
    )
    max_pages: int = given(
        "maxNumPages",
        number("a number of pages", 1),
        "The largest number of pages; a longer document is refused.",
        default=200,
    )
    slides_schemes: tuple[str, ...] = given(
        "insertDocumentSupportedProtocols",
        COMMA_LIST,
        "The schemes of URLs that documents are fetched from.",
        default=("https", "http"),
    )
    slides_blocked_hosts: tuple[str, ...] = given(
        "insertDocumentBlockedHosts",
        COMMA_LIST,
        "Hosts that documents are never fetched from, whatever their addresses.",
        default=("localhost",),
    )
    slides_networks: Networks = given(
        "bbbd.slidesNetworks",
        NETWORKS,
        "Private networks that documents may be fetched from, in addition to public addresses; add"
        " 127.0.0.0/8 for servers on this machine.",
        default=NETWORKS.read("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7"),
    )
    workers: int = given(
        "bbbd.workers",
        number("a number of processes"),
        "The number of documents converted at once; 0 is one less than the number of cores, at least one.",
        default=0,
        restart=True,
    )
    worker_memory: int = given(
        "bbbd.workerMemory", size(least=64 << 20), "The memory limit of a conversion.", default=512 << 20
    )
    worker_seconds: int = given(
        "bbbd.workerSeconds", number("a number of seconds", 1), "The CPU time limit of a conversion.", default=120
    )
    office: str = given(
        "bbbd.office",
        TEXT,
        "The path of LibreOffice's `soffice`, which converts office documents. Empty: bbbd finds it."
        " `none`: office documents are refused.",
        default="",
    )
    office_memory: int = given(
        "bbbd.officeMemory",
        size(least=256 << 20),
        "The memory limit of LibreOffice, which needs more than other conversions.",
        default=4 << 30,
    )
