"""
Review: submit, withdraw, approve, return; and a decision taken back by whoever made it.

Nobody approves what they had a hand in, unless the company asks for no second person; then the
bill keeps that it was approved so.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core import audit
from core.companies import active_tenant
from core.models import AuditEntry, User
from core.operations.second_person import second_person_needed
from core.tenancy import active_tenant_id
from customers.operations import lock_account
from invoices.enums import CheckLevel, InvoiceState, ReturnReason
from invoices.models import Invoice
from invoices.operations.errors import (
    ChangedSinceSeen,
    ChecksFailed,
    DecisionStands,
    OwnWork,
    ReasonMissing,
    WrongState,
)
from invoices.queries.checks import Finding, findings_of
from invoices.queries.hands import had_a_hand
from messaging.enums import EventType
from messaging.operations import announce

DECISIONS = (
    "invoice.approved",
    "invoice.self_approved",
    "invoice.helper_approved",
    "invoice.returned",
)


@transaction.atomic
def submit(*, invoice: Invoice, at: datetime, actor: User | None) -> Invoice:
    """
    Hand a draft to the approvers.

    :raises WrongState: if it is no draft any more
    :raises ChecksFailed: if a check blocks
    """
    invoice = _locked(invoice, InvoiceState.IN_REVIEW)
    if not invoice.is_editable:
        raise WrongState(f"{invoice} is {invoice.state}.")
    blocking = _findings(invoice, at, CheckLevel.BLOCK)
    if blocking:
        raise ChecksFailed(blocking)
    invoice.state = InvoiceState.IN_REVIEW
    invoice.submitted_by, invoice.submitted_at = actor, at
    invoice.return_reason = invoice.return_comment = ""
    return _saved(
        invoice,
        ["submitted_by", "submitted_at", "return_reason", "return_comment"],
        event="invoice.submitted",
        at=at,
        actor=actor,
    )


@transaction.atomic
def withdraw(*, invoice: Invoice, at: datetime, actor: User | None) -> Invoice:
    """
    Take a bill back from review; it is a draft again.

    :raises WrongState: if it is not in review any more
    """
    invoice = _locked(invoice, InvoiceState.DRAFT)
    invoice.state = InvoiceState.DRAFT
    return _saved(invoice, [], event="invoice.withdrawn", at=at, actor=actor)


@transaction.atomic
def approve(*, invoice: Invoice, version: int | None = None, at: datetime, actor: User) -> Invoice:
    """
    Agree to a bill that somebody else wrote; the warnings it had are kept with the decision.

    Where the company asks for no second person it may be the own one, which is then marked so.

    ``version`` is the one the person looked at; None means that nobody looked at an older one.

    :raises WrongState: if it is not in review any more
    :raises ChangedSinceSeen: if the version is not the present one
    :raises OwnWork: if the person wrote, changed or submitted it, however long ago, and the
        company asks for a second person
    :raises ChecksFailed: if a check blocks by now
    """
    invoice = _locked(invoice, InvoiceState.APPROVED)
    if version is not None and version != invoice.version:
        raise ChangedSinceSeen(invoice)
    is_own = had_a_hand(invoice, actor)
    if is_own and second_person_needed(tenant_id=active_tenant_id()):
        raise OwnWork(f"{actor} had a hand in {invoice}.")
    findings = _findings(invoice, at)
    blocking = [finding for finding in findings if finding.level == CheckLevel.BLOCK]
    if blocking:
        raise ChecksFailed(blocking)
    warnings = [finding.rule for finding in findings if finding.level == CheckLevel.WARN]
    invoice.state = InvoiceState.APPROVED
    invoice.approved_by, invoice.approved_at = actor, at
    invoice.is_self_approved = is_own
    _saved(
        invoice,
        ["approved_by", "approved_at", "is_self_approved"],
        event=_approval(invoice, actor),
        at=at,
        actor=actor,
        changes={"warnings": warnings} if warnings else {},
    )
    announce(EventType.INVOICE_APPROVED, [invoice.pk], at=at)
    return invoice


@transaction.atomic
def return_(
    *, invoice: Invoice, reason: str, comment: str = "", at: datetime, actor: User | None
) -> Invoice:
    """
    Send a bill back to its author with a reason; an approval given before falls.

    :raises ReasonMissing: without a reason of the list, or for OTHER without a comment
    :raises WrongState: if it is neither in review nor approved any more
    """
    if reason not in ReturnReason.values or (reason == ReturnReason.OTHER and not comment.strip()):
        raise ReasonMissing(reason)
    invoice = _locked(invoice, InvoiceState.RETURNED)
    invoice.state = InvoiceState.RETURNED
    invoice.return_reason, invoice.return_comment = reason, comment.strip()[:500]
    invoice.approved_by = invoice.approved_at = None
    invoice.is_self_approved = False
    return _saved(
        invoice,
        ["return_reason", "return_comment", "approved_by", "approved_at", "is_self_approved"],
        event="invoice.returned",
        at=at,
        actor=actor,
        changes={"return_reason": reason},
        reason=invoice.return_comment,
    )


@transaction.atomic
def reconsider(*, invoice: Invoice, version: int | None, at: datetime, actor: User) -> Invoice:
    """
    Take back the own approval or return, while nobody has gone on: the bill is in review again.

    ``version`` is the one the decision left the bill at.

    :raises WrongState: if it is neither approved nor returned any more
    :raises DecisionStands: if somebody has gone on with it since, or it was another's decision
    """
    invoice = _locked(invoice, InvoiceState.IN_REVIEW)
    if invoice.state not in (InvoiceState.APPROVED, InvoiceState.RETURNED):
        raise WrongState(f"{invoice} is {invoice.state}.")
    decided = AuditEntry.objects.filter(subject=audit.subject_of(invoice), event__in=DECISIONS)
    last = decided.order_by("-pk").first()
    if version != invoice.version or last is None or last.actor_id != actor.pk:
        raise DecisionStands(str(invoice))
    invoice.state = InvoiceState.IN_REVIEW
    invoice.approved_by = invoice.approved_at = None
    invoice.is_self_approved = False
    invoice.return_reason = invoice.return_comment = ""
    return _saved(
        invoice,
        ["approved_by", "approved_at", "is_self_approved", "return_reason", "return_comment"],
        event="invoice.reconsidered",
        at=at,
        actor=actor,
    )


def _locked(invoice: Invoice, wanted: InvoiceState) -> Invoice:
    lock_account(invoice.customer_id)
    fresh = Invoice.objects.select_for_update(of=("self",)).filter(pk=invoice.pk).first()
    if fresh is None or not fresh.may_become(wanted):
        raise WrongState(f"{invoice} is {fresh.state if fresh else 'gone'}, not to be {wanted}.")
    return fresh


def _findings(invoice: Invoice, at: datetime, level: str | None = None) -> list[Finding]:
    day = active_tenant().day_of(at)
    return [finding for finding in findings_of(invoice, day=day) if level in (None, finding.level)]


def _approval(invoice: Invoice, actor: User) -> str:
    """Return the event that tells whether another person, the author or a helper approved."""
    if not invoice.is_self_approved:
        return "invoice.approved"
    is_author = invoice.author_id == actor.pk
    return "invoice.self_approved" if is_author else "invoice.helper_approved"


def _saved(
    invoice: Invoice,
    fields: list[str],
    *,
    event: str,
    at: datetime,
    actor: User | None,
    changes: dict[str, object] | None = None,
    reason: str = "",
) -> Invoice:
    invoice.version += 1
    invoice.save(update_fields=["state", "version", *fields])
    audit.record(
        event=event,
        subject=invoice,
        actor=actor,
        at=at,
        account_id=invoice.customer_id,
        changes=changes,
        reason=reason,
    )
    return invoice
