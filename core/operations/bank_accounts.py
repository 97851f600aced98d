"""The company's own bank accounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import BankAccount, User
from core.printed_accounts import HOLD

FIELDS = ("currency", "holder", "bank", "number", "code", "is_active")


class BankAccountTaken(Exception):
    """The company already has this account in this currency."""

    field = "number"
    message = _("This account is already in the list with this currency.")


@transaction.atomic
def save_bank_account(
    *, account: BankAccount | None, values: Mapping[str, Any], at: datetime, actor: User | None
) -> BankAccount:
    """
    Add an account, or change one; bills already issued keep the account they name.

    Bills and reminders name it a day later, and until then what they named before; a company's
    very first account at once. Taking an account out of use counts at once.

    :raises BankAccountTaken: if the number is there already in this currency
    """
    is_new = account is None
    if account is None:
        account = BankAccount(is_active=False)
    else:
        account = BankAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    printed = account.printed(at)
    is_first = is_new and not BankAccount.objects.exists()
    changes = audit.differences(account, values, FIELDS)
    if not changes:
        return account
    for name in changes:
        setattr(account, name, values[name])
    account.usable_from, account.former = None, None
    if not is_first and account.is_active and account.printed(at) != printed:
        account.usable_from, account.former = at + HOLD, printed
    try:
        with transaction.atomic():
            account.save(update_fields=None if is_new else [*changes, "usable_from", "former"])
    except IntegrityError:
        raise BankAccountTaken(account.number) from None
    audit.record(
        event="bank_account.added" if is_new else "bank_account.changed",
        subject=account,
        actor=actor,
        at=at,
        changes=dict(values) if is_new else changes,
    )
    return account
