"""The editor saves by itself: as a draft, word for word, or it meets somebody else's version."""

import uuid
from decimal import Decimal

import pytest

from core.models import AuditEntry
from invoices.models import Charge, Invoice, Product, TaxCode, TypedBill
from tests.factories import CustomerFactory, ProductFactory, TaxCodeFactory
from tests.invoices.helpers import customer_with_terms, draft, in_review, line
from tests.invoices.pages import URL, D, form_of, typed

KEEP = f"{URL}keep/"


@pytest.fixture
def customer(world):
    world(lambda: TaxCodeFactory(is_default=True))
    return world(customer_with_terms)


def one_line_form(bill, **fields):
    """The editor's form of a saved bill with one line."""
    row = bill.lines.get()
    head = {"version": str(bill.version), "currency": "CNY", "language": "en"}
    line_typed = typed(line_id=str(row.pk), tax_code=str(row.tax_code_id))
    return form_of(bill.customer_id, line_typed, **(head | fields))


def test_a_new_bill_saves_itself_once_and_has_an_address(world, as_, customer) -> None:
    client, once = as_("BILLER"), str(uuid.uuid4())
    form = form_of(customer, typed(), once=once)
    saved = client.post(KEEP, form).json()["saved"]
    bill = world(Invoice.objects.get)
    assert saved["state"] == "SAVED"
    assert saved["url"] == f"{URL}{bill.pk}/edit/"
    assert saved["lines"] == {"lines-0": world(bill.lines.get).pk}
    assert saved["said"].startswith("Saved ")

    again = client.post(KEEP, form | {"note": "more"}).json()["saved"]
    assert (again["url"], again["version"]) == (saved["url"], 2), "the first answer was lost"
    assert client.post(f"{URL}new/", form).status_code == 302
    assert world(Invoice.objects.count) == 1
    assert world(TypedBill.objects.count) == 0


def test_what_is_left_to_the_customer_stays_when_it_saves_again(world, as_, customer) -> None:
    """The second keeping has a version, and blank terms of a saved bill are no terms."""
    client, once = as_("BILLER"), str(uuid.uuid4())
    blank = {"terms": "", "currency": "", "language": "", "version": ""}
    form = form_of(customer, typed(), once=once, **blank)
    saved = client.post(KEEP, form).json()["saved"]
    assert saved["head"] == {
        "terms": str(customer.terms_id),
        "currency": customer.currency,
        "language": customer.language,
    }
    again = client.post(KEEP, form | {"note": "the first answer was lost"}).json()["saved"]
    assert again["head"] == saved["head"]
    seen = form | again["head"] | {"version": str(again["version"]), "note": "more"}
    saved = client.post(KEEP + again["asks"], seen).json()["saved"]
    assert (saved["version"], saved["head"]) == (3, again["head"])
    assert world(Invoice.objects.get).terms_id == customer.terms_id
    none = seen | {"version": "3", "terms": ""}
    assert client.post(KEEP + again["asks"], none).json()["saved"]["head"]["terms"] == ""
    assert world(Invoice.objects.get).terms_id is None


def test_nothing_typed_keeps_nothing(world, as_) -> None:
    saved = as_("BILLER").post(KEEP, form_of("", {"quantity": "1"})).json()["saved"]
    assert saved["state"] == "BLANK"
    assert world(TypedBill.objects.count) == 0


def test_what_is_no_draft_yet_is_kept_word_for_word(world, as_, customer) -> None:
    once = str(uuid.uuid4())
    half = form_of(
        "", typed(unit_price="=1000/", description="半 finished"), once=once, note="mine"
    )
    client = as_("BILLER")
    saved = client.post(KEEP, half).json()["saved"]
    assert (saved["state"], saved["url"]) == ("KEPT", f"{URL}new/?kept={once}")
    assert not world(Invoice.objects.exists)

    assert f"?kept={once}" in client.get(f"{URL}new/").content.decode()
    page = client.get(saved["url"] + f"&customer={customer.pk}").content.decode()
    assert "半 finished" in page
    assert "=1000/" in page
    assert customer.name in page
    assert "半 finished" not in as_("APPROVER").get(saved["url"]).content.decode()

    whole = form_of(customer, typed(unit_price="=1000/8"), once=once, note="mine")
    assert client.post(KEEP, whole).json()["saved"]["state"] == "SAVED"
    assert world(Invoice.objects.get).lines_amount == Decimal(250)
    assert not world(TypedBill.objects.exists)


def test_a_draft_that_became_unreadable_is_shown_again_as_typed(world, as_) -> None:
    bill = world(lambda: draft(world.biller))
    client = as_("BILLER")
    form = world(lambda: one_line_form(bill)) | {"lines-0-unit_price": "12x"}
    assert client.post(f"{KEEP}?invoice={bill.pk}", form).json()["saved"]["state"] == "KEPT"
    assert world(lambda: Invoice.objects.get().version) == 1
    assert 'value="12x"' in client.get(f"{URL}{bill.pk}/edit/").content.decode()

    dropped = client.post(f"{URL}{bill.pk}/edit/", {"take": "theirs"})
    assert dropped.status_code == 302
    assert 'value="12x"' not in client.get(f"{URL}{bill.pk}/edit/").content.decode()


def test_two_editors_choose_and_lose_nothing(world, as_) -> None:
    bill = world(lambda: draft(world.biller))
    mine, keep = world(lambda: one_line_form(bill, note="mine")), f"{KEEP}?invoice={bill.pk}"
    theirs = mine | {"note": "theirs", "lines-0-unit_price": "60"}
    assert as_("ADMIN").post(keep, theirs).json()["saved"]["version"] == 2

    saved = as_("BILLER").post(keep, mine).json()["saved"]
    assert saved["state"] == "CONFLICT"
    for text in ("admin@acme.test", "theirs", "mine", "Take mine", "Take theirs", "60.00", "50.00"):
        assert text in saved["panel"]
    assert world(Invoice.objects.get).note == "theirs"
    opened = as_("BILLER").get(f"{URL}{bill.pk}/edit/").content.decode()
    assert "Take theirs" in opened
    assert "mine</textarea>" in opened

    saved = as_("BILLER").post(keep, mine | {"version": "2"}).json()["saved"]
    assert (saved["state"], saved["version"]) == ("SAVED", 3)
    assert world(Invoice.objects.get).note == "mine"
    assert not world(TypedBill.objects.exists)


def test_the_same_sent_twice_is_no_conflict(world, as_) -> None:
    bill = world(lambda: draft(world.biller))
    form, client = world(lambda: one_line_form(bill, note="new")), as_("BILLER")
    for _time in range(2):
        saved = client.post(f"{KEEP}?invoice={bill.pk}", form).json()["saved"]
        assert (saved["state"], saved["version"]) == ("SAVED", 2)
    events = world(lambda: AuditEntry.objects.filter(event="invoice.saved").count())
    assert events == 1


def test_a_bill_that_was_submitted_meanwhile_is_not_changed(world, as_) -> None:
    bill = world(lambda: in_review(world.biller))
    form = world(lambda: one_line_form(bill, note="late"))
    saved = as_("BILLER").post(f"{KEEP}?invoice={bill.pk}", form).json()["saved"]
    assert saved["state"] == "GONE"
    assert world(Invoice.objects.get).note == ""


def test_a_line_put_back_takes_its_charge_again(world, as_) -> None:
    customer = world(customer_with_terms)
    bill = world(lambda: draft(world.biller, customer=customer, lines=[line(), line("7")]))
    charge = world(lambda: charge_on(bill))
    client, keep = as_("BILLER"), f"{KEEP}?invoice={bill.pk}"
    rows = world(lambda: list(bill.lines.order_by("position")))
    code = str(rows[0].tax_code_id)
    form = form_of(
        customer,
        typed(line_id=str(rows[0].pk), charge=str(charge.pk), tax_code=code),
        typed(line_id=str(rows[1].pk), position="2", tax_code=code),
        version="1",
        currency="CNY",
        language="en",
    )
    assert client.post(keep, form | {"lines-0-DELETE": "on"}).json()["saved"]["state"] == "SAVED"
    assert world(Charge.objects.get).line_id is None
    saved = client.post(keep, form | {"version": "2"}).json()["saved"]
    assert world(Charge.objects.get).line_id == saved["lines"]["lines-0"]


def charge_on(bill) -> Charge:
    first = bill.lines.order_by("position").first()
    return Charge.objects.create(
        customer=bill.customer,
        description="Used",
        service_date=bill.created_at.date(),
        quantity=D(1),
        unit_price=D(100),
        currency="CNY",
        tax_code=first.tax_code,
        line=first,
        created_at=bill.created_at,
    )


def test_totals_say_what_was_read(world, as_, customer) -> None:
    form = form_of(customer, typed(unit_price="=1000/8", quantity="２"), discount="1.000,5/10")
    said = as_("BILLER").post(f"{URL}totals/", form).json()
    assert said["read"] == {
        "lines-0-unit_price": "125.00",
        "lines-0-quantity": "2",
        "discount": "100.05",
    }
    assert 'data-copy="149.95"' in said["totals"]


def test_without_scripts_rows_are_added_and_saved(world, as_, customer) -> None:
    client = as_("BILLER")
    page = client.post(f"{URL}new/", form_of(customer, typed(), more="1"))
    text = page.content.decode()
    assert page.status_code == 200
    assert 'name="lines-TOTAL_FORMS" value="4"' in text
    assert "Consulting" in text
    assert not world(Invoice.objects.exists)


def test_a_signed_out_person_is_sent_to_sign_in(client, world) -> None:
    answer = client.post(KEEP, {})
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_the_preview_is_the_page_of_the_pdf(world, as_) -> None:
    bill = world(lambda: draft(world.biller, discount_percent=Decimal(10)))
    answer = as_("BILLER").get(f"{URL}{bill.pk}/preview/")
    text = answer.content.decode()
    assert "Discount 10%" in text
    assert "101.70" in text
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")


def test_customers_are_offered_with_how_they_stand(world, as_) -> None:
    world(lambda: CustomerFactory(name="Alder", search_key=" alder ", status="ON_HOLD"))
    client = as_("BILLER")
    [found] = client.get(f"{URL}choices/customers/?q=ald").json()["customers"]
    assert (found["text"], found["flags"]) == ("Alder", ["On hold"])
    facts = client.get(f"{URL}choices/customer/?customer={found['value']}").content.decode()
    assert "On hold" in facts
    assert "Balance" in facts
    assert client.get(f"{URL}choices/customer/?customer=987654321").status_code == 404
    assert client.get(f"{URL}choices/customers/?q=%00").json() is not None


def test_the_editor_knows_what_a_blank_currency_means(world, as_) -> None:
    euro = world(lambda: CustomerFactory(name="Alder", search_key=" alder ", currency="EUR"))
    client = as_("BILLER")
    [found] = client.get(f"{URL}choices/customers/?q=ald").json()["customers"]
    assert found["currency"] == "EUR"
    page = client.get(f"{URL}new/?customer={euro.pk}").content.decode()
    assert 'data-currency="EUR"' in page
    assert 'data-currency=""' in client.get(f"{URL}new/").content.decode()


def test_what_is_out_of_use_goes_onto_no_new_line(world, as_, customer) -> None:
    bill = world(lambda: draft(world.biller, lines=[line(product_id=ProductFactory().pk)]))
    row = world(lambda: bill.lines.select_related("product").get())
    world(lambda: Product.objects.update(is_active=False))
    world(lambda: TaxCode.objects.filter(pk=row.tax_code_id).update(is_active=False))
    client, keep = as_("BILLER"), f"{KEEP}?invoice={bill.pk}"
    head = {"version": "1", "currency": "CNY", "language": "en"}
    old = typed(product=row.product.code, tax_code=str(row.tax_code_id))
    said = client.post(KEEP, form_of(customer, old, once=str(uuid.uuid4()))).json()
    assert said["saved"]["state"] == "KEPT"
    assert set(said["errors"]) == {"lines-0-product", "lines-0-tax_code"}

    kept = form_of(bill.customer_id, old | {"line_id": str(row.pk)}, **head)
    assert client.post(keep, kept).json()["saved"]["state"] == "SAVED"
    more = form_of(
        bill.customer_id,
        old | {"line_id": str(row.pk)},
        old | {"position": "2"},
        **head | {"version": "2"},
    )
    said = client.post(keep, more).json()
    assert set(said["errors"]) == {"lines-1-product", "lines-1-tax_code"}


def test_removed_rows_are_no_lines(world, as_, customer) -> None:
    """The page sends of a removed line no more than that; without scripts all of it comes."""
    client = as_("BILLER")
    row = typed(quantity="1", line_id="", product="", unit="", discount="")
    for gone, live in ((row | {"DELETE": "on"}, 299), ({"DELETE": "on"}, 161), ({}, 2)):
        form = form_of(customer, *[gone] * 160, *[row] * live, once=str(uuid.uuid4()))
        said = client.post(f"{URL}totals/", form).json()
        assert len(said["amounts"]) == live
    form = form_of(customer, *[row | {"DELETE": "on"}] * 2, *[row] * 299, once=str(uuid.uuid4()))
    assert client.post(KEEP, form).json()["saved"]["state"] == "SAVED"
    form = form_of(customer, *[row] * 301, once=str(uuid.uuid4()))
    assert client.post(KEEP, form).json()["saved"]["state"] == "KEPT"


def test_numbers_that_are_none_break_nothing(world, as_, customer) -> None:
    client, once = as_("BILLER"), str(uuid.uuid4())
    half = form_of("", typed(position="²"), typed(position="9" * 5000), once=once)
    saved = client.post(KEEP, half).json()["saved"]
    assert saved["state"] == "KEPT"
    assert "Consulting" in client.get(saved["url"]).content.decode()

    bill = world(lambda: draft(world.biller))
    keep, form = f"{KEEP}?invoice={bill.pk}", world(lambda: one_line_form(bill, note="mine"))
    assert client.post(keep, form | {"version": "9" * 11}).json()["saved"]["state"] == "KEPT"
    world(lambda: Invoice.objects.update(version=2, note="theirs"))
    said = client.post(keep, form | {"version": "1", "lines-0-position": "²"}).json()
    assert said["saved"]["state"] == "KEPT"
    page = client.get(f"{URL}{bill.pk}/edit/").content.decode()
    assert "Take theirs" in page


def test_duplicate_by_page(world, as_) -> None:
    bill = world(lambda: draft(world.biller))
    form = {"once": str(uuid.uuid4())}
    first, again = (as_("BILLER").post(f"{URL}{bill.pk}/duplicate/", form) for _time in range(2))
    assert first["Location"] == again["Location"]
    assert world(Invoice.objects.count) == 2
