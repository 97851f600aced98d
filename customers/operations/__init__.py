"""Everything that changes a customer."""

from customers.operations.create import (
    NewCustomer,
    create_customer,
    create_customers,
    ensure_customers,
)
from customers.operations.errors import (
    BadOwner,
    ChangedSince,
    CodeTaken,
    CustomerRefused,
    EditedMeanwhile,
    InUse,
    LimitOfOldCurrency,
    ReasonMissing,
    StillOpen,
    WrongStatus,
)
from customers.operations.lock import lock_account, lock_accounts
from customers.operations.owner import assign_owner
from customers.operations.remove import remove_customer
from customers.operations.status import (
    archive,
    pause_reminders,
    put_on_hold,
    release,
    resume_reminders,
    unarchive,
)
from customers.operations.update import save_addresses, save_contacts, update_customer
from customers.operations.values import ContactDraft, CustomerDraft

__all__ = [
    "BadOwner",
    "ChangedSince",
    "CodeTaken",
    "ContactDraft",
    "CustomerDraft",
    "CustomerRefused",
    "EditedMeanwhile",
    "InUse",
    "LimitOfOldCurrency",
    "NewCustomer",
    "ReasonMissing",
    "StillOpen",
    "WrongStatus",
    "archive",
    "assign_owner",
    "create_customer",
    "create_customers",
    "ensure_customers",
    "lock_account",
    "lock_accounts",
    "pause_reminders",
    "put_on_hold",
    "release",
    "remove_customer",
    "resume_reminders",
    "save_addresses",
    "save_contacts",
    "unarchive",
    "update_customer",
]
