"""Where people with browsers of all makes come to, and what they do there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from browser_harness import Server
from driven_browsers import Protocol, Visitor
from sample_documents import pdf

__all__ = ["Reception", "Server"]


@dataclass
class Reception:
    """One server, and a window for each who comes."""

    server: Server
    visitors: list[Visitor] = field(default_factory=list)

    def invites(self, window: Protocol, name: str, **pairs: str) -> Visitor:
        """Have somebody follow a link."""
        visitor = Visitor(window, name)
        self.visitors.append(visitor)
        visitor.goes(self.server.daemon.origin + self.server.link(name, **pairs))
        return visitor

    def lesson(self, teacher: Visitor, student: Visitor, directory: Path) -> None:
        """Have them write, raise a hand, show slides and turn them."""
        student.writes("Message to everyone", "Good morning\n")
        teacher.sees("Good morning", "[role=log]")
        teacher.writes("Message to everyone", "Good morning, Ben\n")
        student.sees("Good morning, Ben", "[role=log]")
        student.presses("Raise hand")
        teacher.presses("People, 2")
        teacher.sees("Raised", "#panel")
        student.presses("Lower hand")
        document = directory / "leaf.pdf"
        document.write_bytes(pdf("How a leaf makes sugar", "Light reaches the leaf"))
        teacher.presses("Slides")
        teacher.has("Upload a document")
        teacher.window.gives("return document.querySelector('dialog[open] input[type=file]')", document)
        for one in (teacher, student):
            one.shows("Page 1 of 2")
        teacher.presses("Next page")
        student.shows("Page 2 of 2")

    def parting(self, *visitors: Visitor) -> None:
        """Have everybody leave, one after the other."""
        for left, visitor in enumerate(visitors, 1):
            visitor.presses("Leave")
            visitor.presses("Leave", "dialog[open]")
            self.server.comes_to(len(visitors) - left)

    def shuts(self) -> None:
        """Close all windows; no page may have reported a fault."""
        reports = [f"{one.name}: {report}" for one in self.visitors for report in one.window.reports()]
        for one in self.visitors:
            one.window.ends()
        assert not reports, reports
