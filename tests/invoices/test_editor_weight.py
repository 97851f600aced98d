"""What the editor sends to a browser: a budget for its page, and what each line adds to it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from customers.models import Customer
from invoices.models import Invoice, Product, TaxCode
from tests.conftest import NOON
from tests.factories import CustomerFactory, ProductFactory, TaxCodeFactory
from tests.invoices.helpers import draft, line
from tests.invoices.pages import URL, form_of, typed

HTML_BUDGET = 120 * 1024  # bytes, with 30 lines in a company of many customers and products
LINE_BUDGET = 2400
LINES = 30
MANY = 110  # customers and products: more than their lists show


def catalogue() -> list[Product]:
    """Make what the editor's lists offer: more customers and products than they show."""
    for name in ("6 % services", "9 %", "3 % simplified", "Exempt", "Zero rated"):
        TaxCodeFactory(name=name, rate=Decimal(0))
    code = TaxCodeFactory(name="13 % goods", is_default=True)
    Customer.objects.bulk_create(
        CustomerFactory.build(name=f"上海远帆第{n}科技有限公司") for n in range(MANY)
    )
    products = [
        ProductFactory.build(code=f"P{n:04}", name=f"技术服务 {n}", tax_code=code)
        for n in range(MANY)
    ]
    Product.objects.bulk_create(products)
    return products


def bill_of(count: int, products: list[Product]) -> Invoice:
    lines = [
        line(
            "1234.50",
            description=f"技术服务 {n}, by the hour as agreed",
            product_id=products[n].pk,
            tax_code_id=products[n].tax_code_id,
            unit="月",
            discount_percent=Decimal(10 if n % 2 else 0),
            service_from=date(2026, 3, 1) if n % 3 else None,
            service_to=date(2026, 3, 31) if n % 3 else None,
        )
        for n in range(count)
    ]
    return draft(None, lines=lines, at=NOON)


def test_the_page_keeps_its_budget(world, as_) -> None:
    products = world(catalogue)
    few, many = (world(lambda n=n: bill_of(n, products)) for n in (10, LINES))
    client = as_("BILLER")
    sizes = [len(client.get(f"{URL}{bill.pk}/edit/").content) for bill in (few, many)]
    assert sizes[1] <= HTML_BUDGET, sizes
    assert (sizes[1] - sizes[0]) / (LINES - 10) <= LINE_BUDGET, sizes


def test_a_line_needs_no_scripts(world, as_) -> None:
    """Every field of a line has its name and its label; a line is removed by a tick."""
    products = world(catalogue)
    bill = world(lambda: bill_of(1, products))
    page = as_("BILLER").get(f"{URL}{bill.pk}/edit/").content.decode()
    row = re.search(r'<tr class="line-row" data-line id="line-1">.*?</tr>', page, re.DOTALL)
    assert row
    cells = re.findall(r"<(?:input|select|textarea)[^>]*>", row.group())
    names = [re.findall(r'name="lines-0-(\w+)"', cell)[0] for cell in cells]
    assert names == [
        "line_id", "position", "product", "description", "service_from", "service_to", "quantity",
        "unit", "unit_price", "discount", "tax_code", "DELETE",
    ]  # fmt: skip
    for name, cell in zip(names, cells, strict=True):
        assert name in ("line_id", "DELETE") or 'aria-label="' in cell, cell
    assert len(re.findall("<option", row.group())) == world(TaxCode.objects.count)
    assert re.search(r"<option value=\"\d+\" selected>13 % goods</option>", row.group())


def test_what_is_wrong_is_bound_to_its_cell(world, as_) -> None:
    customer = world(CustomerFactory)
    world(lambda: TaxCodeFactory(is_default=True))
    answer = as_("BILLER").post(f"{URL}new/", form_of(customer, typed(unit_price="<12,34>")))
    page = answer.content.decode()
    [cell] = re.findall(r'<input[^>]*name="lines-0-unit_price"[^>]*>', page)
    assert 'value="&lt;12,34&gt;"' in cell
    assert 'aria-invalid="true"' in cell
    assert 'class="is-invalid"' in cell
    assert 'aria-describedby="lines-0-unit_price-why"' in cell
    assert page.count('id="lines-0-unit_price-why">Enter an amount') == 1
