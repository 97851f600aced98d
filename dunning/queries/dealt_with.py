"""Whether reminders have dealt with open items."""

from __future__ import annotations

from collections.abc import Sequence

from dunning.enums import Outcome
from dunning.models import Decision, ItemHold
from ledger.models import OpenItem


def have_dealt_with(items: Sequence[OpenItem]) -> bool:
    """Test if one of the items was reminded of, or is kept out of reminders."""
    reminded = Decision.objects.filter(item__in=items, outcome=Outcome.SENT)
    return reminded.exists() or ItemHold.objects.filter(item__in=items).exists()
