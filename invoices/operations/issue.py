"""Issuing: an approved bill gets number and date, is frozen, and is owed from then on.

One bill and five thousand take the same way: a bounded number of statements per batch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from celery import signature
from django.db import connection, transaction

from core import audit
from core.bulk import text_array
from core.companies import active_tenant, forget_tenant
from core.models import AuditEntry, Tenant, User
from core.money import Money
from core.numbering import DateBeforeLastNumber, take_numbers
from core.rates import rates_on
from core.tasks import after_commit
from core.tenancy import active_tenant_id, insert_many
from customers.enums import CustomerStatus
from customers.models import Customer
from customers.operations import lock_accounts
from invoices.calculations import InstalmentDraft, TermPart, instalments_of, last_due_date
from invoices.documents.parties import parties_for
from invoices.enums import CheckLevel, InvoiceState
from invoices.models import Instalment, Invoice
from invoices.operations.errors import (
    ChecksFailed,
    CustomerArchived,
    EarlierThanLastNumber,
    InvoiceRefusal,
    NumberTaken,
    PeriodIsClosed,
    WrongState,
)
from invoices.queries.check_facts import is_closed, term_parts
from invoices.queries.checks import Finding, findings_of_many
from ledger.enums import Account, ItemKind, JournalKind
from ledger.operations import DocumentDraft, ItemDraft, PeriodClosed, post_many
from messaging.enums import EventType
from messaging.operations import announce

BATCH = 500
RENDER = signature("invoices.render_documents")
WOKEN_TOGETHER = 20  # bills a worker is woken for by one message


@dataclass(slots=True)
class Issued:
    """What became of each bill: issued, in the order of the numbers, or refused and why."""

    invoices: list[Invoice] = field(default_factory=list)
    refused: dict[int, InvoiceRefusal] = field(default_factory=dict)


@transaction.atomic
def issue(*, invoice: Invoice, at: datetime, actor: User | None) -> Invoice:
    """
    Issue one bill on the tenant's day of ``at``.

    :raises WrongState: if it is not approved, or issued by now
    :raises ChecksFailed: if it has no lines, or does not add up
    :raises CustomerArchived: if the customer is no longer billed
    :raises PeriodIsClosed: if the day lies in a closed period
    :raises EarlierThanLastNumber: if a later day already has numbers
    :raises NumberTaken: if the next number stands on another bill
    """
    result = Issued()
    _issue_batch({invoice.pk: invoice.customer_id}, at, actor, result)
    if result.refused:
        raise result.refused[invoice.pk]
    return result.invoices[0]


def issue_many(*, invoice_ids: Iterable[int], at: datetime, actor: User | None) -> Issued:
    """Issue many bills, batch by batch; what cannot be issued is left alone and named."""
    ids, result = list(dict.fromkeys(invoice_ids)), Issued()
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            batch = ids[start : start + BATCH]
            known = dict(Invoice.objects.filter(pk__in=batch).values_list("pk", "customer_id"))
            _issue_batch({pk: known.get(pk) for pk in batch}, at, actor, result)
    return result


@dataclass(frozen=True, slots=True)
class _Plan:
    """A bill about to be issued, with everything the statements need."""

    invoice: Invoice
    rate: Decimal | None
    instalments: list[InstalmentDraft]
    due_date: date


def _issue_batch(
    owners: dict[int, int | None], at: datetime, actor: User | None, result: Issued
) -> None:
    """Issue the bills named with the customers they were seen with, whose accounts are locked."""
    ids = list(owners)
    customers = lock_accounts(owner for owner in owners.values() if owner)
    forget_tenant()  # what it says of itself may have changed while we waited
    tenant = active_tenant()
    day = tenant.day_of(at)
    rows = Invoice.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids)
    found = {invoice.pk: invoice for invoice in rows.order_by("pk")}
    for pk, owner in owners.items():
        if pk in found and found[pk].customer_id != owner:  # written anew since it was seen
            del found[pk]
    fit = _fit(ids, found, customers, day, result)
    if not fit:
        return
    plans = _plans(fit, tenant, day)
    parties = parties_for(fit, customers)
    try:
        with transaction.atomic():  # a refusal gives the numbers back
            numbers = take_numbers(kind="invoice", day=day, count=len(fit))
            _refuse_taken(numbers)
    except NumberTaken as taken:
        result.refused.update({invoice.pk: taken for invoice in fit})
        return
    except DateBeforeLastNumber:
        result.refused.update({invoice.pk: EarlierThanLastNumber(f"{day}") for invoice in fit})
        return
    for plan, number in zip(plans, numbers, strict=True):
        plan.invoice.number = number
    instalments = _post(plans, day, at)
    insert_many(instalments, [_entry(plan.invoice, at, actor) for plan in plans])
    _freeze(plans, parties, day, at, actor)
    _set_going([invoice.pk for invoice in fit], tenant, at)
    result.invoices += fit


def _set_going(ids: Sequence[int], tenant: Tenant, at: datetime) -> None:
    """Have the documents drawn, and other programs told, once it is certain."""
    announce(EventType.INVOICE_ISSUED, ids, at=at)
    for start in range(0, len(ids), WOKEN_TOGETHER):
        together = list(ids[start : start + WOKEN_TOGETHER])
        after_commit(RENDER, tenant_id=tenant.pk, invoice_ids=together)


def _entry(invoice: Invoice, at: datetime, actor: User | None) -> AuditEntry:
    return audit.entry_for(
        event="invoice.issued",
        subject=invoice,
        actor=actor,
        at=at,
        account_id=invoice.customer_id,
    )


def _refuse_taken(numbers: Sequence[str]) -> None:
    if taken := Invoice.objects.filter(number__in=numbers).values_list("number", flat=True):
        raise NumberTaken(min(taken))


def _fit(
    ids: Sequence[int],
    found: dict[int, Invoice],
    customers: dict[int, Customer],
    day: date,
    result: Issued,
) -> list[Invoice]:
    """Return the bills that may be issued, in the order asked for; name the refusals."""
    refused: dict[int, InvoiceRefusal] = {}
    closed = is_closed(day)
    for pk in ids:
        invoice = found.get(pk)
        if invoice is None or invoice.state != InvoiceState.APPROVED:
            refused[pk] = WrongState(f"{pk} is {invoice.state if invoice else 'gone'}.")
        elif closed:
            refused[pk] = PeriodIsClosed(f"{day}")
        elif customers[invoice.customer_id].status == CustomerStatus.ARCHIVED:
            refused[pk] = CustomerArchived(str(customers[invoice.customer_id]))
    left = [found[pk] for pk in ids if pk not in refused]
    doubtful = _not_adding_up(left) if left else set()
    if doubtful:
        suspects = [invoice for invoice in left if invoice.pk in doubtful]
        for pk, findings in findings_of_many(suspects, day=day).items():
            blocking = [one for one in findings if one.level == CheckLevel.BLOCK]
            refused[pk] = ChecksFailed(blocking or _unexplained(findings))
    result.refused.update(refused)
    return [invoice for invoice in left if invoice.pk not in refused]


def _unexplained(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.rule == "arithmetic"]


def _not_adding_up(invoices: Sequence[Invoice]) -> set[int]:
    """Return the ids of bills without lines, with a blank one, or whose parts do not add up."""
    bad = set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT wanted.id, line.count, line.blank, line.net, tax.tax"
            " FROM unnest(%s::bigint[]) AS wanted (id),"
            " LATERAL (SELECT count(*), count(*) FILTER (WHERE description = '') AS blank,"
            " sum(net_amount) AS net FROM invoices_invoiceline"
            " WHERE tenant_id = %s AND invoice_id = wanted.id) AS line,"
            " LATERAL (SELECT coalesce(sum(tax_amount), 0) AS tax FROM invoices_invoicetax"
            " WHERE tenant_id = %s AND invoice_id = wanted.id) AS tax",
            [text_array(invoice.pk for invoice in invoices), *[active_tenant_id()] * 2],
        )
        parts = {row[0]: row[1:] for row in cursor.fetchall()}
    for invoice in invoices:
        count, blank, net, tax = parts[invoice.pk]
        adds_up = net == invoice.lines_amount and tax == invoice.tax_amount
        if not count or blank or not adds_up or invoice.total_amount < 0 or _is_tax_only(invoice):
            bad.add(invoice.pk)
    return bad


def _is_tax_only(invoice: Invoice) -> bool:
    return invoice.total_amount == 0 and invoice.tax_amount != 0


def _plans(invoices: Sequence[Invoice], tenant: Tenant, day: date) -> list[_Plan]:
    rates = rates_on({invoice.currency for invoice in invoices}, tenant.currency, day)
    terms = term_parts({invoice.terms_id for invoice in invoices if invoice.terms_id})
    nothing: list[TermPart] = []
    plans = []
    for invoice in invoices:
        parts = terms.get(invoice.terms_id or 0, nothing)
        instalments = instalments_of(
            Money(invoice.total_amount, invoice.currency), issue_date=day, parts=parts
        )
        due = max((draft.due_date for draft in instalments), default=None)
        due = due or last_due_date(issue_date=day, parts=parts)
        plans.append(_Plan(invoice, rates[invoice.currency], instalments, due))
    return plans


def _post(plans: Sequence[_Plan], day: date, at: datetime) -> list[Instalment]:
    """Post what is owed; return the instalments, each tied to its open item."""
    owed = [plan for plan in plans if plan.instalments]
    try:
        posted = post_many([_document(plan, day) for plan in owed], at=at) if owed else []
    except PeriodClosed as closed:  # closed between our look and the posting
        raise PeriodIsClosed(str(closed)) from closed
    return [
        Instalment(
            invoice_id=plan.invoice.pk,
            position=draft.position,
            due_date=draft.due_date,
            amount=draft.amount,
            item_id=item.pk,
        )
        for plan, items in zip(owed, posted, strict=True)
        for draft, item in zip(plan.instalments, items, strict=True)
    ]


def _document(plan: _Plan, day: date) -> DocumentDraft:
    invoice, several = plan.invoice, len(plan.instalments) > 1
    return DocumentDraft(
        customer_id=invoice.customer_id,
        journal_kind=JournalKind.INVOICE,
        reference=invoice.number,
        currency=invoice.currency,
        rate=plan.rate,
        effective_date=day,
        items=[
            ItemDraft(
                kind=ItemKind.INSTALMENT,
                label=f"{invoice.number}/{draft.position}" if several else invoice.number,
                amount=draft.amount,
                issue_date=day,
                due_date=draft.due_date,
            )
            for draft in plan.instalments
        ],
        lines=[(Account.REVENUE, -invoice.net_amount), (Account.TAX, -invoice.tax_amount)],
    )


def _freeze(
    plans: Sequence[_Plan],
    parties: dict[int, dict[str, object]],
    day: date,
    at: datetime,
    actor: User | None,
) -> None:
    """Write number, dates, rate and parties of all bills by one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE invoices_invoice AS bill SET state = 'ISSUED', version = bill.version + 1, "
            "number = fresh.number, issue_date = %s, due_date = fresh.due_date, "
            "exchange_rate = fresh.rate, parties = fresh.parties::jsonb, "
            "issued_by_id = %s, issued_at = %s "
            "FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::numeric[], %s::text[]) "
            "AS fresh (id, number, due_date, rate, parties) "
            "WHERE bill.tenant_id = %s AND bill.id = fresh.id AND bill.state = 'APPROVED'",
            [
                day,
                actor.pk if actor else None,
                at,
                text_array(plan.invoice.pk for plan in plans),
                text_array(plan.invoice.number for plan in plans),
                text_array(plan.due_date for plan in plans),
                text_array(plan.rate for plan in plans),
                text_array(json.dumps(parties[plan.invoice.pk]) for plan in plans),
                active_tenant_id(),
            ],
        )
    for plan in plans:
        invoice = plan.invoice
        invoice.state, invoice.issue_date, invoice.due_date = (
            InvoiceState.ISSUED,
            day,
            plan.due_date,
        )
        invoice.exchange_rate, invoice.parties = plan.rate, parties[invoice.pk]
        invoice.issued_by, invoice.issued_at = actor, at
        invoice.version += 1
