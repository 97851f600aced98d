"""Work on many bills that a program starts: the jobs that the list's buttons start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from api.enums import Scope
from api.problems import NotPossible, SelectionChanged, at_field
from core import jobs
from core.companies import active_tenant
from core.models import Job, User
from core.urls_in import page_url
from invoices.bulk import TITLES
from invoices.jobs import SEND_INVOICES
from invoices.models import Invoice
from invoices.tables import number_of

MOST_NAMED, MOST_MATCHING = 1000, 20_000  # as on the pages: ticked, and all that match


@dataclass(frozen=True, slots=True)
class Action:
    """What may be done to many bills: the kind of its job, and what a key needs for it."""

    kind: str
    scope: str


ACTIONS = {
    "submit": Action("submit_invoices", Scope.INVOICES_WRITE),
    "approve": Action("approve_invoices", Scope.INVOICES_APPROVE),
    "issue": Action("issue_invoices", Scope.INVOICES_ISSUE),
    "send": Action(SEND_INVOICES, Scope.INVOICES_SEND),
}


@transaction.atomic
def start_bulk(
    *,
    action: Action,
    invoices: Sequence[Any],
    versions: Mapping[int, int | None],
    filter_text: str,
    not_before: datetime | None,
    at: datetime,
    actor: User,
) -> Job:
    """Start the job on these bills, as they are in these versions."""
    back = page_url(active_tenant(), "invoices:list")
    return jobs.start(
        kind=action.kind,
        title=_title(action, len(invoices)),
        rows=[(one.pk, f"{number_of(one)} {one.customer.name}") for one in invoices],
        versions=versions,
        at=at,
        actor=actor,
        params={"back": back} | ({"not_before": not_before.isoformat()} if not_before else {}),
        filter_text=filter_text,
    )


def _title(action: Action, count: int) -> str:
    if action.kind in TITLES:
        return str(TITLES[action.kind])
    title = ngettext("Send %(count)s invoice", "Send %(count)s invoices", count)
    return title % {"count": count}


def named_invoices(given: Sequence[Mapping[str, Any]]) -> list[Invoice]:
    """
    Return the bills that a body names, in its order.

    :raises NotPossible: at one that is not there, or comes twice
    :raises SelectionChanged: at those that are in another version by now
    """
    found = _with_labels(Invoice.objects.all()).in_bulk([one["id"] for one in given])
    seen: set[int] = set()
    changed = []
    for index, one in enumerate(given):
        invoice = found.get(one["id"])
        if invoice is None:
            raise at_field(f"/invoices/{index}/id", _("There is nothing with this id."))
        if invoice.pk in seen:
            raise at_field(f"/invoices/{index}/id", _("This comes more than once."))
        seen.add(invoice.pk)
        if one.get("version", invoice.version) != invoice.version:
            text = _("It has changed since you read it. Read it again.")
            changed.append({"pointer": f"/invoices/{index}/version", "detail": str(text)})
    if changed:
        raise SelectionChanged(errors=changed, count=len(given) - len(changed))
    return [found[one["id"]] for one in given]


def matching_invoices(rows: QuerySet[Invoice], expected: int) -> list[Invoice]:
    """
    Return the bills that match, if as many do as were expected.

    :raises SelectionChanged: if others do; it says how many
    :raises NotPossible: if too many are asked for
    """
    if expected > MOST_MATCHING:
        text = _("Choose at most 20,000 rows at once.")
        raise NotPossible(errors=[{"pointer": "/expected_count", "detail": str(text)}])
    found = list(_with_labels(rows).order_by("pk")[: expected + 1])
    if len(found) != expected:
        raise SelectionChanged(count=rows.order_by().count())
    return found


def _with_labels(rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
    return rows.select_related("customer").only("number", "version", "customer__name")
