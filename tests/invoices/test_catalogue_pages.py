"""The pages of products, charges and schedules."""

from datetime import date

from invoices.models import Charge, Invoice, Product, Schedule
from tests.factories import TaxCodeFactory
from tests.invoices.helpers import customer_with_terms
from tests.invoices.pages import URL, D, form_of
from tests.opened import form_in, opened, send


def test_products(world, as_):
    code = world(TaxCodeFactory)
    data = {
        "code": "P-1", "name": "Hour", "unit_price": "80", "currency": "CNY",
        "tax_code": str(code.pk),
    }  # fmt: skip
    client = as_("BILLER")
    client.post(f"{URL}products/new/", data)
    product = world(Product.objects.get)
    assert product.unit_price == D(80)
    twice = client.post(f"{URL}products/new/", data | {"code": "p-1"})
    assert twice.status_code == 422
    send(client, opened(client, f"{URL}products/{product.pk}/"), {"unit_price": "90"})
    client.post(f"{URL}products/{product.pk}/switch/", {"active": "0"})
    product = world(Product.objects.get)
    assert (product.unit_price, product.is_active) == (D(90), False)
    assert as_("AUDITOR").get(f"{URL}products/{product.pk}/").status_code == 200
    assert as_("AUDITOR").post(f"{URL}products/{product.pk}/", data).status_code == 403


def test_charges_are_written_and_billed(world, as_):
    customer = world(customer_with_terms)
    world(lambda: TaxCodeFactory(is_default=True))
    client = as_("BILLER")
    data = {
        "customer": str(customer.pk), "description": "Delivery", "service_date": "2026-02-01",
        "quantity": "3", "unit_price": "10",
    }  # fmt: skip
    assert client.post(f"{URL}charges/new/", data | {"unit_price": ""}).status_code == 422
    client.post(f"{URL}charges/new/", data)
    client.post(f"{URL}charges/new/", data | {"service_date": "2026-03-01"})
    page = client.get(f"{URL}charges/")
    assert page.context["unbilled"][0].amount == D(60)
    bill = {"customer": str(customer.pk), "currency": "CNY", "up_to": "2026-02-28"}
    assert client.post(f"{URL}charges/bill/", bill)["Location"].endswith("/edit/")
    assert world(Invoice.objects.get).lines_amount == D(30)
    again = client.post(f"{URL}charges/bill/", bill, follow=True)
    assert "No charges are waiting" in again.content.decode()
    taken = world(lambda: Charge.objects.get(line__isnull=False))
    client.post(f"{URL}charges/{taken.pk}/delete/")
    assert world(Charge.objects.count) == 2


def test_schedules_are_written_paused_and_skipped(world, as_):
    customer = world(customer_with_terms)
    world(lambda: TaxCodeFactory(is_default=True))
    client = as_("BILLER")
    data = form_of(
        customer,
        {"description": "Support {period}", "unit_price": "100"},
        name="Support", frequency="MONTHLY", timing="ADVANCE", start_date="2026-01-30",
    )  # fmt: skip
    assert client.post(f"{URL}schedules/new/", data | {"ends_of_month": "on"}).status_code == 422
    client.post(f"{URL}schedules/new/", data | {"start_date": "2026-01-31", "ends_of_month": "on"})
    agreement = world(Schedule.objects.get)
    assert (agreement.anchor_day, agreement.currency) == (31, "CNY")
    page = client.get(f"{URL}schedules/{agreement.pk}/")
    assert page.context["bills"][1].period.bill_day == date(2026, 2, 28)
    assert len(page.context["bills"]) == 12
    client.post(f"{URL}schedules/{agreement.pk}/skip/", {"index": "0"})
    client.post(f"{URL}schedules/{agreement.pk}/skip/", {"index": "0"})
    client.post(f"{URL}schedules/{agreement.pk}/state/", {"state": "PAUSED"})
    agreement = world(Schedule.objects.get)
    assert (agreement.next_index, agreement.state) == (1, "PAUSED")
    _two_at_one_schedule(client, as_("ADMIN"), f"{URL}schedules/{agreement.pk}/edit/", world)
    no_lines = client.post(f"{URL}schedules/new/", form_of(customer, {}, name="x"))
    assert no_lines.status_code == 422


def _two_at_one_schedule(client, other, url, world):
    hers, his = (form_in(one.get(url), url, "version") for one in (client, other))
    save = {"more": None}  # the first button of the page, not the one that is pressed
    first = {"name": "Support A", "lines-0-unit_price": "110"}
    assert send(client, hers, first | save).status_code == 302
    answer = send(other, his, {"name": "Support B", "lines-0-unit_price": "120"} | save)
    assert answer.status_code == 409
    sides = {one.label: (one.stands, one.typed) for one in answer.context["conflict"].differences}
    assert sides["Name"] == ("Support A", "Support B")
    (stands, mine) = sides["Line 1"]
    assert ("110" in stands, "120" in mine, len(sides)) == (True, True, 2)
    assert send(other, form_in(answer, url, "version"), save).status_code == 302
    agreement = world(Schedule.objects.get)
    assert agreement.name == "Support B"
    assert world(agreement.lines.get).unit_price == 120
