"""When a hook's call is tried again, and when hook or call is given up."""

from __future__ import annotations

import pytest

from bbbd.callbacks.deliveries import CallbackKind, Delivery, next_try_of_hook
from bbbd.callbacks.hooks import Hook
from bbbd.settings.settings import Settings

MADE = 1_531_155_809_613
DAY = 24 * 3_600_000


@pytest.mark.parametrize(
    ("permanent", "tries", "failing", "age", "pause"),
    [
        (False, 0, 0, 0, 100),
        (False, 11, 300_000, 300_000, 60_000),
        (False, 12, 360_000, 360_000, 300_000),
        (False, 300, DAY - 1, DAY - 1, 300_000),
        (False, 300, DAY, DAY, None),
        (False, 0, DAY - 1, DAY + 1, 100),
        (True, 300, DAY - 1, DAY - 1, 300_000),
        (True, 300, DAY, DAY, None),
        (True, 0, 30 * DAY, DAY - 1, 300_000),
        (True, 0, 30 * DAY, DAY, None),
        (True, 0, 0, DAY, 100),
    ],
)
def test_a_hook_is_tried_for_a_day(*, permanent: bool, tries: int, failing: int, age: int, pause: int | None) -> None:
    now = MADE + age
    hook = Hook(id="1", url="http://a.example/", permanent=permanent, failing_since=now - failing)
    entry = Delivery(kind=CallbackKind.HOOK, url=hook.url, receiver="1", created_at=MADE, tries=tries)
    again = next_try_of_hook(entry, hook, now, Settings().hook_hours)
    assert again == (None if pause is None else now + pause)
