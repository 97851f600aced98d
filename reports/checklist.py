"""A new company's way to its first bill: seven steps, each true or not by what is there."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import Mark, Tenant
from core.urls_in import page_url
from reports.queries.home import Work


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its page, why, whether it is done, and the word that a person may say instead."""

    label: str | Promise
    text: str | Promise
    url: str
    is_done: bool
    mark: str = ""
    word: str | Promise = ""
    other_label: str | Promise = ""  # of a second way, where there is one
    other_url: str = ""


def checklist(tenant: Tenant, found: Work) -> list[Step]:
    """
    Return the steps; none once all are done or somebody put them away.

    Who has sent a bill has settled taxes, numbers and what was open before.
    """
    steps = [
        Step(
            _("Complete the company profile"),
            _("Address, tax id and reply address stand on every invoice."),
            _url(tenant, "company_profile"),
            bool(tenant.address and tenant.email),
        ),
        Step(
            _("Add a bank account"),
            _("Invoices and reminders say where to pay."),
            _url(tenant, "bank_accounts"),
            found.has_bank_account,
        ),
        Step(
            _("Look at taxes and numbers"),
            _("Your country's usual tax rates and a number format are there; change what differs."),
            _url(tenant, "invoices:taxes"),
            found.has_seen_taxes or found.has_sent,
            Mark.TAXES,
            _("They are right"),
        ),
        Step(
            _("Add customers"),
            _("One by one, or a whole file. With a contact who receives invoices."),
            _url(tenant, "customers:new"),
            found.has_customer,
        ),
        Step(
            _("Take over what is open"),
            _("Bills of another system that are not paid yet come in as a file."),
            _url(tenant, "imports"),
            found.has_taken_over or found.has_sent,
            Mark.NOTHING_OPEN,
            _("Nothing to take over"),
        ),
        _first_bill(tenant, found),
        Step(
            _("Send it"),
            _("To your own address first, if you like to see what customers see."),
            _url(tenant, "invoices:list"),
            found.has_sent,
        ),
    ]
    is_over = found.is_put_away or all(step.is_done for step in steps)
    return [] if is_over else steps


def _first_bill(tenant: Tenant, found: Work) -> Step:
    """Return the step of the first bill; alone, nobody can approve it unless the author may."""
    label = _("Issue the first invoice")
    if tenant.needs_second_person and found.is_alone and not found.has_issued:
        return Step(
            label,
            _("A colleague approves what you wrote: add one here first."),
            _url(tenant, "person_new"),
            is_done=False,
            other_label=_("You work alone? Allow yourself to approve"),
            other_url=f"{_url(tenant, 'settings')}#second-person",
        )
    text = _("Write it, submit it, and a colleague approves it: then it gets its number.")
    if not tenant.needs_second_person:
        text = _("Write it, submit it and approve it: then it gets its number.")
    return Step(label, text, _url(tenant, "invoices:new"), found.has_issued)


def _url(tenant: Tenant, name: str) -> str:
    try:
        return page_url(tenant, name)
    except NoReverseMatch:
        return ""
