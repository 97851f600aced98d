"""Who may do what: one table, shown on one screen and obeyed by every view."""

from __future__ import annotations

from collections.abc import Iterable

from babel.lists import format_list
from django.db import models
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMIN = "ADMIN", pgettext_lazy("role", "Admin")
    BILLER = "BILLER", pgettext_lazy("role", "Biller")
    APPROVER = "APPROVER", pgettext_lazy("role", "Approver")
    CASHIER = "CASHIER", pgettext_lazy("role", "Cashier")
    COLLECTOR = "COLLECTOR", pgettext_lazy("role", "Collector")
    MANAGER = "MANAGER", pgettext_lazy("role", "Manager")
    AUDITOR = "AUDITOR", pgettext_lazy("role", "Auditor")


# permission: (what it lets a person do, the roles that carry it besides Admin)
PERMISSIONS = {
    "home.view": (_("See the home page"), (*Role,)),
    "customers.view": (_("See customers"), (*Role,)),
    "customers.edit": (
        _("Create and change customers"),
        (Role.BILLER, Role.CASHIER, Role.COLLECTOR, Role.MANAGER),
    ),
    "invoices.view": (_("See invoices and documents"), (*Role,)),
    "invoices.edit": (
        _("Write invoices, charges, schedules and products; submit for review"),
        (Role.BILLER,),
    ),
    "invoices.approve": (_("Approve, return and void invoices of others"), (Role.APPROVER,)),
    "invoices.issue": (_("Issue approved invoices"), (Role.BILLER, Role.APPROVER)),
    "invoices.send": (_("Send invoices"), (Role.BILLER, Role.APPROVER, Role.COLLECTOR)),
    "invoices.import": (_("Import invoices of another system, posted without review"), ()),
    "payments.view": (_("See receipts"), (*Role,)),
    "payments.edit": (_("Record receipts, allocate and undo"), (Role.CASHIER,)),
    "collections.view": (_("See reminders and why they were sent or held"), (*Role,)),
    "collections.edit": (
        _("Change the reminder policy; pause reminders for a customer"),
        (Role.COLLECTOR, Role.MANAGER),
    ),
    "reports.view": (
        _("See aging and other reports"),
        (Role.BILLER, Role.APPROVER, Role.CASHIER, Role.COLLECTOR, Role.MANAGER, Role.AUDITOR),
    ),
    "messages.view": (_("See outgoing messages"), (*Role,)),
    "messages.resolve": (
        _("Decide on messages that bounced or are not confirmed"),
        (Role.BILLER, Role.COLLECTOR),
    ),
    "imports.use": (
        _("Import files of what they may write"),
        (Role.BILLER, Role.CASHIER, Role.COLLECTOR, Role.MANAGER),
    ),
    "notes.edit": (
        _("Write notes and attach files; withdraw one's own"),
        (Role.BILLER, Role.APPROVER, Role.CASHIER, Role.COLLECTOR, Role.MANAGER),
    ),
    "jobs.view": (_("See background jobs"), (*Role,)),
    "views.share": (_("Share views of lists; change those that colleagues share"), (Role.MANAGER,)),
    "audit.view": (_("See the history of changes"), (Role.MANAGER, Role.AUDITOR)),
    "settings.view": (_("See the settings"), (Role.MANAGER, Role.AUDITOR)),
    "settings.edit": (_("Change company, bank accounts, taxes, terms and numbers"), ()),
    "people.edit": (_("Add people and change their roles"), ()),
    "api.keys": (_("Make and revoke keys for other programs"), ()),
    "periods.close": (_("Close and reopen periods"), (Role.MANAGER,)),
}

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    role.value: frozenset(
        name
        for name, (_sentence, roles) in PERMISSIONS.items()
        if role is Role.ADMIN or role in roles
    )
    for role in Role
}


def roles_with(permission: str) -> tuple[Role, ...]:
    """Return the roles that carry the permission; Admin, who carries every one, comes last."""
    return (*(role for role in PERMISSIONS[permission][1] if role is not Role.ADMIN), Role.ADMIN)


def needed_roles(permission: str) -> str:
    """Say, in the reader's language, which roles the permission takes."""
    locale = "zh_Hans" if (get_language() or "").startswith("zh") else "en"
    names = [str(role.label) for role in roles_with(permission)]
    return gettext("Needs the role %(roles)s") % {
        "roles": format_list(names, style="or", locale=locale)
    }


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """Return every permission that one of the roles carries."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))
