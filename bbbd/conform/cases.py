"""All cases, in the order in which they are asked."""

from __future__ import annotations

from bbbd.conform import (
    checksums,
    configs,
    creating,
    ending,
    envelope,
    forms,
    joining,
    looking,
    others,
    recordings,
    sessions,
    tracks,
    values,
)

CASES = (
    *envelope.CASES,
    *checksums.CASES,
    *forms.CASES,
    *creating.CASES,
    *values.CASES,
    *looking.CASES,
    *joining.CASES,
    *sessions.CASES,
    *ending.CASES,
    *recordings.CASES,
    *tracks.CASES,
    *configs.CASES,
    *others.CASES,
)
