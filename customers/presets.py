"""The payment terms a new company starts with."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.models import Tenant
from customers.models import PaymentTerm, PaymentTermPart


def lay_down_terms(tenant: Tenant, at: datetime) -> None:
    """Add the usual terms, named in the active language; 30 days is the default."""
    usual: list[tuple[str, bool, list[PaymentTermPart]]] = [
        (_("Due on receipt"), False, [PaymentTermPart(days=0)]),
        (_("15 days"), False, [PaymentTermPart(days=15)]),
        (_("30 days"), True, [PaymentTermPart(days=30)]),
        (_("60 days"), False, [PaymentTermPart(days=60)]),
        (
            _("30 days from the end of the month"),
            False,
            [PaymentTermPart(days=30, end_of_month=True)],
        ),
        (
            _("Half in 30 days, half in 60 days"),
            False,
            [
                PaymentTermPart(position=1, weight=50, days=30),
                PaymentTermPart(position=2, weight=50, days=60),
            ],
        ),
    ]
    for name, is_default, parts in usual:
        term = PaymentTerm.objects.create(name=name, is_default=is_default)
        for part in parts:
            part.term = term
        PaymentTermPart.objects.bulk_create(parts)
