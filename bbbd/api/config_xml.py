"""config.xml calls of the Flash era: the default document, documents of a meeting, the document of a session."""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass
from urllib.parse import unquote_plus

from bbbd.api.call import NoParameters, Reply, succeed
from bbbd.api.problems import Failed, Problem
from bbbd.api.server import Server
from bbbd.api.sessions import OneSession, find_session
from bbbd.limits import Limit
from bbbd.meetings.config_xml import ConfigAdded
from bbbd.values.fields import given
from bbbd.values.safe_xml import BadXML, TooMuchXML, check_xml
from bbbd.values.value_types import ANY_IDENTIFIER, BOOLEAN, ValueType

#: The encoding that an XML declaration names.
_ENCODING = re.compile(r"""^(<\?xml[^>]*encoding\s*=\s*["'])[A-Za-z0-9._-]+""")
_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class SetConfig:
    """Parameters of ``setConfigXML``."""

    config_xml: str = given("configXML", ValueType("a config.xml", str), "The config.xml document.")
    meeting_id: str = given("meetingID", ANY_IDENTIFIER, "The meeting.")
    default: bool = given("defaultConfig", BOOLEAN, "Use it also for joins without a configToken.", default=False)


def get_default_config_xml(server: Server, _params: NoParameters) -> Reply:
    """Return the default document."""
    return Reply(document=server.configs.default().encode())


def set_config_xml(server: Server, params: SetConfig) -> Reply:
    """Store a document for a meeting and return its token; the same document always has the same token."""
    meeting = server.meetings.find_live(params.meeting_id)
    if meeting is None:
        raise Failed(Problem.INVALID_MEETING)
    document = _decoded(params.config_xml)
    try:
        check_xml(document)
    except BadXML as fault:
        limit = Limit.XML if isinstance(fault, TooMuchXML) else None
        raise Failed(Problem.CONFIG_XML, f"{Problem.CONFIG_XML.message}: {fault}", limit=limit) from None
    token = next((token for token, kept in meeting.configs.items() if kept == document), "")
    is_new = not token or (params.default and meeting.default_config != token)
    if is_new:
        if server.meetings.is_full(meeting, server.settings.max_journal):
            text = "The meeting keeps too much already; it takes no more documents."
            raise Failed(Problem.CONFIG_XML, text, limit=Limit.JOURNAL)
        token = token or "".join(secrets.choice(_LETTERS) for _ in range(8))
        server.meetings.happen(meeting, ConfigAdded(token=token, text=document, default=params.default))
    return succeed(("configToken", token), ("token", token))


def _decoded(document: str) -> str:
    """Return a document as UTF-8; some clients encode it twice."""
    document = (document if document.lstrip().startswith("<") else unquote_plus(document)).strip()
    return _ENCODING.sub(r"\1UTF-8", document, count=1)


def config_xml(server: Server, params: OneSession) -> Reply:
    """Return the document chosen by a session's join."""
    meeting, session = find_session(server, params.session_token, Problem.NO_SESSION)
    chosen = meeting.configs.get(session.config_token) or server.configs.find(session.config_token)
    return Reply(document=(chosen or server.configs.default()).encode())
