"""Payment terms of the company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import Tenant, User
from core.tenancy import active_tenant_id
from core.usage import is_used
from customers.models import PaymentTerm, PaymentTermPart


@dataclass(frozen=True, slots=True)
class PartDraft:
    """A share of the total and the rule of its due date; see ``PaymentTermPart``."""

    weight: int
    months: int = 0
    days: int = 0
    end_of_month: bool = False


class TermRefused(Exception):
    """The terms cannot stand so; ``message`` says why."""

    field: str | None = None
    message: str | Promise = ""


class TermNameTaken(TermRefused):
    field = "name"
    message = _("There are terms of this name already.")


class TermInUse(TermRefused):
    message = _(
        "A customer or an invoice has these terms, so their parts stay. Add new terms instead, and "
        "take these out of use."
    )


class DefaultNotInUse(TermRefused):
    field = "is_default"
    message = _("The default must be in use.")


class NoParts(TermRefused):
    message = _("Terms have one part at least.")


@transaction.atomic
def save_term(
    *,
    term: PaymentTerm | None,
    name: str,
    is_default: bool,
    is_active: bool,
    parts: Sequence[PartDraft],
    at: datetime,
    actor: User | None,
) -> PaymentTerm:
    """
    Add payment terms, or change them; the parts of terms that are used stay as they are.

    :raises TermRefused: a subclass for each reason
    """
    if is_default and not is_active:
        raise DefaultNotInUse
    if not parts:
        raise NoParts
    Tenant.objects.select_for_update(no_key=True).get(pk=active_tenant_id())
    is_new = term is None
    term = PaymentTerm() if term is None else PaymentTerm.objects.get(pk=term.pk)
    values = {"name": name.strip(), "is_default": is_default, "is_active": is_active}
    changes = audit.differences(term, values, values) | _changed_parts(term, parts)
    if not changes:
        return term
    if is_default:
        PaymentTerm.objects.filter(is_default=True).exclude(pk=term.pk).update(is_default=False)
    for field, value in values.items():
        setattr(term, field, value)
    _save_named(term)
    if "parts" in changes:
        _replace_parts(term, parts)
    event = "terms.added" if is_new else "terms.changed"
    audit.record(event=event, subject=term, actor=actor, at=at, changes=changes)
    return term


def _changed_parts(term: PaymentTerm, parts: Sequence[PartDraft]) -> dict[str, list[str]]:
    before = [] if term._state.adding else _drafts(term)
    if before == list(parts):
        return {}
    if not term._state.adding and is_used(term):
        raise TermInUse
    return {"parts": ["; ".join(map(_text, before)), "; ".join(map(_text, parts))]}


def _save_named(term: PaymentTerm) -> None:
    try:
        with transaction.atomic():
            term.save()
    except IntegrityError:
        raise TermNameTaken from None


def _replace_parts(term: PaymentTerm, parts: Sequence[PartDraft]) -> None:
    term.parts.all().delete()
    PaymentTermPart.objects.bulk_create(
        PaymentTermPart(
            term=term,
            position=position,
            weight=part.weight,
            months=part.months,
            days=part.days,
            end_of_month=part.end_of_month,
        )
        for position, part in enumerate(parts, start=1)
    )


def _drafts(term: PaymentTerm) -> list[PartDraft]:
    return [
        PartDraft(part.weight, part.months, part.days, part.end_of_month)
        for part in term.parts.order_by("position")
    ]


def _text(part: PartDraft) -> str:
    end = " to the end of the month" if part.end_of_month else ""
    return f"{part.weight}: {part.months} months{end}, {part.days} days"
