"""Migrations change the schema, so they run as the role that owns it, however they are started."""

from typing import Any

from django.conf import settings
from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

from core.db import as_owner


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        owner = settings.DATABASE_OWNER.get("USER")
        if not owner or connection.settings_dict["USER"] == owner:
            super().handle(*args, **options)
            return
        with as_owner():
            super().handle(*args, **options)
