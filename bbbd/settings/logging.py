"""The log: its lowest level and its format."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.values.enums import LogFormat, LogLevel
from bbbd.values.fields import given
from bbbd.values.value_types import enum


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class LoggingSettings:
    """Settings of the log."""

    log_level: LogLevel = given(
        "bbbd.logLevel", enum(LogLevel), "The lowest level that is logged.", default=LogLevel.INFO
    )
    log_format: LogFormat = given(
        "bbbd.logFormat",
        enum(LogFormat),
        "The format of the log: lines of JSON, or text for a terminal.",
        default=LogFormat.JSON,
    )
