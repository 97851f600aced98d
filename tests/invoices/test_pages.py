"""Every page of billing answers, and a bill lives by its buttons."""

from datetime import date

from invoices import operations
from invoices.models import Invoice
from tests.conftest import NOON
from tests.factories import CustomerFactory, ProductFactory, TaxCodeFactory
from tests.invoices.helpers import approved, customer_with_terms, draft, in_review, issued
from tests.invoices.pages import URL, form_of, typed
from tests.invoices.test_review import charge
from tests.invoices.test_schedules import schedule


def test_every_page_answers(world, as_):
    def make():
        TaxCodeFactory(is_default=True)
        pages = ["", "new/", "review/", "review/approve/", "products/", "products/new/"]
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
