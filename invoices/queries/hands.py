"""Who had a hand in a bill: wrote, changed or submitted it or its schedule, however long ago."""

from __future__ import annotations

from collections.abc import Collection

from core import audit
from core.models import AuditEntry, User
from core.tenancy import whole_company
from invoices.models import Invoice, Schedule, ScheduledPeriod

HANDS_ON = ("invoice.created", "invoice.saved", "invoice.submitted")
SCHEDULE_HANDS_ON = ("schedule.created", "schedule.saved")


def with_a_hand_of(invoices: Collection[Invoice], person: User) -> set[int]:
    """
    Return the ids of the bills that the person had a hand in, by two queries at most.

    The whole company's history is asked: an own act counts also where its customer is no longer
    among those the person sees.
    """
    found = {
        one.pk
        for one in invoices
        if person.pk in (one.author_id, one.edited_by_id, one.submitted_by_id)
    }
    rest = {audit.subject_of(one): one.pk for one in invoices if one.pk not in found}
    if not rest:
        return found
    with whole_company():
        made = ScheduledPeriod.objects.filter(invoice__in=rest.values())
        schedules: dict[str, list[int]] = {}
        for invoice_id, schedule_id in made.values_list("invoice_id", "schedule_id"):
            name = audit.subject_of(Schedule(pk=schedule_id))
            schedules.setdefault(name, []).append(invoice_id)
        acts = AuditEntry.objects.filter(
            subject__in=[*rest, *schedules], event__in=HANDS_ON + SCHEDULE_HANDS_ON, actor=person
        )
        for subject in set(acts.values_list("subject", flat=True)):
            found.update([rest[subject]] if subject in rest else schedules[subject])
    return found


def had_a_hand(invoice: Invoice, person: User) -> bool:
    """Test it of one bill."""
    return invoice.pk in with_a_hand_of([invoice], person)
