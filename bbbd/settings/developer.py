"""Developer mode, and explanations for those who write applications."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.values.fields import given
from bbbd.values.value_types import BOOLEAN


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class DeveloperSettings:
    """Settings of developer mode."""

    developer: bool = given(
        "bbbd.developer",
        BOOLEAN,
        "Developer mode: a clock that can be moved, virtual people, faults, `/developer/`. For tests"
        " only, never for real meetings.",
        default=False,
        restart=True,
    )
    developer_anywhere: bool = given(
        "bbbd.developerAnywhere",
        BOOLEAN,
        "Developer mode may listen on addresses that other machines can reach.",
        default=False,
        restart=True,
    )
    explain_checksums: bool = given(
        "bbbd.explainChecksums", BOOLEAN, "The log explains each wrong checksum; answers reveal nothing.", default=False
    )
