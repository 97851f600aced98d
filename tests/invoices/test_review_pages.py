"""Reviewing by page: what was seen is approved, and nothing newer."""

from django.utils import timezone

from core.models import Job
from invoices import operations
from invoices.models import Invoice
from tests.conftest import NOON
from tests.invoices.helpers import customer_with_terms, in_review, line
from tests.invoices.pages import URL, D


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
    shown = [f"{bill.pk}:{bill.version}" for bill in (same, changed)]
    as_("APPROVER").post(f"{URL}approve/", {"selected": shown})

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
