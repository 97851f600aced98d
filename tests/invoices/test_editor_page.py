"""Writing and changing a bill by page: nothing typed is lost."""

import pytest

from invoices.models import Invoice, InvoiceLine, TaxCode
from tests.factories import ProductFactory, TaxCodeFactory
from tests.invoices.helpers import customer_with_terms, draft, line
from tests.invoices.pages import URL, D, form_of, typed


def test_writing_a_bill_by_hand(world, as_):
    customer = world(customer_with_terms)
    world(lambda: TaxCodeFactory(is_default=True))
    client = as_("BILLER")
    answer = client.post(
        f"{URL}new/",
        form_of(customer, typed(), typed(position="2", description="Travel", unit_price="1,000.5")),
    )

    bill = world(Invoice.objects.get)
    assert answer["Location"] == f"{URL}{bill.pk}/edit/"
    assert (bill.lines_amount, bill.total_amount) == (D("2101.00"), D("2374.13"))
    assert (bill.author, bill.terms_id, bill.state) == (world.biller, customer.terms_id, "DRAFT")


def test_product_fills_what_is_left_blank_without_javascript(world, as_):
    customer = world(customer_with_terms)
    product = world(lambda: ProductFactory(unit="h", unit_price=D("80"), description="By the hour"))
    as_("BILLER").post(f"{URL}new/", form_of(customer, {"product": product.code.lower()}))

    row = world(InvoiceLine.objects.get)
    assert (row.description, row.unit, row.quantity, row.unit_price) == (
        "By the hour",
        "h",
        D(1),
        D(80),
    )
    assert row.tax_code_id == product.tax_code_id


def test_customer_may_be_typed_as_a_code(world, as_):
    customer = world(lambda: customer_with_terms(code="ACME-9"))
    world(lambda: TaxCodeFactory(is_default=True))
    as_("BILLER").post(f"{URL}new/", form_of(customer, typed()) | {"customer": "acme-9"})
    assert world(Invoice.objects.get).customer_id == customer.pk


@pytest.mark.parametrize(
    ("fields", "row", "message"),
    [
        ({"customer": "nobody"}, {}, "No customer has this code"),
        ({"customer": ""}, {}, "required"),
        ({}, {"unit_price": "12,34"}, "Enter an amount"),
        ({}, {"quantity": "1e3"}, "Enter an amount"),
        ({}, {"unit_price": ""}, "Enter a price"),
        ({}, {"product": "none-such"}, "No product has this code"),
        ({}, {"service_from": "2026-03-02", "service_to": "2026-03-01"}, "Ends before it begins"),
        ({}, {"discount": "101%"}, "between 0 and 100 per cent"),
        ({}, {"discount": "100.01"}, "more than the line."),
        ({}, {"discount": "ten"}, "Enter a discount such as"),
        ({}, {"unit_price": "1/0"}, "Enter an amount"),
        ({"discount": "100.01"}, {}, "more than the lines"),
        ({"discount": "0.001"}, {}, "At most 2 decimal places"),
        ({}, {"unit_price": "999999999999", "quantity": "999999999999"}, "too large"),
    ],
)
def test_bad_input_is_told_at_its_field_and_kept(world, as_, fields, row, message):
    customer = world(customer_with_terms)
    world(lambda: TaxCodeFactory(is_default=True))
    data = form_of(customer, typed(description="Keep me", **row), note="And me") | fields
    answer = as_("BILLER").post(f"{URL}new/", data)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert message in text
    assert "Keep me" in text
    assert "And me" in text
    assert not world(Invoice.objects.exists)


def test_editing_keeps_moves_and_removes_lines(world, as_):
    bill = world(lambda: draft(world.biller, lines=[line("1"), line("2"), line("3")]))
    world(lambda: TaxCode.objects.update(is_default=True))
    rows = world(lambda: list(bill.lines.order_by("position")))
    data = form_of(
        bill.customer_id,
        *[
            typed(
                line_id=str(row.pk), position=str(9 - row.position), unit_price=str(row.unit_price)
            )
            for row in rows
        ],
        version="1",
        currency="CNY",
        language="en",
    )
    data["lines-1-DELETE"] = "on"
    data["lines-INITIAL_FORMS"] = "3"
    answer = as_("BILLER").post(f"{URL}{bill.pk}/edit/", data)

    assert answer.status_code == 302
    kept = world(lambda: list(bill.lines.order_by("position").values_list("pk", flat=True)))
    assert kept == [rows[2].pk, rows[0].pk]


def test_two_editors_get_the_conflict_page_with_what_they_typed(world, as_):
    bill = world(lambda: draft(world.biller))
    world(lambda: TaxCode.objects.update(is_default=True))
    data = form_of(
        bill.customer_id, typed(), version="1", currency="CNY", language="en", note="first"
    )
    assert as_("ADMIN").post(f"{URL}{bill.pk}/edit/", data).status_code == 302
    answer = as_("BILLER").post(f"{URL}{bill.pk}/edit/", data | {"note": "second"})

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "first" in text
    assert "second" in text
    assert "admin@acme.test" in text
    again = as_("BILLER").post(f"{URL}{bill.pk}/edit/", data | {"note": "second"})
    assert again.status_code == 422, "the choice is made by its button, not by saving again"
    again = as_("BILLER").post(f"{URL}{bill.pk}/edit/", data | {"note": "second", "mine": "2"})
    assert again.status_code == 302
    assert world(Invoice.objects.get).note == "second"


def test_totals_come_from_the_server_and_save_nothing(world, as_):
    customer = world(customer_with_terms)
    world(lambda: TaxCodeFactory(is_default=True))
    answer = as_("BILLER").post(f"{URL}totals/", form_of(customer, typed(), {"position": "2"}))

    said = answer.json()
    assert 'data-copy="113.00"' in said["totals"]
    assert "no bank account in CNY" in said["totals"]
    assert 'data-copy="100.00"' in said["amounts"]["lines-0"]
    assert not world(Invoice.objects.exists)
    half = as_("BILLER").post(f"{URL}totals/", form_of(customer, typed(unit_price="x"))).json()
    assert "1 line is not counted yet" in half["totals"]
    assert "Enter an amount" in half["errors"]["lines-0-unit_price"]


def test_submit_from_the_editor_says_what_stands_against_it(world, as_):
    customer = world(lambda: customer_with_terms(po_required=True))
    world(lambda: TaxCodeFactory(is_default=True))
    client = as_("BILLER")
    answer = client.post(f"{URL}new/", form_of(customer, typed(), submit="1"), follow=True)

    assert "requires a purchase order" in answer.content.decode()
    bill = world(Invoice.objects.get)
    assert bill.state == "DRAFT"
    client.post(
        f"{URL}{bill.pk}/edit/",
        form_of(
            customer,
            typed(),
            submit="1",
            po_number="PO-1",
            version="1",
            currency="CNY",
            language="en",
        ),
    )
    assert world(Invoice.objects.get).state == "IN_REVIEW"
