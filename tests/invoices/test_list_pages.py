"""The lists of billing, and what is done with the rows that are chosen."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Job, JobRow
from invoices import operations
from invoices.enums import ReturnReason
from invoices.models import Invoice
from tests.conftest import NOON
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
    asked |= {"matching_count": "4"}
    digest = digest_in(client.post(url, asked))
    client.post(url, asked | {"matching_digest": digest, "confirmed": "1"})
    job = world(Job.objects.get)
    assert world(job.rows.count) == 4
    assert job.filter_text == "Show: Approved"
    assert job.params["back"] == f"{URL}?view=approved"
    assert f'href="{URL}?view=approved"' in client.get(f"/t/acme/jobs/{job.pk}/").content.decode()


def digest_in(page) -> str:
    return re.search(r'name="matching_digest" value="([0-9a-f]{64})"', page.content.decode())[1]


@pytest.mark.parametrize("how", ["another", "changed"])
def test_as_many_but_others_than_were_confirmed_are_not_acted_on(world, as_, how):
    first, _second = world(lambda: [in_review(world.biller) for _ in range(2)])
    client, url = as_("APPROVER"), f"{URL}approve/?view=review"
    asked = {"matching": "1", "matching_count": "2"}
    asked |= {"matching_digest": digest_in(client.post(url, asked)), "confirmed": "1"}

    def change():
        if how == "changed":
            Invoice.objects.filter(pk=first.pk).update(version=first.version + 1)
        else:
            operations.return_(
                invoice=first, reason=ReturnReason.values[0], at=NOON, actor=world.approver
            )
            in_review(world.biller)

    world(change)
    assert client.post(url, asked).status_code == 409
    forged = asked | {"matching_digest": ""}
    assert client.post(url, forged).status_code == 409
    assert not world(Job.objects.exists)


def test_a_box_says_which_version_was_shown(world, as_):
    bills = world(lambda: [in_review(world.biller) for _ in range(2)])
    client = as_("APPROVER")
    boxes = re.findall(r'name="selected" value="([^"]*)"', client.get(URL).content.decode())
    assert sorted(boxes) == sorted(f"{bill.pk}:{bill.version}" for bill in bills)
    newer = {"version": bills[0].version + 1}
    world(lambda: Invoice.objects.filter(pk=bills[0].pk).update(**newer))
    url = client.post(f"{URL}approve/", {"selected": boxes})["Location"]
    rows = world(lambda: dict(JobRow.objects.values_list("subject_id", "subject_version")))
    assert rows == {bill.pk: bill.version for bill in bills}
    assert url.startswith("/t/acme/jobs/")


def test_a_form_sent_twice_leads_to_its_job_and_says_so(world, as_):
    bill = world(lambda: approved(world.biller, world.approver))
    client, data = as_("BILLER"), {"selected": [str(bill.pk)], "once": str(uuid4())}
    first = client.post(f"{URL}issue/?view=approved", data)
    world(lambda: Invoice.objects.filter(pk=bill.pk).update(state="DRAFT"))
    again = client.post(f"{URL}issue/?view=approved", data, follow=True)
    assert again.redirect_chain[0][0] == first["Location"]
    assert "This was sent before" in again.content.decode()
    assert world(Job.objects.count) == 1


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
