"""Web pages: the client, the addresses after a meeting, and the origins that the pages trust."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bbbd.values.fields import given
from bbbd.values.value_types import BOOLEAN, HTTP_URL, MINUTES, ORIGINS, SOURCES, ValueType

_CONTACT = re.compile(r"(?:mailto:[^\s<>@]+@[^\s<>@]+|https://[^\s<>]+|tel:\+?[0-9().-]+)")


def _contacts(text: str) -> tuple[str, ...]:
    given = tuple(text.split())
    if wrong := next((one for one in given if not _CONTACT.fullmatch(one)), ""):
        raise ValueError(f"contains {wrong[:100]!r}; allowed are {CONTACTS.allowed}")
    return given


CONTACTS = ValueType("URLs like mailto:security@example.org, https: or tel:, separated by spaces", _contacts)

URL_OR_DEFAULT = ValueType(
    f"default, or {HTTP_URL.allowed}", lambda text: None if text.lower() == "default" else HTTP_URL.read(text)
)


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class PageSettings:
    """Settings of the web pages."""

    client_url: str = given(
        ("defaultHTML5ClientUrl", "defaultClientUrl"),
        HTTP_URL,
        "The page that a join leads to. Empty: the page of bbbd.",
        default="",
    )
    guest_wait_url: str = given(
        "defaultGuestWaitURL", HTTP_URL, "The page where guests wait. Empty: the page of bbbd.", default=""
    )
    logout_url: str | None = given(
        "bigbluebutton.web.logoutURL",
        URL_OR_DEFAULT,
        "The page after a meeting whose `create` had no logoutURL. `default`: the root of the server.",
        default=None,
    )
    error_redirect_url: str = given(
        "errorRedirectUrl",
        HTTP_URL,
        "The page that a browser is sent to when a join fails. Empty: the logout URL.",
        default="",
    )
    client_origins: tuple[str, ...] = given(
        "bbbd.clientOrigins",
        ORIGINS,
        "Other origins whose pages may open the WebSocket of a meeting and read the answers of calls with"
        " a session token.",
        default=(),
    )
    client_frames: tuple[str, ...] = given(
        "bbbd.clientFramesFrom",
        SOURCES,
        "Sites that may show pages of this server (the meeting, the player) in a frame, as CSP sources.",
        default=("https:",),
    )
    client_images: tuple[str, ...] = given(
        "bbbd.clientImagesFrom",
        SOURCES,
        "Sites that the meeting page may load pictures (logos, avatars) from, as CSP sources.",
        default=("https:",),
    )
    page_modules: bool = given(
        "bbbd.pageModules",
        BOOLEAN,
        "The modules of the pages (the meeting, the player) are served one by one, as a developer reads them. Otherwise"
        " those that are needed together are one file.",
        default=False,
        restart=True,
    )
    ended_tokens_kept: int = given(
        "bbbd.endedTokensKeptForMinutes", MINUTES, "How long a page can still learn why its meeting ended.", default=10
    )
    security_contact: tuple[str, ...] = given(
        "bbbd.securityContact",
        CONTACTS,
        "Whom to tell of a vulnerability of this server, the preferred way first: bbbd says so in"
        " `/.well-known/security.txt`. Empty: there is no such file.",
        default=(),
    )
    use_default_avatar: bool = given(
        "useDefaultAvatar", BOOLEAN, "People without an avatarURL get the default avatar.", default=False
    )
    default_avatar_url: str = given("defaultAvatarURL", HTTP_URL, "The default avatar.", default="")
    use_default_logo: bool = given(
        "useDefaultLogo", BOOLEAN, "Meetings without a logo get the default logo.", default=False
    )
    default_logo_url: str = given("defaultLogoURL", HTTP_URL, "The default logo.", default="")
