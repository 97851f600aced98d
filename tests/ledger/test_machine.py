"""The machine finds nothing in the books; and it finds every bug that is planted in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from importlib import import_module
from unittest import mock

import pytest
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger import operations
from tests.ledger.machine import LedgerMachine, as_table_owner, outer_rollback

SOUND = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
HUNT = settings(SOUND, max_examples=200, stateful_step_count=40, phases=[Phase.generate])


@pytest.mark.django_db
def test_the_books_agree_with_the_model() -> None:
    run_state_machine_as_test(LedgerMachine, settings=SOUND)


def sql(statement: str) -> Callable[[], object]:
    @contextmanager
    def planted() -> Iterator[None]:
        with as_table_owner(), connection.cursor() as cursor:
            cursor.execute(statement)
        yield

    return planted


def changed_function(name: str, old: str, new: str) -> Callable[[], object]:
    @contextmanager
    def planted() -> Iterator[None]:
        with as_table_owner(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [name])
            source = cursor.fetchone()[0]
            assert old in source
            cursor.execute(source.replace(old, new))
        yield

    return planted


def replaced(owner: object, name: str, value: object) -> Callable[[], object]:
    return lambda: mock.patch.object(owner, name, value, create=True)


def both(*plants: Callable[[], object]) -> Callable[[], object]:
    @contextmanager
    def planted() -> Iterator[None]:
        with ExitStack() as stack:
            for plant in plants:
                stack.enter_context(plant())
            yield

    return planted


no_bounds = sql("ALTER TABLE ledger_openitem DROP CONSTRAINT openitem_open_between_0_and_amount")
no_sides = sql("DROP TRIGGER allocation_sides ON ledger_allocation")


# The package's functions of the same names hide these modules from an ordinary import.
allocating = import_module("ledger.operations.allocate")
reversing = import_module("ledger.operations.reverse")
unallocate = operations.unallocate


def undo_on_the_day_of_the_original(*, allocation, effective_date, at):
    return unallocate(allocation=allocation, effective_date=allocation.effective_date, at=at)


def undo_known_since_the_original(*, allocation, effective_date, at):
    return unallocate(
        allocation=allocation, effective_date=effective_date, at=allocation.recorded_at
    )


def take_without_the_rest(self, amount, base_currency):
    self.open_amount += amount
    if self.base_open is None:
        return None
    base = allocating.q(-amount * Decimal("7.5"), base_currency)
    self.base_open += base
    return base


BUGS: dict[str, Callable[[], object]] = {
    "more is allocated than is left": both(no_bounds, replaced(allocating, "min", max)),
    "customers and currencies are mixed": both(
        no_sides, replaced(allocating, "_refuse_mismatch", lambda _pair, _items: None)
    ),
    "an undoing rewrites the past": replaced(
        operations, "unallocate", undo_on_the_day_of_the_original
    ),
    "an undoing rewrites what was known": replaced(
        operations, "unallocate", undo_known_since_the_original
    ),
    "an item opened again stays closed": changed_function(
        "app.post_entries",
        "closed_on = CASE WHEN item.open_amount + sums.amount = 0",
        "closed_on = CASE WHEN item.open_amount + sums.amount = 0 OR item.closed_on IS NOT NULL",
    ),
    "closed on the day of the last entry, not on the latest day": changed_function(
        "app.post_entries",
        "THEN greatest(item.last_effective, sums.latest) END,",
        "THEN sums.latest END,",
    ),
    "closed periods take allocations": sql("DROP TRIGGER entry_period_open ON ledger_entry"),
    "closed periods take documents": both(
        sql("DROP TRIGGER entry_period_open ON ledger_entry"),
        sql("DROP TRIGGER journal_period_open ON ledger_journal"),
    ),
    "the exchange difference is not booked": replaced(
        allocating, "_differences", lambda _differences, _items: ([], [])
    ),
    "the last part leaves a rest of base currency": replaced(
        allocating._Side, "take", take_without_the_rest
    ),
    "a single cent is not posted to its item": changed_function(
        "app.post_entries",
        "open_amount = item.open_amount + sums.amount,",
        "open_amount = item.open_amount + CASE sums.amount WHEN -0.01 THEN 0 ELSE sums.amount END,",
    ),
    "a settled item can be reversed": both(
        no_bounds, replaced(reversing, "any", lambda _tests: False)
    ),
    "an allocation is undone twice": both(
        no_bounds,
        sql("ALTER TABLE ledger_allocation DROP CONSTRAINT allocation_undone_once"),
        replaced(QuerySet, "exists", lambda _self: False),
    ),
    "allocations post one side alone": both(
        sql("DROP TRIGGER allocation_pair ON ledger_allocation"),
        replaced(
            allocating,
            "_pair_of_entries",
            lambda *args, _pair=allocating._pair_of_entries: _pair(*args)[1:],
        ),
    ),
}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str) -> None:
    """Found means: an answer was wrong, or what should work was refused by the database."""
    with (
        outer_rollback(),
        BUGS[bug](),
        pytest.raises(
            (AssertionError, DatabaseError, ValueError, operations.AllocationRefused)
        ) as found,
    ):
        run_state_machine_as_test(LedgerMachine, settings=HUNT)
    assert str(found.value)
