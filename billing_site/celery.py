"""The Celery application: it carries ids and wakes workers; the database decides what is done."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_site.settings")

app = Celery("duebook")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_unsafe_role(**_signal: Any) -> None:
    """Refuse to start a worker whose database role could see past row-level security."""
    from core.startup import require_safe_database_role  # noqa: PLC0415 - Django is set up by now

    require_safe_database_role()
