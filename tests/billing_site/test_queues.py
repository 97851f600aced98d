"""Every queue has its worker, what may be slow has its own, and what beat wakes never piles up."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
import yaml
from celery import current_app
from django.conf import settings

from devtools import run
from messaging import tasks as messaging_tasks

SWEEPS = settings.CELERY_BEAT_SCHEDULE


def words_of_compose() -> dict[str, list[str]]:
    services = yaml.safe_load((Path(settings.BASE_DIR) / "docker-compose.yml").read_text())
    return {
        name: service.get("command", "").split() for name, service in services["services"].items()
    }


def queues_of(words: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the queues each worker asks."""
    return {
        name: line[line.index("-Q") + 1].split(",")
        for name, line in words.items()
        if "celery" in line and "worker" in line
    }


def queue_of(task: str) -> str:
    return str(current_app.amqp.router.route({}, task)["queue"].name)


@pytest.mark.parametrize("words", [run._commands(8000), words_of_compose()], ids=["dev", "compose"])
def test_every_queue_is_asked_and_other_programs_hold_up_nothing(
    words: dict[str, list[str]],
) -> None:
    asked = queues_of(words)
    current_app.loader.import_default_modules()
    own = [name for name in current_app.tasks if not name.startswith(("celery.", "tests."))]
    used = {queue_of(name) for name in own} | {one["options"]["queue"] for one in SWEEPS.values()}
    assert sorted(chain.from_iterable(asked.values())) == sorted(used)
    assert asked["webhooks"] == [queue_of("messaging.tell_webhooks")]
    assert [name for name in own if queue_of(name) == "webhooks"] == ["messaging.tell_webhooks"]


@pytest.mark.parametrize("name", SWEEPS)
def test_what_beat_wakes_is_dropped_once_another_has_come(name: str) -> None:
    entry = SWEEPS[name]
    when = entry["schedule"]
    if not isinstance(when, float):
        when = 86_400 / len(when.minute) / len(when.hour)  # each day, at so many moments of it
    current_app.loader.import_default_modules()
    assert entry["task"] in current_app.tasks
    assert entry["options"]["expires"] <= max(60, when)


def test_what_the_sweep_wakes_is_dropped_too() -> None:
    assert messaging_tasks.tell_webhooks.expires == messaging_tasks.TELLER_WAITS
