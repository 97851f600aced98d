"""Let a person see the platform's pages, or not any more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.models import User


class Command(BaseCommand):
    help = "Makes a person who signs in here an operator of the platform: /platform/."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--revoke", action="store_true", help="not any more")

    def handle(self, *, email: str, revoke: bool, **options: Any) -> None:
        count = User.objects.filter(email__iexact=email).update(is_operator=not revoke)
        if not count:
            raise CommandError(f"Nobody signs in as {email}.", returncode=2)
        self.stdout.write(f"{email} is {'no ' if revoke else 'an '}operator")
