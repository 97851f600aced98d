"""Filling a sample company, step by step, through the operations; each step is a row of a job."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from billing_site.demo.cast import WORKER, add_customers, add_products
from billing_site.demo.data import COMPANIES, DemoCompany
from core.companies import active_tenant, forget_tenant
from core.dates import instant_of
from core.jobs import RowRefused, job_kind
from core.models import Job, JobRow, Membership, Tenant, User
from core.operations import save_bank_account, set_rate, update_company
from customers.models import Customer
from dunning.operations import run_reminders
from invoices import operations as bills
from invoices.models import Invoice, Product
from invoices.operations.send import send
from invoices.operations.store_document import store_document
from ledger.models import OpenItem
from messaging import operations as outbox
from messaging.answers import Answer, Outcome
from messaging.reasons import Reason
from payments.calculations import OpenDebt, suggest
from payments.operations import ReceiptDraft, receive

FILL_SAMPLE = "fill_sample"
MONTHS = 3
BILLED = 5  # customers each month
_TAKEN = Answer(Outcome.ACCEPTED, Reason.ACCEPTED)


@job_kind(FILL_SAMPLE, permission="settings.edit", in_order=True)
def fill_step(row: JobRow, job: Job, at: datetime) -> str:
    """Do one step; the first lays the ground for the others."""
    tenant = active_tenant()
    if not tenant.is_sample:
        raise RowRefused("not a sample")
    me, colleague = _people(tenant, job)
    if row.subject_id == 0:
        _lay_the_ground(tenant, me, job.created_at)
    elif row.subject_id <= MONTHS:
        _live_a_month(tenant, me, colleague, job.created_at, MONTHS - row.subject_id + 1)
    else:
        _leave_work(tenant, me, colleague, job.created_at)
    return ""


def _people(tenant: Tenant, job: Job) -> tuple[User, User]:
    others = Membership.objects.filter(tenant=tenant).exclude(user=job.created_by_id)
    colleague = others.order_by("pk").select_related("user")[0].user
    assert job.created_by is not None  # noqa: S101 - start_sample names the person
    return job.created_by, colleague


def _pattern(tenant: Tenant) -> DemoCompany:
    return next(one for one in COMPANIES if one.language == tenant.language)


def _lay_the_ground(tenant: Tenant, me: User, at: datetime) -> None:
    company = _pattern(tenant)
    then = at - timedelta(days=31 * (MONTHS + 1))
    profile = {"name": tenant.name, "language": tenant.language, "tax_mode": tenant.tax_mode}
    update_company(tenant=tenant, values=profile | company.profile, at=then, actor=me)
    forget_tenant()
    for currency, rate in company.rates.items():
        set_rate(
            tenant=tenant,
            currency=currency,
            day=tenant.day_of(then),
            rate=Decimal(rate),
            at=then,
            actor=me,
        )
    for bank in company.banks:
        save_bank_account(account=None, values={**bank, "is_active": True}, at=then, actor=me)
    add_products(company, then, me)
    add_customers(company, then, me)


def _live_a_month(
    tenant: Tenant, me: User, colleague: User, now: datetime, months_ago: int
) -> None:
    """Bill some customers in the month, send the bills, and let most of what is due be paid."""
    day = tenant.day_of(now) - timedelta(days=30 * months_ago)
    customers = _own_customers(tenant)
    if not customers:
        raise RowRefused(_("The sample company has no customers. Make it anew."))
    products = list(Product.objects.filter(is_active=True).order_by("pk"))
    for place, customer in enumerate(customers[:BILLED]):
        product = products[(place + months_ago) % len(products)]
        at = _at(tenant, day, 9 + place)
        invoice = _approved(customer, product, 1 + (place + months_ago) % 4, me, colleague, at)
        invoice = bills.issue(invoice=invoice, at=at, actor=me)
        store_document(invoice.pk, at)
        send(invoice=invoice, at=at, actor=colleague)
        _let_it_have_left(at + timedelta(hours=1))
    _pay(tenant, customers[: BILLED - 1], day, me)


def _approved(
    customer: Customer, product: Product, quantity: int, me: User, colleague: User, at: datetime
) -> Invoice:
    invoice = _written(customer, product, quantity, colleague, at)
    invoice = bills.submit(invoice=invoice, at=at, actor=colleague)
    return bills.approve(invoice=invoice, at=at, actor=me)


def _written(
    customer: Customer, product: Product, quantity: int, author: User, at: datetime
) -> Invoice:
    line = bills.LineDraft(
        description=product.name,
        quantity=Decimal(quantity),
        unit=product.unit,
        unit_price=product.unit_price,
        tax_code_id=product.tax_code_id,
        product_id=product.pk,
    )
    head = bills.head_for(customer)
    return bills.save_draft(invoice=None, head=head, lines=[line], at=at, actor=author)


def _let_it_have_left(at: datetime) -> None:
    """Tell what would have become of a mail in those days; none of them goes anywhere."""
    for message in outbox.claim(worker=WORKER, limit=100, at=at):
        outbox.transmit(message=message, worker=WORKER, at=at)
        outbox.settle(message=message, worker=WORKER, answer=_TAKEN, at=at)


def _pay(tenant: Tenant, customers: list[Customer], day: date, me: User) -> None:
    for customer in customers:
        debts = [
            OpenDebt(item.pk, item.open_amount, item.due_date)
            for item in OpenItem.objects.open()
            .debts()
            .filter(customer_id=customer.pk, currency=customer.currency, due_date__lte=day)
            .order_by("due_date", "pk")
        ]
        if not debts:
            continue
        amount = sum((debt.open_amount for debt in debts), Decimal(0))
        receive(
            draft=ReceiptDraft(
                customer_id=customer.pk,
                received_on=day,
                currency=customer.currency,
                amount=amount,
                payer_name=customer.name,
                reference=f"{customer.short_name} {day:%m%d}",
            ),
            allocations=suggest(amount, debts).amounts,
            at=_at(tenant, day, 16),
            actor=me,
        )


def _leave_work(tenant: Tenant, me: User, colleague: User, now: datetime) -> None:
    """Leave something of each state, so that every page has something to try."""
    customers = _own_customers(tenant)
    products = list(Product.objects.filter(is_active=True).order_by("pk"))
    _written(customers[0], products[0], 2, me, now)
    for customer in customers[1:3]:
        draft = _written(customer, products[1], 3, colleague, now)
        bills.submit(invoice=draft, at=now, actor=colleague)
    _approved(customers[3], products[2], 1, me, colleague, now)
    unsent = _approved(customers[4], products[0], 5, me, colleague, now)
    store_document(bills.issue(invoice=unsent, at=now, actor=me).pk, now)
    run_reminders(day=tenant.day_of(now), at=now, actor=me)
    _let_it_have_left(now)


def _own_customers(tenant: Tenant) -> list[Customer]:
    found = Customer.objects.filter(currency=tenant.currency, po_required=False)
    return list(found.order_by("pk"))


def _at(tenant: Tenant, day: date, hour: int) -> datetime:
    return instant_of(day, hour, tenant.time_zone)
