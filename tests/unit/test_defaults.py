"""Defaults as people read them: in help, in the reference pages and in developer mode."""

from __future__ import annotations

import pytest
from harness import ROOT

from bbbd.developer.descriptions import calls
from bbbd.settings.reference import settings_help
from bbbd.values.fields import FromSetting, default_text


def test_a_parameters_default_is_a_value_or_the_name_of_a_setting() -> None:
    (create,) = [call for call in calls() if call["name"] == "create"]
    defaults = {one["name"]: one["default"] for one in create["parameters"]}
    assert defaults["maxParticipants"] == "the setting defaultMaxUsers"
    assert defaults["isBreakout"] == "false"


def test_no_internal_notation_of_a_default_is_shown() -> None:
    shown = [settings_help(), repr(calls()), *(path.read_text() for path in (ROOT / "docs").glob("*.md"))]
    for text in shown:
        for internal in ("FromSetting(", "frozenset(", "<object", "factory=", "Enum"):
            assert internal not in text


def test_a_default_from_a_setting_has_no_text_of_its_own() -> None:
    with pytest.raises(TypeError):
        default_text(FromSetting("max_users"))
