"""What the timeline says of lines that were changed while somebody typed."""

import re
from dataclasses import replace

import pytest

from core.models import AuditEntry
from invoices import operations
from tests.conftest import NOON
from tests.factories import ProductFactory, TaxCodeFactory
from tests.invoices.helpers import draft, line
from tests.invoices.pages import URL, D


@pytest.fixture
def save(world):
    """Change the lines of a draft of three, as they are in the books."""
    bill = world(lambda: draft(world.biller, lines=[line("1"), line("2"), line("3")]))

    def saved(change):
        def act():
            lines = operations.lines_as_written(bill)
            head = operations.head_as_written(bill)
            operations.save_draft(
                invoice=bill, head=head, lines=change(lines), at=NOON, actor=world.biller
            )
            bill.refresh_from_db()
            changes = AuditEntry.objects.order_by("-pk").first().changes
            return {name: sides for name, sides in changes.items() if name.startswith("lines.")}

        return world(act)

    saved.bill = bill
    return saved


def test_each_field_is_told_before_and_after(save, world) -> None:
    code = world(lambda: TaxCodeFactory(name="VAT 6%", rate=D("0.06")))
    product = world(lambda: ProductFactory(code="CON"))
    changes = {
        "unit_price": D("120.5"),
        "quantity": D("2.5"),
        "tax_code_id": code.pk,
        "product_id": product.pk,
    }
    told = save(lambda lines: [lines[0], replace(lines[1], **changes), lines[2]])
    assert told.pop("lines.2.tax_code")[1] == "VAT 6%"
    assert told == {
        "lines.2.unit_price": ["2.00", "120.50"],
        "lines.2.quantity": ["1", "2.5"],
        "lines.2.product": [None, "CON"],
    }


def test_lines_come_go_and_move(save) -> None:
    assert save(lambda lines: [lines[0], lines[2], lines[1]]) == {"lines.order": [[2, 3], [3, 2]]}
    new = {"lines.2": ["Consulting · 1 × 3.00", "Consulting · 1 × 9.00"]}
    assert save(lambda lines: [lines[0], line("9"), lines[2]]) == new
    assert save(lambda lines: lines[1:]) == {"lines.1": ["Consulting · 1 × 1.00", None]}
    told = save(lambda lines: [*lines, *[line("5")] * 40])
    assert told["lines.more"] == 10
    assert len(told) == 31


def test_what_saves_itself_is_one_row_of_the_timeline(save, as_) -> None:
    for price in (D(4), D(5), D(6)):
        save(lambda lines, to=price: [replace(lines[0], unit_price=to), *lines[1:]])
    page = as_("BILLER").get(f"{URL}{save.bill.pk}/?type=changes").content.decode()
    assert page.count("Invoice changed") == 1
    assert "Line 1: Unit price" in page
    [(before, after)] = re.findall(r"Unit price</dt><dd><del>(.*?)</del>.*?<ins>(.*?)</ins>", page)
    assert (before, after) == ("1.00", "6.00")
    save(lambda lines: lines[1:])
    page = as_("BILLER").get(f"{URL}{save.bill.pk}/?type=changes").content.decode()
    assert page.count("Invoice changed") == 2
    assert "{" not in "".join(re.findall(r"<ins>(.*?)</ins>", page))
