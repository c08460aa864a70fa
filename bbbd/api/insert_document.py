"""``insertDocument``: adds slides to a running meeting."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.api.call import Reply, succeed
from bbbd.api.problems import Failed, Notice, Problem
from bbbd.api.server import Server
from bbbd.meetings.create_parameters import Document
from bbbd.meetings.decks import MOST_DECKS, PRESENTATION, new_deck_id
from bbbd.meetings.slides import DeckAdded
from bbbd.values.fields import given
from bbbd.values.value_types import ANY_IDENTIFIER


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertDocument:
    """Parameters of ``insertDocument``."""

    meeting_id: str = given("meetingID", ANY_IDENTIFIER, "The meeting.")
    #: Read from the body.
    documents: tuple[Document, ...] = ()


def insert_document(server: Server, params: InsertDocument) -> Reply:
    """Add documents to a meeting; they are fetched and converted after the answer."""
    meeting = server.meetings.find_live(params.meeting_id)
    if meeting is None:
        raise Failed(Problem.NOT_FOUND)
    if not meeting.has(PRESENTATION):
        raise Failed(Problem.NO_PRESENTATION)
    if not params.documents:
        raise Failed(Problem.NO_DOCUMENT)
    if len(meeting.decks) + len(params.documents) > MOST_DECKS:
        raise Failed(Problem.TOO_MANY_DOCUMENTS, f"A meeting has at most {MOST_DECKS} documents.")
    if server.free_disk.is_low:
        raise Failed(Problem.DISK_FULL)
    for document in params.documents:
        deck = new_deck_id(meeting, document.name, server.meetings.clock.now().wall)
        server.meetings.happen(meeting, DeckAdded(deck=deck, document=document))
    key, message = Notice.DOCUMENT_COMES.value
    return succeed(("messageKey", key), ("message", message))
