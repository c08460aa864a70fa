"""Join links that the server signs itself, for a person who is in already."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from bbbd.api.checksum import preferred_algorithm, sign
from bbbd.settings.current import CurrentSettings


def join_link(current: CurrentSettings, parameters: Mapping[str, str]) -> str:
    """Return a signed join link."""
    settings, query = current.settings, urlencode(parameters)
    checksum = sign("join", query.encode(), current.secrets[0], preferred_algorithm(settings.algorithms))
    return f"{settings.url('/bigbluebutton/api/join')}?{query}&checksum={checksum}"
