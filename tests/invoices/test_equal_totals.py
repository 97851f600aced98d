"""One bill, and whoever says what it comes to says the same (the screens' second acceptance check).

Random bills are typed into the editor, saved, reviewed, issued; then what the editor, the review
page, the detail page, the portal, the PDF, the API, the ledger and the aging say is compared with
what ``totals_of`` makes of the numbers that were typed.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core import pdf
from core.models import Tenant
from core.money import q
from core.tenancy import tenant_scope
from invoices import operations
from invoices.calculations import (
    DiscountExceedsLines,
    LineInput,
    Totals,
    line_net,
    totals_of,
)
from invoices.documents.page import html_for
from invoices.models import Invoice, TaxCode
from invoices.operations.links import create_link, url_of
from ledger.enums import Account
from ledger.models import Journal
from reports.queries import Question, aging
from tests.api.conftest import Program, make_key
from tests.conftest import NOON
from tests.factories import CustomerFactory, PaymentTermFactory, PaymentTermPartFactory

D = Decimal
RATES = (("S", "0.13"), ("S", "0.06"), ("S", "0.0825"), ("Z", "0"), ("E", "0"))
CURRENCIES = ("CNY", "EUR", "JPY", "KWD", "CLF")
PAGES = "/t/acme/invoices/"

_PERCENTAGE = re.compile(r'<span class="num"[^>]*>[^<]*</span>%')
_COPY = re.compile(r'data-copy="([^"]+)"')
_TAG = re.compile(r"<[^>]+>")
# A number by itself: no part of a longer one, and no percentage.
_NUMBER = re.compile(r"(?<![\w.,%−-])(−?\d[\d,]*(?:\.\d+)?)(?![\w%]|[.,]\d)")
_tokens = count(1)


@dataclass(frozen=True)
class Typed:
    """A bill as somebody types it. A discount is a text: nothing, per cent, or ``third`` of it."""

    currency: str
    tax_mode: str
    lines: tuple[tuple[Decimal, Decimal, str, int], ...]  # quantity, price, discount, rate
    discount: str
    parts: int  # of the payment terms


LINES = st.tuples(
    st.decimals(D("0.001"), D(999), places=3),
    st.decimals(D(0), D(99999), places=4),
    st.sampled_from(["", "", "12.5%", "33.3333%", "100%", "third"]),
    st.integers(0, len(RATES) - 1),
)
BACK = st.tuples(
    st.just(D(-1)), st.decimals(D("0.01"), D(9), places=2), st.just(""), st.integers(0, 4)
)
CHECKS = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much)


def inputs_of(typed: Typed) -> tuple[list[LineInput], list[str]]:
    """Return the lines as the engine takes them, and each one's discount as it is typed."""
    lines, texts = [], []
    for quantity, price, discount, rate in typed.lines:
        category, percent = RATES[rate]
        line, text = LineInput(quantity, price, D(0), category, D(percent)), discount
        if discount == "third":
            third = q(line_net(line, typed.currency) / 3, typed.currency)
            line, text = replace(line, discount_amount=third), f"{third:,}"
        elif discount:
            line = replace(line, discount_percent=D(discount.rstrip("%")))
        lines.append(line)
        texts.append(text)
    return lines, texts


def worked_out(typed: Typed, lines: list[LineInput]) -> tuple[Totals, str]:
    """Return what the bill comes to, and its discount as it is typed."""
    common = {"currency": typed.currency, "tax_mode": typed.tax_mode}
    plain = totals_of(lines, discount_amount=D(0), **common)
    if typed.discount == "third":
        third = q(max(plain.lines_amount, D(0)) / 3, typed.currency)
        return totals_of(lines, discount_amount=third, **common), str(third)
    percent = D(typed.discount.rstrip("%") or 0)
    made = totals_of(lines, discount_amount=D(0), discount_percent=percent, **common)
    return made, typed.discount


def owes_something(typed: Typed) -> bool:
    """Test if anything is to be paid: a bill of nothing or less is not issued."""
    try:
        return worked_out(typed, inputs_of(typed)[0])[0].total_amount > 0
    except DiscountExceedsLines:  # of lines that come to less than nothing
        return False


BILLS = st.builds(
    Typed,
    currency=st.sampled_from(CURRENCIES),
    tax_mode=st.sampled_from(["DOCUMENT", "LINE"]),
    lines=st.tuples(st.lists(LINES, min_size=1, max_size=5), st.lists(BACK, max_size=1)).map(
        lambda two: tuple(two[0] + two[1])
    ),
    discount=st.sampled_from(["", "5%", "0.5%", "third"]),
    parts=st.integers(1, 3),
).filter(owes_something)


def bottom(made: Totals, *, lines: bool, net: bool = False, minus: bool = False) -> list[Decimal]:
    """Return the amounts below the lines in the order they are shown in."""
    shown = [made.lines_amount] if lines else []
    if made.discount_amount:
        shown.append(-made.discount_amount if minus else made.discount_amount)
    if net or made.discount_amount:
        shown.append(made.net_amount)
    for tax in made.taxes:
        shown += [tax.base_amount, tax.tax_amount]
    return [*shown, made.total_amount]


def copied(page: str) -> list[Decimal]:
    """Return the amounts that a part of a page shows, as they are copied from it."""
    return [D(one) for one in _COPY.findall(_PERCENTAGE.sub("", page))]


def part(page: str, begin: str, end: str) -> str:
    """Return what stands between two texts; both have to be there."""
    assert begin in page, begin
    found, _end, _rest = page.partition(begin)[2].partition(end)
    return found


def numbers(text: str) -> list[Decimal]:
    """Return the numbers in a text for people, in order."""
    return [D(one.replace(",", "").replace("−", "-")) for one in _NUMBER.findall(text)]


def read(page: str) -> str:
    """Return a page's text."""
    return html.unescape(_TAG.sub(" ", page))


class Teller:
    """Asks everybody what one bill comes to."""

    def __init__(self, tenant: Tenant, members: Mapping[str, Any]) -> None:
        self.tenant, self.members = tenant, members
        self.program = Program(make_key(tenant, members["ADMIN"]))
        self.clients = {role: Client() for role in ("BILLER", "APPROVER")}
        for role, client in self.clients.items():
            client.force_login(members[role])
        with tenant_scope(tenant.pk):
            self.codes = [
                TaxCode.objects.create(name=f"Tax {n}", category=category, rate=D(rate))
                for n, (category, rate) in enumerate(RATES)
            ]

    def tell(self, typed: Typed, *, paper: Path | None = None) -> None:
        cache.clear()  # how often one may ask is not what is looked at here
        lines, texts = inputs_of(typed)
        made, discount = worked_out(typed, lines)
        Tenant.objects.filter(pk=self.tenant.pk).update(tax_mode=typed.tax_mode)
        form = self.form(typed, texts, discount)
        self.hear_editor(form, made)
        pk = self.keep(form)
        self.hear_pages_before(pk, made)
        with tenant_scope(self.tenant.pk):
            bill = self.issue(pk)
            address = url_of(create_link(bill, NOON))
        self.hear_detail(bill, made)
        self.hear_portal(address, made)
        self.hear_program(bill, made)
        with tenant_scope(self.tenant.pk):
            self.hear_ledger(bill, made)
            if paper:
                self.hear_pdf(bill, made, paper)

    def form(self, typed: Typed, texts: list[str], discount: str) -> dict[str, str]:
        with tenant_scope(self.tenant.pk):
            terms = PaymentTermFactory()
            for n in range(typed.parts):
                PaymentTermPartFactory(term=terms, position=n + 1, weight=n + 1, days=30 * (n + 1))
            customer = CustomerFactory(currency=typed.currency, terms=terms)
        form = {
            "once": f"6f1c6b7e-6a4d-4ed6-9b9a-{next(_tokens):012}",
            "customer": str(customer.pk),
            "terms": str(terms.pk),
            "discount": discount,
            "language": "en",
            "lines-TOTAL_FORMS": str(len(typed.lines)),
            "lines-INITIAL_FORMS": "0",
        }
        for n, (quantity, price, _discount, rate) in enumerate(typed.lines):
            row = {
                "position": str(n + 1),
                "description": f"Item no {n}",
                "quantity": str(quantity),
                "unit_price": f"{price:,}",
                "discount": texts[n],
                "tax_code": str(self.codes[rate].pk),
            }
            form |= {f"lines-{n}-{name}": value for name, value in row.items()}
        return form

    def hear_editor(self, form: dict[str, str], made: Totals) -> None:
        said = self.clients["BILLER"].post(f"{PAGES}totals/", form).json()
        assert not said["errors"], said["errors"]
        assert copied(said["totals"].partition("Checks")[0]) == bottom(made, lines=True)
        shown = [copied(said["amounts"][f"lines-{n}"]) for n in range(len(made.lines))]
        assert shown == [[line.net_amount] for line in made.lines]

    def keep(self, form: dict[str, str]) -> int:
        answer = self.clients["BILLER"].post(f"{PAGES}keep/", form).json()
        assert answer["saved"]["state"] == "SAVED", answer["saved"]
        return int(re.findall(r"/(\d+)/edit/", answer["saved"]["url"])[0])

    def hear_pages_before(self, pk: int, made: Totals) -> None:
        """Ask the editor of the saved draft, and the review page."""
        page = self.clients["BILLER"].get(f"{PAGES}{pk}/edit/").content.decode()
        assert copied(part(page, 'class="totals-table"', "</table>")) == bottom(made, lines=True)
        cells = [part(page, f'id="lines-{n}-amount">', "</output>") for n in range(len(made.lines))]
        assert [copied(cell) for cell in cells] == [[line.net_amount] for line in made.lines]
        with tenant_scope(self.tenant.pk):
            bill = Invoice.objects.get(pk=pk)
            operations.submit(invoice=bill, at=NOON, actor=self.members["BILLER"])
        page = self.clients["APPROVER"].get(f"{PAGES}review/?invoice={pk}").content.decode()
        self.hear_lines(page, made)

    def hear_lines(self, page: str, made: Totals) -> None:
        for n, line in enumerate(made.lines, start=1):
            assert copied(part(page, f'<tr id="line-{n}">', "</tr>"))[-1] == line.net_amount
        shown = copied(part(page, "<tfoot>", "</tfoot>"))
        assert shown == bottom(made, lines=False, net=True)

    def issue(self, pk: int) -> Invoice:
        bill = Invoice.objects.get(pk=pk)
        approved = operations.approve(invoice=bill, at=NOON, actor=self.members["APPROVER"])
        return operations.issue(invoice=approved, at=NOON, actor=self.members["BILLER"])

    def hear_detail(self, bill: Invoice, made: Totals) -> None:
        page = self.clients["BILLER"].get(f"{PAGES}{bill.pk}/").content.decode()
        self.hear_lines(page, made)

    def hear_portal(self, address: str, made: Totals) -> None:
        answer = Client().get(address.removeprefix("http://testserver"), follow=True)
        page = answer.content.decode()
        table = read(part(page, '<table class="totals">', "</table>"))
        assert numbers(table) == bottom(made, lines=True, minus=True)
        for row, line in zip(
            part(page, '<table class="lines">', "</table>").split("</tr>")[1:], made.lines,
            strict=False,
        ):  # fmt: skip
            assert numbers(read(row))[-1] == line.net_amount
        due = read(part(page, '<dd class="amount">', "</dd>"))
        assert numbers(due) == [made.total_amount]

    def hear_program(self, bill: Invoice, made: Totals) -> None:
        said = self.program.get(f"invoices/inv_{bill.pk}/").json()

        def amount(of: Mapping[str, Any]) -> Decimal:
            assert of["currency"] == bill.currency
            return D(of["amount"])

        names = ("lines_amount", "discount", "net", "tax", "total", "open")
        assert {name: amount(said[name]) for name in names} == {
            "lines_amount": made.lines_amount,
            "discount": made.discount_amount,
            "net": made.net_amount,
            "tax": made.tax_amount,
            "total": made.total_amount,
            "open": made.total_amount,
        }
        assert [amount(line["net"]) for line in said["lines"]] == [
            line.net_amount for line in made.lines
        ]
        assert [(amount(tax["base"]), amount(tax["tax"])) for tax in said["taxes"]] == [
            (tax.base_amount, tax.tax_amount) for tax in made.taxes
        ]
        assert sum(amount(one["amount"]) for one in said["instalments"]) == made.total_amount

    def hear_ledger(self, bill: Invoice, made: Totals) -> None:
        booked: Counter[str] = Counter()
        for line in Journal.objects.get(reference=bill.number).lines.all():
            booked[line.account] += line.amount
        assert {account: amount for account, amount in booked.items() if amount} == {
            account: amount
            for account, amount in (
                (Account.RECEIVABLE, made.total_amount),
                (Account.REVENUE, -made.net_amount),
                (Account.TAX, -made.tax_amount),
            )
            if amount
        }
        [row] = aging(Question(as_of=bill.issue_date, customer_id=bill.customer_id))
        assert (row.currency, row.not_due, row.total) == (
            bill.currency,
            made.total_amount,
            made.total_amount,
        )

    def hear_pdf(self, bill: Invoice, made: Totals, where: Path) -> None:
        file = where / "bill.pdf"
        file.write_bytes(pdf.render(html_for(bill)))
        command = [shutil.which("pdftotext") or "", "-layout", str(file), "-"]
        text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
        printed = Counter(numbers(text))
        expected = Counter(
            [*bottom(made, lines=True, minus=True), *(line.net_amount for line in made.lines)]
        )
        expected[made.total_amount] += 1  # the amount due, above
        missing = {one: n for one, n in expected.items() if printed[one] < n}
        assert not missing, (missing, text)


@pytest.fixture
def teller(tenant: Tenant, other_tenant: Tenant, members: Any, settings: Any) -> Iterator[Teller]:
    settings.SITE_URL = "http://testserver"
    with time_machine.travel(NOON, tick=False):
        yield Teller(tenant, members)


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=CHECKS,
)
@given(typed=BILLS)
def test_all_say_the_same(teller: Teller, typed: Typed) -> None:
    teller.tell(typed)


needs_poppler = pytest.mark.skipif(
    not shutil.which("pdftotext"), reason="poppler-utils is not installed"
)


@needs_poppler
def test_the_paper_says_it_too(teller: Teller, tmp_path: Path) -> None:
    lines = (
        (D("2.5"), D("1234.5678"), "12.5%", 0),
        (D(3), D("33.335"), "third", 1),
        (D(-1), D("4.99"), "", 3),
    )
    typed = Typed("CNY", "LINE", lines, "5%", 2)
    teller.tell(typed, paper=tmp_path)


@pytest.mark.slow
@needs_poppler
@settings(max_examples=100, deadline=None, suppress_health_check=CHECKS)
@given(typed=BILLS)
def test_all_say_the_same_of_many_bills(teller: Teller, tmp_path: Path, typed: Typed) -> None:
    teller.tell(typed, paper=tmp_path)
