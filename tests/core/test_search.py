"""One box for everything: what is found, in which order, for whom, and by how many statements."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import roles
from core.models import NumberSeries, Recent, Tenant, User
from core.numbering import numbers_meant
from core.operations.note_visit import KEPT, note_visit
from core.roles import Role
from core.tenancy import tenant_scope
from customers import queries
from customers.models import Customer
from customers.operations import (
    CustomerDraft,
    NewCustomer,
    archive,
    create_customer,
    create_customers,
)
from invoices.models import Invoice
from invoices.operations.import_bills import ImportedBill, import_bills
from ledger.models import OpenItem
from payments.operations import ReceiptDraft, receive
from tests.conftest import NOON
from tests.factories import InvoiceFactory, ProductFactory

DAY = date(2026, 3, 2)


def customer(name: str, **fields: Any) -> Customer:
    return create_customer(draft=CustomerDraft(name=name, **fields), at=NOON, actor=None)


def bill(owner: Customer, number: str, total: str, order: str = "") -> Invoice:
    rows = [ImportedBill(owner, number, DAY, DAY, Decimal(total), owner.currency, "", order)]
    return import_bills(bills=rows, at=NOON, actor=None)[0]


def receipt(owner: Customer, amount: str, reference: str = "", item: int = 0) -> Any:
    draft = ReceiptDraft(owner.pk, DAY, owner.currency, Decimal(amount), reference=reference)
    uses = {item: Decimal(amount)} if item else {}
    return receive(draft=draft, allocations=uses, at=NOON, actor=None)


@pytest.fixture
def desk(tenant: Tenant, other_tenant: Tenant, members: dict[str, User]) -> Desk:
    """Two companies with the same things in them, and a person of the first."""
    with tenant_scope(other_tenant.pk):
        owner = customer("上海科技有限公司", code="SH-1", tax_id="DE136695976")
        bill(owner, "INV-2026-00042", "1280.50", "Order 7")
        receipt(owner, "1280.50", "WIRE-7")
    return Desk(tenant, members)


class Desk:
    """Asks as a member, and reads the answer."""

    def __init__(self, tenant: Tenant, members: dict[str, User]) -> None:
        self.tenant, self.members = tenant, members
        self.client = Client()
        self.client.force_login(members[Role.ADMIN])

    def groups(self, text: str) -> dict[str, list[str]]:
        answer = self.ask(text)
        return {
            group.name: [hit.shown.title for hit in group.hits]
            for group in answer.context["answer"].groups
        }

    def ask(self, text: str, **headers: str) -> Any:
        url = f"/t/{self.tenant.slug}/search/"
        return self.client.get(url, {"q": text}, headers={"hx-request": "true", **headers})

    def best(self, text: str) -> str:
        return str(self.ask(text).context["answer"].best.shown.title)


def test_customers_by_every_name_they_have(desk: Desk) -> None:
    with tenant_scope(desk.tenant.pk):
        customer("上海科技有限公司", code="SH-9", tax_id="91330100799655058B", country="CN")
        customer("Donghai Trading", short_name="东海", code="D1")
    for text in (
        "shkj",
        "上海",
        "科技",
        "shanghaikeji",
        "sh-9",
        "91330100799655058B",
        "SHKJ  sh-9",
    ):
        assert desk.groups(text)["customer"] == ["上海科技有限公司"], text
    for text in ("trading", "dong tra", "东海", "dh", "Ｄ1"):
        assert desk.groups(text)["customer"] == ["Donghai Trading"], text
    assert "customer" not in desk.groups("beijing")
    assert "customer" not in desk.groups("%")
    assert "customer" not in desk.groups("_")


def test_lists_and_choices_of_customers_know_initials_too(in_tenant: Tenant) -> None:
    one = customer("上海科技有限公司")
    customer("Donghai Trading")
    assert queries.choices("shkj") == [one]
    assert list(queries.search(Customer.objects.all(), "ＫＥＪＩ")) == [one]


def test_the_best_customer_comes_first(desk: Desk) -> None:
    with tenant_scope(desk.tenant.pk):
        gone = customer("Alfa Works", code="X1")
        archive(customer=gone, at=NOON, actor=None)
        customer("Works of Alfa", code="X2")
        customer("Alfa Trade", code="X3")
        customer("Betalfa", code="X4")
        customer("Zeta", code="ALFA")
    assert desk.groups("alfa")["customer"] == [
        *("Zeta", "Alfa Trade", "Alfa Works", "Works of Alfa", "Betalfa"),
    ]
    assert desk.groups("lfa")["customer"][-1] == "Alfa Works", "archived ones come last"


def test_no_number_of_others_hides_the_exact_customer(desk: Desk) -> None:
    with tenant_scope(desk.tenant.pk):
        names = [f"The Acme {n}" for n in range(50)] + [f"Acme {n}" for n in range(50)]
        drafts = [NewCustomer(CustomerDraft(name)) for name in [*names, "Acme"]]
        create_customers(drafts, at=NOON, actor=None)
    assert desk.groups("acme")["customer"][0] == "Acme"


def test_no_number_of_near_amounts_hides_the_exact_one(desk: Desk) -> None:
    with tenant_scope(desk.tenant.pk):
        owner = customer("Alfa")
        rows = [
            ImportedBill(owner, f"N{n}", DAY, DAY, Decimal(999), owner.currency, "", "")
            for n in range(60)
        ]
        import_bills(bills=rows, at=NOON, actor=None)
        item = OpenItem.objects.get(instalment__invoice=bill(owner, "PART", "5000.00"))
        receipt(owner, "4000.00", item=item.pk)
    assert desk.groups("1000.00")["invoice"][0] == "PART"


def test_bills_by_number_order_and_reference(desk: Desk) -> None:
    with tenant_scope(desk.tenant.pk):
        owner = customer("Alfa")
        bill(owner, "INV-2026-00042", "10.00", "Order 7")
        bill(owner, "INV-2026-00043", "10.00")
        Invoice.objects.filter(pk=InvoiceFactory(customer=owner).pk).update(reference="HT-88")
        draft = Invoice.objects.get(reference="HT-88")
    assert desk.groups("inv-2026-00042")["invoice"] == ["INV-2026-00042"]
    assert desk.groups("INV-2026")["invoice"] == ["INV-2026-00043", "INV-2026-00042"]
    assert desk.groups("Order")["invoice"] == ["INV-2026-00042"]
    assert desk.groups("ht-88")["invoice"] == [f"Draft #{draft.pk}"]
    assert desk.groups(f"#{draft.pk}")["invoice"] == [f"Draft #{draft.pk}"]
    for text in ("42", "INV-42", "inv42", "2026-42"):
        assert desk.groups(text)["invoice"] == ["INV-2026-00042"], text


def test_a_short_number_means_those_the_series_gave(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        for year, following in ((2024, 300), (2025, 43), (2026, 42)):
            NumberSeries.objects.create(kind="invoice", year=year, next_number=following)
        assert numbers_meant(kind="invoice", text="42") == ["INV-2025-00042", "INV-2024-00042"]
        assert numbers_meant(kind="invoice", text="INV-041")[0] == "INV-2026-00041"
        assert numbers_meant(kind="invoice", text="2024-42") == ["INV-2024-00042"]
        for text in ("", "INV-", "RC-42", "0", "x" * 90, "4²", "1,042", "99999999999"):
            assert numbers_meant(kind="invoice", text=text) == [], text


def test_amounts_first_exactly_then_within_one_per_cent(desk: Desk) -> None:
    with tenant_scope(desk.tenant.pk):
        owner = customer("Alfa")
        for number, total in (("A", "1000.00"), ("B", "1010.00"), ("C", "1010.01"), ("D", "995")):
            bill(owner, number, total)
        part = bill(owner, "E", "5000.00")
        item = OpenItem.objects.get(instalment__invoice=part)
        receipt(owner, "4000.00", item=item.pk)
        receipt(owner, "990.00")
    found = desk.groups("1,000.00")
    assert found["invoice"] == ["A", "E", "D", "B"], "of E 1,000.00 is open"
    assert len(found["receipt"]) == 1
    assert desk.groups("-1000")["invoice"] == found["invoice"]
    assert desk.groups("4000")["receipt"]
    assert "invoice" not in desk.groups("1.000,00")
    for text in ("9" * 15, "0", "0.00", "9" * 30, "1e3", "NaN", "Infinity"):
        assert desk.ask(text).status_code == 200


def test_amounts_of_four_places(desk: Desk) -> None:
    with tenant_scope(desk.tenant.pk):
        owner = customer("Chile", currency="CLF")
        bill(owner, "F", "12.3456")
        bill(owner, "G", "12.3454")
    assert desk.groups("12.3456")["invoice"] == ["F", "G"]


def test_receipts_by_number_and_reference(desk: Desk) -> None:
    with tenant_scope(desk.tenant.pk):
        number = receipt(customer("Alfa"), "5.00", "WIRE-7").number
    for text in (number, number.lower(), "wire-7", "1", "RC-1"):
        assert desk.groups(text)["receipt"] == [number], text


def test_products_are_found(desk: Desk) -> None:
    with tenant_scope(desk.tenant.pk):
        ProductFactory(code="SUP", name="Support day")
    assert desk.groups("support")["product"] == ["Support day"]


def test_nothing_of_another_company_is_found(desk: Desk) -> None:
    for text in (
        "shkj",
        "上海",
        "SH-1",
        "DE136695976",
        "INV-2026-00042",
        "42",
        "1280.50",
        "Order",
    ):
        names = set(desk.groups(text))
        assert names <= {"page", "action"}, text
    assert b"1,280" not in desk.ask("1280.50").content
    with tenant_scope(desk.tenant.pk):
        stranger = desk.members[Role.ADMIN]
        for pk in range(1, 30):
            note_visit(user=stranger, kind="invoice", pk=pk)
    assert "recent" not in desk.groups("")


def test_only_what_the_member_may_see_and_do(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with tenant_scope(desk.tenant.pk):
        owner = customer("Alfa")
        bill(owner, "ALFA-1", "10.00")
        note_visit(user=desk.members[Role.BILLER], kind="invoice", pk=Invoice.objects.get().pk)
    offers = {"New invoice for Alfa", "Receive payment from Alfa"}
    assert set(desk.groups("alfa")["action"]) == offers
    assert list(desk.groups("alfa")) == ["action", "customer", "invoice"]

    desk.client.force_login(desk.members[Role.BILLER])
    assert desk.groups("alfa")["action"] == ["New invoice for Alfa"]
    assert desk.groups("")["recent"] == ["ALFA-1"]
    assert desk.groups("new")["action"] == ["New invoice", "New customer"]
    held = roles.ROLE_PERMISSIONS[Role.BILLER] - {"invoices.view", "invoices.edit"}
    monkeypatch.setitem(roles.ROLE_PERMISSIONS, Role.BILLER, held)
    assert list(desk.groups("alfa")) == ["customer"]
    assert "recent" not in desk.groups("")


def test_pages_and_switches_in_both_languages(desk: Desk) -> None:
    assert desk.best("aging") == "Aging"
    assert desk.groups("review")["page"] == ["Review queue"]
    assert "Dark theme" in desk.groups("dark")["action"]
    User.objects.update(language="zh-hans")
    assert desk.groups("aging")["page"] == ["账龄"]
    assert "账龄" in desk.groups("zl")["page"]
    assert desk.best("账单") == "账单"


def test_what_was_looked_at_last_comes_first(desk: Desk) -> None:
    with tenant_scope(desk.tenant.pk):
        owners = [customer(f"Customer {n}") for n in range(KEPT + 2)]
        one = bill(owners[0], "INV-1", "10.00")
        got = receipt(owners[0], "5.00")
    for owner in owners:
        desk.client.get(f"/t/{desk.tenant.slug}/customers/{owner.pk}/")
    desk.client.get(f"/t/{desk.tenant.slug}/invoices/{one.pk}/")
    desk.client.get(f"/t/{desk.tenant.slug}/receipts/{got.pk}/")
    desk.client.get(f"/t/{desk.tenant.slug}/invoices/{one.pk}/")
    desk.client.get(f"/t/{desk.tenant.slug}/invoices/{10**9}/")
    assert desk.groups("")["recent"] == [
        *("INV-1", got.number),
        *(f"Customer {n}" for n in range(KEPT + 1, KEPT - 5, -1)),
    ]
    with tenant_scope(desk.tenant.pk):
        assert len(Recent.objects.get().things) == KEPT
    desk.client.force_login(desk.members[Role.BILLER])
    assert "recent" not in desk.groups(""), "each person has their own"


def test_a_number_typed_in_full_leads_to_its_page(desk: Desk) -> None:
    with tenant_scope(desk.tenant.pk):
        owner = customer("Alfa", code="A1")
        one = bill(owner, "INV-2026-00007", "10.00")
        bill(owner, "INV-2026-00008", "10.00")
    client, base = desk.client, f"/t/{desk.tenant.slug}"
    assert client.get(f"{base}/search/", {"q": "INV-7"}).url == f"{base}/invoices/{one.pk}/"
    assert client.get(f"{base}/search/", {"q": "a1"}).url == f"{base}/customers/{owner.pk}/"
    for text in ("7", "INV-2026", "Alfa", "10.00", ""):
        assert client.get(f"{base}/search/", {"q": text}).status_code == 200, text
    assert desk.ask("INV-7").status_code == 200, "the palette never leads away by itself"


def test_the_page_works_without_a_script(desk: Desk) -> None:
    with tenant_scope(desk.tenant.pk):
        owner = customer("<b>Alfa</b>")
    page = desk.client.get(f"/t/{desk.tenant.slug}/search/", {"q": "<b>alfa"}).content.decode()
    assert f'href="/t/{desk.tenant.slug}/customers/{owner.pk}/"' in page
    assert "&lt;b&gt;Alfa&lt;/b&gt;" in page
    assert "<b>Alfa" not in page
    nothing = desk.client.get(f"/t/{desk.tenant.slug}/search/", {"q": "\x00 zzz \u2028" * 40})
    assert nothing.status_code == 200


def test_the_palette_is_a_listbox_with_named_groups(desk: Desk) -> None:
    with tenant_scope(desk.tenant.pk):
        customer("Alfa")
    text = desk.ask("alfa").content.decode()
    assert text.count('role="option"') == 3
    assert text.count("data-best") == 1
    assert 'role="group" aria-labelledby="found-customer"' in text
    assert 'id="found-customer"' in text


@pytest.mark.parametrize("text", ["alfa", "42", "1280.50", "INV-2026-00042", "nothing at all", ""])
def test_the_number_of_statements_is_bounded(desk: Desk, text: str) -> None:
    with tenant_scope(desk.tenant.pk):
        owner = customer("Alfa")
        for n in range(12):
            bill(owner, f"INV-2026-{n + 35:05}", "1280.50")
            receipt(owner, "1280.50", "alfa")
    desk.ask(text)
    with CaptureQueriesContext(connection) as captured:
        desk.ask(text)
    assert len(captured) <= 24, [row["sql"][:90] for row in captured]
