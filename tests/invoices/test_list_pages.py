"""The lists of billing, and what is done with the rows that are chosen."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Job
from invoices import operations
from invoices.models import Invoice
from tests.factories import CustomerFactory, ProductFactory
from tests.invoices.helpers import approved, customer_with_terms, draft, in_review, issued, line
from tests.invoices.pages import URL, D
from tests.invoices.test_review import charge
from tests.invoices.test_schedules import schedule


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
    tabs = client.get(f"{URL}?tabs=1").context["tabs"]
    counts = {tab.key: int(tab.count) for tab in tabs if tab.key}
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


def test_all_that_match_are_acted_on_after_a_look_at_their_number_and_sums(world, as_):
    world(lambda: [approved(world.biller, world.approver) for _ in range(3)])
    client, url = as_("BILLER"), f"{URL}issue/?view=approved"
    asked = {"matching": "1", "matching_count": "3"}
    page = client.post(url, asked)
    text = page.content.decode()
    assert page.status_code == 200
    assert "This acts on 3 rows." in text
    assert "<strong>Approved</strong>" in text
    assert 'data-copy="339.00"' in text
    assert 'name="matching_count" value="3"' in text
    assert not world(Job.objects.exists)
    world(lambda: approved(world.biller, world.approver))
    stale = client.post(url, asked | {"confirmed": "1"})
    assert stale.status_code == 409
    assert "now 4 match. Nothing was done." in stale.content.decode()
    assert not world(Job.objects.exists)
    client.post(url, asked | {"matching_count": "4", "confirmed": "1"})
    job = world(Job.objects.get)
    assert world(job.rows.count) == 4
    assert job.filter_text == "Show: Approved"
    assert job.params["back"] == f"{URL}?view=approved"
    assert f'href="{URL}?view=approved"' in client.get(f"/t/acme/jobs/{job.pk}/").content.decode()


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
