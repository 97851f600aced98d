"""Customers and contacts through the API."""

from __future__ import annotations

import pytest

from core.models import AuditEntry
from core.roles import Role
from customers.models import Customer
from customers.operations import put_on_hold
from tests.api.conftest import Program
from tests.conftest import NOON
from tests.customers.ledger_helpers import bill
from tests.factories import ContactFactory, CustomerFactory, PaymentTermFactory

FULL = {
    "code": "ACME",
    "name": "Acme Trading",
    "short_name": "Acme",
    "kind": "COMPANY",
    "country": "DE",
    "language": "zh-hans",
    "currency": "EUR",
    "payment_method": "CARD",
    "credit_limit": {"amount": "1000.5", "currency": "EUR"},
    "channel": "PRINT",
    "po_required": True,
    "note": "line 1\nline 2",
    "external_key": "crm-7",
    "addresses": {"billing": "Road 1\n10115 Berlin"},
    "contacts": [{"name": "Li Na", "email": "li@acme.test", "roles": ["BILLING"]}],
}


def test_create_read_list(admin: Program, world, members) -> None:
    term = world(PaymentTermFactory)
    made = admin.post("customers/", FULL | {"terms": f"trm_{term.pk}"})
    said = made.json()
    assert made["Location"] == f"/api/v1/customers/{said['id']}/"
    assert made["ETag"] == '"1"'
    assert said["credit_limit"] == {"amount": "1000.50", "currency": "EUR"}
    assert said["addresses"] == {
        "registered": "", "billing": "Road 1\n10115 Berlin", "delivery": "",
    }  # fmt: skip
    assert said["terms"] == f"trm_{term.pk}"
    assert said["balances"] == []
    for name in set(FULL) - {"credit_limit", "addresses", "contacts"}:
        assert said[name] == FULL[name], name
    assert admin.get(f"customers/{said['id']}/").json() == said
    assert admin.get("customers/").json()["results"] == [said]
    [contact] = admin.get(f"customers/{said['id']}/contacts/").json()["results"]
    assert (contact["name"], contact["roles"]) == ("Li Na", ["BILLING"])
    assert world(lambda: AuditEntry.objects.get(event="customer.created").actor) == members["ADMIN"]


def test_what_is_left_out_is_the_companys(admin: Program) -> None:
    said = admin.post("customers/", {"name": "A"}).json()
    assert (said["code"], said["currency"], said["language"]) == ("C00001", "CNY", "en")
    assert said["credit_limit"] is None


def test_balances_per_currency(admin: Program, world) -> None:
    def owed():
        customer = CustomerFactory()
        bill(customer, "100")
        bill(customer, "7", currency="JPY", label="INV-2")
        return customer

    customer = world(owed)
    said = admin.get(f"customers/cus_{customer.pk}/").json()
    assert said["balances"] == [
        {"balance": {"amount": "100.00", "currency": "CNY"},
         "overdue": {"amount": "100.00", "currency": "CNY"}},
        {"balance": {"amount": "7", "currency": "JPY"},
         "overdue": {"amount": "7", "currency": "JPY"}},
    ]  # fmt: skip
    assert [one["id"] for one in admin.get("customers/?overdue=true").json()["results"]] == [
        f"cus_{customer.pk}"
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": "  "}, "/name"),
        ({"name": 5}, "/name"),
        ({"name": "A", "nmae": "B"}, "/nmae"),
        ({"name": "A", "a/b~c": 1}, "/a~1b~0c"),
        ({"name": "A", "version": 7}, "/version"),
        ({"name": "A", "tenant": 2}, "/tenant"),
        ({"name": "A", "status": "ARCHIVED"}, "/status"),
        ({"name": "A" * 201}, "/name"),
        ({"name": "A\x00B"}, "/name"),
        ({"name": "A\x1bB"}, "/name"),
        ({"name": "A\nB"}, "/name"),
        ({"name": "A", "po_required": "yes"}, "/po_required"),
        ({"name": "A", "po_required": 1}, "/po_required"),
        ({"name": "A", "kind": "ROBOT"}, "/kind"),
        ({"name": "A", "currency": "XXQ"}, "/currency"),
        ({"name": "A", "country": "QQ"}, "/country"),
        ({"name": "A", "terms": 7}, "/terms"),
        ({"name": "A", "terms": "trm_0"}, "/terms"),
        ({"name": "A", "terms": "cus_1"}, "/terms"),
        ({"name": "A", "terms": "trm_" + "9" * 40}, "/terms"),
        ({"name": "A", "credit_limit": "10"}, "/credit_limit"),
        ({"name": "A", "credit_limit": {"amount": 10, "currency": "CNY"}}, "/credit_limit/amount"),
        ({"name": "A", "credit_limit": {"amount": "1e3", "currency": "CNY"}},
         "/credit_limit/amount"),
        ({"name": "A", "credit_limit": {"amount": "NaN", "currency": "CNY"}},
         "/credit_limit/amount"),
        ({"name": "A", "credit_limit": {"amount": "１２", "currency": "CNY"}},
         "/credit_limit/amount"),
        ({"name": "A", "credit_limit": {"amount": "1.234,56", "currency": "CNY"}},
         "/credit_limit/amount"),
        ({"name": "A", "credit_limit": {"amount": "1.234", "currency": "CNY"}},
         "/credit_limit/amount"),
        ({"name": "A", "credit_limit": {"amount": "9" * 40, "currency": "CNY"}},
         "/credit_limit/amount"),
        ({"name": "A", "credit_limit": {"amount": "-1", "currency": "CNY"}}, "/credit_limit"),
        ({"name": "A", "credit_limit": {"amount": "1", "currency": "EUR"}},
         "/credit_limit/currency"),
        ({"name": "A", "contacts": [{"name": "B"}, {"email": "x"}]}, "/contacts/1/name"),
        ({"name": "A", "contacts": [{"name": "B", "email": "a@b.test, c@d.test"}]},
         "/contacts/0/email"),
        ({"name": "A", "contacts": {"name": "B"}}, "/contacts"),
        ({"name": "A", "addresses": {"home": "X"}}, "/addresses/home"),
        ([], ""),
        ("A", ""),
        (None, None),
    ],
)  # fmt: skip
def test_what_cannot_be(admin: Program, world, body, pointer) -> None:
    if pointer is None:
        answer = admin("post", "customers/", {}, status=422)
    else:
        answer = admin("post", "customers/", body, status=422)
        assert pointer in [one["pointer"] for one in answer.json()["errors"]], answer.content
    assert answer.json()["code"] == "invalid"
    assert world(Customer.objects.count) == 0


def test_codes_and_keys_are_taken_once(admin: Program) -> None:
    admin.post("customers/", {"name": "A", "code": "X", "external_key": "K"})
    taken = admin.post("customers/", {"name": "B", "code": "X"}, status=409)
    assert taken.json()["code"] == "code_taken"
    admin.post("customers/", {"name": "B", "external_key": "K"}, status=422)


def test_change_part(admin: Program, world) -> None:
    said = admin.post("customers/", FULL).json()
    path = f"customers/{said['id']}/"
    changed = admin.patch(path, {"name": "New", "addresses": {"delivery": "Dock"}}, If_Match='"1"')
    assert changed["ETag"] == '"2"'
    now = changed.json()
    assert now["addresses"] == said["addresses"] | {"delivery": "Dock"}
    assert {name for name in now if now[name] != said[name]} == {"name", "addresses", "version"}
    assert admin.patch(path, {})["ETag"] == '"2"', "nothing changes nothing"
    stale = admin.patch(path, {"name": "Newer"}, If_Match='"1"', status=412)
    assert stale.json()["code"] == "changed_meanwhile"
    admin.patch(path, {"name": "Newer"}, If_Match='"x"', status=412)
    assert admin.patch(path, {"name": "Newer"}, If_Match="*").json()["name"] == "Newer"
    admin.patch(path, {"name": ""}, status=422)
    admin.patch(path, {"id": "cus_1"}, status=422)
    assert admin.get(path).json()["name"] == "Newer"


def test_contacts(admin: Program) -> None:
    customer = admin.post("customers/", {"name": "A"}).json()["id"]
    path = f"customers/{customer}/contacts/"
    first = admin.post(path, {"name": "One", "email": "one@a.test", "roles": ["LEGAL"]}).json()
    second = admin.post(path, {"name": "Two"}).json()
    assert first["customer"] == second["customer"] == customer
    changed = admin.patch(f"contacts/{first['id']}/", {"phone": "1"}).json()
    assert changed == first | {"phone": "1"}
    assert admin.get(f"contacts/{second['id']}/").json() == second
    admin("delete", f"contacts/{second['id']}/", status=204)
    admin.get(f"contacts/{second['id']}/", status=404)
    assert admin.get(path).json()["results"] == [changed]
    assert admin.get(f"contacts/?customer={customer}").json()["results"] == [changed]
    assert admin.get(f"customers/{customer}/")["ETag"] == '"5"'
    admin.post(path, {"name": "Three"}, If_Match='"4"', status=412)


def test_filters_are_those_of_the_page(admin: Program, world) -> None:
    def rows():
        CustomerFactory(name="Anna", currency="EUR")
        ContactFactory(customer__name="Berta")
        held = CustomerFactory(name="Carla")
        put_on_hold(customer=held, reason="x", at=NOON, actor=None)

    world(rows)

    def names(query: str) -> list[str]:
        return [one["name"] for one in admin.get(f"customers/?{query}").json()["results"]]

    assert names("q=ert") == ["Berta"]
    assert names("currency=EUR") == ["Anna"]
    assert names("status=ON_HOLD") == ["Carla"]
    assert names("status=ON_HOLD&status=ACTIVE") == ["Carla", "Berta", "Anna"]
    assert names("no_email=true") == ["Carla", "Anna"]
    for wrong in (
        "statsu=ACTIVE", "status=BAD", "status=", "currency=euro", "overdue=maybe", "q=",
        "q=%00", "page=2", "sort=password", "limit=0", "limit=201", "limit=x", "limit=-1",
        "limit=999999999999999999999", "cursor=x", "cursor=",
        "cursor=bjE5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ",
    ):  # fmt: skip
        refused = admin.get(f"customers/?{wrong}", status=400).json()
        assert refused["errors"][0]["parameter"] == wrong.split("=")[0], wrong


def test_a_reader_reads(program) -> None:
    reader = program(Role.ADMIN, "customers:read")
    reader.get("customers/")
    reader.post("customers/", {"name": "A"}, status=403)


def test_payment_terms(admin: Program, world) -> None:
    term = world(PaymentTermFactory)
    [said] = admin.get("payment-terms/").json()["results"]
    assert said == {
        "id": f"trm_{term.pk}", "name": term.name, "is_default": False, "is_active": True,
    }  # fmt: skip


def test_a_new_currency_needs_a_new_limit(admin: Program) -> None:
    path = f"customers/{admin.post('customers/', FULL).json()['id']}/"
    refused = admin.patch(path, {"currency": "USD"}, status=422).json()
    assert [one["pointer"] for one in refused["errors"]] == ["/credit_limit"]
    dollars = {"amount": "1000.50", "currency": "USD"}
    said = admin.patch(path, {"currency": "USD", "credit_limit": dollars}).json()
    assert said["credit_limit"] == dollars
    said = admin.patch(path, {"currency": "CNY", "credit_limit": None}).json()
    assert (said["currency"], said["credit_limit"]) == ("CNY", None)
