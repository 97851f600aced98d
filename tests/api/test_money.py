"""Receipts, allocations, open items and the aging through the API."""

from __future__ import annotations

import base64
from datetime import date
from decimal import Decimal

import pytest
import time_machine

from core import jobs
from core.models import BankAccount
from core.roles import Role
from ledger.models import OpenItem
from payments.models import Receipt
from tests.api.conftest import Program
from tests.conftest import NOON
from tests.customers.ledger_helpers import bill
from tests.factories import CustomerFactory


@pytest.fixture(autouse=True)
def _on_a_monday():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def owed(world):
    """A customer with two open debts of 100 and 50."""

    class Owed:
        def __init__(self) -> None:
            self.customer = CustomerFactory(code="ACME", name="Acme")
            self.first = bill(self.customer, "100", label="INV-1", due=date(2026, 1, 15),
                              day=date(2026, 1, 1))  # fmt: skip
            self.second = bill(self.customer, "50", label="INV-2", due=date(2026, 4, 1))
            self.id = f"cus_{self.customer.pk}"

    return world(Owed)


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def receipt_body(owed, of="120", /, **more) -> dict:
    return {"customer": owed.id, "received_on": "2026-03-01", "amount": cny(of)} | more


def share(item: OpenItem, amount: str) -> dict:
    return {"item": f"itm_{item.pk}", "amount": cny(amount)}


def test_received_and_allocated(program, owed, world) -> None:
    cashier = program(Role.CASHIER)
    bank = world(
        lambda: BankAccount.objects.create(currency="CNY", holder="A", bank="B", number="1")
    )
    made = cashier.post(
        "receipts/",
        receipt_body(
            owed, allocations=[share(owed.first, "100"), share(owed.second, "5.50")],
            bank_account=f"bnk_{bank.pk}", reference="INV-1", external_key="bank-7",
        ),
    )  # fmt: skip
    said = made.json()
    assert said["allocated"] == cny("105.50")
    assert said["unused"] == cny("14.50")
    assert (said["use"], said["state"], said["bank_account"]) == (
        "PARTLY", "POSTED", f"bnk_{bank.pk}",
    )  # fmt: skip
    path = made["Location"].removeprefix("/api/v1/")
    assert cashier.get(path).json() == said
    assert cashier.get("receipts/?unused=true").json()["results"] == [said]
    two = cashier.get(f"allocations/?receipt={said['id']}").json()["results"]
    assert [one["amount"] for one in two] == [cny("5.50"), cny("100.00")]
    assert cashier.get(f"open-items/itm_{owed.second.pk}/").json()["open"] == cny("44.50")
    assert cashier.post(path + "reverse/", {"reason": "x"}, status=409).json()["code"] == (
        "receipt_in_use"
    )
    for one in two:
        undone = cashier.post(f"allocations/{one['id']}/undo/", status=200).json()
        assert undone["undone_on"] == "2026-03-02"
    refused = cashier.post(f"allocations/{two[0]['id']}/undo/", status=409)
    assert refused.json()["code"] == "already_undone"
    reversed_ = cashier.post(path + "reverse/", {"reason": "bounced"}, status=200).json()
    assert (reversed_["state"], reversed_["reversal_reason"]) == ("REVERSED", "bounced")
    assert world(lambda: OpenItem.objects.open().debts().count()) == 2


@pytest.mark.parametrize("account", [{"currency": "EUR"}, {"is_active": False}])
def test_money_comes_to_an_account_of_its_currency_in_use(program, owed, world, account) -> None:
    values = {"currency": "CNY", "holder": "A", "bank": "B", "number": "1"} | account
    bank = world(lambda: BankAccount.objects.create(**values))

    body = receipt_body(owed, bank_account=f"bnk_{bank.pk}")
    refused = program(Role.CASHIER).post("receipts/", body, status=422).json()

    assert [one["pointer"] for one in refused["errors"]] == ["/bank_account"]
    assert world(Receipt.objects.count) == 0


def test_allocated_later(program, owed) -> None:
    cashier = program(Role.CASHIER)
    receipt = cashier.post("receipts/", receipt_body(owed, "60")).json()["id"]
    body = {"receipt": receipt} | share(owed.first, "60")
    made = cashier.post("allocations/", body)
    assert made.json()["receipt"] == receipt
    assert made.json()["effective_date"] == "2026-03-02"
    assert cashier.get(made["Location"].removeprefix("/api/v1/")).json() == made.json()
    refused = cashier.post("allocations/", body, status=409)
    assert refused.json()["code"] == "allocation_refused"
    found = cashier.get(f"allocations/?item=itm_{owed.first.pk}").json()["results"]
    assert found == [made.json()]


@pytest.mark.parametrize(
    ("more", "status", "pointer"),
    [
        ({"amount": cny("0")}, 422, "/amount"),
        ({"amount": cny("-5")}, 422, "/amount"),
        ({"amount": cny("-0")}, 422, "/amount"),
        ({"amount": cny("1.005")}, 422, "/amount/amount"),
        ({"amount": {"amount": "1.5", "currency": "JPY"}}, 422, "/amount/amount"),
        ({"received_on": "2026-03-03"}, 422, "/received_on"),
        ({"received_on": "2026-02-30"}, 422, "/received_on"),
        ({"received_on": "2026-03-01T00:00:00Z"}, 422, "/received_on"),
        ({"received_on": 20260301}, 422, "/received_on"),
        ({"method": "GOLD"}, 422, "/method"),
        ({"allocations": "all"}, 422, "/allocations"),
        ({"number": "RC-1"}, 422, "/number"),
    ],
)
def test_what_cannot_be(program, owed, world, more, status, pointer) -> None:
    answer = program(Role.CASHIER).post("receipts/", receipt_body(owed, **more), status=status)
    assert pointer in [one["pointer"] for one in answer.json()["errors"]], answer.content
    assert world(Receipt.objects.count) == 0


def test_more_than_is_owed_or_received(program, owed, world) -> None:
    cashier = program(Role.CASHIER)
    for shares in (
        [share(owed.second, "50.01")],
        [share(owed.first, "100"), share(owed.second, "30")],
    ):
        refused = cashier.post("receipts/", receipt_body(owed, allocations=shares), status=409)
        assert refused.json()["code"] == "allocation_refused"
    other = world(lambda: bill(CustomerFactory(), "10", label="INV-9"))
    cashier.post("receipts/", receipt_body(owed, allocations=[share(other, "1")]), status=409)
    twice = [share(owed.first, "1"), share(owed.first, "2")]
    answer = cashier.post("receipts/", receipt_body(owed, allocations=twice), status=422)
    assert answer.json()["errors"][0]["pointer"] == "/allocations/1/item"
    euros = [share(owed.first, "1") | {"amount": {"amount": "1", "currency": "EUR"}}]
    answer = cashier.post("receipts/", receipt_body(owed, allocations=euros), status=422)
    assert answer.json()["errors"][0]["pointer"] == "/allocations/0/amount/currency"
    assert world(Receipt.objects.count) == 0, "what was refused left nothing behind"


def test_open_items_narrowed(admin: Program, owed, world) -> None:
    admin.post("receipts/", receipt_body(owed, "50", allocations=[share(owed.second, "50")]))

    def labels(query: str) -> list[str]:
        return [one["label"] for one in admin.get(f"open-items/?{query}").json()["results"]]

    assert labels("open=true") == ["INV-1"]
    assert labels("open=false&kind=INSTALMENT") == ["INV-2"]
    assert labels("overdue=true") == ["INV-1"]
    assert labels("due_after=2026-02-01&kind=INSTALMENT") == ["INV-2"]
    assert labels("due_before=2026-02-01") == ["INV-1"]
    assert labels("currency=EUR") == []
    assert labels(f"customer={owed.id}&kind=RECEIPT") != []
    [receipt] = admin.get("open-items/?kind=RECEIPT").json()["results"]
    assert receipt["amount"] == cny("-50.00"), "money received stands negative"


def test_aging(program, owed) -> None:
    reader = program(Role.AUDITOR, "reports:read")
    said = reader.get("aging/").json()
    assert (said["as_of"], said["basis"], said["by"]) == ("2026-03-02", "due", "customer")
    [row] = said["rows"]
    assert row["customer"] == owed.id
    assert row["d31_60"] == cny("100.00")
    assert row["not_due"] == cny("50.00")
    assert row["total"] == said["totals"][0]["total"] == cny("150.00")
    by_item = reader.get("aging/?by=item&limit=1").json()
    assert [one["number"] for one in by_item["rows"]] == ["INV-1"]
    assert by_item["totals"] == said["totals"]
    following = by_item["next"].split("/api/v1/")[1]
    assert [one["number"] for one in reader.get(following).json()["rows"]] == ["INV-2"]
    earlier = reader.get("aging/?as_of=2026-01-10").json()
    assert earlier["totals"][0]["total"] == cny("100.00")
    assert reader.get("aging/?known=2026-01-01").json()["totals"] == []
    assert reader.get(f"aging/?customer={owed.id}&currency=CNY&basis=bill").json()["rows"]
    for wrong in ("as_of=x", "as_of=1969-01-01", "known=never", "basis=x", "by=x", "limit=0",
                  "currency=cny", "customer=cus_99999", "customer=7", "order=x"):  # fmt: skip
        refused = reader.get(f"aging/?{wrong}", status=400).json()
        assert refused["errors"][0]["parameter"] == wrong.split("=")[0], wrong


@pytest.mark.parametrize("cursor", ["n0", "p1", "p0"])
def test_aging_takes_its_own_cursors_only(admin: Program, owed, cursor) -> None:
    text = base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")
    for by in ("customer", "item"):
        refused = admin.get(f"aging/?by={by}&cursor={text}", status=400).json()
        assert refused["errors"][0]["parameter"] == "cursor"


def test_aging_in_pages(admin: Program, world) -> None:
    for count in range(5):
        world(lambda count=count: bill(CustomerFactory(code=f"C{count}"), "1", label=f"I{count}"))
    found, path = [], "aging/?limit=2"
    while path:
        said = admin.get(path).json()
        found += [one["customer_code"] for one in said["rows"]]
        path = (said["next"] or "").partition("/api/v1/")[2]
    assert found == [f"C{count}" for count in range(5)]
    assert said["totals"][0]["total"] == cny("5.00")


def test_jobs(admin: Program, world, members) -> None:
    job = world(
        lambda: jobs.start(
            kind="send_invoices", title="Send", rows=[(1, "one"), (2, "two")], at=NOON,
            actor=members[Role.ADMIN],
        )
    )  # fmt: skip
    said = admin.get(f"jobs/job_{job.pk}/").json()
    assert said["counts"] == {"pending": 2, "done": 0, "skipped": 0, "failed": 0}
    assert said["created_at"] == "2026-03-02T12:00:00Z"
    assert len(admin.get("jobs/").json()["results"]) == 1
    rows = admin.get(f"jobs/job_{job.pk}/rows/").json()["results"]
    assert sorted(one["label"] for one in rows) == ["one", "two"]


def test_amounts_have_the_places_of_their_currency(admin: Program, world) -> None:
    def yen() -> Decimal:
        return bill(CustomerFactory(currency="JPY"), "1234", currency="JPY").amount

    world(yen)
    [item] = admin.get("open-items/").json()["results"]
    assert item["open"] == {"amount": "1234", "currency": "JPY"}
    world(lambda: bill(CustomerFactory(currency="KWD"), "1.5", currency="KWD", label="K"))
    assert admin.get("open-items/").json()["results"][0]["open"]["amount"] == "1.500"
