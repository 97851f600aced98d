"""How fast a whole list becomes a file, and how much memory that takes at its peak."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

from django.urls import reverse

from billing_site.bench.bills import add_issued_bills
from billing_site.bench.company import add_customers, analyze, people_of, scratch_company
from billing_site.bench.timing import Figure, milliseconds, per_second, ratio, seconds
from core.exports import Sheet, write_xlsx
from core.lists.exporting import EXPORT_LIST, export_row
from core.models import Job, JobResult, JobRow, Tenant
from core.models.job import JobState
from core.tenancy import tenant_scope

STATUS, PEAK_RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
MEBI = 1024


def bench_export(n: int, at: datetime) -> list[Figure]:
    """
    Make CSV and workbook of ``n`` issued bills as the job does, file kept and all.

    ``peak_memory`` is what the process holds at its peak above what it held before the first file;
    the limit is the library writing as many rows that are there already.
    """
    with scratch_company(at) as tenant:
        add_customers(tenant, max(n // 10, 1))
        add_issued_bills(tenant, n, at.date())
        analyze()
        _export(tenant, "csv", at, warm_up=True)
        figures, times, before = [], {}, _held_kib()
        for extension in ("csv", "xlsx"):
            PEAK_RESET.write_text("5")
            size, times[extension] = _export(tenant, extension, at)
            peak = _held_kib(at_peak=True) - before
            name = f"export_{extension}"
            figures += [
                milliseconds(name, times[extension]),
                per_second(f"{name}_rows", n, times[extension]),
                Figure(f"{name}_file", size // 1024, "KB"),
                Figure(f"{name}_peak_memory", peak // MEBI, "MiB"),
            ]
    limit = seconds(partial(_plain_workbook, n))[1]
    return [
        *figures,
        milliseconds("export_xlsx_limit", limit),
        ratio("export_xlsx_to_limit", times["xlsx"], limit),
    ]


def _export(
    tenant: Tenant, extension: str, at: datetime, *, warm_up: bool = False
) -> tuple[int, int]:
    """Return the size of the file in bytes and the time it took in microseconds."""
    admin, _approver = people_of(tenant)
    with tenant_scope(tenant.pk):
        job = Job.objects.create(
            kind=EXPORT_LIST,
            title="bench",
            state=JobState.DONE,  # so that no worker takes it up besides
            created_by=admin,
            created_at=at,
            params={
                "list": "invoices",
                "query": "q=nothing-of-that-kind" if warm_up else "",
                "format": extension,
                "path": reverse("invoices:list", args=[tenant.slug]),
            },
        )
        _said, took = seconds(partial(export_row, JobRow(job=job), job, at))
        return JobResult.objects.select_related("file").get(job=job).file.size, took


def _plain_workbook(n: int) -> None:
    row = ["INV-2026-00001", "上海测试客户有限公司", "2026-11-22", Decimal("113.00"), "CNY"]
    row += ["2026-12-22", Decimal("113.00"), "Issued", "Sent"]
    with TemporaryFile() as file:
        write_xlsx(file, [Sheet("Plain", [str(n) for n in range(9)], (row for _ in range(n)))])


def _held_kib(*, at_peak: bool = False) -> int:
    """Return the memory the process holds now, or held at most since the peak was forgotten."""
    line = r"VmHWM:\s+(\d+)" if at_peak else r"VmRSS:\s+(\d+)"
    found = re.search(line, STATUS.read_text())
    return int(found[1]) if found else 0
