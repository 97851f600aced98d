"""The numbers of reminders."""

from __future__ import annotations

import pytest

from core.models import NumberFormat, NumberSeries
from dunning import operations
from dunning.calculations import Terms
from dunning.models import Notice
from dunning.queries import due_items
from tests.dunning.helpers import MORNING, TODAY, customer, debt, policy, run, terms


def remind(of, under: Terms) -> Notice | None:
    begun = operations.start_run(day=TODAY, at=MORNING, actor=None)
    planned = due_items(terms=under, day=TODAY, run_id=begun.pk, customer_ids=[of.pk])
    return operations.remind_customer(
        run=begun, terms=under, customer_id=of.pk, planned=planned, at=MORNING, actor=None
    )


def test_a_taken_number_is_refused_by_its_name(in_tenant):
    policy()
    first, second = customer(), customer()
    debt(first, late=5)
    pattern = NumberFormat.objects.create(kind="notice", pattern="M{year}/1{number}")
    assert remind(first, terms()).number == "M2026/11"
    pattern.pattern = "M{year}/{number}"
    pattern.save()
    NumberSeries.objects.filter(kind="notice").update(next_number=11)
    debt(second, late=5)

    with pytest.raises(operations.NumberTaken):
        remind(second, terms())

    assert NumberSeries.objects.get(kind="notice").next_number == 11
    assert run().finished_at is None  # it is said in the log, and goes on once the pattern fits
    NumberFormat.objects.update(pattern="N{year}/{number}")
    assert run().finished_at == MORNING
    assert Notice.objects.get(customer=second).number == "N2026/11"
