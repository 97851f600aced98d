"""The ledger's refusals, by the names of the database's rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction

COMMIT_RULES = "journal_balances, allocation_pair"


class PeriodClosed(Exception):
    """The effective date lies in a closed period."""


class ItemSettled(Exception):
    """Something was already allocated to the item, so it cannot be reversed as a whole."""


class Unbalanced(Exception):
    """The journal does not balance, or does not agree with its entries."""


@contextmanager
def named_refusals() -> Iterator[None]:
    """
    Turn a ledger trigger's refusal into the exception of its name; check the commit-time rules.

    The deferred rules are checked when the block ends, so that an error comes here and not at
    commit. The block is a savepoint: after a refusal the transaction can go on.
    """
    try:
        with transaction.atomic():
            yield
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SET CONSTRAINTS {COMMIT_RULES} IMMEDIATE; "
                    f"SET CONSTRAINTS {COMMIT_RULES} DEFERRED"
                )
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name == "period_closed":
            raise PeriodClosed(str(error).splitlines()[0]) from error
        if name in ("journal_balances", "journal_agrees_with_entries"):
            raise Unbalanced(str(error).splitlines()[0]) from error
        raise
