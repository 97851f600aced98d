"""The pages of receipts: list, receive, detail, allocate, undo, reverse."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import AuditEntry, BankAccount, NumberSeries, Tenant
from core.tenancy import tenant_scope
from customers.models import Customer
from ledger.models import Allocation, OpenItem
from ledger.operations import close_period
from payments import operations, queries
from payments.enums import ReceiptState
from payments.models import Receipt
from tests.conftest import NOON
from tests.customers.ledger_helpers import bill
from tests.factories import CustomerFactory


@pytest.fixture
def today(tenant):
    return tenant.day_of(timezone.now())


@pytest.fixture
def cashier(client, members):
    client.force_login(members["CASHIER"])
    return client


@pytest.fixture
def customer(tenant) -> Customer:
    with tenant_scope(tenant.pk):
        return CustomerFactory(name="Acme Trading", code="ACME")


def url(path: str = "", tenant: str = "acme") -> str:
    return f"/t/{tenant}/receipts/{path}"


def owed(tenant: Tenant, customer: Customer, amount: str, label: str, due=None, **fields):
    with tenant_scope(tenant.pk):
        due = due or NOON.date()
        return bill(customer, amount, label=label, due=due, **fields)


def received(tenant: Tenant, customer: Customer, amount: str, allocations=None, **fields):
    values = {"currency": customer.currency, "received_on": NOON.date()} | fields
    with tenant_scope(tenant.pk):
        return operations.receive(
            draft=operations.ReceiptDraft(
                customer_id=customer.pk, amount=Decimal(amount), **values
            ),
            allocations={pk: Decimal(part) for pk, part in (allocations or {}).items()},
            at=timezone.now(),
            actor=None,
        )


def left_of(tenant: Tenant, item: OpenItem) -> Decimal:
    with tenant_scope(tenant.pk):
        return OpenItem.objects.get(pk=item.pk).open_amount


def receipts(tenant: Tenant) -> list[Receipt]:
    with tenant_scope(tenant.pk):
        return list(Receipt.objects.order_by("pk"))


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def value_of(response, name: str) -> str | None:
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', response.content.decode())
    value = tag and re.search(r'value="([^"]*)"', tag[0])
    return value[1] if value else None


def questions(client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return sum(1 for query in captured if query["sql"].startswith("SELECT"))


def typed(customer: Customer, today, /, **fields) -> dict[str, str]:
    return {
        "customer": str(customer.pk),
        "amount": "100.00",
        "currency": "",
        "received_on": today.isoformat(),
        "method": "TRANSFER",
        "action": "save",
    } | fields


# --- List ---------------------------------------------------------------------------------------


def test_list_says_what_is_left_and_adds_it_up_per_currency(tenant, cashier, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    received(tenant, customer, "100.00", {item.pk: "80.00"}, reference="thanks")
    received(tenant, customer, "50.00", currency="EUR")

    page = text(cashier.get(url()))

    assert "Acme Trading" in page
    assert "thanks" in page
    assert "Partly used" in page
    assert "Posted" in page
    assert re.search(r"EUR 50\.00 – 0\.00 50\.00 Posted", page)
    assert "2 results" in page


def test_sums_of_what_is_chosen_are_those_of_its_rows(tenant, other_tenant, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    received(tenant, customer, "100.00", {item.pk: "80.00"})
    received(tenant, customer, "50.00", currency="EUR")
    received(tenant, customer, "7.00", method="CASH")

    def sums(rows) -> list[tuple[str, int, tuple[Decimal, ...]]]:
        return [(one.currency, one.count, one.amounts) for one in queries.sums_by_currency(rows)]

    with tenant_scope(tenant.pk):
        rows = queries.for_list()
        assert sums(rows) == [
            ("CNY", 2, (Decimal(107), Decimal(27))),
            ("EUR", 1, (Decimal(50), Decimal(50))),
        ]
        assert sums(rows.filter(method="CASH")) == [("CNY", 1, (Decimal(7), Decimal(7)))]
        assert sums(rows.filter(item__closed_on__isnull=False)) == []
        assert sums(rows.filter(pk__in=[])) == []
    with tenant_scope(other_tenant.pk):
        assert sums(queries.for_list()) == []
        assert sums(queries.for_list().filter(method="TRANSFER")) == []


def test_list_filters(tenant, cashier, customer):
    with tenant_scope(tenant.pk):
        other = CustomerFactory(name="Beta Works", code="BETA")
    item = owed(tenant, customer, "80.00", "INV-1")
    used = received(tenant, customer, "80.00", {item.pk: "80.00"}, reference="PO 77")
    free = received(tenant, other, "20.00", method="CASH", payer_name="Gamma Holding")
    gone = received(tenant, other, "30.00")
    with tenant_scope(tenant.pk):
        operations.reverse_receipt(
            receipt=gone, reason="bounced", day=NOON.date(), at=timezone.now(), actor=None
        )

    def found(query: str) -> set[str]:
        page = text(cashier.get(url(f"?{query}")))
        return {r.number for r in (used, free, gone) if r.number in page}

    assert found("unused=on") == {free.number}
    assert found("reversed=on") == {gone.number}
    assert found(f"customer={customer.pk}") == {used.number}
    assert found("method=CASH") == {free.number}
    assert found("amount_min=25&amount_max=30") == {gone.number}
    assert found("received_after=2026-03-03") == set()
    assert found("q=PO+77") == {used.number}
    assert found("q=gamma") == {free.number}
    assert found("q=ACME") == {used.number}
    assert found(f"q={free.number}") == {free.number}
    assert found("customer=999999999999999999999") == {used.number, free.number, gone.number}


def test_list_and_detail_take_the_same_number_of_questions(tenant, cashier, customer):
    items = [owed(tenant, customer, "10.00", f"INV-{n}") for n in range(4)]
    first = received(tenant, customer, "20.00", {items[0].pk: "5.00"})
    cashier.get(url())
    one, one_detail = questions(cashier, url()), questions(cashier, url(f"{first.pk}/"))
    received(tenant, customer, "10.00", {items[1].pk: "10.00"})
    many = received(tenant, customer, "30.00", {items[2].pk: "5.00", items[3].pk: "5.00"})

    assert questions(cashier, url()) == one <= 15
    assert questions(cashier, url(f"{many.pk}/")) == one_detail


def test_list_exports_exactly_this_view(tenant, cashier, customer):
    received(tenant, customer, "1234.50", reference="=1+1")

    answer = b"".join(cashier.get(url("?export=csv")).streaming_content).decode()

    assert "1234.50" in answer
    assert "Posted" in answer
    book = cashier.get(url("?export=xlsx"))
    assert b"".join(book.streaming_content).startswith(b"PK")
    book.close()


def test_unused_money_is_listed_oldest_first(tenant, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    received(tenant, customer, "80.00", {item.pk: "80.00"})
    late = received(tenant, customer, "5.00")
    early = received(tenant, customer, "7.00", received_on=NOON.date() - timedelta(days=3))

    with tenant_scope(tenant.pk):
        assert list(queries.unused(NOON.date())) == [early, late]
        assert [r.unused for r in queries.unused(NOON.date())] == [Decimal(7), Decimal(5)]


# --- Receive: what the page proposes --------------------------------------------------------------


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


# --- Receive: saving ------------------------------------------------------------------------------


def test_save_records_allocates_and_tells(tenant, cashier, customer, today):
    with tenant_scope(tenant.pk):
        account = BankAccount.objects.create(
            currency="CNY", holder="Acme", bank="ICBC", number="6222000012345678"
        )
    item = owed(tenant, customer, "80.00", "INV-1")
    data = typed(
        customer,
        today,
        amount="1,000.00",
        bank_account=str(account.pk),
        reference="INV-1",
        payer_name="Group",
        note="by phone",
    )

    answer = cashier.post(url("new/"), data | {f"apply_{item.pk}": "80"}, follow=True)

    [receipt] = receipts(tenant)
    assert answer.redirect_chain == [(url(f"{receipt.pk}/"), 302)]
    assert (receipt.amount, receipt.bank_account_id) == (Decimal(1000), account.pk)
    assert (receipt.reference, receipt.payer_name, receipt.note) == ("INV-1", "Group", "by phone")
    assert left_of(tenant, item) == 0
    assert "CNY 920.00 is unused" in text(answer)
    with tenant_scope(tenant.pk):
        assert AuditEntry.objects.get(event="receipt.recorded").actor.email == "cashier@acme.test"


def test_save_and_next_keeps_day_and_method(tenant, cashier, customer, today):
    yesterday = today - timedelta(days=1)
    data = typed(customer, yesterday, method="CASH", action="next")

    answer = cashier.post(url("new/"), data, follow=True)

    assert value_of(answer, "received_on") == yesterday.isoformat()
    assert re.search(r'value="CASH" selected', answer.content.decode())
    assert len(receipts(tenant)) == 1


def test_double_post_makes_one_receipt(tenant, cashier, customer, today):
    item = owed(tenant, customer, "80.00", "INV-1")
    token = value_of(cashier.get(url("new/")), "once")
    data = typed(customer, today, once=token, **{f"apply_{item.pk}": "30"})

    first, second = cashier.post(url("new/"), data), cashier.post(url("new/"), data)

    assert first.status_code == second.status_code == 302
    assert first.url == second.url
    assert len(receipts(tenant)) == 1
    assert left_of(tenant, item) == Decimal(50)


@pytest.mark.parametrize(
    "amount",
    ["NaN", "Infinity", "1e3", "１００", "-5", "0", "0.001", "1" * 40, "1.280,50", "", "1 000"],
)
def test_hostile_amounts_are_refused_at_the_field(tenant, cashier, customer, today, amount):
    page = cashier.post(url("new/"), typed(customer, today, amount=amount, reference="kept"))

    assert page.status_code == 422
    assert 'id="error_1_id_amount"' in page.content.decode()
    assert value_of(page, "amount") in (amount, None)
    assert value_of(page, "reference") == "kept"
    assert receipts(tenant) == []


@pytest.mark.parametrize("amount", ["NaN", "1e3", "１", "-5", "0.001", "9" * 40, "x"])
def test_hostile_parts_are_refused_at_their_row(tenant, cashier, customer, today, amount):
    item = owed(tenant, customer, "80.00", "INV-1")

    page = cashier.post(url("new/"), typed(customer, today, **{f"apply_{item.pk}": amount}))

    assert page.status_code == 422
    assert f'id="id_apply_{item.pk}_error"' in page.content.decode()
    assert value_of(page, f"apply_{item.pk}") == amount
    assert receipts(tenant) == []


def test_too_much_is_refused_at_the_row_with_what_is_left(tenant, cashier, customer, today):
    first = owed(tenant, customer, "80.00", "INV-1")
    second = owed(tenant, customer, "80.00", "INV-2")

    page = cashier.post(url("new/"), typed(customer, today, **{f"apply_{first.pk}": "80.01"}))
    assert page.status_code == 422
    assert "Only 80.00 of it is open." in text(page)
    both = {f"apply_{first.pk}": "70", f"apply_{second.pk}": "40"}
    page = cashier.post(url("new/"), typed(customer, today, **both))
    assert page.status_code == 422
    assert "Only 30.00 of the money is left for it." in text(page)
    assert value_of(page, f"apply_{second.pk}") == "40"
    assert receipts(tenant) == []


def test_what_closed_meanwhile_is_said_and_nothing_is_lost(tenant, cashier, customer, today):
    item = owed(tenant, customer, "80.00", "INV-1")
    received(tenant, customer, "80.00", {item.pk: "80.00"})

    page = cashier.post(
        url("new/"), typed(customer, today, reference="kept", **{f"apply_{item.pk}": "80"})
    )

    assert page.status_code == 422
    assert "no longer open" in text(page)
    assert value_of(page, "reference") == "kept"
    assert len(receipts(tenant)) == 1


def test_days_to_come_and_closed_periods_are_refused_at_the_day(
    tenant, cashier, members, customer, today
):
    page = cashier.post(url("new/"), typed(customer, today + timedelta(days=1)))
    assert page.status_code == 422
    assert "Money cannot have come in after today." in text(page)
    first = today.replace(day=1) - timedelta(days=40)
    with tenant_scope(tenant.pk):
        close_period(last_day=first, at=timezone.now(), actor=members["ADMIN"])
    page = cashier.post(url("new/"), typed(customer, first, reference="kept"))
    assert page.status_code == 422
    assert "closed period" in text(page)
    assert value_of(page, "reference") == "kept"
    assert receipts(tenant) == []


def test_account_of_another_currency_is_refused(tenant, cashier, customer, today):
    with tenant_scope(tenant.pk):
        account = BankAccount.objects.create(
            currency="EUR", holder="Acme", bank="ING", number="NL91ABNA0417164300"
        )
        BankAccount.objects.create(currency="CNY", holder="A", bank="ICBC", number="6222000012")

    page = cashier.post(url("new/"), typed(customer, today, bank_account=str(account.pk)))

    assert page.status_code == 422
    assert receipts(tenant) == []


# --- Other companies ------------------------------------------------------------------------------


@pytest.fixture
def foreign(other_tenant):
    """A debt, a receipt and their allocation of another company."""
    with tenant_scope(other_tenant.pk):
        customer = CustomerFactory(name="Secret", code="SECRET", currency="CNY")
    item = owed(other_tenant, customer, "80.00", "SECRET-1")
    receipt = received(other_tenant, customer, "80.00", {item.pk: "50.00"})
    with tenant_scope(other_tenant.pk):
        return customer, item, receipt, Allocation.objects.get()


def test_foreign_ids_answer_like_missing_ones(tenant, cashier, customer, foreign, today):
    their_customer, their_item, their_receipt, their_allocation = foreign

    for theirs, nobodys in (
        (f"new/?customer={their_customer.pk}", "new/?customer=987654321"),
        (f"new/?item={their_item.pk}", "new/?item=987654321"),
        (f"?customer={their_customer.pk}", "?customer=987654321"),
    ):
        page, other = cashier.get(url(theirs)), cashier.get(url(nobodys))
        assert page.status_code == other.status_code == 200
        assert "SECRET" not in text(page).upper()
    for path in (
        f"{their_receipt.pk}/",
        f"by-item/{their_receipt.item_id}/",
        f"allocations/{their_allocation.pk}/undo/",
        f"{their_receipt.pk}/reverse/",
    ):
        assert cashier.get(url(path)).status_code == 404
    for path, data in (
        (f"allocations/{their_allocation.pk}/undo/", {}),
        (f"{their_receipt.pk}/reverse/", {"reason": "mine"}),
        (f"{their_receipt.pk}/allocate/", {f"apply_{their_item.pk}": "1"}),
    ):
        assert cashier.post(url(path), data).status_code == 404


def test_foreign_customer_and_item_change_nothing(
    tenant, other_tenant, cashier, customer, foreign, today
):
    their_customer, their_item, _receipt, _allocation = foreign
    own = owed(tenant, customer, "80.00", "INV-1")
    mine = received(tenant, customer, "10.00")

    theirs = cashier.post(url("new/"), typed(their_customer, today))
    missing = cashier.post(url("new/"), typed(customer, today, customer="987654321"))
    assert theirs.status_code == missing.status_code == 422
    assert "No such customer." in text(theirs)
    assert "No such customer." in text(missing)
    for pk in (their_item.pk, 987654321):
        for path, fields in (("new/", typed(customer, today)), (f"{mine.pk}/allocate/", {})):
            page = cashier.post(url(path), fields | {f"apply_{pk}": "1", f"apply_{own.pk}": "1"})
            assert page.status_code == 422
            assert "no longer open" in text(page)
    assert left_of(other_tenant, their_item) == Decimal(30)
    assert left_of(tenant, own) == Decimal(80)
    assert len(receipts(tenant)) == 1


# --- Detail, allocate, undo, reverse --------------------------------------------------------------


def test_detail_shows_all_about_it(tenant, cashier, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    receipt = received(tenant, customer, "100.00", {item.pk: "60.00"}, note="by phone")

    page = text(cashier.get(url(f"{receipt.pk}/")))

    for word in (receipt.number, "Acme Trading", "Partly used", "INV-1", "60.00", "40.00"):
        assert word in page
    for word in ("by phone", "Allocate the rest", "Bank and cash", "Receipt recorded"):
        assert word in page
    assert "Undo its allocations first." in page
    assert cashier.get(url(f"by-item/{receipt.item_id}/")).url == url(f"{receipt.pk}/")
    assert cashier.get(url(f"by-item/{item.pk}/")).status_code == 404


def test_who_may_only_look_gets_no_buttons(tenant, client, members, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    receipt = received(tenant, customer, "100.00", {item.pk: "60.00"})
    client.force_login(members["AUDITOR"])

    page = text(client.get(url(f"{receipt.pk}/")))

    assert "INV-1" in page
    assert "Allocate the rest" not in page
    assert "Undo the allocation" not in page


def test_rest_is_allocated_later_once(tenant, cashier, customer):
    receipt = received(tenant, customer, "100.00")
    item = owed(tenant, customer, "80.00", "INV-1")
    page = cashier.get(url(f"{receipt.pk}/"))
    sent = {n: value_of(page, n) for n in ("once", "suggested", "seen", f"apply_{item.pk}")}
    assert sent[f"apply_{item.pk}"] == "80.00"

    first = cashier.post(url(f"{receipt.pk}/allocate/"), sent, follow=True)
    second = cashier.post(url(f"{receipt.pk}/allocate/"), sent)

    assert "CNY 80.00 was applied." in text(first)
    assert second.status_code in (302, 422)
    assert left_of(tenant, item) == 0
    with tenant_scope(tenant.pk):
        assert Allocation.objects.count() == 1


def test_allocating_nothing_or_too_much_says_so(tenant, cashier, customer):
    receipt = received(tenant, customer, "100.00")
    item = owed(tenant, customer, "80.00", "INV-1")
    path = url(f"{receipt.pk}/allocate/")

    nothing = cashier.post(path, {"suggested": "-"})
    assert nothing.status_code == 422
    assert "Nothing is applied yet." in text(nothing)
    much = cashier.post(path, {f"apply_{item.pk}": "80.01"})
    assert much.status_code == 422
    assert "Only 80.00 of it is open." in text(much)
    assert value_of(much, f"apply_{item.pk}") == "80.01"
    assert left_of(tenant, item) == Decimal(80)


def test_undo_says_what_it_does_and_does_it_once(tenant, cashier, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    receipt = received(tenant, customer, "100.00", {item.pk: "60.00"})
    with tenant_scope(tenant.pk):
        path = url(f"allocations/{Allocation.objects.get().pk}/undo/")

    asked = text(cashier.get(path))
    assert "INV-1 becomes open again by CNY 60.00." in asked
    assert left_of(tenant, item) == Decimal(20)
    done = text(cashier.post(path, follow=True))
    assert "INV-1 is open again by CNY 60.00." in done
    assert "Undone on" in done
    again = cashier.post(path)
    assert again.status_code == 422
    assert "undone before" in text(again)
    assert left_of(tenant, item) == Decimal(80)
    assert left_of(tenant, receipt.item) == Decimal(-100)
    with tenant_scope(tenant.pk):
        undoing = Allocation.objects.get(undoes__isnull=False)
    assert cashier.post(url(f"allocations/{undoing.pk}/undo/")).status_code == 404


def test_reverse_needs_a_reason_and_nothing_allocated(tenant, cashier, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    used = received(tenant, customer, "60.00", {item.pk: "60.00"})
    free = received(tenant, customer, "40.00")

    page = cashier.post(url(f"{used.pk}/reverse/"), {"reason": "wrong"})
    assert page.status_code == 422
    assert "Undo its allocations first." in text(page)
    assert value_of(page, "reason") == "wrong"
    assert cashier.post(url(f"{free.pk}/reverse/"), {"reason": " "}).status_code == 422
    done = text(cashier.post(url(f"{free.pk}/reverse/"), {"reason": "bounced"}, follow=True))
    assert "was reversed" in done
    assert "bounced" in done
    assert cashier.post(url(f"{free.pk}/reverse/"), {"reason": "again"}).status_code == 422
    states = {receipt.pk: receipt.state for receipt in receipts(tenant)}
    assert states == {used.pk: ReceiptState.POSTED, free.pk: ReceiptState.REVERSED}


def test_what_settled_a_debt_is_asked_by_its_item(tenant, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    received(tenant, customer, "30.00", {item.pk: "30.00"})
    undone = received(tenant, customer, "20.00", {item.pk: "20.00"})
    with tenant_scope(tenant.pk):
        allocation = queries.allocations_of(undone)[0]
        operations.undo_allocation(
            allocation=allocation, day=NOON.date(), at=timezone.now(), actor=None
        )

        rows = [(one.amount, one.undone_on) for one in queries.of_item(item.pk)]

    assert rows == [(Decimal(20), NOON.date()), (Decimal(30), None)]
