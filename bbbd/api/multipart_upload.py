"""Streaming parser of multipart uploads: only one piece of a file is in memory at a time."""

from __future__ import annotations

import re

from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser

from bbbd.api.problems import Failed, Problem, missing
from bbbd.limits import Limit
from bbbd.storage.spooled_body import SpooledBody

MULTIPART = "multipart/form-data"
#: Limit of parts of a body; only one is used.
MOST_PARTS = 20
#: Length limit of the boundary; 70 in RFC 2046.
_LONGEST_BOUNDARY = 200
#: Limits of a part's header: lines, and bytes of a line.
_MOST_HEADERS = 8
_LONGEST_HEADER = 8192


_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^;,\s]+))', re.IGNORECASE)


#: A part with a file name, in whatever notation of RFC 2231.
_FILE_NAME = re.compile(r";\s*filename[*0-9]*\s*=", re.IGNORECASE)


def _reason(fault: Exception) -> str:
    return str(fault.args[0]) if fault.args else type(fault).__name__


def _decoded_name(raw: str) -> str:
    """Return a file name; UTF-8 by the standard, but some clients use other encodings."""
    try:
        return raw.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return raw


class MultipartUpload:
    """A multipart body during upload: its first part named ``file`` is spooled to disk, all others are discarded.

    A file in a part of another name is a mistake, which is refused: without any file the call removes a track.
    """

    def __init__(self, content_type: str, file: SpooledBody) -> None:
        self.size = 0
        self.filename = self.content_type = ""
        self._file = file
        self._found = self._open = self._is_misnamed = False
        self._fault = ""
        self._limit: Limit | None = None
        found = _BOUNDARY.search(content_type)
        self._parser = self._parser_for((found[1] or found[2]) if found else "")

    def _parser_for(self, boundary: str) -> PushMultipartParser | None:
        if len(boundary) > _LONGEST_BOUNDARY:
            self._fault, self._limit = "its boundary is too long", Limit.MULTIPART
            return None
        try:
            return PushMultipartParser(
                boundary,
                max_segment_count=MOST_PARTS,
                max_header_count=_MOST_HEADERS,
                max_header_size=_LONGEST_HEADER,
                header_charset="latin-1",
            )
        except (MultipartError, UnicodeError) as fault:
            self._fault = _reason(fault)
            return None

    def take(self, data: bytes) -> None:
        """Parse a piece; after a fault the rest of the body is ignored."""
        if self._fault or self._parser is None:
            return
        try:
            for event in self._parser.parse(data):
                if isinstance(event, MultipartSegment):
                    self._begin(event)
                elif event is None:
                    self._open = False
                elif self._open:
                    self.size += len(event)
                    self._file.take(bytes(event))
        except (MultipartError, UnicodeError) as fault:
            self._fault = _reason(fault)
            self._limit = Limit.MULTIPART if isinstance(fault, ParserLimitReached) else None

    def _begin(self, part: MultipartSegment) -> None:
        self._open = part.name == "file" and not self._found
        if part.name != "file" and _FILE_NAME.search(part.header("Content-Disposition", "")):
            self._is_misnamed = True
        if self._open:
            self._found = True
            self.filename, self.content_type = _decoded_name(part.filename or ""), part.content_type or ""

    def end(self) -> SpooledBody | None:
        """Return the file, or None. Raises ``Failed`` if the body is malformed, or the file empty or misnamed."""
        if self._parser is not None and not self._fault:
            try:
                self._parser.close()
            except MultipartError as fault:
                self._fault = _reason(fault)
        if self._fault:
            text = f"the body is no multipart/form-data that can be read: {self._fault}"
            raise Failed(Problem.VALIDATION, text, limit=self._limit)
        if self._found and not self.size:
            raise Failed(Problem.EMPTY_TRACK)
        if self._is_misnamed and not self._found:
            raise missing(Problem.MISSING_PARAM, "file")
        return self._file if self._found else None

    def drop(self) -> None:
        """Delete the file, unless it is being stored."""
        self._file.drop()
