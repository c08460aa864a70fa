"""People in a recording: how many there were, and under which names they appear."""

from __future__ import annotations

import re

from bbbd.history.happenings import History, PersonJoined
from bbbd.values.enums import Role

#: BigBlueButton gives a person who comes back the id ``w_…_2``.
_AGAIN = re.compile(r"(?<!\Aw)_[0-9]+\Z")
_APPLICATION = "Application"


def person_of(user: str) -> str:
    """Return the id that a person has at each of their stays."""
    return _AGAIN.sub("", user)


def participants(history: History) -> int:
    """Return how many people were in the meeting."""
    return len({person_of(one.user) for one in history.happenings if isinstance(one, PersonJoined)})


class Names:
    """The names of people in a recording: their own, or a role and a number in the order of their first joins.

    ``own`` is the server's choice. As on BigBlueButton, the meeting itself may ask for a chat without names by
    ``meta_bbb-anonymize-chat``, which spares moderators unless ``meta_bbb-anonymize-chat-moderators`` is true as well.
    """

    def __init__(self, history: History, *, own: bool) -> None:
        self._numbered: dict[str, str] = {}
        wanted = history.facts.metadata
        asked = _is_true(wanted.get("bbb-anonymize-chat"))
        self._hidden = {
            Role.VIEWER: not own or asked,
            Role.MODERATOR: not own or (asked and _is_true(wanted.get("bbb-anonymize-chat-moderators"))),
        }
        self._applications = own
        for one in history.happenings:
            if isinstance(one, PersonJoined) and (person := person_of(one.user)) not in self._numbered:
                self._numbered[person] = f"{one.role.value.capitalize()} {len(self._numbered) + 1}"

    def of(self, user: str, name: str, role: Role) -> str:
        """Return the name of a person, given their own; of an application when ``user`` is empty."""
        if not user:
            return name if self._applications else _APPLICATION
        return self._numbered.get(person_of(user), "Viewer") if self._hidden[role] else name


def _is_true(value: str | None) -> bool:
    return value is not None and value.strip().lower() == "true"
