"""Every event that the code records has a name for people, and an icon that is there."""

from __future__ import annotations

import re
from pathlib import Path

from core import texts
from core.management.commands.check_templates import known_icons
from core.timeline import _NAMES

ROOT = Path(__file__).resolve().parents[2]
RECORDED = re.compile(r'\bevent="([a-z_]+(?:\.[a-z_]+)+)"')


def test_every_recorded_event_is_named() -> None:
    recorded = {
        event
        for app in (*texts.APPS, "api")
        for path in (ROOT / app).rglob("*.py")
        for event in RECORDED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(recorded) > 50
    assert recorded - _NAMES.labels.keys() == set()
    assert set(_NAMES.icons.values()) <= known_icons()
