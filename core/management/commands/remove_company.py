"""Remove a company with everything it ever wrote."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.models import Tenant
from core.operations import erase_company


class Command(BaseCommand):
    help = "Removes a company, all its rows and files. There is no way back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--slug", required=True)
        parser.add_argument("--yes", action="store_true", help="really")

    def handle(self, *, slug: str, yes: bool, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            raise CommandError(f"There is no company {slug}.", returncode=2)
        if not yes:
            raise CommandError(
                f"This removes {tenant.name} for good. Say --yes to go on.", returncode=2
            )
        count = erase_company(tenant=tenant)
        self.stdout.write(f"removed {slug}: {count} rows")
