"""Which bank accounts documents name: a changed one only after a day, so that all may object."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from core.models import BankAccount

HOLD = timedelta(hours=24)


def printed_accounts() -> dict[str, dict[str, str]]:
    """
    Return holder, bank, number and code to print now, by currency: the oldest account in use.

    The database's clock says whether a changed account is printed yet, whatever day a document
    bears. ``invoices.documents.parties`` asks the same in SQL.
    """
    found: dict[str, dict[str, str]] = {}
    for account in BankAccount.objects.filter(is_active=True).annotate(now=Now()).order_by("pk"):
        facts = account.printed(account.now)
        if facts:
            found.setdefault(facts["currency"], facts)
    return found
