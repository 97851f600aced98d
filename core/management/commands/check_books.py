"""Check every promise about the books, of every company or one."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import books
from core.models import Tenant
from core.tenancy import tenant_scope


class Command(BaseCommand):
    help = (
        "Prints `name ok` or `name BROKEN count` for every invariant; exit code 1 if any is broken."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="check this company alone")

    def handle(self, *, tenant: str | None = None, **options: Any) -> None:
        companies = Tenant.objects.order_by("pk")
        if tenant is not None:
            companies = companies.filter(slug=tenant)
            if not companies:
                raise CommandError(f"There is no company {tenant}.", returncode=2)
        broken = [self._check(invariant, list(companies)) for invariant in books.invariants()]
        if any(broken):
            sys.exit(1)

    def _check(self, invariant: books.Invariant, companies: list[Tenant]) -> bool:
        """Print one line, and on stderr one per company concerned; return whether it is broken."""
        counts: dict[str, int] = {}
        if invariant.per_company:
            for company in companies:
                with tenant_scope(company.pk):
                    if count := invariant.count_broken():
                        counts[company.slug] = count
        elif count := invariant.count_broken():
            counts["the database"] = count
        if not counts:
            self.stdout.write(f"{invariant.name} ok")
            return False
        self.stdout.write(f"{invariant.name} BROKEN {sum(counts.values())}")
        for where, count in counts.items():
            self.stderr.write(f"  {invariant.name}: {count} in {where}")
        return True
