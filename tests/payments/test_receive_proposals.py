"""What the page of receiving proposes, and when it does not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from core.models import NumberSeries
from core.tenancy import tenant_scope
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.payments.pages import (
    left_of,
    owed,
    receipts,
    text,
    typed,
    url,
    value_of,
)


def test_page_opens_without_and_with_a_customer(tenant, cashier, customer):
    owed(tenant, customer, "80.00", "INV-1")

    assert "Choose a customer to see what is open." in text(cashier.get(url("new/")))
    owed(tenant, customer, "9.00", "INV-2", currency="EUR")
    page = text(cashier.get(url(f"new/?customer={customer.pk}")))
    assert "INV-1" in page
    assert "INV-2" not in page
    assert "Open in other currencies: EUR 9.00" in page


def test_page_starts_from_a_debt(tenant, cashier, customer):
    owed(tenant, customer, "10.00", "INV-0")
    item = owed(tenant, customer, "80.00", "INV-1", currency="EUR")

    page = cashier.get(url(f"new/?item={item.pk}"))

    assert value_of(page, "amount") == "80.00"
    assert value_of(page, f"apply_{item.pk}") == "80.00"
    assert "Exact amount of one item" in text(page)
    assert "INV-0" not in text(page)


def test_page_starts_from_several_debts_of_one_customer(tenant, cashier, customer):
    first = owed(tenant, customer, "80.00", "INV-1")
    second = owed(tenant, customer, "20.00", "INV-2")
    other = owed(tenant, customer, "7.00", "INV-3", currency="EUR")

    named = "&".join(f"item={one.pk}" for one in (first, second, other))
    page = cashier.get(url(f"new/?{named}&item=x&item={10**30}"))

    assert value_of(page, "amount") == "100.00"
    assert value_of(page, f"apply_{first.pk}") == "80.00"
    assert value_of(page, f"apply_{second.pk}") == "20.00"
    assert "These items add up exactly" in text(page)


def test_a_taken_number_is_told_and_what_was_typed_stays(tenant, cashier, customer, today):
    assert cashier.post(url("new/"), typed(customer, today)).status_code == 302
    with tenant_scope(tenant.pk):
        NumberSeries.objects.update(next_number=1)
    page = cashier.post(url("new/"), typed(customer, today, amount="7.00"))
    assert page.status_code == 422
    assert "The next number is already taken by another receipt." in text(page)
    assert value_of(page, "amount") == "7.00"


def test_amount_and_customer_bring_a_named_proposal(tenant, cashier, customer, today):
    first, second, third = (
        owed(tenant, customer, amount, label, due=NOON.date() + timedelta(days=n))
        for n, (amount, label) in enumerate([("100", "INV-1"), ("40", "INV-2"), ("25.50", "INV-3")])
    )

    page = cashier.post(url("new/"), typed(customer, today, amount="65.50", action="refresh"))

    assert page.status_code == 200
    assert "These items add up exactly" in text(page)
    assert not value_of(page, f"apply_{first.pk}")
    assert value_of(page, f"apply_{second.pk}") == "40.00"
    assert value_of(page, f"apply_{third.pk}") == "25.50"
    oldest = cashier.post(url("new/"), typed(customer, today, amount="65.50", action="oldest"))
    assert value_of(oldest, f"apply_{first.pk}") == "65.50"
    cleared = cashier.post(url("new/"), typed(customer, today, amount="65.50", action="clear"))
    assert not value_of(cleared, f"apply_{first.pk}")
    assert "stays as unused credit of the customer" in text(cleared)


def test_another_amount_proposes_anew_only_if_nobody_typed(tenant, cashier, customer, today):
    item = owed(tenant, customer, "80.00", "INV-1")
    field = f"apply_{item.pk}"
    first = cashier.post(url("new/"), typed(customer, today, amount="50", action="refresh"))
    sent = {name: value_of(first, name) for name in ("suggested", "seen", field)}

    again = cashier.post(url("new/"), typed(customer, today, amount="60", action="refresh") | sent)
    assert value_of(again, field) == "60.00"
    by_hand = sent | {field: "7.00"}
    kept = cashier.post(
        url("new/"), typed(customer, today, amount="60", action="refresh") | by_hand
    )
    assert value_of(kept, field) == "7.00"


def test_saving_an_unseen_proposal_shows_it_first(tenant, cashier, customer, today):
    item = owed(tenant, customer, "80.00", "INV-1")

    page = cashier.post(url("new/"), typed(customer, today))

    assert page.status_code == 422
    assert "Look at it, then save." in text(page)
    assert receipts(tenant) == []
    seen = {n: value_of(page, n) for n in ("suggested", "seen", f"apply_{item.pk}")}
    assert cashier.post(url("new/"), typed(customer, today) | seen).status_code == 302
    assert left_of(tenant, item) == 0


def test_cleared_proposal_stays_cleared_when_saved(tenant, cashier, customer, today):
    item = owed(tenant, customer, "80.00", "INV-1")
    page = cashier.post(url("new/"), typed(customer, today, action="clear"))
    sent = {name: value_of(page, name) for name in ("suggested", "seen")}

    assert cashier.post(url("new/"), typed(customer, today) | sent).status_code == 302
    assert left_of(tenant, item) == Decimal(80)
    assert len(receipts(tenant)) == 1


def test_code_is_enough_without_javascript(tenant, cashier, customer, today):
    owed(tenant, customer, "80.00", "INV-1")

    data = typed(customer, today, customer="", customer_code="acme", action="refresh", amount="")
    page = cashier.post(url("new/"), data)

    assert page.status_code == 200
    assert "INV-1" in text(page)
    wrong = cashier.post(url("new/"), data | {"customer_code": "nobody"})
    assert wrong.status_code == 422
    assert "No customer has this code." in text(wrong)
    assert value_of(wrong, "customer_code") == "nobody"


def test_a_code_that_looks_like_an_id_is_no_id(tenant, cashier, customer, today):
    with tenant_scope(tenant.pk):
        CustomerFactory(name="Number", code=str(customer.pk))

    cashier.post(url("new/"), typed(customer, today))

    assert [receipt.customer_id for receipt in receipts(tenant)] == [customer.pk]


def test_giant_customers_show_fifty_and_search(tenant, cashier, customer, today):
    for n in range(53):
        owed(tenant, customer, "10.00", f"INV-{n:03}", due=NOON.date() + timedelta(days=n))

    page = text(cashier.get(url(f"new/?customer={customer.pk}")))
    assert "50 of 53 are shown" in page
    assert "INV-052" not in page
    found = cashier.post(
        url("new/"), typed(customer, today, amount="", action="search", search="052")
    )
    assert "INV-052" in text(found)
    assert "INV-001" not in text(found)
