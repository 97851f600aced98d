"""Everything that changes bills and what leads to them."""

from invoices.operations.charges import ChargeDraft, bill_charges, delete_charge, save_charge
from invoices.operations.drafts import (
    HeadDraft,
    LineDraft,
    delete_draft,
    head_for,
    save_draft,
    totals_for,
)
from invoices.operations.duplicate import duplicate
from invoices.operations.errors import (
    ChangedSinceSeen,
    ChargeTaken,
    ChecksFailed,
    CustomerArchived,
    EarlierThanLastNumber,
    EditedMeanwhile,
    InvoiceRefusal,
    LineWithoutTax,
    NothingToBill,
    NumberTaken,
    OwnWork,
    PartlySettled,
    PeriodIsClosed,
    ReasonMissing,
    ScheduleRefusal,
    WrongState,
)
from invoices.operations.issue import Issued, issue, issue_many
from invoices.operations.products import save_product, set_product_active
from invoices.operations.review import approve, return_, submit, withdraw
from invoices.operations.schedules import (
    ScheduleDraft,
    ScheduleLineDraft,
    make_drafts,
    save_schedule,
    set_schedule_state,
    skip_period,
)
from invoices.operations.typed import forget_typed, keep_typed
from invoices.operations.void import void

__all__ = [
    "ChangedSinceSeen",
    "ChargeDraft",
    "ChargeTaken",
    "ChecksFailed",
    "CustomerArchived",
    "EarlierThanLastNumber",
    "EditedMeanwhile",
    "HeadDraft",
    "InvoiceRefusal",
    "Issued",
    "LineDraft",
    "LineWithoutTax",
    "NothingToBill",
    "NumberTaken",
    "OwnWork",
    "PartlySettled",
    "PeriodIsClosed",
    "ReasonMissing",
    "ScheduleDraft",
    "ScheduleLineDraft",
    "ScheduleRefusal",
    "WrongState",
    "approve",
    "bill_charges",
    "delete_charge",
    "delete_draft",
    "duplicate",
    "forget_typed",
    "head_for",
    "issue",
    "issue_many",
    "keep_typed",
    "make_drafts",
    "return_",
    "save_charge",
    "save_draft",
    "save_product",
    "save_schedule",
    "set_product_active",
    "set_schedule_state",
    "skip_period",
    "submit",
    "totals_for",
    "void",
    "withdraw",
]
