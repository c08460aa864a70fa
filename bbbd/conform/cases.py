"""All cases, in order of execution."""

from __future__ import annotations

from bbbd.conform import (
    checksums,
    config_xml,
    create,
    create_values,
    end,
    envelope,
    forms,
    join,
    monitoring,
    other_calls,
    recordings,
    sessions,
    text_tracks,
)

CASES = (
    *envelope.CASES,
    *checksums.CASES,
    *forms.CASES,
    *create.CASES,
    *create_values.CASES,
    *monitoring.CASES,
    *join.CASES,
    *sessions.CASES,
    *end.CASES,
    *recordings.CASES,
    *text_tracks.CASES,
    *config_xml.CASES,
    *other_calls.CASES,
)
