"""Measure one thing on a generated company, and print it beside its limit."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from billing_site.bench.aging import bench_aging
from billing_site.bench.allocate import bench_allocate
from billing_site.bench.api import bench_api
from billing_site.bench.company import take_space_back
from billing_site.bench.customer import bench_customer
from billing_site.bench.editor import bench_editor
from billing_site.bench.export import bench_export
from billing_site.bench.imports import bench_import
from billing_site.bench.issue import bench_issue
from billing_site.bench.listing import bench_list
from billing_site.bench.pdf import bench_pdf
from billing_site.bench.search import bench_search

# name: (what to run, how many by default)
BENCHES = {
    "issue": (bench_issue, 5000),
    "allocate": (bench_allocate, 10_000),
    "aging": (bench_aging, 100_000),
    "pdf": (bench_pdf, 60),
    "import": (bench_import, 10_000),
    "list": (bench_list, 100_000),
    "export": (bench_export, 100_000),
    "customer": (bench_customer, 5000),
    "editor": (bench_editor, 30),
    "search": (bench_search, 300_000),
    "api": (bench_api, 100_000),
}


class Command(BaseCommand):
    help = "Measures one thing on a generated company, which it removes again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=BENCHES)
        parser.add_argument("--n", type=int, help="how many; every benchmark has its own default")

    def handle(self, *, name: str, n: int | None, **options: Any) -> None:
        run, usual = BENCHES[name]
        count = n or usual
        self.stdout.write(f"n {count} {name}")
        for figure in run(count, timezone.now()):
            self.stdout.write(str(figure))
        take_space_back()
