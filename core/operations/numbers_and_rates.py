"""How documents are numbered, and at what rates foreign currencies are booked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import audit
from core.currencies import MINOR_UNITS
from core.models import ExchangeRate, NumberFormat, Tenant, User
from core.numbering import DEFAULT_PATTERNS, checked_pattern


@transaction.atomic
def save_number_formats(
    *, tenant: Tenant, patterns: Mapping[str, str], at: datetime, actor: User | None
) -> None:
    """
    Set the pattern of each kind of document; the count goes on, numbers given stay.

    :raises BadPattern: if two numbers of a series could be written alike
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    before = dict(NumberFormat.objects.values_list("kind", "pattern"))
    changes = audit.differences(DEFAULT_PATTERNS | before, patterns, DEFAULT_PATTERNS)
    for kind in changes:
        NumberFormat.objects.update_or_create(
            kind=kind,
            defaults={"pattern": checked_pattern(patterns[kind])},
            create_defaults={
                "pattern": checked_pattern(patterns[kind]),
                "tenant_id": tenant.pk,
            },
        )
    if changes:
        audit.record(event="numbers.changed", subject=tenant, actor=actor, at=at, changes=changes)


class RateRefused(Exception):
    """A rate that cannot stand: ``field`` names what is wrong, ``message`` says why."""

    def __init__(self, field: str, message: str | Promise) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@transaction.atomic
def set_rate(
    *,
    tenant: Tenant,
    currency: str,
    day: date,
    rate: Decimal,
    at: datetime,
    actor: User | None,
) -> ExchangeRate:
    """
    Set what one unit of the currency is worth in base currency from the day on.

    A rate of the same day is replaced; what was posted with it keeps it.

    :raises RateRefused: for the base currency, an unknown currency, or a rate not above zero
    """
    if currency not in MINOR_UNITS or currency == tenant.currency:
        raise RateRefused("currency", _("Choose a currency other than the base currency."))
    if not rate.is_finite() or rate <= 0:
        raise RateRefused("rate", _("A rate is above zero."))
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    found = ExchangeRate.objects.filter(currency=currency, day=day).first()
    row = found or ExchangeRate(currency=currency, day=day)
    before, row.rate = row.rate, rate
    row.save()
    audit.record(
        event="rate.changed" if found else "rate.added",
        subject=row,
        actor=actor,
        at=at,
        changes={"rate": [before, rate] if found else rate},
    )
    return row
