"""Settings that are given without a file: by ``--set name=value``, and by environment variables.

A variable is ``BBBD_`` and the setting's name in capitals, without its ``bbbd.``: ``BBBD_DATA_DIR`` is
``bbbd.dataDir``, ``BBBD_DEFAULT_MAX_USERS`` is ``defaultMaxUsers``. Secrets are refused: the process list shows the
command line, and the environment is inherited and shown by the tools of containers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bbbd.settings.settings import Settings
from bbbd.values.fields import Declared, declarations

PREFIX = "BBBD_"
#: The variable that names the settings file.
FILE_VARIABLE = "BBBD_SETTINGS"
_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
#: Variables that Kubernetes sets for a service called ``bbbd``.
_OF_KUBERNETES = re.compile(r"BBBD_(?:SERVICE_(?:HOST|PORT(?:_.*)?)|PORT(?:_.*)?)")
#: The ways that are allowed for the shared secret, and for any other one.
_WAYS = {
    "securitySalt": "a settings file, the credential `secret` of systemd, or the file `secret` in the data directory"
    " (`bbbd secret set`)"
}
_WAY = "a settings file"


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + _WORD_BEGINS.sub("_", name.removeprefix("bbbd.")).replace(".", "_").upper()


def names_of_settings() -> dict[str, Declared]:
    """Return each setting by each of its names."""
    return {name: declared for declared in declarations(Settings) for name in declared.names}


def assignment(text: str) -> tuple[str, str]:
    """Return name and value of ``name=value``. Raises ``ValueError``."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        # The text may hold a secret, which must not reach a log.
        raise ValueError("--set wants name=value, such as --set bbbd.maxMeetings=50")
    return name.strip(), value


def why_refused(declared: Declared, seen: str) -> str:
    """Return why a secret is refused here, empty for a setting that is none. ``seen`` says where it can be seen."""
    if not declared.more.get("secret"):
        return ""
    return f"{declared.name} is a secret, and {seen} shows it; put it into {_WAYS.get(declared.name, _WAY)}"


def from_environment(environment: Mapping[str, str], known: Mapping[str, Declared]) -> Iterator[tuple[str, str, str]]:
    """Give each variable that may name a setting: the variable, the setting's name or "", and the text."""
    by_variable = {variable_of(name): name for name in known}
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and variable != FILE_VARIABLE and not _OF_KUBERNETES.fullmatch(variable):
            yield variable, by_variable.get(variable, ""), environment[variable]
