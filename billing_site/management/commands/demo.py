"""Make the demonstration companies; tell how to sign in."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billing_site.demo.data import COMPANIES, PASSWORD, PEOPLE
from billing_site.demo.story import tell
from core.models import Tenant


class Command(BaseCommand):
    help = "Makes two invented companies with a year of business, through the operations."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing if any company is there"
        )
        parser.add_argument("--logins", action="store_true", help="print the logins and stop")

    def handle(self, *, if_empty: bool, logins: bool, **options: Any) -> None:
        if logins:
            if Tenant.objects.filter(slug=COMPANIES[0].slug).exists():
                self._print_logins()
            return
        if if_empty and Tenant.objects.exists():
            return
        if Tenant.objects.filter(slug__in=[company.slug for company in COMPANIES]).exists():
            raise CommandError("The demonstration companies are there already.", returncode=2)
        now = timezone.now()
        for company in COMPANIES:
            counts = tell(company, now)
            self.stdout.write(
                f"{company.slug}: {counts['bills']} bills, {counts['receipts']} receipts, "
                f"{counts['reminders']} reminders"
            )

    def _print_logins(self) -> None:
        names = [company.name for company in COMPANIES]
        self.stdout.write(f"demo companies: {', '.join(names)}")
        self.stdout.write(f"demo logins, password {PASSWORD}:")
        for email, _name, _language, role in PEOPLE:
            self.stdout.write(f"  {email:<22} {role.value.title()}")
