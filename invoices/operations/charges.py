"""Charges: written while unbilled, and billed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from core import audit
from core.models import AuditEntry, User
from customers.enums import CustomerStatus
from customers.models import Customer
from customers.operations import lock_account, lock_accounts
from invoices.enums import InvoiceSource
from invoices.models import Charge, Invoice
from invoices.operations.drafts import LineDraft, head_for, save_draft
from invoices.operations.errors import ChargeChanged, ChargeTaken, CustomerArchived, NothingToBill

MOST_LINES = 300  # what one page can edit
FIELDS = (
    "customer_id",
    "product_id",
    "description",
    "service_date",
    "quantity",
    "unit",
    "unit_price",
    "currency",
    "tax_code_id",
)


@dataclass(frozen=True, slots=True)
class ChargeDraft:
    """What was delivered or used: price before tax, in the currency given."""

    customer_id: int
    description: str
    service_date: date
    quantity: Decimal
    unit_price: Decimal
    currency: str
    tax_code_id: int
    product_id: int | None = None
    unit: str = ""


@transaction.atomic
def save_charge(
    *,
    charge: Charge | None,
    draft: ChargeDraft,
    at: datetime,
    actor: User | None,
    external_key: str = "",
) -> Charge:
    """
    Write a charge that waits to be billed.

    :raises ChargeTaken: if it is on a bill by now
    :raises CustomerArchived: if the customer is no longer billed
    """
    own_ids = [charge.customer_id] if charge else []
    customer = lock_accounts([draft.customer_id, *own_ids])[draft.customer_id]
    if customer.status == CustomerStatus.ARCHIVED:
        raise CustomerArchived(str(customer))
    is_new = charge is None
    fresh = Charge(created_at=at, external_key=external_key)
    if charge is not None:
        fresh = _unbilled(charge)
    before = {name: getattr(fresh, name) for name in FIELDS}
    for name in FIELDS:
        setattr(fresh, name, getattr(draft, name))
    fresh.save(update_fields=None if is_new else FIELDS)
    after = {name: getattr(fresh, name) for name in FIELDS}
    audit.record(
        event="charge.created" if is_new else "charge.saved",
        subject=fresh,
        actor=actor,
        at=at,
        account_id=fresh.customer_id,
        changes={} if is_new else audit.differences(before, after, FIELDS),
    )
    return fresh


@transaction.atomic
def import_charges(
    *, drafts: Sequence[tuple[ChargeDraft, str]], at: datetime, actor: User | None
) -> list[Charge]:
    """
    Add many charges, each with its external key, set-based.

    :raises IntegrityError: if an external key is taken
    """
    lock_accounts(draft.customer_id for draft, _key in drafts)
    charges = Charge.objects.bulk_create(
        [
            Charge(
                created_at=at,
                external_key=key,
                **{name: getattr(draft, name) for name in FIELDS},
            )
            for draft, key in drafts
        ],
    )
    AuditEntry.objects.bulk_create(
        [
            audit.entry_for(
                event="charge.created",
                subject=charge,
                actor=actor,
                at=at,
                account_id=charge.customer_id,
            )
            for charge in charges
        ],
    )
    return charges


@transaction.atomic
def delete_charge(
    *, charge: Charge, only_untouched: bool = False, at: datetime, actor: User | None
) -> None:
    """
    Remove a charge that nobody has billed.

    :raises ChargeTaken: if it is on a bill by now
    :raises ChargeChanged: if only an untouched one is meant, and somebody changed it
    """
    lock_account(charge.customer_id)
    charge = _unbilled(charge)
    if only_untouched and audit.was_changed(charge):
        raise ChargeChanged(str(charge))
    audit.record(
        event="charge.deleted", subject=charge, actor=actor, at=at, account_id=charge.customer_id
    )
    charge.delete()


@transaction.atomic
def bill_charges(
    *, customer: Customer, currency: str, up_to: date, at: datetime, actor: User | None
) -> Invoice:
    """
    Take all unbilled charges of the customer and currency up to the day into one draft.

    Under the account lock: of two that try at once the second finds nothing left. More than 300
    lines go to the next draft.

    :raises NothingToBill: if no charge waits, for instance because somebody was faster
    :raises CustomerArchived: if the customer is no longer billed
    """
    customer = lock_account(customer.pk)
    charges = list(
        Charge.objects.select_for_update(of=("self",))
        .filter(customer=customer, currency=currency, line__isnull=True, service_date__lte=up_to)
        .order_by("service_date", "pk")[:MOST_LINES]
    )
    if not charges:
        raise NothingToBill(f"{customer} {currency} {up_to}")
    return save_draft(
        invoice=None,
        head=replace(head_for(customer), currency=currency),
        lines=[
            LineDraft(
                description=charge.description,
                quantity=charge.quantity,
                unit_price=charge.unit_price,
                tax_code_id=charge.tax_code_id,
                product_id=charge.product_id,
                service_from=charge.service_date,
                service_to=charge.service_date,
                unit=charge.unit,
                charge_id=charge.pk,
            )
            for charge in charges
        ],
        at=at,
        actor=actor,
        source=InvoiceSource.CHARGES,
    )


def _unbilled(charge: Charge) -> Charge:
    fresh = (
        Charge.objects.select_for_update(of=("self",))
        .filter(pk=charge.pk, line__isnull=True)
        .first()
    )
    if fresh is None:
        raise ChargeTaken(str(charge))
    return fresh
