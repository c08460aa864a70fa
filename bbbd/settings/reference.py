"""The reference of settings: the text for ``--help``, the page ``docs/settings.md``, and tables of parameters."""

from __future__ import annotations

import textwrap
from typing import Any

from bbbd.settings.settings import FAMILIES, Settings
from bbbd.values.fields import Declared, FromSetting, declarations, default_text
from bbbd.values.markdown import MADE, cell, code

_PRECEDENCE = """\
Each setting can be given, in this order of precedence:
  1. on the command line: --set name=value (or an option of its own, which wins)
  2. by a variable: BBBD_ and its name in capitals, as BBBD_DATA_DIR for
     bbbd.dataDir and BBBD_DEFAULT_MAX_USERS for defaultMaxUsers
  3. in a .properties file
Secrets can be given in a file only: see docs/settings.md.

Settings:"""


def settings_help() -> str:
    """Return every setting for ``--help``, by families."""
    lines = [_PRECEDENCE]
    for heading, family in FAMILIES.items():
        lines += ["", f"{heading}:"]
        for declared in declarations(family):
            value = default_text(declared.default)
            meaning = f"{declared.meaning}" + (f" [{value}]" if value and len(value) < 60 else "")
            wrapped = textwrap.fill(meaning, 76, initial_indent="      ", subsequent_indent="      ")
            lines += [f"  {declared.name}", wrapped]
    return "\n".join(lines)


_INTRODUCTION = (
    "# Settings",
    "",
    "bbbd reads files in BigBlueButton's `.properties` format: UTF-8, `key=value`, with `${other.key}` replaced by the"
    " value of the other key. It reads every `--settings FILE` (a later file wins), else `$BBBD_SETTINGS`, else"
    " `/etc/bbbd/bbbd.properties`, else `/etc/bigbluebutton/bbb-web.properties`. A fault in a setting stops the start"
    " with exit status 78; bbbd lists all faults at once, each with its file and line. An unknown `bbbd.*` key is a"
    " warning. Unknown keys of BigBlueButton are ignored.",
    "",
    "Files are not needed. An environment variable wins over all files: `BBBD_` and the name of the setting in capitals"
    " with `_` between its words, without its `bbbd.`, such as `BBBD_DATA_DIR` for `bbbd.dataDir`,"
    " `BBBD_DEFAULT_MAX_USERS` for `defaultMaxUsers`, and `BBBD_BIGBLUEBUTTON_WEB_SERVER_URL` for"
    " `bigbluebutton.web.serverURL`. An unknown variable that begins with `BBBD_` is a warning, unless Kubernetes sets"
    " it. `--set name=value` on the command line of `bbbd run`, `twistd bbbd` and every `bbbd` subcommand wins over"
    " both, and the options `--listen`, `--data-dir`, `--log-format` and `--developer` over `--set`. Messages name the"
    " source of a value: its file and line, `environment BBBD_…`, or `command line`.",
    "",
    "Secrets are refused in variables and on the command line, where others see them. The shared secret belongs into a"
    " settings file (`securitySalt`), into the credential `secret` of systemd, or into the file `secret` of the data"
    " directory, which bbbd makes itself and `bbbd secret set` writes; `bbbd.turnSecret` belongs into a settings file.",
    "",
    "*Takes effect*: at a `start` only, or at a `reload` (SIGHUP) as well. A live meeting keeps the settings that it"
    " was created with.",
)


def settings_page() -> str:
    """Return the page of all settings, with a table for each family."""
    lines = [MADE, *_INTRODUCTION]
    for heading, family in FAMILIES.items():
        lines += ["", f"## {heading}", "", *_settings_table(family)]
    return "\n".join((*lines, ""))


def _settings_table(family: type[Any]) -> list[str]:
    rows = [
        f"| {'<br>'.join(code(name) for name in one.names)} | {cell(one.kind.allowed)} "
        f"| {code(default_text(one.default))} "
        f"| {'start' if one.more.get('restart') else 'reload'} | {cell(one.meaning)} |"
        for one in declarations(family)
        if not hasattr(one.kind, "prefix")
    ]
    return ["| setting | kind | default | takes effect | meaning |", "|---|---|---|---|---|", *rows]


def parameters_table(wants: type[Any]) -> list[str]:
    """Return the table of a call's parameters, empty when it has none."""
    rows = [
        f"| {'<br>'.join(code(name) for name in one.names)} "
        f"| {cell(one.kind.allowed if hasattr(one.kind, 'allowed') else 'texts')} "
        f"| {_default(one)} | {cell(one.meaning)} |"
        for one in declarations(wants)
    ]
    return ["| parameter | kind | default | meaning |", "|---|---|---|---|", *rows, ""] if rows else []


def setting_of_default(declared: Declared) -> str:
    """Return the name of the setting that is a parameter's default, empty when the default is a value."""
    if not isinstance(declared.default, FromSetting):
        return ""
    attribute = declared.default.attribute
    return next(one.name for one in declarations(Settings) if one.attribute == attribute)


def _default(declared: Declared) -> str:
    if declared.required:
        return "required"
    if setting := setting_of_default(declared):
        return f"setting {code(setting)}"
    return code(default_text(declared.default))
