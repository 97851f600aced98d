"""What all admins of a company are told by mail, so that none changes it alone and unseen."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override

from core.mails import mail_later
from core.models import BankAccount, Membership, Tenant, User
from core.presentation import moment_text
from core.roles import Role


def tell_admins_of_account(
    *, tenant: Tenant, account: BankAccount, at: datetime, actor: User
) -> None:
    """Mail every admin, the one who did it too, what customers will be told to pay into."""
    admins = Membership.objects.filter(
        tenant=tenant, is_active=True, user__is_active=True, roles__contains=[Role.ADMIN]
    )
    for membership in admins.select_related("user").order_by("pk"):
        person = membership.user
        zone = person.time_zone or tenant.time_zone
        with override(person.language), timezone.override(zone):
            words = {
                "company": tenant.name,
                "person": f"{actor} <{actor.email}>",
                "holder": account.holder,
                "bank": account.bank,
                "number": account.number,
                "currency": account.currency,
                "when": _when(account, at),
                "link": f"{settings.SITE_URL}{reverse('bank_accounts', args=[tenant.slug])}",
            }
            mail_later(
                subject=gettext("%(company)s: a bank account was changed") % words,
                body=gettext(
                    "%(person)s changed a bank account of %(company)s. It says now:\n\n"
                    "%(holder)s\n%(bank)s\n%(number)s (%(currency)s)\n\n"
                    "%(when)s\n\n"
                    "If you do not know of this, ask at once. Here you see the accounts and can "
                    "take one out of use:\n\n%(link)s"
                )
                % words,
                to=person.email,
            )


def _when(account: BankAccount, at: datetime) -> str:
    if not account.is_active:
        return gettext("It is out of use: invoices and reminders do not name it any more.")
    if account.usable_from is None or not account.waits(at):
        return gettext("Invoices and reminders name it from now on.")
    zone = timezone.get_current_timezone_name()
    return gettext("Invoices and reminders name it from %(moment)s on, and not before.") % {
        "moment": f"{moment_text(account.usable_from)} ({zone})"
    }
