"""What is printed on a bill."""

import io
import re
from datetime import date
from decimal import Decimal

import pypdf
import pytest

from core import pdf
from core.models import Tenant
from core.words import yuan_in_words
from customers.models import Address, Contact
from invoices.calculations import TermPart
from invoices.documents import bill_of, html_for, parties_for, parties_of, pdf_for
from invoices.documents.payment_code import epc_code, is_iban
from invoices.models import Invoice
from tests.documents.builders import L, bank_account, draft, issued
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db


def pages_of(invoice):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf_for(invoice))).pages]


@pytest.fixture
def chinese(in_tenant):
    return CustomerFactory(name="杭州云栖数据服务股份有限公司", language="zh-hans")


def test_amount_due_date_and_reference_come_first(in_tenant):
    bank_account()
    invoice = issued([L("Support", "2", "1500.50", unit="h")])
    [text] = pages_of(invoice)
    first = text[: text.index("Customer no.")]
    assert "3,391.13" in first
    assert "1 Apr 2026" in first
    assert invoice.number in first
    assert "Page 1 of 1" in text
    assert "6222 0210 0111 6245 702" in text
    assert yuan_in_words(Decimal("3391.13")) in text


def test_chinese_bill_has_both_languages_and_an_english_one_has_one(chinese):
    assert "杭州云栖" in pages_of(issued([L("云服务器托管费")], customer=chinese))[0]
    both = html_for(issued(customer=chinese))
    assert 'lang="zh-hans"' in both
    one = html_for(issued())
    assert 'class="en"' not in one
    assert ">Amount due<" in one


def test_a_chinese_name_on_an_english_bill_is_drawn(in_tenant):
    text = pages_of(issued(customer=CustomerFactory(name="上海远帆 Łódź شركة")))[0]
    assert "上海远帆" in text
    assert "Łódź" in text


def test_thirty_lines_carry_forward_and_the_last_page_does_not(in_tenant):
    invoice = issued([L(f"Batch {n}", str(n), "10.00") for n in range(1, 41)])
    first, *rest = pages_of(invoice)
    assert len(rest) == 1
    forward = re.search(r"Carried forward ([\d,.]+)", first)
    brought = re.search(r"Brought forward ([\d,.]+)", rest[0])
    assert forward
    assert brought
    assert forward[1] == brought[1]
    shown = [int(n) for n in re.findall(r"Batch (\d+)", first)]
    assert forward[1] == f"{sum(shown) * 10:,}.00"
    assert "Brought forward" not in first
    assert "Carried forward" not in rest[-1]
    assert "8,200.00" in rest[-1]
    assert "Page 2 of 2" in rest[-1]


@pytest.mark.slow
def test_four_hundred_lines(in_tenant):
    pages = pages_of(issued([L(f"Usage {n:04}", "1000", "0.0375") for n in range(1, 401)]))
    assert len(pages) > 8
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in text
    assert "".join(pages).count("Usage ") == 400
    assert "0.0375" in pages[0]
    assert "Carried forward" in pages[0]
    assert "Carried forward" not in pages[-1]


@pytest.mark.parametrize(
    ("currency", "price", "shown"),
    [
        ("JPY", "125000", "141,250"),
        ("KWD", "12.345", "13.950"),
        ("CNY", "123456789012.34", "139,506,171,583.94"),
    ],
)
def test_places_of_the_currency(in_tenant, currency, price, shown):
    customer = CustomerFactory(currency=currency)
    text = pages_of(issued([L(price=price)], customer=customer))[0]
    assert f"{currency} {shown}" in text.replace("\n", " ")


def test_discount_column_only_where_used(in_tenant):
    assert "Discount" not in html_for(issued())
    html = html_for(issued([L(), L("Free", "5", "200", discount="100"), L("Back", "-1", "10")]))
    assert "−100%" in html
    assert "−10.00" in html
    assert "Discount" in html_for(issued(discount="5.00"))


def test_five_rates_and_exemption_texts(in_tenant):
    lines = [L(f"at {rate}", tax=rate) for rate in ("13", "9", "6", "3")]
    lines.append(L("export", tax="0", category="G", reason="Export, Art. 146"))
    bill = bill_of(issued(lines))
    assert [(tax.name, tax.amount) for tax in bill.taxes] == [
        ("13%", "13.00"),
        ("9%", "9.00"),
        ("6%", "6.00"),
        ("3%", "3.00"),
        ("Export", "0.00"),
    ]
    assert bill.tax_texts == ["Export, Art. 146"]


def test_instalments_are_listed_when_there_are_several(in_tenant):
    bill = bill_of(issued(parts=[TermPart(1, days=10), TermPart(1, days=40)]))
    assert [part.amount for part in bill.instalments] == ["56.50", "56.50"]
    assert bill.due_date == "12 Mar 2026"
    assert not bill_of(issued()).instalments


def test_draft_is_marked_and_has_no_number(in_tenant):
    invoice = draft()
    text = pages_of(invoice)[0]
    assert "Draft" in text
    assert "INV-" not in text
    assert "Draft" not in pages_of(issued())[0]


def test_void_without_document_is_marked(in_tenant):
    invoice = issued()
    invoice.state = "VOID"
    assert 'class="mark"' in html_for(invoice)


def test_no_payment_is_ever_printed(in_tenant):
    html = html_for(issued()).lower()
    assert not re.search(r"\bpaid\b|outstanding|balance|received", html)


def test_epc_code_for_euro_only(in_tenant):
    bank_account()
    bank_account("EUR")
    assert "data:image/svg+xml" in html_for(issued(customer=CustomerFactory(currency="EUR")))
    assert "data:image/svg+xml" not in html_for(issued())
    assert "data:image/svg+xml" not in html_for(draft(customer=CustomerFactory(currency="EUR")))


def test_iban_and_limits_of_the_code():
    assert is_iban("DE89 3704 0044 0532 0130 00")
    assert not is_iban("DE88370400440532013000")
    assert not is_iban("6222021001116245702")

    def make(amount="1.00", iban="DE89370400440532013000", holder="Nordwind"):
        return epc_code(holder=holder, iban=iban, bic="", amount=Decimal(amount), reference="INV-1")

    assert make().version <= 13
    assert make().error == "M"
    assert make("999999999.99", holder="x" * 200)
    assert make("0.00") is None
    assert make("1000000000.00") is None
    assert make(iban="NO9386011117948") is None


def test_parties_are_those_of_the_issue(in_tenant):
    customer = CustomerFactory(name="Before")
    Address.objects.create(customer=customer, kind="REGISTERED", text="Old road 1")
    Contact.objects.create(customer=customer, name="Li Na", email="a@b.test", roles=["BILLING"])
    bank_account()
    invoice = issued(customer=customer)
    customer.name = "After"
    customer.save()
    Tenant.objects.filter(pk=in_tenant.pk).update(name="Renamed")
    html = html_for(Invoice.objects.get(pk=invoice.pk))
    assert "Before" in html
    assert "Old road 1" in html
    assert "Li Na" in html
    assert "After" not in html
    assert "Renamed" not in html
    assert "After" in html_for(draft(customer=customer))


def test_parties_of_many_cost_the_same_as_of_one(in_tenant, django_assert_num_queries):
    bank_account()
    bills = [issued(customer=CustomerFactory(currency=c)) for c in ("CNY", "EUR", "CNY")]
    with django_assert_num_queries(2):
        many = parties_for(bills)
    with django_assert_num_queries(2):
        parties_of(bills[0])
    assert many[bills[0].pk]["bank"]["number"] == "6222021001116245702"
    assert many[bills[1].pk]["bank"] is None


def test_hostile_texts_are_text(in_tenant):
    name = '<img src="file:///etc/passwd"><script>alert(1)</script>{{ 7|add:7 }}'
    Tenant.objects.filter(pk=in_tenant.pk).update(brand_color='"red;}')
    invoice = issued([L(name, period=(date(2026, 1, 1), date(2026, 1, 31)))], note=name)
    html = html_for(invoice)
    assert "<img src" not in html
    assert "<script" not in html
    assert "{{ 7|add:7 }}" in html
    assert "--brand: #1a56db" in html
    assert "<script>alert(1)</script>" in pages_of(invoice)[0].replace("\n", "")


def test_without_lines_says_why(in_tenant):
    invoice = issued([])
    assert "without its lines" in html_for(invoice)


def test_an_imported_amount_is_not_printed_as_a_line(in_tenant):
    line = L("611365", tax="0", category="O", reason="Not subject to tax")
    assert 'auto">611365<' in html_for(issued([line]))
    html = html_for(issued([line], number="611365"))
    assert "without its lines" in html
    assert 'auto">611365<' not in html
    assert "Taxable amount" not in html
    assert "Not subject to tax" not in html


def test_emoji_long_words_and_tall_rows_do_not_break(in_tenant):
    pages = pages_of(
        issued([L("😀 " + "x" * 300), L("\n".join(f"row {n}" for n in range(45))), L("last")])
    )
    joined = "".join(pages)
    assert "row 44" in joined
    assert "last" in joined


def test_size(chinese):
    bank_account()
    lines = [L(f"第 {n} 项 数据处理与技术支持服务费用明细") for n in range(1, 31)]
    assert len(pdf.render(html_for(issued(lines, customer=chinese)))) < 80_000
