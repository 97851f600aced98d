from ledger.models.entry import Allocation, Entry
from ledger.models.item import OpenItem
from ledger.models.journal import Journal, JournalLine
from ledger.models.period import Period

__all__ = ["Allocation", "Entry", "Journal", "JournalLine", "OpenItem", "Period"]
