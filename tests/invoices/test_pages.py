"""The pages of billing: what they show, what they refuse, and that nothing typed is lost."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Job
from core.tenancy import tenant_scope
from invoices import operations
from invoices.models import Charge, Invoice, InvoiceLine, Product, Schedule, TaxCode
from tests.conftest import NOON
from tests.factories import CustomerFactory, ProductFactory, TaxCodeFactory
from tests.invoices.helpers import approved, customer_with_terms, draft, in_review, issued, line
from tests.invoices.test_review import charge
from tests.invoices.test_schedules import schedule

D = Decimal
URL = "/t/acme/invoices/"


class People:
    """One signed-in client per role."""

    def __init__(self, members) -> None:
        self.members = members

    def __call__(self, role: str) -> Client:
        client = Client()
        client.force_login(self.members[role])
        return client


@pytest.fixture
def as_(members) -> People:
    return People(members)


@pytest.fixture
def world(tenant, other_tenant, members):
    """Make rows inside a scope of its own, so that requests are real."""

    class World:
        def __call__(self, act):  # noqa: ANN204 - whatever the act gives
            with tenant_scope(tenant.pk):
                return act()

        biller, approver = members["BILLER"], members["APPROVER"]

    return World()


def form_of(customer, *lines, **fields):
    data = {
        "customer": str(getattr(customer, "pk", customer)),
        "lines-TOTAL_FORMS": str(len(lines)),
        "lines-INITIAL_FORMS": "0",
    } | fields
    for index, row in enumerate(lines):
        for name, value in row.items():
            data[f"lines-{index}-{name}"] = value
    return data


def typed(**fields):
    return {
        "position": "1",
        "description": "Consulting",
        "quantity": "2",
        "unit_price": "50.00",
    } | fields


def test_every_page_answers(world, as_):
    def make():
        TaxCodeFactory(is_default=True)
        pages = ["", "tabs/", "new/", "review/", "review/approve/", "products/", "products/new/"]
        pages += ["charges/", "charges/new/", "schedules/", "schedules/new/"]
        bills = [
            draft(world.biller),
            in_review(world.biller),
            approved(world.biller, world.approver),
            issued(world.biller, world.approver),
            operations.void(
                invoice=issued(world.biller, world.approver), reason="x", at=NOON, actor=None
            ),
        ]
        pages += [f"{bill.pk}/" for bill in bills]
        pages += [f"{bills[0].pk}/edit/", f"{bills[1].pk}/return/", f"{bills[3].pk}/void/"]
        agreement = schedule()
        operations.make_drafts(schedule=agreement, day=date(2026, 3, 2), at=NOON)
        pages += [f"schedules/{agreement.pk}/", f"schedules/{agreement.pk}/edit/"]
        pages += [f"products/{ProductFactory().pk}/", f"charges/{charge(CustomerFactory()).pk}/"]
        return pages

    for page in world(make):
        for language in ("en", "zh-hans"):
            answer = as_("ADMIN").get(URL + page, headers={"accept-language": language})
            assert answer.status_code == 200, page
            assert " style=" not in answer.content.decode(), page
            assert " onclick=" not in answer.content.decode(), page


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
        ({}, {"discount_percent": "101"}, "At most 100"),
        ({"discount_amount": "100.01"}, {}, "more than the lines"),
        ({"discount_amount": "0.001"}, {}, "At most 2 decimal places"),
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
    assert 'name="version" value="2"' in text
    again = as_("BILLER").post(f"{URL}{bill.pk}/edit/", data | {"note": "second", "version": "2"})
    assert again.status_code == 302
    assert world(Invoice.objects.get).note == "second"


def test_totals_come_from_the_server_and_save_nothing(world, as_):
    customer = world(customer_with_terms)
    world(lambda: TaxCodeFactory(is_default=True))
    answer = as_("BILLER").post(f"{URL}totals/", form_of(customer, typed(), {"position": "2"}))

    text = answer.content.decode()
    assert 'data-copy="113.00"' in text
    assert "no bank account in CNY" in text
    assert 'id="lines-0-amount"' in text
    assert not world(Invoice.objects.exists)
    half = as_("BILLER").post(f"{URL}totals/", form_of(customer, typed(unit_price="x")))
    assert half.status_code == 200
    assert "appear when" in half.content.decode()


def test_product_data(world, as_):
    product = world(lambda: ProductFactory(unit_price=D("80.5"), unit="h"))
    data = as_("BILLER").get(f"{URL}product-data/?code={product.code}").json()
    assert (data["unit_price"], data["unit"], data["currency"]) == ("80.50", "h", "CNY")
    assert as_("BILLER").get(f"{URL}product-data/?code=%00x").status_code == 404


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


def test_the_life_of_a_bill_by_its_buttons(world, as_):
    bill = world(lambda: draft(world.biller))
    url = f"{URL}{bill.pk}/"

    def state():
        return world(Invoice.objects.get).state

    as_("BILLER").post(f"{url}submit/")
    assert state() == "IN_REVIEW"
    as_("BILLER").post(f"{url}withdraw/")
    assert state() == "DRAFT"
    as_("BILLER").post(f"{url}submit/")
    assert as_("APPROVER").post(f"{url}return/", {"reason": ""}).status_code == 422
    as_("APPROVER").post(f"{url}return/", {"reason": "PRICE", "comment": "too much"})
    assert state() == "RETURNED"
    assert "too much" in as_("BILLER").get(url).content.decode()
    as_("BILLER").post(f"{url}submit/")
    assert as_("BILLER").post(f"{url}approve/").status_code == 403
    as_("APPROVER").post(f"{url}approve/", {"version": world(Invoice.objects.get).version})
    assert state() == "APPROVED"
    as_("BILLER").post(f"{url}issue/")
    as_("BILLER").post(f"{url}issue/")
    assert world(Invoice.objects.get).number.endswith("-00001")
    item = world(lambda: Invoice.objects.get().instalments.get().item_id)
    assert as_("AUDITOR").get(f"{URL}by-item/{item}/")["Location"] == url
    assert as_("APPROVER").post(f"{url}void/", {"reason": ""}).status_code == 422
    as_("APPROVER").post(f"{url}void/", {"reason": "wrong"})
    assert state() == "VOID"


def test_admin_does_not_approve_own_work_by_the_button(world, as_, members):
    bill = world(lambda: in_review(members["ADMIN"]))
    answer = as_("ADMIN").post(f"{URL}{bill.pk}/approve/", {"version": bill.version})
    assert answer.status_code == 422
    assert "somebody else has to approve" in answer.content.decode()
    assert world(Invoice.objects.get).state == "IN_REVIEW"


def test_a_form_sent_twice_makes_one_bill(world, as_):
    customer = world(customer_with_terms)
    world(lambda: TaxCodeFactory(is_default=True))
    data = form_of(customer, typed(), once="8b6f1f0e-7d0c-4df5-9a31-2f1d1c3a7e10")
    first, second = (as_("BILLER").post(f"{URL}new/", data) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert world(Invoice.objects.count) == 1


def test_list_tabs_count_what_they_show(world, as_):
    def make():
        draft(world.biller)
        in_review(world.biller)
        approved(world.biller, world.approver)
        issued(world.biller, world.approver, issue_at=timezone.now() - timedelta(days=40))
        issued(world.biller, world.approver, issue_at=timezone.now())
        operations.void(
            invoice=issued(world.biller, world.approver, issue_at=timezone.now()),
            reason="x",
            at=timezone.now(),
            actor=None,
        )
        issued(world.biller, world.approver, lines=[line("0")], issue_at=timezone.now())

    world(make)
    client = as_("BILLER")
    tabs = client.get(f"{URL}tabs/").context["tabs"]
    counts = {tab["view"]: tab["count"] for tab in tabs if tab["view"]}
    assert counts == {
        "drafts": 1,
        "review": 1,
        "returned": 0,
        "approved": 1,
        "unsent": 3,
        "awaiting": 2,
        "overdue": 1,
        "paid": 1,
        "void": 1,
    }
    for view, count in counts.items():
        shown = client.get(f"{URL}?view={view}").context["list"]
        assert len(shown.page.rows) == count, view


def test_list_sums_are_the_ledgers(world, as_):
    def make():
        issued(world.biller, world.approver)
        issued(world.biller, world.approver, customer=customer_with_terms(currency="USD"))
        draft(world.biller)

    world(make)
    shown = as_("MANAGER").get(URL).context["list"]
    assert [(one.currency, one.amounts) for one in shown.sums] == [
        ("CNY", (D("226.00"), D("113.00"))),
        ("USD", (D("113.00"), D("113.00"))),
    ]
    csv = as_("MANAGER").get(f"{URL}?export=csv&view=drafts")
    assert b"Draft #" in b"".join(csv)


@pytest.mark.parametrize("address", ["", "products/", "charges/", "schedules/", "review/"])
def test_lists_take_as_many_queries_for_three_rows_as_for_one(world, as_, address):
    def one_more():
        issued(world.biller, world.approver)
        in_review(world.biller)
        ProductFactory()
        charge(CustomerFactory())
        schedule()

    client = as_("ADMIN")
    counts = []
    for number in (1, 2):
        for _ in range(number):
            world(one_more)
        client.get(URL + address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(URL + address).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    if not address:
        assert counts[0] <= 15  # with session, membership, navigation and savepoints


def test_bulk_issue_as_a_job(world, as_, django_capture_on_commit_callbacks):
    from core.jobs import work_off_one  # noqa: PLC0415

    bills = world(lambda: [approved(world.biller, world.approver) for _ in range(3)])
    waiting = world(lambda: draft(world.biller))
    ids = [str(bill.pk) for bill in [*bills, waiting]]
    answer = as_("BILLER").post(f"{URL}issue/", {"selected": ids})
    job = world(Job.objects.get)
    assert answer["Location"] == f"/t/acme/jobs/{job.pk}/"

    def work():
        while work_off_one(job_id=job.pk, at=timezone.now()):
            pass
        return list(job.rows.order_by("position").values_list("state", "message"))

    rows = world(work)
    year = timezone.now().year
    assert [message for state, message in rows if state == "DONE"] == [
        f"INV-{year}-0000{n}" for n in (1, 2, 3)
    ]
    assert [state for state, _message in rows] == ["DONE"] * 3 + ["FAILED"]


def test_cancelling_calls_no_issued_bill_cancelled(world, as_):
    from core import jobs  # noqa: PLC0415

    bills = world(lambda: [approved(world.biller, world.approver) for _ in range(3)])
    as_("BILLER").post(f"{URL}issue/", {"selected": [str(bill.pk) for bill in bills]})

    def work():
        job = Job.objects.get()
        jobs.work_off_one(job_id=job.pk, at=timezone.now())
        jobs.cancel(job=job, at=timezone.now())
        while jobs.work_off_one(job_id=job.pk, at=timezone.now()):
            pass
        issued_bills = Invoice.objects.filter(state="ISSUED").order_by("pk")
        rows = job.rows.order_by("position").values_list("state", "message")
        return list(issued_bills.values_list("number", flat=True)), list(rows)

    numbers, rows = world(work)
    assert len(numbers) == 3
    assert rows == [("DONE", number) for number in numbers]


def test_review_decides_and_goes_on(world, as_):
    first = world(lambda: in_review(world.biller, terms_id=None))
    second = world(lambda: in_review(world.biller, lines=[line("200")]))
    client = as_("APPROVER")
    page = client.get(f"{URL}review/")
    assert len(page.context["waiting"]) == 2
    answer = client.post(
        f"{URL}review/{first.pk}/",
        {"decision": "approve", "version": first.version, "next_invoice": str(second.pk)},
    )
    assert answer["Location"].endswith(f"?invoice={second.pk}")
    bad = client.post(f"{URL}review/{second.pk}/", {"decision": "return", "reason": "OTHER"})
    assert bad.status_code == 422
    client.post(
        f"{URL}review/{second.pk}/", {"decision": "return", "reason": "OTHER", "comment": "No"}
    )
    states = world(lambda: [bill.state for bill in Invoice.objects.order_by("pk")])
    assert states == ["APPROVED", "RETURNED"]


def test_what_changed_since_it_was_seen_is_not_approved(world, as_):
    """The approver sees 100; the author takes it back, writes 900 and submits it again."""
    bill = world(lambda: in_review(world.biller, lines=[line("100")]))
    client = as_("APPROVER")
    hidden = f'name="version" value="{bill.version}"'
    assert hidden in client.get(f"{URL}{bill.pk}/").content.decode()
    assert hidden in client.get(f"{URL}review/").content.decode()

    def rewrite():
        back = operations.withdraw(invoice=bill, at=NOON, actor=world.biller)
        head = operations.HeadDraft(
            customer_id=back.customer_id, currency="CNY", terms_id=back.terms_id, language="en"
        )
        again = operations.save_draft(
            invoice=back, head=head, lines=[line("900")], at=NOON, actor=world.biller
        )
        return operations.submit(invoice=again, at=NOON, actor=world.biller)

    rewritten = world(rewrite)
    for address, data in (
        (f"{URL}{bill.pk}/approve/", {}),
        (f"{URL}review/{bill.pk}/", {"decision": "approve"}),
    ):
        for version in ({"version": str(bill.version)}, {}):
            answer = client.post(address, data | version)
            assert answer.status_code == 422
            assert "has changed since you opened it" in answer.content.decode()
    assert world(Invoice.objects.get).state == "IN_REVIEW"
    client.post(f"{URL}{bill.pk}/approve/", {"version": str(rewritten.version)})
    assert world(Invoice.objects.get).state == "APPROVED"


def test_a_job_approves_what_was_chosen_and_nothing_newer(world, as_):
    from core.jobs import work_off_one  # noqa: PLC0415

    same, changed = world(lambda: [in_review(world.biller) for _ in range(2)])
    as_("APPROVER").post(f"{URL}approve/", {"selected": [str(same.pk), str(changed.pk)]})

    def work():
        back = operations.withdraw(invoice=changed, at=NOON, actor=world.biller)
        operations.submit(invoice=back, at=NOON, actor=world.biller)
        job = Job.objects.get()
        while work_off_one(job_id=job.pk, at=timezone.now()):
            pass
        return list(job.rows.order_by("position").values_list("state", "message"))

    (first, second) = world(work)
    assert first[0] == "DONE"
    assert second[0] == "FAILED"
    assert "has changed since it was chosen" in second[1]


def test_approving_all_without_warnings_leaves_the_others(world, as_, members):
    from core.models import BankAccount  # noqa: PLC0415
    from customers.models import Address  # noqa: PLC0415
    from tests.factories import ContactFactory  # noqa: PLC0415

    def make():
        BankAccount.objects.create(currency="CNY", holder="Acme", bank="ICBC", number="1")
        customer = customer_with_terms()
        ContactFactory(customer=customer)
        Address.objects.create(customer=customer, kind="BILLING", text="1 Nanjing Road")
        return [
            in_review(world.biller, customer=customer, lines=[line("10")]).pk,
            in_review(world.biller, customer=customer, lines=[line("20")]).pk,
            in_review(world.biller, customer=customer, lines=[line("0")]).pk,  # a warning
            in_review(members["ADMIN"], customer=customer, lines=[line("40")]).pk,
        ]

    ids = world(make)
    page = as_("ADMIN").get(f"{URL}review/approve/")
    assert page.context["sums"] == [("CNY", 2, D("33.90"))]
    as_("ADMIN").post(
        f"{URL}review/approve/", {"invoice": [f"{ids[0]}-2", f"{ids[1]}-1", f"{ids[2]}-2"]}
    )
    states = world(lambda: [bill.state for bill in Invoice.objects.order_by("pk")])
    assert states == ["APPROVED", "IN_REVIEW", "IN_REVIEW", "IN_REVIEW"]


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
    client.post(f"{URL}products/{product.pk}/", data | {"unit_price": "90"})
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
    no_lines = client.post(f"{URL}schedules/new/", form_of(customer, {}, name="x"))
    assert no_lines.status_code == 422
