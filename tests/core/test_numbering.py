"""Numbers without gaps or doubles, also with many writers and rollbacks."""

from __future__ import annotations

from datetime import date
from threading import Barrier, Thread

import pytest
from django.db import connection

from core.models import NumberFormat, NumberSeries, Tenant
from core.numbering import (
    BadPattern,
    DateBeforeLastNumber,
    checked_pattern,
    pass_numbers,
    take_numbers,
)
from core.tenancy import tenant_scope
from tests.conftest import make_tenant

DAY = date(2026, 3, 2)


def test_numbers_follow_each_other_per_year(in_tenant: Tenant) -> None:
    assert take_numbers(kind="invoice", day=DAY, count=2) == ["INV-2026-00001", "INV-2026-00002"]
    assert take_numbers(kind="invoice", day=date(2027, 1, 1)) == ["INV-2027-00001"]
    assert take_numbers(kind="receipt", day=DAY) == ["RC-2026-00001"]


def test_an_earlier_invoice_date_is_refused(in_tenant: Tenant) -> None:
    take_numbers(kind="invoice", day=DAY)
    with pytest.raises(DateBeforeLastNumber):
        take_numbers(kind="invoice", day=date(2026, 3, 1))
    assert take_numbers(kind="invoice", day=DAY) == ["INV-2026-00002"]


@pytest.mark.parametrize("kind", ["receipt", "notice"])
def test_other_documents_may_be_of_an_earlier_day(in_tenant: Tenant, kind: str) -> None:
    take_numbers(kind=kind, day=DAY)
    [number] = take_numbers(kind=kind, day=date(2026, 3, 1))
    assert number.endswith("-2026-00002")
    assert NumberSeries.objects.get().last_date == DAY


def test_numbers_from_elsewhere_are_passed(in_tenant: Tenant) -> None:
    take_numbers(kind="invoice", day=DAY)
    others = ["INV-2026-00004", "INV-2026-00003", "INV-2026-7", "inv-2026-00009", "INV-2025-00002"]
    assert pass_numbers(kind="invoice", numbers=others) == {2025: 2, 2026: 3}
    assert pass_numbers(kind="invoice", numbers=others) == {}
    assert take_numbers(kind="invoice", day=DAY) == ["INV-2026-00005"]


def test_the_companys_own_pattern(in_tenant: Tenant) -> None:
    NumberFormat.objects.create(kind="invoice", pattern="HN{year}/{number:03}")
    assert take_numbers(kind="invoice", day=DAY) == ["HN2026/001"]


@pytest.mark.parametrize("pattern", ["INV-{number}", "{year}", "{number}-{year}", "{year}{x}", "a"])
def test_bad_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        checked_pattern(pattern)


@pytest.mark.django_db(transaction=True)
def test_eight_writers_one_in_five_rolled_back_leave_no_gap() -> None:
    tenant = make_tenant("acme")
    start, taken = Barrier(8), []

    def write(number: int) -> None:
        start.wait()
        for turn in range(10):
            try:
                with tenant_scope(tenant.pk):
                    [mine] = take_numbers(kind="invoice", day=DAY)
                    if (number + turn) % 5 == 0:
                        raise LookupError  # noqa: TRY301 - rolls the number back
                taken.append(mine)
            except LookupError:
                continue
        connection.close()

    threads = [Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [f"INV-2026-{n:05}" for n in range(1, len(taken) + 1)]
    assert len(taken) == 64
